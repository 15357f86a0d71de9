import Capture
import Detection
import Foundation
import Synchronization
import Testing

/// Rules for recognizers: each has tests and a capture.
@Suite struct RegistryTests {
  /// Recognizers without a capture, by the reason why there is none. Whoever adds a scene to `captures/lab` shortens this list.
  static let withoutCapture: [(reason: String, names: [String])] = [
    ("only the maker's devices and apps speak it", ["baichuan", "hds", "kasa", "lan-search", "miio", "tdp", "tutk", "tuya"]),
    ("there is no scene yet with a program that speaks it", ["mail", "mpeg-ts", "mqtt", "quic", "rtmp", "sip", "snmp", "socks", "srt"]),
    ("no host of a scene needs it", ["dhcpv6", "ftp", "llmnr", "netbios", "ntp", "ssh", "telnet"]),
    ("the lab has no radio; its 802.11 frames are translated ones, with data only", ["wifi"]),
  ]

  @Test(arguments: Registry.recognizers.map { String(describing: type(of: $0)) })
  func hasTests(recognizer: String) throws {
    let call = "\(recognizer)("
    let files = Repository.files(under: "Tests/DetectionTests/Protocols", suffix: "Tests.swift").filter { !$0.contains("Torture") }
    let callers = try files.filter { try Repository.text($0).contains(call) }
    #expect(!callers.isEmpty, "no test file calls \(call))")
  }

  /// Together the captures of this repository contain a conversation of every protocol.
  @Test func hasACapture() {
    let claims = Claims()
    let recognizers = Registry.recognizers.map { Recording(recognizer: $0, claims: claims) }
    let captures = Repository.files(under: "captures", suffix: ".pcapng")
    #expect(captures.count >= 10)
    for path in captures {
      let engine = Engine(signatures: SignatureSet([]), recognizers: recognizers)
      CaptureSequence(paths: [Repository.root.appending(path: path).path]).run { engine.ingest($0) }
      engine.finish()
    }
    let missing = Set(recognizers.map(\.name)).subtracting(claims.names)
    #expect(missing.sorted() == Self.withoutCapture.flatMap(\.names).sorted())
  }
}

/// Names of the recognizers that claimed a message.
private final class Claims: Sendable {
  private let claimed = Mutex<Set<String>>([])

  var names: Set<String> { claimed.withLock { $0 } }
  func add(_ name: String) { claimed.withLock { _ = $0.insert(name) } }
}

private struct Recording: Recognizer {
  let recognizer: any Recognizer
  let claims: Claims

  var name: String { recognizer.name }
  var transports: Transports { recognizer.transports }
  var publicTransports: Transports { recognizer.publicTransports }

  func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let disposition = recognizer.recognize(message, into: &sink)
    if [.mine, .message, .done].contains(disposition) { claims.add(name) }
    return disposition
  }

  func makeParser() -> any Parser { recognizer.makeParser() }
}
