import Capture
import Detection
import Testing

@Suite struct TrafficHealthTests {
  private static let start = Timestamp(seconds: 1_000_000, nanoseconds: 0)
  private static func at(_ seconds: Int) -> Timestamp { start + .seconds(seconds) }

  private func opened() -> TrafficHealth {
    var health = TrafficHealth(["eth1", "eth2"])
    health.opened(0, as: "eth1", at: Self.start)
    return health
  }

  /// Twenty frames within a second, and time to judge them.
  private func send(_ party: FrameClass.Party, to health: inout TrafficHealth, at seconds: Int) {
    for _ in 0..<20 {
      health.note(FrameClass(party: party, sender: MACAddress(bits: party == .own ? 0 : 2)), on: 0, at: Self.at(seconds))
    }
  }

  private func sights(_ notices: [HealthNotice]) -> [TrafficSample.Visibility] {
    notices.compactMap { if case .sees(let heard) = $0.kind { heard.visibility } else { nil } }
  }

  @Test(arguments: [
    (FrameClass.Party.own, TrafficSample.Visibility.own), (.group, .ownAndGroups), (.others, .others), (.unknown, .unknown),
  ]) func whatIsSeenIsTold(_ party: FrameClass.Party, _ visibility: TrafficSample.Visibility) {
    var health = opened()
    send(party, to: &health, at: 2)
    #expect(health.takeNotices().isEmpty)
    health.advance(to: Self.at(12))
    let notices = health.takeNotices()
    #expect(sights(notices) == [visibility])
    // Stamped with the end of the window, not with the moment it was noticed.
    #expect(notices.map(\.time) == [Self.at(10)] && notices.map(\.interface) == ["eth1"])
  }

  @Test func nothingAndThenSomething() {
    var health = opened()
    health.advance(to: Self.at(15))
    #expect(sights(health.takeNotices()) == [.nothing])
    health.advance(to: Self.at(60))
    send(.group, to: &health, at: 100)
    health.advance(to: Self.at(115))
    #expect(sights(health.takeNotices()) == [.ownAndGroups])
    send(.others, to: &health, at: 120)
    health.advance(to: Self.at(135))
    #expect(sights(health.takeNotices()) == [.others])
  }

  /// Switches send a frame to all ports now and then.
  @Test func straysAreNotOthersTraffic() {
    var health = opened()
    send(.group, to: &health, at: 2)
    health.advance(to: Self.at(30))
    _ = health.takeNotices()
    for second in [40, 80, 100] { health.note(FrameClass(party: .others, sender: MACAddress(bits: 2)), on: 0, at: Self.at(second)) }
    health.advance(to: Self.at(150))
    #expect(health.takeNotices().isEmpty)
  }

  @Test func silenceIsToldOnceAndItsEnd() {
    var health = opened()
    send(.others, to: &health, at: 1)
    for second in stride(from: 2, through: 30, by: 1) { health.advance(to: Self.at(second)) }
    send(.others, to: &health, at: 30)
    _ = health.takeNotices()
    for second in stride(from: 31, through: 629, by: 1) {
      health.note(FrameClass(party: .group, sender: MACAddress(bits: 4)), on: 0, at: Self.at(second))
    }
    #expect(health.takeNotices().isEmpty)
    for second in stride(from: 630, through: 2000, by: 10) { health.advance(to: Self.at(second)) }
    let stopped = health.takeNotices()
    #expect(stopped.map(\.kind) == [.othersStopped(since: Self.at(30))] && stopped.map(\.time) == [Self.at(630)])
    send(.others, to: &health, at: 2000)
    for second in stride(from: 2001, through: 2020, by: 1) { health.advance(to: Self.at(second)) }
    #expect(health.takeNotices().map(\.kind) == [.othersBack(after: .seconds(1980))])
  }

  /// A clock that is set is no silence, forward or back.
  @Test func setClockIsNoSilence() {
    var health = opened()
    send(.others, to: &health, at: 1)
    health.advance(to: Self.at(20))
    _ = health.takeNotices()
    for seconds in [50_000_000, -900_000, 21] { health.advance(to: Self.at(seconds)) }
    #expect(health.takeNotices().isEmpty)
  }

