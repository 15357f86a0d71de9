import Testing

@testable import Detection

/// Which hours of a room were watched.
@Suite struct RoomLedgerTests {
  typealias T = InventoryTests

  static let site = Site(
    [
      .init(room: "101", criteria: [.interface("eth1")]), .init(room: "102", criteria: [.vlan([7])]),
      .init(room: "103", criteria: [.neighbour(.init(device: "sw-3", port: "Gi0/12"))]),
    ], rooms: ["104", "101"])

  /// A time within an hour of the run.
  static func time(_ hour: Int, _ minute: Int = 0) -> Timestamp { Timestamp(seconds: Int64(hour * 3600 + minute * 60), nanoseconds: 0) }

  static func ledger() -> RoomLedger {
    var ledger = RoomLedger(site)
    ledger.advance(to: time(10, 5))
    return ledger
  }

  static func row(_ ledger: RoomLedger, _ room: String) -> String {
    ledger.coverage.first { $0.room == room }.map { "\($0.hoursWatched)/\($0.hours) \($0.reason?.rawValue ?? "watched")" } ?? "none"
  }

  @Test func namesAreInTheSitesOrder() {
    #expect(Self.site.rooms == ["101", "102", "103", "104"])
    #expect(RoomLedger(Site()).isActive == false)
    #expect(RoomLedger(Site()).coverage == [])
  }

  @Test func framesMakeAnHourWatched() {
    var ledger = Self.ledger()
    #expect(Self.row(ledger, "101") == "0/1 never-seen")
    ledger.record("101", frame: Self.time(10, 6))
    #expect(Self.row(ledger, "101") == "1/1 watched")
    ledger.advance(to: Self.time(11, 1))
    #expect(Self.row(ledger, "101") == "1/2 quiet")
    #expect(ledger.coverage.first?.lastFrame == Self.time(10, 6))
    ledger.record("101", frame: Self.time(11, 2))
    #expect(Self.row(ledger, "101") == "2/2 watched")
    #expect(Self.row(ledger, "104") == "0/2 never-seen")
  }

  @Test func anEarlierRunSawIt() {
    var ledger = Self.ledger()
    ledger.recall("101", lastFrame: Self.time(3))
    #expect(Self.row(ledger, "101") == "0/1 quiet")
    #expect(ledger.coverage.first?.lastFrame == Self.time(3))
  }

  /// An announcement that is valid for hours covers them, also where the clock jumps.
  @Test func aliveButQuiet() {
    var ledger = Self.ledger()
    ledger.record("103", aliveUntil: Self.time(12, 30))
    ledger.advance(to: Self.time(15, 1))
    #expect(Self.row(ledger, "103") == "3/6 never-seen")
    let hours = ledger.drain()
    #expect(hours.filter { $0.room == "103" }.map(\.hour) == [13, 14, 15].map { Self.time($0) }, "the last two hours, and this one")
    #expect(ledger.drain().count == 4, "only the current hour is left")
  }

  @Test func aJumpOfYearsTakesNoTime() {
    var ledger = Self.ledger()
    ledger.record("101", frame: Self.time(10, 6))
    ledger.record("103", aliveUntil: Self.time(20))
    ledger.advance(to: .distantFuture)
    #expect(ledger.coverage[0].hoursWatched == 1)
    #expect(ledger.coverage[0].hours > 2_000_000)
    #expect(ledger.coverage[2].hoursWatched == 11)
    #expect(ledger.drain().count == 12)
  }

  @Test func lossMakesAnHourBlind() {
    var ledger = Self.ledger()
    ledger.record("101", frame: Self.time(10, 6))
    ledger.record(LinkHealth(received: 990, lost: 10))
    #expect(Self.row(ledger, "101") == "1/1 watched", "one in a hundred")
    ledger.record(LinkHealth(received: 990, lost: 11))
    #expect(Self.row(ledger, "101") == "0/1 packets-lost")
    ledger.advance(to: Self.time(11))
    ledger.record("101", frame: Self.time(11))
    ledger.record(LinkHealth(received: 2000, lost: 11))
    #expect(Self.row(ledger, "101") == "1/2 packets-lost", "the new hour is counted by itself")
    // Counters that begin anew.
    ledger.record(LinkHealth(received: 10, lost: 0))
    ledger.record(LinkHealth(received: .max, lost: .max))
    #expect(Self.row(ledger, "101") == "0/2 packets-lost")
  }

  @Test func interfacesThatWereAway() {
    var ledger = Self.ledger()
    ledger.record(LinkHealth(received: 0, lost: 0, interfacesGone: ["eth2"]))
    #expect(Self.row(ledger, "101") == "0/1 never-seen", "it is another room's")
    #expect(Self.row(ledger, "102") == "0/1 interface-gone", "its rules name none, so every one counts")
    ledger.record(LinkHealth(received: 0, lost: 0, interfacesGone: ["eth1"]))
    ledger.record(LinkHealth(received: 0, lost: 0))
    #expect(Self.row(ledger, "101") == "0/1 interface-gone", "it was away in this hour")
    ledger.advance(to: Self.time(11))
    #expect(ledger.drain().last?.reason == .neverSeen)
    #expect(Self.row(ledger, "101") == "0/2 never-seen")
    ledger.record("101", frame: Self.time(11))
    ledger.record(LinkHealth(received: 0, lost: 0, interfacesGone: ["eth1"]))
    #expect(Self.row(ledger, "101") == "1/2 interface-gone", "frames came before it went")
  }

