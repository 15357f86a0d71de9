import Testing

@testable import Detection

/// More cameras than a room holds, by their own word alone: one alert. Cameras that hold conversations keep theirs.
@Suite struct InventedCamerasTests {
  typealias B = FrameBuilder

  static let signatures = SignatureSet([
    Signature(
      id: "dhcp", says: .camera, facet: .name, strength: .strong,
      condition: .test([.dhcpHostname], ValueTest([.prefix([Array("ipc".utf8)])])), because: "name"),
    Signature(
      id: "onvif", says: .camera, facet: .discovery, strength: .strong,
      condition: .test([.wsdTypes], ValueTest([.contains([Array("networkvideotransmitter".utf8)])])), because: "onvif"),
    Signature(
      id: "sadp", says: .camera, facet: .control, strength: .strong,
      condition: .test([.sadpDescription], ValueTest([.prefix([Array("ds-2cd".utf8)])])), because: "sadp"),
  ])

  enum Announcement: CaseIterable {
    case dhcp, onvif, sadp
  }

  /// An engine, and the devices that speak to it.
  struct Scene {
    let engine: Engine
    var feeder: Feeder
    /// The tags of frames.
    var tags: [(UInt16, UInt16)] = []
    var interface = ""

    init(_ site: Site = Site()) {
      engine = Engine(signatures: InventedCamerasTests.signatures, site: site)
      feeder = Feeder(engine)
    }

    static func mac(_ number: Int) -> [UInt8] { [0x00, 0xE0, 0x4C, UInt8(number >> 16), UInt8(number >> 8 & 255), UInt8(number & 255)] }
    static func address(_ number: Int) -> String { "10.0.\(number >> 8).\(number & 255)" }

    mutating func announce(_ number: Int, _ what: Announcement, at time: Double) {
      let (mac, address) = (Self.mac(number), Self.address(number))
      let (to, packet): ([UInt8], [UInt8]) =
        switch what {
        case .dhcp:
          (
            [UInt8](repeating: 255, count: 6),
            B.ipv4("0.0.0.0", "255.255.255.255", proto: 17, B.udp(68, 67, Self.request(mac)))
          )
        case .onvif:
          ([1, 0, 0x5E, 0x7F, 0xFF, 0xFA], B.ipv4(address, "239.255.255.250", proto: 17, B.udp(3702, 3702, ascii(Self.hello))))
        case .sadp:
          ([1, 0, 0x5E, 0x7F, 0xFF, 0xFA], B.ipv4(address, "239.255.255.250", proto: 17, B.udp(37020, 37020, ascii(Self.match))))
        }
      feeder.frame(B.ethernet(from: mac, to: to, tags: tags, packet), at: time, on: interface)
    }

    /// A client asks the camera, and it answers.
    mutating func converse(_ number: Int, at time: Double) {
      let (mac, address) = (Self.mac(number), Self.address(number))
      let client: [UInt8] = [2, 0, 0, 0, 0, 9]
      let syn = B.tcp(40_000, 554, seq: 1, flags: .syn)
      feeder.frame(B.ethernet(from: client, to: mac, tags: tags, B.ipv4("10.0.255.9", address, proto: 6, syn)), at: time, on: interface)
      let answer = B.tcp(554, 40_000, seq: 1, ack: 2, flags: [.syn, .ack])
      feeder.frame(
        B.ethernet(from: mac, to: client, tags: tags, B.ipv4(address, "10.0.255.9", proto: 6, answer)), at: time + 0.01, on: interface)
      let last = B.tcp(40_000, 554, seq: 2, ack: 2)
      feeder.frame(
        B.ethernet(from: client, to: mac, tags: tags, B.ipv4("10.0.255.9", address, proto: 6, last)), at: time + 0.02, on: interface)
    }

    private static func request(_ mac: [UInt8]) -> [UInt8] {
      [1, 1, 6, 0, 0, 0, 0x12, 0x34] + [UInt8](repeating: 0, count: 20) + mac + [UInt8](repeating: 0, count: 202)
        + [0x63, 0x82, 0x53, 0x63, 53, 1, 3, 12, 7] + ascii("IPC-C22") + [255]
    }
    private static let hello = """
      <?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" \
      xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Body><d:Hello>\
      <d:Types>dn:NetworkVideoTransmitter</d:Types></d:Hello></s:Body></s:Envelope>
      """
    private static let match = """
      <?xml version="1.0" encoding="utf-8"?>\r\n<ProbeMatch>\r\n<DeviceType>138</DeviceType>\r\n\
      <DeviceDescription>DS-2CD2043G2-I</DeviceDescription>\r\n</ProbeMatch>
      """
  }

