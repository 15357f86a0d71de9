import Foundation
import Testing

@testable import Capture
@testable import Detection
@testable import Store

/// Classes of devices, uploads and who watches, in what the commands print of a database.
@Suite struct ClassCommandTests {
  private static let now = Timestamp.now
  private static let signature = Signature.Summary(
    id: "acme-video", says: .camera, facet: .media, strength: .proves, because: "serves {value}")

  private static func device(
    _ number: UInt64, _ deviceClass: DeviceClass, vendor: String? = nil, uploads: Bool = false, isCamera: Bool = false
  ) -> Device {
    let evidence = Evidence(
      signature: signature, field: .rtspServer, value: "live video", firstSeen: now - .seconds(7200),
      packet: PacketReference(file: 0, number: 9), count: 2, vendor: nil, model: nil, kind: nil, validUntil: now + .seconds(3600),
      deviceClass: deviceClass)
    let reason = ClassReason(
      field: .dhcpVendorClass, value: "udhcp 1.19.4", reason: "has the DHCP client of small Linux systems",
      packet: PacketReference(file: 0, number: 7))
    let traffic = Traffic(
      upBitsPerSecond: 1_200_000, downBitsPerSecond: 9000, since: now - .seconds(7200), picturesPerSecond: 15,
      to: IPAddress("203.0.113.8")!)
    return Device(
      id: DeviceID(segment: .untagged, mac: MACAddress(bits: 0x0200_0000_0000 | number)), addresses: [IPAddress("192.168.1.\(number)")!],
      hostname: nil, vendor: vendor, model: nil, kind: nil, role: isCamera ? .camera : .other,
      weighing: Weighing(isCamera ? [.init(says: .camera, facet: .media, strength: .proves)] : []), isDeclared: false, isRouter: false,
      room: nil, firstSeen: now - .seconds(7200), lastSeen: now - .seconds(10), packetsSent: 1, bytesSent: 1, bytesReceived: 0,
      evidence: isCamera ? [evidence] : [], streams: [], deviceClass: deviceClass, classReasons: deviceClass == .unknown ? [] : [reason],
      traffic: uploads || isCamera ? traffic : nil, uploadsForHours: uploads)
  }

  private static func fill(_ store: PropertyStore) throws {
    let devices = [
      device(1, .embedded, vendor: "TP-Link"), device(2, .embedded, vendor: "TP-Link"), device(3, .embedded),
      device(4, .unknown, uploads: true), device(5, .personal, uploads: true),
    ]
    try store.save(devices.map { DeviceSnapshot(device: $0) }, lastPacket: nil, at: now)
    let camera = device(6, .embedded, vendor: "Acme", isCamera: true)
    let raised = AlertEvent(
      id: "0123456789abcdef", alert: "0123456789abcdef", number: 1, kind: .raised, severity: .high, time: now - .seconds(60), device: camera
    )
    let alert = Alert(id: raised.id, time: raised.time, device: camera.id, verdict: .camera)
    let record = StoredAlert(raised, kind: "unknown-camera", summary: "undeclared camera", document: "{}")
    try store.record([AlertRecord(record, device: DeviceSnapshot(device: camera, alert: alert))], at: now)
  }

  /// Runs commands on a filled database; the last argument of the body is the program.
  private func withDatabase(_ body: ((String...) throws -> Command.Result) throws -> Void) throws {
    try withTemporaryFolder { (folder) throws in
      let path = folder.appendingPathComponent("lenscap.sqlite").path
      try Self.fill(PropertyStore(path: path))
      try body { arguments in try Command.run(arguments + ["--database", path]) }
    }
  }

  private static let sentence = " it sends 1.2 Mbit/s in 15 pictures a second to 203.0.113.8 and receives almost nothing"
  private static let reasons = "embedded: has the DHCP client of small Linux systems (udhcp 1.19.4)"

