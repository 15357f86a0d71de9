import Foundation
import Testing

@testable import Detection
@testable import Documents
@testable import Store

/// What documents and texts say of a device's class and of its traffic.
@Suite struct DeviceClassTests {
  static let start: Timestamp = Timestamp(seconds: 1_700_000_000, nanoseconds: 0)
  static let none: OUIRegistry = OUIRegistry(of: [])

  static func device(
    _ number: UInt64 = 1, _ deviceClass: DeviceClass = .embedded, vendor: String? = nil, hostname: String? = nil, role: Role = .other,
    strength: Strength? = nil, isDeclared: Bool = false, evidence: [Evidence] = [], traffic: Traffic? = nil
  ) -> Device {
    Device(
      id: DeviceID(segment: .untagged, mac: MACAddress(bits: 0x0200_0000_0000 | number)), addresses: [IPAddress("192.168.1.37")!],
      hostname: hostname, vendor: vendor, model: nil, kind: nil, role: role,
      weighing: Weighing(strength.map { [.init(says: .camera, facet: .media, strength: $0)] } ?? []), isDeclared: isDeclared,
      isRouter: false, room: nil, firstSeen: start, lastSeen: start + .seconds(60), packetsSent: 1, bytesSent: 1, bytesReceived: 0,
      evidence: evidence, streams: [], deviceClass: deviceClass, classReasons: [reason], traffic: traffic)
  }

  static let reason: ClassReason = ClassReason(
    field: .dhcpVendorClass, value: "udhcp 1.19.4", reason: "its DHCP client is one of small Linux systems",
    packet: PacketReference(file: 0, number: 7))

  static func traffic(up: Int = 1_234_000, down: Int = 9_000, pictures: Double? = 15.02) -> Traffic {
    Traffic(
      upBitsPerSecond: up, downBitsPerSecond: down, since: start, picturesPerSecond: pictures, to: IPAddress("203.0.113.8")!)
  }

  static func evidence(_ strengths: Strengths, validUntil: Timestamp? = nil, of deviceClass: DeviceClass) -> Evidence {
    Evidence(
      signature: Signature.Summary(id: "cloud", says: .camera, facet: .cloud, strength: strengths, because: "looks up {value}"),
      field: .dnsQuery, value: "cam.example.com", firstSeen: start, packet: PacketReference(file: 0, number: 3), count: 1, vendor: nil,
      model: nil, kind: nil, validUntil: validUntil, deviceClass: deviceClass)
  }

