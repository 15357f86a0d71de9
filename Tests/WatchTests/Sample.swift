import Documents
import Foundation
import Store
import Synchronization

@testable import Detection
@testable import Watch

/// Devices, events and reports to feed the live side with.
enum Sample {
  static let start = Timestamp(seconds: 1_700_000_000, nanoseconds: 0)

  static let signature = Signature(
    id: "maker", says: .camera, facet: .maker, strength: .strong,
    condition: .test([.ethernetOUI], ValueTest([.prefix([Array("00aabb".utf8)])])), vendor: .literal("Acme"), because: "maker {value}")

  static func device(_ number: UInt8 = 1, lastSeen: Timestamp = start) -> Device {
    let evidence = Evidence(
      signature: signature.summary, field: .ethernetOUI, value: "00aabb0000", firstSeen: start,
      packet: PacketReference(file: 0, number: 1), count: 1, vendor: "Acme", model: nil, kind: nil)
    return Device(
      id: DeviceID(segment: .untagged, mac: MACAddress(bits: 0x00_AA_BB_00_00_00 | UInt64(number)), address: .none),
      addresses: [IPAddress("10.0.0.\(number)")!], hostname: nil, vendor: "Acme", model: nil, kind: nil, role: .camera,
      weighing: Weighing([Weighing.Item(says: .camera, facet: .maker, strength: .strong)]), isDeclared: false, isRouter: false, room: nil,
      firstSeen: start, lastSeen: lastSeen, packetsSent: 1, bytesSent: 60, bytesReceived: 0, evidence: [evidence], streams: [])
  }

  static func raised(_ number: UInt8 = 1, id: String? = nil) -> AlertEvent {
    let id = id ?? "00000000000000" + (number < 16 ? "0" : "") + String(number, radix: 16)
    return AlertEvent(id: id, alert: id, number: 1, kind: .raised, severity: .high, time: start, device: device(number))
  }

  /// Somebody outside begins to watch, or does not watch any more.
  static func watched(_ isWatched: Bool, at time: Timestamp = start) -> AlertEvent {
    var event = AlertEvent(
      id: isWatched ? "00000000000000e1" : "00000000000000e2", alert: "0000000000000001", number: 1, kind: .changed, severity: .high,
      time: time, device: device(), changes: [.init(.watched, from: isWatched ? "false" : "true", to: isWatched ? "true" : "false")])
    event.watched = Watched(
      peer: IPAddress("203.0.113.8")!, lag: .milliseconds(1300), since: time, length: .seconds(18), bytes: 1_234_567)
    return event
  }

  static func update(_ events: [AlertEvent], at time: Timestamp = start) -> EngineUpdate {
    var update = EngineUpdate(clock: time, lastPacket: time)
    update.events = events
    update.changed = events.map { event in
      DeviceSnapshot(
        device: event.device, alert: Alert(id: event.alert, time: event.time, device: event.device.id, verdict: event.device.verdict))
    }
    return update
  }
}

/// One line for each report.
struct PlainFormat: ReportFormat {
  func text(_ report: Report) -> String? {
    switch report {
    case .event(let event, _, let isBrief): "\(event.kind.rawValue) \(event.id)\(isBrief ? " brief" : "")"
    case .health(let health, _): "health \(health.code.rawValue)"
    case .late(let alert): "late \(alert.id)"
    case .digest(let digest): "digest \(digest.raised.count)"
    case .coverage: "coverage"
    }
  }

  func remark(_ health: HealthEvent) -> String { health.summary }
}

/// A pipe whose reading end is the test's.
final class TestPipe: Sendable {
  let reader: Int32
  let writer: Int32

  init() {
    var ends: [Int32] = [0, 0]
    precondition(pipe(&ends) == 0)
    (reader, writer) = (ends[0], ends[1])
  }

  /// Reads until the writing end is closed, on a thread of its own: reading blocks.
  func reading() -> Task<String, Never> {
    let (stream, continuation) = AsyncStream<String>.makeStream()
    Thread {
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = read(self.reader, &buffer, buffer.count)
        guard count > 0 else { break }
        bytes += buffer[..<count]
      }
      continuation.yield(String(decoding: bytes, as: UTF8.self))
      continuation.finish()
    }.start()
    return Task { await stream.first { _ in true } ?? "" }
  }
}

/// What was written to standard error, in place of it.
final class Remarks: Sendable {
  private let lines = Mutex<[String]>([])
  var all: [String] { lines.withLock { $0 } }
  @Sendable func add(_ line: String) { lines.withLock { $0.append(line) } }
}