  @Test func otherRooms() {
    var ledger = Self.ledger()
    ledger.record("101", frame: Self.time(10, 6))
    ledger.advance(to: Self.time(12))
    ledger.reconfigure(Site([.init(room: "101", criteria: [.interface("eth1")])], rooms: ["200"]))
    #expect(Self.row(ledger, "101") == "1/3 quiet")
    #expect(Self.row(ledger, "200") == "0/1 never-seen")
    #expect(ledger.coverage.count == 2)
    #expect(Set(ledger.drain().map(\.room)) == ["101", "200"])
  }

  // MARK: In the engine

  static let (one, two, router): ([UInt8], [UInt8], [UInt8]) = ([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 0xFE])

  struct Run {
    let engine: Engine
    var feeder: Feeder

    init(_ site: Site = Site([.init(room: "101", criteria: [.vlan([7])]), .init(room: "102", criteria: [.vlan([8])])])) {
      engine = Engine(signatures: SignatureSet([]), site: site, recognizers: [LLDPRecognizer()])
      feeder = Feeder(engine)
    }

    /// Two devices exchange frames in a VLAN.
    mutating func exchange(vlan: UInt16 = 7, at minute: Double) {
      feeder.frame(T.udp(two, "192.168.1.2", "192.168.1.1", tags: [(0x8100, vlan)]), at: minute * 60)
      feeder.frame(T.udp(one, "192.168.1.1", "192.168.1.2", tags: [(0x8100, vlan)]), at: minute * 60 + 1)
    }

    func rooms() -> [String] {
      engine.coverage.rooms.map { "\($0.room) \($0.hoursWatched)/\($0.hours) \($0.reason?.rawValue ?? "watched")" }
    }
  }

  @Test func devicesThatTalkToEachOther() {
    var run = Run()
    run.exchange(at: 10)
    #expect(run.rooms() == ["101 1/1 watched", "102 0/1 never-seen"])
    run.exchange(vlan: 8, at: 70)
    #expect(run.rooms() == ["101 1/2 quiet", "102 1/2 never-seen"])
    run.engine.advance(to: Timestamp(seconds: 3 * 3600, nanoseconds: 0))
    #expect(run.rooms() == ["101 1/4 quiet", "102 1/4 quiet"])
    let rows = run.engine.drain(devices: true).rooms
    #expect(rows.map(\.hour.nanoseconds) == [1, 1, 2, 2, 3, 3].map { $0 * 3_600_000_000_000 })
    #expect(rows.map(\.isWatched) == [false, true, false, false, false, false])
    #expect(run.engine.drain().rooms == [])
  }

  @Test func broadcastsAreNoExchange() {
    var alone = Run()
    for minute in 0..<20 {
      alone.feeder.frame(T.udp(Self.one, "192.168.1.1", "255.255.255.255", tags: [(0x8100, 7)]), at: Double(minute * 60))
      alone.feeder.frame(T.udp(Self.one, "192.168.1.1", "192.168.1.99", tags: [(0x8100, 7)]), at: Double(minute * 60 + 1))
    }
    #expect(alone.rooms().first == "101 0/1 never-seen", "its receivers sent nothing")
  }

  @Test func theMachinesOwnTrafficDoesNotCount() {
    var run = Run()
    run.engine.ownAddresses = [MACAddress(bits: 0x02_00_00_00_00_01)]
    run.exchange(at: 10)
    run.exchange(at: 11)
    #expect(run.rooms().first == "101 0/1 never-seen")
    run.engine.ownAddresses = []
    run.exchange(at: 12)
    #expect(run.rooms().first == "101 1/1 watched")
  }

  @Test func aSwitchPortThatIsAliveIsWatched() {
    var run = Run(Site([.init(room: "103", criteria: [.neighbour(.init(device: "sw-3", port: "Gi0/12"))])]))
    run.feeder.frame(PlaceTests.lldp("sw-3", "Gi0/12"), at: 600, on: "eth1")
    #expect(run.rooms() == ["103 1/1 watched"])
    run.engine.advance(to: Timestamp(seconds: 2 * 3600, nanoseconds: 0))
    #expect(run.rooms() == ["103 1/3 never-seen"])
  }

  @Test func linkHealthAndEarlierRuns() {
    var run = Run()
    run.engine.recall(rooms: ["102": Timestamp(seconds: 60, nanoseconds: 0), "999": .zero])
    run.exchange(at: 100)
    #expect(run.rooms() == ["101 1/1 watched", "102 0/1 quiet"])
    run.engine.report(LinkHealth(received: 90, lost: 10))
    #expect(run.rooms() == ["101 0/1 packets-lost", "102 0/1 packets-lost"])
  }

  @Test func withoutRoomsThereIsNothing() {
    var run = Run(Site())
    run.exchange(at: 10)
    #expect(run.engine.coverage.rooms == [])
    #expect(run.engine.drain(devices: true).rooms == [])
  }
}