  static func json(_ value: some Encodable) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: JSON().bytes(value)) as? [String: Any])
  }

  @Test func aDeviceHasItsClassWithReasonsAndItsTraffic() throws {
    let until = Self.start + .seconds(3600)
    let device = Self.device(evidence: [Self.evidence(.likely, validUntil: until, of: .embedded)], traffic: Self.traffic())
    let document = try Self.json(DeviceDocument(device, makers: Self.none))
    #expect(document["class"] as? String == "embedded")
    let reason = try #require((document["class_reasons"] as? [[String: Any]])?.first)
    #expect(reason["field"] as? String == "dhcp.vendor_class" && reason["value"] as? String == "udhcp 1.19.4")
    #expect(reason["reason"] as? String == Self.reason.reason)
    #expect((reason["packet"] as? [String: Any])?["number"] as? Int == 7)
    let traffic = try #require(document["traffic"] as? [String: Any])
    #expect(traffic["up_bps"] as? Int == 1_234_000 && traffic["down_bps"] as? Int == 9000)
    #expect(traffic["since"] as? String == Self.start.rfc3339 && traffic["to"] as? String == "203.0.113.8")
    #expect(traffic["pictures_per_second"] as? Double == 15.02)
    #expect((document["evidence"] as? [[String: Any]])?.first?["valid_until"] as? String == until.rfc3339)
    #expect((document["evidence"] as? [[String: Any]])?.first?["corroborated"] as? Bool == true)
    let plain = try Self.json(DeviceDocument(Self.device(2, .unknown, evidence: [Self.evidence(.likely, of: .unknown)]), makers: Self.none))
    #expect(plain["class"] as? String == "unknown" && plain["traffic"] is NSNull)
    #expect((plain["evidence"] as? [[String: Any]])?.first?["valid_until"] is NSNull)
  }

  @Test func peoplesDevicesGiveNoValues() throws {
    let phone = Self.device(1, .personal)
    #expect(try !JSON.text(DeviceDocument(phone, makers: Self.none)).contains("udhcp"))
    #expect(phone.classSentence(withPackets: true) == "personal: its DHCP client is one of small Linux systems (packet 7)")
  }

  /// What a watch reports, it stores. A capture that somebody replays is theirs.
  @Test func aWatchReportsNoNamesThatAPhoneLookedUp() throws {
    let items = [Self.evidence(SharedWith.app.strengths, of: .personal)]
    let phone = Self.device(1, .personal, role: .camera, strength: .proves, evidence: items)
    let event = AlertEvent(id: "a", alert: "a", number: 1, kind: .raised, severity: .high, time: Self.start, device: phone)
    let live = try JSON.text(AlertDocument(event, sensor: Sensor(id: nil, name: "gate"), makers: Self.none))
    #expect(!live.contains("cam.example.com") && live.contains("\"signature\":\"cloud\""))
    #expect(try JSON.text(AlertDocument(event, sensor: nil, makers: Self.none)).contains("cam.example.com"))
    let plug = Self.device(1, .embedded, role: .camera, strength: .proves, evidence: items.map { $0.weighed(for: .embedded) })
    let other = AlertEvent(id: "a", alert: "a", number: 1, kind: .raised, severity: .high, time: Self.start, device: plug)
    #expect(try JSON.text(AlertDocument(other, sensor: Sensor(id: nil, name: "gate"), makers: Self.none)).contains("cam.example.com"))
  }

  @Test(arguments: [("true", "false -> true"), ("false", "true -> false")])
  func watchedIsABoolean(to: String, change: String) throws {
    let changes = [AlertEvent.Change(.watched, from: to == "true" ? "false" : "true", to: to), .init(.streams, from: "false", to: "true")]
    let event = AlertEvent(
      id: "b", alert: "a", number: 1, kind: .changed, severity: .high, time: Self.start, device: Self.device(), changes: changes)
    let document = try Self.json(AlertDocument(event, sensor: Sensor(id: nil, name: "gate"), makers: Self.none))
    let shown = try #require(document["changes"] as? [[String: Any]])
    #expect(shown.map { $0["what"] as? String } == ["watched", "streams"])
    #expect("\(shown[0]["from"] as? Bool ?? false) -> \(shown[0]["to"] as? Bool ?? false)" == change)
    #expect(shown[0]["to"] is String == false && shown[1]["to"] as? String == "true")
  }

  static let sentences: [(Traffic, String)] = [
    (traffic(), "since 22:13 it sends 1.2 Mbit/s in 15 pictures a second to 203.0.113.8 and receives almost nothing"),
    (traffic(up: 800_000, down: 200_000, pictures: nil), "since 22:13 it sends 800.0 kbit/s to 203.0.113.8 and receives 200.0 kbit/s"),
    (traffic(pictures: 1), "since 22:13 it sends 1.2 Mbit/s in 1 picture a second to 203.0.113.8 and receives almost nothing"),
    (traffic(pictures: 7.47), "since 22:13 it sends 1.2 Mbit/s in 7.5 pictures a second to 203.0.113.8 and receives almost nothing"),
  ]

  @Test(arguments: sentences)
  func traffic(traffic: Traffic, sentence: String) {
    #expect(traffic.sentence(utc: true, at: Self.start + .seconds(60)) == sentence)
    #expect(traffic.sentence(utc: true, at: Self.start + .seconds(86_400)).hasPrefix("since 14 Nov 2023 22:13 it sends "))
  }

  @Test func classesInASentence() {
    #expect(
      Self.device().classSentence(withPackets: true)
        == "embedded: its DHCP client is one of small Linux systems (udhcp 1.19.4, packet 7)")
    #expect(
      Self.device().classSentence(withPackets: false) == "embedded: its DHCP client is one of small Linux systems (udhcp 1.19.4)")
    #expect(Self.device(1, .unknown).classSentence(withPackets: true) == nil)
  }

  /// Cameras, possible ones, declared devices and other classes are counted elsewhere.
  @Test func embeddedDevicesAreCountedByMaker() {
    let devices =
      (1...3).map { Self.device($0, vendor: "TP-Link") }
      + [
        Self.device(4, hostname: "tasmota-3A2B1C"), Self.device(5, hostname: "Marias-plug"), Self.device(6),
        Self.device(7, strength: .proves), Self.device(8, strength: .likely), Self.device(9, isDeclared: true), Self.device(10, .personal),
        Self.device(11, .unknown), Self.device(12, role: .relay),
      ]
    let counts = MakerCount.of(devices)
    #expect(counts.map { "\($0.count) \($0.label)" } == ["3 TP-Link", "2 unknown maker", "1 tasmota"])
    #expect(MakerCount.sentence(counts) == "6 embedded devices that are no cameras: 3 TP-Link, 2 unknown maker, 1 tasmota")
    #expect(MakerCount.sentence(MakerCount.of([Self.device(4, vendor: "Acme")])) == "1 embedded device that is no camera: 1 Acme")
    #expect(MakerCount.sentence([]) == nil)
  }

  @Test func manyMakers() {
    let counts = (1...10).map { MakerCount(label: "M\($0)", count: 20 - $0) }
    #expect(MakerCount.sentence(counts)?.hasSuffix("12 M8, 21 of other makers") == true)
  }

  @Test(arguments: [
    ("TP-LINK TECHNOLOGIES CO.,LTD.", "TP-LINK"), ("Espressif Inc.", "Espressif"), ("Tuya Smart Inc.", "Tuya Smart"), ("Ltd.", "Ltd"),
    ("", ""), ("Shenzhen Bilian Electronic Co.，Ltd", "Shenzhen Bilian Electronic"),
  ])
  func shortNames(maker: String, name: String) {
    #expect(MakerCount.shortened(maker) == name)
  }

  static let hostnames: [(String, String?)] = [
    ("ESP_3A2B1C", "ESP"), ("tasmota-12AB34-1234", "tasmota"), ("Marias-plug", nil), ("Maria-iPhone", nil), ("bed-cafe", nil),
    ("-1234", nil), ("lamp", nil), ("", nil),
  ]

  @Test(arguments: hostnames)
  func wordsOfFirmware(hostname: String, word: String?) {
    #expect(MakerCount.sort(hostname) == word)
  }
}