  @Test func whatIsAwayIsNotJudged() {
    var health = opened()
    send(.others, to: &health, at: 1)
    health.advance(to: Self.at(20))
    _ = health.takeNotices()
    health.closed(0)
    for second in stride(from: 30, through: 2000, by: 30) { health.advance(to: Self.at(second)) }
    #expect(health.takeNotices().isEmpty)
    health.opened(0, as: "eth7", at: Self.at(2000))
    for second in stride(from: 2000, through: 2020, by: 1) { health.advance(to: Self.at(second)) }
    let notices = health.takeNotices()
    #expect(sights(notices) == [.nothing] && notices.map(\.interface) == ["eth7"])
  }

  @Test func mostFramesNeedNoLook() {
    var health = opened()
    send(.others, to: &health, at: 1)
    var wanted = [health.wantsFrame(of: 0, at: Self.at(2))]
    health.advance(to: Self.at(10))
    for second in [10, 11] { wanted.append(health.wantsFrame(of: 0, at: Self.at(second))) }
    #expect(wanted == [true, false, true])
  }
}

@Suite struct FrameGlanceTests {
  private static let own = MACAddress(bits: 0x02_00_00_00_00_01)
  private static let machine = MachineAddresses(mac: own, addresses: [IPAddress(v4: 0x0A00_0001), IPAddress(v4: 0xC000_0201)])

  private func frameClass(_ bytes: [UInt8], _ linkType: LinkType = .ethernet, _ machine: MachineAddresses = machine) -> FrameClass {
    let frame = Frame(
      bytes: bytes.span.bytes, originalLength: bytes.count, linkType: linkType, time: .zero, reference: PacketReference(file: 0, number: 1))
    return FrameClass(frame, to: machine)
  }

  private func mac(_ last: UInt8) -> [UInt8] { [2, 0, 0, 0, 0, last] }
  private func ipv4(_ source: [UInt8], _ destination: [UInt8]) -> [UInt8] {
    [0x45] + [UInt8](repeating: 0, count: 11) + source + destination
  }
  private let type: [UInt8] = [8, 0]

  @Test func ethernet() {
    let between = ipv4([10, 0, 0, 7], [10, 0, 0, 1])
    #expect(frameClass(mac(2) + mac(3) + type + between) == FrameClass(party: .others, sender: MACAddress(bits: 0x02_00_00_00_00_03)))
    #expect(frameClass(mac(1) + mac(3) + type + between).party == .own)
    #expect(frameClass([UInt8](repeating: 0xFF, count: 6) + mac(3) + type + between).party == .group)
    #expect(frameClass([UInt8](repeating: 0xFF, count: 6) + mac(1) + type + between) == FrameClass(party: .own))
    #expect(frameClass(mac(2) + mac(3) + [0x81, 0, 0x20, 12, 8, 0] + between).vlan == 12)
    #expect(frameClass(mac(1) + mac(3)).party == .unknown)
    #expect(frameClass(mac(1) + mac(3) + type + [0x45, 0]).party == .own)
  }

  /// What it routes is others' traffic; what is for any of its own addresses is not.
  @Test func router() {
    #expect(frameClass(mac(1) + mac(3) + type + ipv4([10, 0, 0, 7], [203, 0, 113, 9])).party == .others)
    #expect(frameClass(mac(3) + mac(1) + type + ipv4([203, 0, 113, 9], [10, 0, 0, 7])).party == .others)
    #expect(frameClass(mac(1) + mac(3) + type + ipv4([10, 0, 0, 7], [192, 0, 2, 1])).party == .own)
    #expect(frameClass(mac(1) + mac(3) + [0x81, 0, 0, 5, 8, 0] + ipv4([10, 0, 0, 7], [203, 0, 113, 9])).party == .others)
  }

  @Test func otherLinks() {
    let header = ipv4([10, 0, 0, 7], [10, 0, 0, 9])
    func cooked(_ way: UInt8) -> [UInt8] { [0, way, 0, 1, 0, 6] + mac(3) + [0, 0] + type + header }
    #expect((0...4).map { frameClass(cooked($0), .linuxSLL).party } == [.others, .group, .group, .others, .others])
    #expect(frameClass(header, .raw).party == .others)
    #expect(frameClass(ipv4([10, 0, 0, 1], [10, 0, 0, 9]), .raw).party == .own)
    #expect(frameClass(header, .raw, MachineAddresses()).party == .unknown)
    #expect(frameClass([0, 0, 8, 0], .radiotap).party == .others)
    #expect(frameClass([1, 2, 3], LinkType(rawValue: 220)).party == .unknown)
  }
}
