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

  /// Sends twenty frames within a second, enough for a sample.
  private func send(_ party: FrameClass.Party, to health: inout TrafficHealth, at seconds: Int) {
    for _ in 0..<20 {
      health.add(FrameClass(party: party, sender: MACAddress(bits: party == .own ? 0 : 2)), on: 0, at: Self.at(seconds))
    }
  }

  private func samples(_ notices: [HealthNotice]) -> [TrafficSample.Visibility] {
    notices.compactMap { if case .sees(let sample) = $0.kind { sample.visibility } else { nil } }
  }

  @Test(arguments: [
    (FrameClass.Party.own, TrafficSample.Visibility.own), (.group, .ownAndGroups), (.foreign, .foreign), (.unknown, .unknown),
  ]) func sampleIsReported(_ party: FrameClass.Party, _ visibility: TrafficSample.Visibility) {
    var health = opened()
    send(party, to: &health, at: 2)
    #expect(health.drainNotices().isEmpty)
    health.advance(to: Self.at(12))
    let notices = health.drainNotices()
    #expect(samples(notices) == [visibility])
    // The time is the end of the window, not that of the call.
    #expect(notices.map(\.time) == [Self.at(10)] && notices.map(\.interface) == ["eth1"])
  }

  @Test func moreTrafficLater() {
    var health = opened()
    health.advance(to: Self.at(15))
    #expect(samples(health.drainNotices()) == [.nothing])
    health.advance(to: Self.at(60))
    send(.group, to: &health, at: 100)
    health.advance(to: Self.at(115))
    #expect(samples(health.drainNotices()) == [.ownAndGroups])
    send(.foreign, to: &health, at: 120)
    health.advance(to: Self.at(135))
    #expect(samples(health.drainNotices()) == [.foreign])
  }

  /// Switches flood single frames to all ports.
  @Test func floodedFramesAreNotForeignTraffic() {
    var health = opened()
    send(.group, to: &health, at: 2)
    health.advance(to: Self.at(30))
    _ = health.drainNotices()
    for second in [40, 80, 100] { health.add(FrameClass(party: .foreign, sender: MACAddress(bits: 2)), on: 0, at: Self.at(second)) }
    health.advance(to: Self.at(150))
    #expect(health.drainNotices().isEmpty)
  }

  @Test func silenceAndItsEndAreReportedOnce() {
    var health = opened()
    send(.foreign, to: &health, at: 1)
    for second in stride(from: 2, through: 30, by: 1) { health.advance(to: Self.at(second)) }
    send(.foreign, to: &health, at: 30)
    _ = health.drainNotices()
    for second in stride(from: 31, through: 629, by: 1) {
      health.add(FrameClass(party: .group, sender: MACAddress(bits: 4)), on: 0, at: Self.at(second))
    }
    #expect(health.drainNotices().isEmpty)
    for second in stride(from: 630, through: 2000, by: 10) { health.advance(to: Self.at(second)) }
    let stopped = health.drainNotices()
    #expect(stopped.map(\.kind) == [.foreignTrafficStopped(since: Self.at(30), isSilent: false)] && stopped.map(\.time) == [Self.at(630)])
    send(.foreign, to: &health, at: 2000)
    for second in stride(from: 2001, through: 2020, by: 1) { health.advance(to: Self.at(second)) }
    #expect(health.drainNotices().map(\.kind) == [.foreignTrafficBack(after: .seconds(1980))])
  }

  /// Setting the clock, forward or back, is not silence.
  @Test func settingTheClockIsNotSilence() {
    var health = opened()
    send(.foreign, to: &health, at: 1)
    health.advance(to: Self.at(20))
    _ = health.drainNotices()
    for seconds in [50_000_000, -900_000, 21] { health.advance(to: Self.at(seconds)) }
    #expect(health.drainNotices().isEmpty)
  }

  @Test func absentInterfaceIsNotJudged() {
    var health = opened()
    send(.foreign, to: &health, at: 1)
    health.advance(to: Self.at(20))
    _ = health.drainNotices()
    health.closed(0)
    for second in stride(from: 30, through: 2000, by: 30) { health.advance(to: Self.at(second)) }
    #expect(health.drainNotices().isEmpty)
    health.opened(0, as: "eth7", at: Self.at(2000))
    for second in stride(from: 2000, through: 2020, by: 1) { health.advance(to: Self.at(second)) }
    let notices = health.drainNotices()
    #expect(samples(notices) == [.nothing] && notices.map(\.interface) == ["eth7"])
  }

  @Test func mostFramesAreNotNeeded() {
    var health = opened()
    send(.foreign, to: &health, at: 1)
    var wanted = [health.wantsFrame(of: 0, at: Self.at(2))]
    health.advance(to: Self.at(10))
    for second in [10, 11] { wanted.append(health.wantsFrame(of: 0, at: Self.at(second))) }
    #expect(wanted == [true, false, true])
  }
}

@Suite struct FrameClassTests {
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
    #expect(frameClass(mac(2) + mac(3) + type + between) == FrameClass(party: .foreign, sender: MACAddress(bits: 0x02_00_00_00_00_03)))
    #expect(frameClass(mac(1) + mac(3) + type + between).party == .own)
    #expect(frameClass([UInt8](repeating: 0xFF, count: 6) + mac(3) + type + between).party == .group)
    #expect(frameClass([UInt8](repeating: 0xFF, count: 6) + mac(1) + type + between) == FrameClass(party: .own))
    #expect(frameClass(mac(2) + mac(3) + [0x81, 0, 0x20, 12, 8, 0] + between).vlan == 12)
    #expect(frameClass(mac(1) + mac(3)).party == .unknown)
    #expect(frameClass(mac(1) + mac(3) + type + [0x45, 0]).party == .own)
  }

  /// Traffic that the machine routes is foreign; traffic to any of its own addresses is not.
  @Test func router() {
    #expect(frameClass(mac(1) + mac(3) + type + ipv4([10, 0, 0, 7], [203, 0, 113, 9])).party == .foreign)
    #expect(frameClass(mac(3) + mac(1) + type + ipv4([203, 0, 113, 9], [10, 0, 0, 7])).party == .foreign)
    #expect(frameClass(mac(1) + mac(3) + type + ipv4([10, 0, 0, 7], [192, 0, 2, 1])).party == .own)
    #expect(frameClass(mac(1) + mac(3) + [0x81, 0, 0, 5, 8, 0] + ipv4([10, 0, 0, 7], [203, 0, 113, 9])).party == .foreign)
  }

  @Test func otherLinks() {
    let header = ipv4([10, 0, 0, 7], [10, 0, 0, 9])
    func cooked(_ type: UInt8) -> [UInt8] { [0, type, 0, 1, 0, 6] + mac(3) + [0, 0, 8, 0] + header }
    #expect((0...4).map { frameClass(cooked($0), .linuxSLL).party } == [.foreign, .group, .group, .foreign, .foreign])
    #expect(frameClass(header, .raw).party == .foreign)
    #expect(frameClass(ipv4([10, 0, 0, 1], [10, 0, 0, 9]), .raw).party == .own)
    #expect(frameClass(header, .raw, MachineAddresses()).party == .unknown)
    #expect(frameClass([0, 0, 8, 0], .radiotap).party == .foreign)
    #expect(frameClass([1, 2, 3], LinkType(rawValue: 220)).party == .unknown)
  }
}
