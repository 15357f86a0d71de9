import Capture
import Detection
import Foundation
import SignatureFiles
import Testing

/// The contents of a capture, as the lab described them in its `.expected.json`.
struct Expected: Decodable {
  struct Device: Decodable, Placed {
    let mac: String?
    let ip: String?
    let segment: String?
    let `is`: String
    let flagged: Bool
    let atLeast: String?
    let role: String?
    let hostname: String?
    let vendor: String?
    let model: String?
  }
  struct Observation: Decodable, Placed {
    let mac: String?
    let ip: String?
    let segment: String?
    let field: String
    let value: String
  }
  let packets: UInt64
  /// Nothing in it may be left undecoded.
  let allDecoded: Bool?
  let devices: [Device]
  let observations: [Observation]
}

/// A device by its MAC address if the capture shows it, else by its IP address, with a segment if frames are tagged or tunnelled.
protocol Placed {
  var mac: String? { get }
  var ip: String? { get }
  var segment: String? { get }
}

extension Placed {
  func holds(_ id: DeviceID) -> Bool {
    guard id.segment.description == segment ?? "" else { return false }
    guard let mac else { return id.mac.isNone && id.address.description == ip }
    return id.mac == MACAddress(mac)
  }

  var place: String { (mac ?? ip ?? "unknown") + (segment.map { " in " + $0 } ?? "") }
}

/// Tests every capture of the project with the real signatures. Adding a capture and its `.expected.json` to the folder adds a test.
@Suite struct LabCaptureTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let signatures = Result { try loadSignatures(root.appendingPathComponent("signatures").path, cache: nil) }

  static let names: [String] = {
    let folder = root.appendingPathComponent("captures").path
    let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    // More is asked of what is in `behaviour`: CommandTests/BehaviourTests.swift.
    let own = files.filter { $0.hasSuffix(".expected.json") && !$0.hasPrefix("behaviour/") }
    return own.map { String($0.dropLast(".expected.json".count)) }.sorted()
  }()

  @Test func findsTheCaptures() { #expect(Self.names.count >= 10) }

  @Test(arguments: names)
  func capture(name: String) throws {
    let base = Self.root.appendingPathComponent("captures/\(name)").path
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let expected = try decoder.decode(Expected.self, from: Data(contentsOf: URL(fileURLWithPath: base + ".expected.json")))
    let engine = Engine(signatures: try Self.signatures.get())
    var seen: [DeviceID: Set<String>] = [:]
    engine.observer = { observation, device, _ in
      seen[device, default: []].insert("\(observation.field.rawValue)=\(observation.text.lowercased())")
    }
    let sequence = CaptureSequence(paths: [base + ".pcapng"])
    sequence.run { engine.ingest($0) }
    engine.finish()
    #expect(sequence.files.first?.error == nil)
    #expect(engine.coverage.packets == expected.packets)
    if expected.allDecoded == true { #expect(engine.coverage.undecoded == [:]) }

    let devices = engine.devices()
    let alerted = Set(engine.drain().events.map(\.device.id))
    for wanted in expected.devices {
      guard let device = devices.first(where: { wanted.holds($0.id) }) else {
        Issue.record("\(wanted.is) \(wanted.place) is missing among \(devices.map(\.id))")
        continue
      }
      let evidence = device.evidence.map { "\($0.signature.id)=\($0.value)" }.joined(separator: "; ")
      #expect(alerted.contains(device.id) == wanted.flagged, "\(wanted.is) \(wanted.place): \(device.verdict), \(evidence)")
      if let least = wanted.atLeast.flatMap(Verdict.init) { #expect(device.verdict >= least, "\(wanted.place): \(evidence)") }
      if let ip = wanted.ip { #expect(device.addresses.map(\.description).contains(ip), "\(wanted.place)") }
      if let role = wanted.role { #expect(device.role.rawValue == role, "\(wanted.place)") }
      if let hostname = wanted.hostname { #expect(device.hostname == hostname, "\(wanted.place)") }
      if wanted.flagged, let vendor = wanted.vendor { #expect(device.vendor == vendor, "\(wanted.place): \(evidence)") }
      if wanted.flagged, let model = wanted.model { #expect(device.model == model, "\(wanted.place): \(evidence)") }
    }
    #expect(alerted.allSatisfy { id in expected.devices.contains { $0.flagged && $0.holds(id) } }, "\(alerted)")
    for wanted in expected.observations {
      let fact = "\(wanted.field)=\(wanted.value.lowercased())"
      let said = seen.filter { wanted.holds($0.key) }.values.reduce(into: Set<String>()) { $0.formUnion($1) }
      #expect(said.contains(fact), "\(wanted.place) \(fact): \(said.filter { $0.hasPrefix(wanted.field) })")
    }
  }
}