  struct Outcome {
    let events: [AlertEvent]
    let health: [HealthEvent]
    let coverage: Coverage

    init(_ engine: Engine) {
      engine.finish()
      let update = engine.drain()
      (events, health, coverage) = (update.events, update.health, engine.coverage)
    }

    var groups: [AlertEvent] { events.filter { $0.kind == .raised && $0.group != nil } }
    var own: [AlertEvent] { events.filter { $0.kind == .raised && $0.group == nil } }
    /// Cameras with an alert of their own at the end.
    var alone: Set<DeviceID> {
      var result = Set(own.map(\.device.id))
      for event in events {
        for change in event.changes where change.what == .group {
          if change.to == nil { result.insert(event.device.id) } else { result.remove(event.device.id) }
        }
      }
      return result
    }
  }

  @Test(arguments: Announcement.allCases)
  func manyAnnouncementsAreOneAlert(what: Announcement) throws {
    var scene = Scene()
    scene.tags = [(0x8100, 12)]
    for number in 0..<300 { scene.announce(number, what, at: 1000 + Double(number) / 100) }
    let outcome = Outcome(scene.engine)
    let group = try #require(outcome.groups.first)
    #expect(outcome.groups.count == 1 && outcome.own.count == 20 && outcome.alone.isEmpty)
    #expect(group.severity == .medium && group.follows == nil)
    #expect(group.device.id.description == "mac:00:e0:4c:00:00:00@vlan12", "those of the first")
    #expect(group.group?.count == 300 && group.group?.place == .vlan(12))
    #expect(group.group?.examples == (0..<5).map { "mac:00:e0:4c:00:00:0\($0)@vlan12" })
    let folded = outcome.events.filter { $0.foldedInto == group.id }
    #expect(Set(folded.map(\.alert)) == Set(outcome.own.map(\.id)) && folded.allSatisfy { $0.kind == .changed })
    #expect(Set(outcome.events.map { "\($0.id) \($0.number)" }).count == outcome.events.count)
    let flood = try #require(outcome.health.first?.flood)
    #expect(outcome.health.count == 1 && flood.what == .cameras && flood.count == 300 && flood.segment.description == "vlan 12")
    #expect(outcome.coverage.flooded == [.cameras: 300])
    #expect(scene.engine.devices().count { $0.group == group.id } == 300)
  }

  /// One MAC address, in a network of its own each time; and a VLAN of its own for each camera.
  @Test func whatDiffersInTheSegmentComesFromOnePort() {
    var scene = Scene()
    scene.interface = "eth1"
    for number in 0..<100 {
      scene.tags = [(0x8100, UInt16(number + 1))]
      scene.announce(number % 2, .dhcp, at: 1000 + Double(number) / 100)
    }
    let outcome = Outcome(scene.engine)
    #expect(outcome.groups.map(\.group?.place) == [.port("eth1")] && outcome.groups.first?.group?.count == 100)
    #expect(outcome.health.first?.interface == "eth1")
  }

  @Test func twentyAreNotMany() {
    var scene = Scene()
    for number in 0..<20 { scene.announce(number, .sadp, at: 1000 + Double(number)) }
    // Long after the first ones, twenty more.
    for number in 20..<40 { scene.announce(number, .sadp, at: 2000 + Double(number)) }
    let outcome = Outcome(scene.engine)
    #expect(outcome.groups.isEmpty && outcome.health.isEmpty && outcome.own.count == 40)
  }

  /// All announce themselves within seconds, before any of them has held a conversation.
  @Test func afterAPowerCutEachHasItsOwnAlert() {
    var scene = Scene()
    for number in 0..<25 { scene.announce(number, .dhcp, at: 1000 + Double(number) / 10) }
    for number in 0..<25 { scene.converse(number, at: 1010 + Double(number)) }
    for number in 0..<25 { scene.announce(number, .onvif, at: 1040 + Double(number) / 10) }
    scene.engine.advance(to: Timestamp(seconds: 2000, nanoseconds: 0))
    let outcome = Outcome(scene.engine)
    #expect(outcome.groups.isEmpty && outcome.health.isEmpty)
    #expect(outcome.alone.count == 25 && outcome.own.count == 25)
  }