  @Test func devices() throws {
    try withDatabase { run in
      let lines = try run("devices").output.split(separator: "\n")
      #expect(lines.first?.contains("class") == true && lines.count == 7)
      for (address, word) in [("192.168.1.1 ", "embedded"), ("192.168.1.5 ", "personal"), ("192.168.1.4 ", "-")] {
        #expect(lines.first { $0.hasPrefix(address) }?.contains(" \(word) ") == true, "\(address)")
      }
      let one = try run("devices", "192.168.1.6").output
      #expect(one.contains(Self.reasons) && one.contains(Self.sentence) && one.contains("serves live video"))
      let phone = try run("devices", "192.168.1.5").output
      #expect(phone.contains("personal: has the DHCP client of small Linux systems\n") && !phone.contains("203.0.113.8"))
      try SchemaTests.expectValid(try run("devices", "--format", "json").output, "device")
    }
  }

  @Test func alerts() throws {
    try withDatabase { run in
      let shown = try run("alerts", "show", "0123").output
      #expect(shown.contains(Self.reasons) && shown.contains(Self.sentence))
      let document = try run("alerts", "show", "0123", "--format", "json").output
      #expect(document.contains("\"class\" : \"embedded\"") && document.contains("\"up_bps\" : 1200000"))
      try SchemaTests.expectValid(document, "alert")
    }
  }

  @Test func digest() throws {
    try withDatabase { run in
      let text = try run("digest").output
      #expect(text.contains("3 embedded devices that are no cameras: 2 TP-Link, 1 unknown maker."))
      #expect(text.contains("Send as cameras do, class unknown, no alert:\n  192.168.1.4: since ") && text.contains(Self.sentence))
      #expect(!text.contains("192.168.1.5"))
      let json = try run("digest", "--format", "json").output
      try SchemaTests.expectValid(json, "digest")
      let digest = try #require((try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])?.first)
      let groups = try #require(digest["embedded_other"] as? [[String: Any]])
      #expect(groups.map { "\($0["count"] ?? "") \($0["label"] ?? "")" } == ["2 TP-Link", "1 unknown maker"])
      let uploads = try #require(digest["uploads_unexplained"] as? [[String: Any]])
      #expect(uploads.map { $0["device"] as? String } == ["mac:02:00:00:00:00:04"])
      #expect(uploads.first?["up_bps"] as? Int == 1_200_000 && uploads.first?["to"] as? String == "203.0.113.8")
    }
  }

  /// What only sends like a camera is declared by name, and never with all others.
  @Test func adoption() throws {
    try withDatabase { run in
      let text = try run("known", "adopt").output
      #expect(text.contains("192.168.1.6  02:00:00:00:00:06") && text.contains("192.168.1.4  02:00:00:00:00:04\n    since "))
      #expect(text.contains("3 embedded devices that are no cameras: 2 TP-Link, 1 unknown maker. They need no declaration."))
      #expect(!text.contains("192.168.1.5"))
      #expect(try run("known", "adopt", "--all").output == "declared: 02:00:00:00:00:06\n")
      #expect(try run("known", "adopt", "192.168.1.5").status == 64)
      #expect(try run("known", "adopt", "192.168.1.4").output == "declared: 02:00:00:00:00:04\n")
    }
  }

  @Test func replayShowsClasses() throws {
    let text = try Command.run("replay", Command.capture("camera-boot"), Command.capture("benign/browser")).output
    #expect(text.split(separator: "\n").contains { $0.contains("address") && $0.contains("  class  ") })
    let documents = try Command.run("replay", "--format", "json", Command.capture("camera-boot")).devices
    #expect(documents.allSatisfy { $0["class"] is String && $0["class_reasons"] is [Any] && $0.keys.contains("traffic") })
  }

  @Test func strengthsByClass() throws {
    let text = try Command.run("signatures", "list", "--format", "json").output
    let signatures = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    for signature in signatures where signature["says"] as? String == "camera" {
      let strengths = try #require(signature["strength_by_class"] as? [String: Any], "\(signature["id"] ?? "")")
      #expect(Set(strengths.keys) == ["embedded", "personal", "media", "infrastructure", "unknown"])
    }
  }
}
