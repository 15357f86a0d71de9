import Capture
import Detection
import Foundation
import SignatureFiles
import Testing

/// What was put into a capture, as the lab wrote it down beside it.
struct Expected: Decodable {
  struct Device: Decodable {
    let mac: String
    let ip: String?
    let `is`: String
    let flagged: Bool
    let at_least: String?
    let role: String?
    let hostname: String?
    let vendor: String?
    let model: String?
  }
  struct Observation: Decodable {
    let mac: String
    let field: String
    let value: String
  }
  let packets: UInt64
  let devices: [Device]
  let observations: [Observation]
}

/// Every capture of the project with the real signatures: dropping one with its `.expected.json` into the folder makes the test.
@Suite struct LabCaptureTests {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let signatures = Result { try loadSignatures(root.appendingPathComponent("signatures").path, cache: nil) }

  static let names: [String] = {
    let folder = root.appendingPathComponent("captures").path
    let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return files.filter { $0.hasSuffix(".expected.json") }.map { String($0.dropLast(".expected.json".count)) }.sorted()
  }()

  @Test func thereAreCaptures() { #expect(Self.names.count >= 10) }

  @Test(arguments: names)
  func capture(name: String) throws {
    let base = Self.root.appendingPathComponent("captures/\(name)").path
    let expected = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: URL(fileURLWithPath: base + ".expected.json")))
    let engine = Engine(signatures: try Self.signatures.get())
    var seen: [MACAddress: Set<String>] = [:]
    engine.observer = { observation, device, _ in
      seen[device.mac, default: []].insert("\(observation.field.rawValue)=\(observation.text.lowercased())")
    }
    let sequence = CaptureSequence(paths: [base + ".pcapng"])
    sequence.run { engine.ingest($0) }
    engine.finish()
    #expect(sequence.files.first?.error == nil)
    #expect(engine.coverage.packets == expected.packets)

    let devices = engine.devices()
    let alerted = Set(engine.takeAlerts().map(\.device.id.mac))
    for wanted in expected.devices {
      let mac = try #require(MACAddress(wanted.mac))
      guard let device = devices.first(where: { $0.id.mac == mac }) else {
        Issue.record("\(wanted.is) \(wanted.mac) is missing")
        continue
      }
      let evidence = device.evidence.map { "\($0.signature.id)=\($0.value)" }.joined(separator: "; ")
      #expect(alerted.contains(mac) == wanted.flagged, "\(wanted.is) \(wanted.mac): \(device.verdict), \(evidence)")
      if let least = wanted.at_least.flatMap(Verdict.init) { #expect(device.verdict >= least, "\(wanted.mac): \(evidence)") }
      if let ip = wanted.ip { #expect(device.addresses.map(\.description).contains(ip), "\(wanted.mac)") }
      if let role = wanted.role { #expect(device.role.rawValue == role, "\(wanted.mac)") }
      if let hostname = wanted.hostname { #expect(device.hostname == hostname, "\(wanted.mac)") }
      if wanted.flagged, let vendor = wanted.vendor { #expect(device.vendor == vendor, "\(wanted.mac): \(evidence)") }
      if wanted.flagged, let model = wanted.model { #expect(device.model == model, "\(wanted.mac): \(evidence)") }
    }
    #expect(alerted.isSubset(of: expected.devices.filter(\.flagged).compactMap { MACAddress($0.mac) }))
    for wanted in expected.observations {
      let mac = try #require(MACAddress(wanted.mac))
      let fact = "\(wanted.field)=\(wanted.value.lowercased())"
      #expect(seen[mac]?.contains(fact) == true, "\(wanted.mac) \(fact): \(seen[mac]?.filter { $0.hasPrefix(wanted.field) } ?? [])")
    }
  }
}