  /// Nothing shows a conversation: a minute later they are taken for what they look like.
  @Test func withoutAConversationTheyAreToldAfterAMinute() {
    var scene = Scene()
    for number in 0..<25 { scene.announce(number, .dhcp, at: 1000 + Double(number) / 10) }
    #expect(scene.engine.drain().events.count == 20)
    scene.engine.advance(to: Timestamp(seconds: 1062, nanoseconds: 0))
    let update = scene.engine.drain()
    #expect(update.events.first?.group?.count == 25 && update.events.count == 21)
    #expect(update.health.map(\.code) == [.flood])
  }

  @Test func theTrueOneKeepsItsAlert() throws {
    var scene = Scene()
    for number in 0..<200 { scene.announce(number, .sadp, at: 1000 + Double(number) / 50) }
    scene.converse(500, at: 1004)
    scene.announce(500, .onvif, at: 1004.5)
    for number in 200..<300 { scene.announce(number, .sadp, at: 1005 + Double(number) / 50) }
    // One of those that were taken for invented holds a conversation after all.
    scene.converse(3, at: 1020)
    scene.announce(3, .onvif, at: 1021)
    let outcome = Outcome(scene.engine)
    #expect(outcome.alone.map(\.description).sorted() == ["mac:00:e0:4c:00:00:03", "mac:00:e0:4c:00:01:f4"])
    #expect(outcome.groups.count == 1 && outcome.health.count == 1)
    #expect(outcome.events.last { $0.device.id.description == "mac:00:e0:4c:00:00:03" }?.kind != .raised)
  }

  /// The true camera was the first one, and the alert about the others is not about it.
  @Test func whoLeavesIsNoExample() throws {
    var scene = Scene()
    for number in 0..<100 { scene.announce(number, .sadp, at: 1000 + Double(number) / 50) }
    scene.converse(0, at: 1010)
    scene.announce(0, .onvif, at: 1011)
    let outcome = Outcome(scene.engine)
    let group = try #require(outcome.groups.first)
    #expect(group.device.id.description == "mac:00:e0:4c:00:00:01" && group.group?.count == 99)
    #expect(group.group?.examples.contains("mac:00:e0:4c:00:00:00") == false)
    #expect(outcome.alone.map(\.description) == ["mac:00:e0:4c:00:00:00"])
    #expect(outcome.health.map(\.count) == [99] && outcome.coverage.flooded == [.cameras: 99])
  }

  /// The alert grows by one event when it is over, and its source is reported once an hour.
  @Test func aGroupGrowsQuietly() {
    var scene = Scene()
    var told: [String] = []
    var floods = 0
    for number in 0..<3000 {
      scene.announce(number, .sadp, at: 1000 + Double(number))
      if number % 10 == 0 {
        let update = scene.engine.drain()
        told += update.events.filter { $0.group != nil }.map { "\($0.kind.rawValue) \($0.group?.count ?? 0)" }
        floods += update.health.count
      }
    }
    scene.engine.finish()
    let update = scene.engine.drain()
    told += update.events.filter { $0.group != nil }.map { "\($0.kind.rawValue) \($0.group?.count ?? 0)" }
    #expect(told.first?.hasPrefix("raised ") == true && told.last == "changed 3000")
    #expect(told.count <= 6 && floods + update.health.count == 1)
  }

  /// A restart forgets nothing: those that were grouped stay so, and their alerts stay silent.
  @Test func groupsSurviveARestart() {
    var scene = Scene()
    for number in 0..<100 { scene.announce(number, .sadp, at: 1000 + Double(number) / 50) }
    scene.engine.suspend()
    var next = Scene()
    next.engine.apply(.recall(scene.engine.snapshots(), lastPacket: scene.engine.lastPacket))
    for number in 0..<100 { next.announce(number, .onvif, at: 1100 + Double(number) / 50) }
    next.converse(500, at: 20_000)
    let outcome = Outcome(next.engine)
    #expect(outcome.events.isEmpty && outcome.health.isEmpty)
  }

  /// Other settings change the numbers of devices, and nothing that people see.
  @Test func groupsSurviveAnotherConfiguration() {
    var scene = Scene()
    for number in 0..<100 { scene.announce(number, .sadp, at: 1000 + Double(number) / 50) }
    _ = scene.engine.drain()
    scene.engine.apply(.reconfigure(EngineConfiguration(signatures: Self.signatures)))
    for number in 0..<200 { scene.announce(number, .onvif, at: 1010 + Double(number) / 50) }
    let outcome = Outcome(scene.engine)
    #expect(outcome.groups.isEmpty && outcome.own.isEmpty)
    #expect(outcome.events.last?.group?.count == 200)
  }
}
