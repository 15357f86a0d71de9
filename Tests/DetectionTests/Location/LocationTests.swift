import Testing

@testable import Detection

/// Rooms by where frames come from: the interface, who announces itself there, the access point.
@Suite struct PlaceTests {
  typealias T = InventoryTests
  typealias B = FrameBuilder
  typealias Run = AlertLifeTests.Run

  static let interfaces = Site([
    .init(room: "Room 1", criteria: [.interface("eth1")]), .init(room: "Room 2", criteria: [.interface("eth2")]),
  ])
  static let own = T.udp(T.camera, "192.168.1.10", "192.168.1.1")
  /// To all.
  static let flooded = B.ethernet(
    from: T.camera, to: [255, 255, 255, 255, 255, 255], B.ipv4("192.168.1.10", "192.168.1.255", proto: 17, B.udp(1000, 2000, [1])))

  static func room(_ run: Run, _ id: String = "mac:00:aa:bb:00:00:01") -> String? {
    run.engine.devices().first { $0.id.description == id }?.room
  }

  static func moves(_ run: Run) -> [String] {
    run.engine.drain().events.filter { $0.kind == .changed }.map { event in
      let changes = event.changes.map { "\($0.what) \($0.from ?? "-") → \($0.to ?? "-")" }
      return "\(event.time.nanoseconds / 1_000_000_000) " + changes.joined(separator: ", ")
    }
  }

  // MARK: Interfaces

  @Test func interfaceIsInTheFirstAlert() {
    var run = Run(Self.interfaces)
    run.feeder.frame(Self.own, at: 10, on: "eth2")
    #expect(run.engine.drain().events.map(\.device.room) == ["Room 2"])
    run.feeder.frame(T.udp(B.mac(7), "192.168.1.7", "192.168.1.10"), at: 11, on: "eth3")
    run.feeder.frame(T.udp(B.mac(8), "192.168.1.8", "192.168.1.10"), at: 11)
    #expect(Self.room(run) == "Room 2", "frames for it say nothing")
    #expect(Self.room(run, "mac:02:00:00:00:00:07") == nil)
    #expect(Self.room(run, "mac:02:00:00:00:00:08") == nil)
  }

  /// The uplink shows it as well, and the ports of other rooms what is for all, and what is for somebody there.
  @Test func itsOwnPortHasMostOfItsFrames() {
    var run = Run(Self.interfaces)
    run.feeder.frame(Self.own, at: 10, on: "eth1")
    for time in stride(from: 11.0, to: 2000, by: 1) {
      if time.truncatingRemainder(dividingBy: 3) == 0 { run.feeder.frame(Self.own, at: time, on: "eth2") }
      run.feeder.frame(Self.flooded, at: time, on: "eth2")
      run.feeder.frame(Self.own, at: time, on: "uplink")
      run.feeder.frame(Self.own, at: time, on: "eth1")
    }
    #expect(Self.room(run) == "Room 1")
    #expect(Self.moves(run) == [])
  }

  @Test(arguments: [1.0, 50, 400]) func moves(period: Double) {
    var run = Run(Self.interfaces)
    run.feeder.frame(Self.own, at: 10, on: "eth1")
    run.feeder.frame(Self.own, at: 900, on: "eth1")
    for time in stride(from: 1000.0, through: 4000, by: period) {
      run.feeder.frame(Self.flooded, at: time, on: "eth1")
      run.feeder.frame(Self.own, at: time, on: "eth2")
    }
    #expect(Self.room(run) == "Room 2")
    let moved = Self.moves(run)
    #expect(moved.count == 1)
    let time = moved.first.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
    #expect(time >= 1300 && time <= 1500 + Int(period) * 3, "\(moved)")
  }

  /// It must stay for five minutes.
  @Test func aVisitIsNoMove() {
    var run = Run(Self.interfaces)
    for time in stride(from: 10.0, through: 4000, by: 10) {
      run.feeder.frame(Self.own, at: time, on: Int(time / 200) % 2 == 0 ? "eth1" : "eth2")
    }
    #expect(Self.moves(run) == [])
    #expect(Self.room(run) == "Room 1" || Self.room(run) == "Room 2")
  }

  /// What is for all goes on to be heard where it was, long after it was carried to where no rule tells rooms.
  @Test func floodedFramesDoNotKeepIt() {
    var run = Run(Self.interfaces)
    for time in stride(from: 10.0, to: 9000, by: 100) {
      run.feeder.frame(Self.flooded, at: time, on: "eth1")
      run.feeder.frame(Self.own, at: time, on: time < 1000 ? "eth1" : "eth9")
      if time < 4000 { #expect(Self.room(run) == "Room 1") }
    }
    #expect(Self.room(run) == nil)
    // Where nothing else is heard at all, they say that it is there.
    var quiet = Run(Self.interfaces)
    quiet.feeder.frame(Self.own, at: 10, on: "eth1")
    for time in stride(from: 100.0, to: 9000, by: 100) { quiet.feeder.frame(Self.flooded, at: time, on: "eth1") }
    #expect(Self.room(quiet) == "Room 1")
  }

  /// It stands at a port of which no rule speaks; what it sends to all is heard in the rooms.
  @Test func floodedFramesDoNotPlaceWhoIsElsewhere() {
    var run = Run(Self.interfaces)
    run.feeder.frame(Self.flooded, at: 10, on: "eth1")
    #expect(Self.room(run) == "Room 1", "there is nothing else yet")
    run.feeder.frame(Self.own, at: 11, on: "eth9")
    run.feeder.frame(Self.flooded, at: 12, on: "eth1")
    #expect(Self.room(run) == nil)
  }

  @Test func forgottenAfterAnHourElsewhere() {
    var run = Run(Self.interfaces)
    run.feeder.frame(Self.own, at: 10, on: "eth1")
    run.feeder.frame(Self.own, at: 3000, on: "eth9")
    #expect(Self.room(run) == "Room 1")
    run.feeder.frame(Self.own, at: 3700, on: "eth9")
    #expect(Self.room(run) == nil)
  }

  /// Cooked captures of all interfaces show each frame on its way in, and on its way out.
  @Test func whatIsSentOnDoesNotCount() {
    var run = Run(Self.interfaces)
    let datagram = B.ipv4("192.168.1.10", "192.168.1.1", proto: 17, B.udp(1000, 2000, [1]))
    func cooked(_ kind: UInt8) -> [UInt8] { hex("0800 0000 00000003 0001") + [kind, 6] + T.camera + [0, 0] + datagram }
    for time in stride(from: 10.0, to: 500, by: 10) {
      run.feeder.frame(cooked(3), link: .linuxSLL2, at: time, on: "eth1")
      for _ in 0..<3 { run.feeder.frame(cooked(4), link: .linuxSLL2, at: time, on: "eth2") }
    }
    run.feeder.frame(hex("0004 0001 0006") + T.camera + hex("0000 0800") + datagram, link: .linuxSLL, at: 501, on: "eth2")
    #expect(Self.room(run) == "Room 1")
  }

  // MARK: Over a restart

  @Test func roomOfTheLastRunHolds() {
    var first = Run(Self.interfaces)
    for time in stride(from: 10.0, to: 500, by: 10) { first.feeder.frame(Self.own, at: time, on: "eth1") }
    first.engine.suspend()
    _ = first.engine.drain().events
    var second = first.next(Self.interfaces)
    second.feeder.frame(Self.own, at: 1000, on: "uplink")
    #expect(Self.room(second) == "Room 1")
    // Carried away meanwhile: told when that is sure.
    second.feeder.frame(Self.own, at: 1010, on: "eth2")
    #expect(Self.room(second) == "Room 1")
    for time in stride(from: 1020.0, to: 1400, by: 10) { second.feeder.frame(Self.own, at: time, on: "eth2") }
    #expect(Self.room(second) == "Room 2")
    #expect(Self.moves(second).count == 1)
    // A room that is no longer in the site's file is none.
    var other = first.next(Site([.init(room: "Room 5", criteria: [.interface("eth1")])]))
    other.feeder.frame(Self.own, at: 1000, on: "uplink")
    #expect(Self.room(other) == nil)
    // Where rules look only at what every frame shows, there is nothing to wait for.
    var tagged = first.next(Site([.init(room: "Room 1", criteria: [.vlan([7])])]))
    tagged.feeder.frame(Self.own, at: 1000)
    #expect(Self.room(tagged) == nil)
  }

  /// A rule for all the rest must not take the place of what is still to be learnt; one that goes before it does.
  @Test func roomOfTheLastRunAmongOtherRules() {
    let rest = Site.Rule(room: "Elsewhere", criteria: IPNetwork("192.168.1.0/24").map { [.subnet($0)] } ?? [])
    let port = Site.Rule(room: "Room 1", criteria: [.interface("eth1")])
    for (rules, room) in [([port, rest], "Room 1"), ([rest, port], "Elsewhere")] {
      var first = Run(Self.interfaces)
      for time in stride(from: 10.0, to: 500, by: 10) { first.feeder.frame(Self.own, at: time, on: "eth1") }
      var second = first.next(Site(rules))
      second.feeder.frame(Self.own, at: 1000, on: "uplink")
      #expect(Self.room(second) == room)
    }
  }

  /// Sites that look at DHCP requests only: the room holds until the next one.
  @Test func circuitOfTheLastRun() {
    let site = Site([.init(room: "Room 12", criteria: [.circuit("p12")]), .init(room: "Room 13", criteria: [.circuit("p13")])])
    func request(_ circuit: String) -> [UInt8] {
      let bytes = DHCPTests.message(op: "01", chaddr: "00aabb000001", options: "350101 5205 0103" + circuit + "ff")
      return T.udp(T.camera, "0.0.0.0", "255.255.255.255", bytes, port: 68)
    }
    var first = Run(site, recognizers: [DHCPRecognizer()])
    first.feeder.frame(request("703132"), at: 10)
    #expect(Self.room(first) == "Room 12")
    for (circuit, room) in [("703133", "Room 13"), ("703939", nil)] as [(String, String?)] {
      var second = first.next(site, recognizers: [DHCPRecognizer()])
      second.feeder.frame(Self.own, at: 1000)
      #expect(Self.room(second) == "Room 12")
      second.feeder.frame(request(circuit), at: 1010)
      #expect(Self.room(second) == room)
    }
  }

  /// Whoever asks from two rooms in turn, in a camera's name, makes a few events.
  @Test func circuitsInTurn() {
    let site = Site([.init(room: "Room 12", criteria: [.circuit("p12")]), .init(room: "Room 13", criteria: [.circuit("p13")])])
    var run = Run(site, recognizers: [DHCPRecognizer()])
    for number in 0..<500 {
      let circuit = number % 2 == 0 ? "703132" : "703133"
      let bytes = DHCPTests.message(op: "01", chaddr: "00aabb000001", options: "350101 5205 0103" + circuit + "ff")
      run.feeder.frame(T.udp(T.camera, "0.0.0.0", "255.255.255.255", bytes, port: 68), at: 10 + 10 * Double(number))
    }
    let moves = Self.moves(run)
    // Eight in ten minutes.
    #expect(!moves.isEmpty && moves.count <= 9 * Int(LocationTracker.judgmentLimit))
  }

  // MARK: Neighbours

  static let ports = Site([
    .init(room: "Room 12", criteria: [.neighbour(.init(device: "sw-3", port: "Gi0/12"))]),
    .init(room: "Room 13", criteria: [.neighbour(.init(device: "sw-3", port: "Gi0/13"))]),
    .init(room: "Third floor", criteria: [.neighbour(.init(device: "sw-3"))]),
  ])

  static func lldp(_ name: String, _ port: String, ttl: UInt16 = 120) -> [UInt8] {
    func element(_ type: UInt16, _ value: [UInt8]) -> [UInt8] { B.big(type << 9 | UInt16(value.count)) + value }
    let bytes =
      element(1, [4] + B.mac(0x5A)) + element(2, [5] + Array(port.utf8)) + element(3, B.big(ttl)) + element(5, Array(name.utf8)) + [0, 0]
    return B.ethernet(from: B.mac(0x5B), to: [0x01, 0x80, 0xC2, 0, 0, 0x0E], type: 0x88CC, bytes)
  }

  static func cdp(_ name: String, _ port: String) -> [UInt8] {
    func element(_ type: UInt16, _ value: String) -> [UInt8] { B.big(type) + B.big(UInt16(value.utf8.count + 4)) + Array(value.utf8) }
    let bytes = hex("aaaa03 00000c 2000 02 b4 0000") + element(1, name) + element(3, port)
    return [0x01, 0, 0x0C, 0xCC, 0xCC, 0xCC] + B.mac(0x5B) + B.big(UInt16(bytes.count)) + bytes
  }

  func neighbourRun(_ publicTransports: [[UInt8]], at time: Double = 9, on interface: String = "") -> Run {
    var run = Run(Self.ports, recognizers: [LLDPRecognizer(), CDPRecognizer()])
    for frame in publicTransports { run.feeder.frame(frame, at: time, on: interface) }
    return run
  }

  @Test func neighbour() {
    for (frames, room) in [
      ([Self.lldp("sw-3", "Gi0/12")], "Room 12"), ([Self.lldp("SW-3.hotel.example", "GigabitEthernet0/13")], "Room 13"),
      ([Self.cdp("sw-3.hotel.example", "GigabitEthernet0/12")], "Room 12"), ([Self.lldp("sw-3", "Gi0/120")], "Third floor"),
      ([Self.lldp("sw-3", "Te0/12")], "Third floor"), ([Self.lldp("sw-33", "Gi0/12")], nil), ([Self.cdp("sw-4", "Gi0/12")], nil), ([], nil),
      // A mirror that shows both ports.
      ([Self.lldp("sw-3", "Gi0/12"), Self.lldp("sw-3", "Gi0/13")], "Third floor"),
      // Who is not in the site's file, such as a telephone at the same port, does not matter.
      ([Self.lldp("sw-3", "Gi0/12"), Self.lldp("phone", "1")], "Room 12"),
    ] as [([[UInt8]], String?)] {
      var run = neighbourRun(frames)
      run.feeder.frame(Self.own, at: 10)
      #expect(run.engine.drain().events.map(\.device.room) == [room])
    }
  }

  @Test func neighbourOfAnotherInterface() {
    var run = neighbourRun([Self.lldp("sw-3", "Gi0/12")], on: "eth1")
    run.feeder.frame(Self.lldp("sw-3", "Gi0/13"), at: 9, on: "eth2")
    run.feeder.frame(Self.own, at: 10, on: "eth2")
    run.feeder.frame(T.udp(B.mac(7), "192.168.1.7", "192.168.1.10"), at: 11, on: "eth3")
    #expect(Self.room(run) == "Room 13")
    #expect(Self.room(run, "mac:02:00:00:00:00:07") == nil)
  }

  @Test func announcementsExpire() {
    var run = neighbourRun([Self.lldp("sw-3", "Gi0/12")])
    run.feeder.frame(Self.own, at: 129)
    #expect(Self.room(run) == "Room 12")
    run.feeder.frame(Self.own, at: 130)
    #expect(Self.room(run) == nil)
    run.feeder.frame(Self.lldp("sw-3", "Gi0/13"), at: 131)
    run.feeder.frame(Self.own, at: 132)
    #expect(Self.room(run) == "Room 13")
    // Its switch says goodbye.
    run.feeder.frame(Self.lldp("sw-3", "Gi0/13", ttl: 0), at: 133)
    run.feeder.frame(Self.own, at: 134)
    #expect(Self.room(run) == nil)
  }

  /// The cable goes to another port: the old announcement is still valid for a while.
  @Test func cableIsSwapped() {
    var run = neighbourRun([Self.lldp("sw-3", "Gi0/12")])
    run.feeder.frame(Self.own, at: 10)
    for time in stride(from: 1000.0, to: 1400, by: 30) {
      run.feeder.frame(Self.lldp("sw-3", "Gi0/13"), at: time)
      run.feeder.frame(Self.own, at: time + 1)
    }
    #expect(Self.moves(run) == ["1001 room Room 12 → Room 13"])
  }

  @Test func announcementsAreBounded() {
    var table = NeighborTable()
    func take(_ number: Int, at time: Int64) {
      var announcement = NeighborAdvertisement()
      announcement.timeToLive = 10
      table.record(
        announcement, fitting: [.init(device: "\(number)")], on: UInt16(number % 7), at: Timestamp(seconds: time, nanoseconds: 0))
    }
    for number in 0..<NeighborTable.limit + 5 { take(number, at: 0) }
    #expect(table.evicted == 5)
    take(5000, at: 11)
    #expect(table.evicted == 5, "those that have run out make room")
    #expect(table.current(on: UInt16(5000 % 7), at: Timestamp(seconds: 12, nanoseconds: 0)) == [.init(device: "5000")])
  }

  @Test func damagedAnnouncements() {
    for frame in [Self.lldp("sw-3", "Gi0/12"), Self.cdp("sw-3", "Gi0/12")] {
      for length in frame.indices {
        var run = neighbourRun([Array(frame[..<length])])
        run.feeder.frame(Self.own, at: 10)
        #expect(Self.room(run) == nil || length >= 34)
      }
    }
  }

  // MARK: Access points

  static let accessPoints = Site([
    .init(room: "Pool", criteria: MACAddress("0200000000a0").map { [.accessPoint(.mac($0))] } ?? []),
    .init(room: "Bar", criteria: MACAddress("0200000000b0").map { [.accessPoint(.mac($0))] } ?? []),
    .init(room: "Roof", criteria: IPAddress("10.0.9.9").map { [.accessPoint(.address($0))] } ?? []),
  ])
  static let (station, pool, bar, upstream) = ("00aabb000001", "0200000000a0", "0200000000b0", "020000000002")

  @Test func accessPoint() {
    let cases: [(String, String, String?)] = [
      ("to it", "0801 0000" + Self.pool + Self.station + Self.upstream + "1000", "Pool"),
      ("encrypted", "0841 0000" + Self.bar + Self.station + Self.upstream + "1000", "Bar"),
      ("null function", "4801 0000" + Self.pool + Self.station + Self.pool + "1000", "Pool"),
      ("another one", "0841 0000 0200000000c0" + Self.station + Self.upstream + "1000", nil),
      // Sent on by the access point of another station.
      ("from it", "0842 0000" + Self.upstream + Self.pool + Self.station + "1000", nil),
      ("probe request", "4000 0000" + Self.pool + Self.station + Self.pool + "1000 0000", nil),
      ("ad hoc", "0840 0000" + Self.upstream + Self.station + Self.pool + "1000", nil),
    ]
    for (name, frame, room) in cases {
      var run = Run(Self.accessPoints)
      run.feeder.frame(hex(frame) + [1, 2, 3, 4], link: .wifi, at: 10)
      #expect(run.engine.devices().contains { $0.id.description == "mac:00:aa:bb:00:00:01" }, "\(name)")
      #expect(Self.room(run) == room, "\(name)")
    }
  }

  /// Between two access points it is told once, if at all; where it stays, it is told.
  @Test func roamingIsNoNews() {
    func frame(_ accessPoint: String) -> [UInt8] { hex("0841 0000" + accessPoint + Self.station + Self.upstream + "1000") + [1, 2] }
    var run = Run(Self.accessPoints)
    for time in stride(from: 10.0, to: 20_000, by: 5) {
      run.feeder.frame(frame(Int(time / 240) % 2 == 0 ? Self.pool : Self.bar), link: .wifi, at: time)
    }
    #expect(Self.room(run) == "Pool" || Self.room(run) == "Bar")
    #expect(Self.moves(run).count <= 1)
    let home = Self.room(run)
    for time in stride(from: 20_000.0, to: 20_600, by: 5) {
      run.feeder.frame(frame(home == "Pool" ? Self.bar : Self.pool), link: .wifi, at: time)
    }
    #expect(Self.moves(run).count == 1)
    #expect(Self.room(run) != home)
    // To one that no rule names.
    for time in stride(from: 20_600.0, to: 21_200, by: 5) { run.feeder.frame(frame("0200000000c0"), link: .wifi, at: time) }
    #expect(Self.room(run) == nil)
  }

  /// The access point brings its stations' frames to the controller; the controller brings it those for them.
  @Test func tunnels() {
    func capwap(from: String, to: String, _ inner: [UInt8]) -> [UInt8] {
      B.ethernet(
        from: B.mac(3), B.ipv4(from, to, proto: 17, B.udp(5247, 5247, hex("0010 0300 0000 0000") + inner)))
    }
    let sent =
      hex("0801 0000 0200000000c0" + Self.station + Self.upstream + "1000 aaaa03 000000 0800")
      + B.ipv4("192.168.1.10", "192.168.1.1", proto: 17, B.udp(1000, 2000, [1]))
    var run = Run(Self.accessPoints)
    run.feeder.frame(capwap(from: "10.0.9.9", to: "10.0.0.1", sent), at: 10)
    let device = run.engine.devices().first { $0.id.mac.description == "00:aa:bb:00:00:01" }
    #expect(device?.id.segment.description == "capwap")
    #expect(device?.room == "Roof")
    var other = Run(Self.accessPoints)
    other.feeder.frame(capwap(from: "10.0.9.8", to: "10.0.9.9", sent), at: 10)
    #expect(other.engine.devices().first { $0.id.mac.description == "00:aa:bb:00:00:01" }?.room == nil)
  }

  // MARK: Names of interfaces

  @Test func interfaceNames() {
    let names = CaptureInterfaces()
    #expect(names.number(of: "") == CaptureInterfaces.unnamed)
    let numbers = (0..<CaptureInterfaces.limit + 3).map { names.number(of: "eth\($0)") }
    #expect(Set(numbers.prefix(CaptureInterfaces.limit)).count == CaptureInterfaces.limit)
    #expect(numbers.suffix(3) == [0, 0, 0])
    #expect(names.evicted == 3)
    #expect(names[numbers[7]] == "eth7")
    #expect(names[.max] == "")
    #expect(CaptureInterfaces().number(of: String(repeating: "é", count: 400)) == 1)
  }
}
