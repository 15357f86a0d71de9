import Testing

@testable import Detection

/// How an alert goes on: changes, silence and return; over a restart, and when people have their say.
@Suite struct AlertLifeTests {
  typealias T = InventoryTests

  static let hour = 3600.0
  static let heartbeat: [UInt8] = [0xCA, 0xFE, 0xCA, 0xFE]

  static let signatures = SignatureSet([
    Signature(
      id: "maker", says: .camera, facet: .maker, strength: .strong,
      condition: .test([.ethernetOUI], ValueTest([.prefix([Array("00aabb".utf8)])])), vendor: .literal("Acme"), because: "maker"),
    Signature(
      id: "streams", says: .camera, facet: .media, strength: .strong,
      condition: .test([.udpPayload], ValueTest([.bytes([BytePattern(offset: 0, bytes: [0x5E, 0x4D])])])), because: "streams"),
    Signature(
      id: "does", says: .camera, facet: .behaviour, strength: .strong,
      condition: .test([.udpPayload], ValueTest([.bytes([BytePattern(offset: 0, bytes: heartbeat)])])), because: "beacon"),
    Signature(
      id: "model", says: .camera, facet: .name, strength: .hints,
      condition: .test([.udpPayload], ValueTest([.bytes([BytePattern(offset: 0, bytes: [0x4D])])])), model: .literal("M-1"),
      because: "model"),
  ])

  /// An engine that is fed with packets of a camera and of others.
  struct Run {
    let engine: Engine
    var feeder: Feeder

    init(_ site: Site = Site(), recognizers: [any Recognizer] = []) {
      engine = Engine(signatures: AlertLifeTests.signatures, site: site, recognizers: recognizers)
      feeder = Feeder(engine)
    }

    mutating func camera(at time: Double, _ payload: [UInt8] = [1], port: UInt16 = 1000) {
      feeder.frame(T.udp(T.camera, "192.168.1.10", "192.168.1.1", payload, port: port), at: time)
    }

    /// Another device says something every ten minutes.
    mutating func others(from start: Double, to end: Double) {
      for time in stride(from: start, through: end, by: 600) {
        feeder.frame(T.udp([2, 0, 0, 0, 0, 2], "192.168.1.20", "192.168.1.1"), at: time)
      }
    }

    func told() -> [String] {
      engine.drain().events.map { "\(Int($0.time.nanoseconds / 1_000_000_000)) \($0.kind.rawValue)" }
    }

    func next(_ site: Site = Site(), recognizers: [any Recognizer] = []) -> Run {
      let run = Run(site, recognizers: recognizers)
      run.engine.apply(.recall(engine.snapshots(), lastPacket: engine.lastPacket))
      return run
    }
  }

  @Test func silenceAndReturn() {
    var run = Run()
    run.camera(at: 10)
    run.others(from: 20, to: 10_000)
    run.camera(at: 10_003)
    run.others(from: 10_100, to: 12_000)
    // Gone an hour after its last packet; back at the first look, ten seconds apart, after the packet.
    #expect(run.told() == ["10 raised", "3610 silent", "10010 back"])
  }

  @Test func followsTheFirstAlert() {
    var run = Run()
    run.camera(at: 10)
    run.others(from: 20, to: 5000)
    let alerts = run.engine.drain().events
    #expect(alerts.last?.follows == alerts.first?.id)
    #expect(alerts.last?.id != alerts.first?.id)
    #expect(alerts.last?.lastSeen == Timestamp(seconds: 10, nanoseconds: 0))
  }

  /// Where nothing at all is heard, it is the capture that is silent.
  @Test func deafnessIsNoSilence() {
    var run = Run()
    run.camera(at: 10)
    run.others(from: 20, to: 600)
    run.others(from: 20_000, to: 22_000)
    run.camera(at: 22_100)
    run.others(from: 22_200, to: 25_000)
    #expect(run.told() == ["10 raised"])
    run.others(from: 25_200, to: 30_000)
    #expect(run.told() == ["25700 silent"])
  }

  /// The clock may be moved in any steps, as a quiet link does.
  @Test(arguments: [1.0, 7, 700, 100_000])
  func stepsOfTheClockDoNotMatter(step: Double) {
    var run = Run()
    var clock = 0.0
    func advance(to time: Double) {
      while clock + step < time {
        clock += step
        run.engine.advance(to: Timestamp(seconds: Int64(clock), nanoseconds: 0))
      }
    }
    run.camera(at: 10)
    for time in stride(from: 600.0, through: 12_000, by: 600) where time != 7800 {
      advance(to: time)
      run.others(from: time, to: time)
    }
    advance(to: 12_003)
    run.camera(at: 12_003)
    advance(to: 12_500)
    run.others(from: 12_600, to: 12_600)
    #expect(run.told() == ["10 raised", "3610 silent", "12010 back"])
  }

  @Test func changes() {
    var run = Run()
    run.camera(at: 10)
    // Soon after the alert it is no news.
    run.camera(at: 20, [0x4D], port: 1001)
    run.feeder.frame(T.answer(), at: 21)
    #expect(run.told() == ["10 raised", "21 surer"])
    run.camera(at: 400, [0x5E, 0x4D], port: 1002)
    // It is surer now as well: one alert, the first one's update.
    let update = run.engine.drain().events
    #expect(update.map(\.kind) == [.surer])
    #expect(update.first?.device.streamsVideo == true)
    run.camera(at: 500, [0x5E, 0x4D], port: 1003)
    #expect(run.told() == [])
  }

  @Test func laterModelIsNews() {
    var run = Run()
    run.camera(at: 10)
    run.camera(at: 400, [0x4D], port: 1001)
    let alerts = run.engine.drain().events
    #expect(alerts.map(\.kind) == [.raised, .changed])
    #expect(alerts.last?.changes == [.init(.model, to: "M-1")])
  }

  /// The second run knows the camera: it is told once, and its life goes on as if there had been one run.
  @Test func restart() {
    var first = Run()
    first.camera(at: 10)
    first.others(from: 20, to: 900)
    #expect(first.told() == ["10 raised"])
    first.engine.suspend()
    var second = first.next()
    second.camera(at: 1000)
    second.others(from: 1100, to: 6000)
    #expect(second.told() == ["4600 silent"])
    second.engine.suspend()
    var third = second.next()
    third.others(from: 6600, to: 7000)
    third.camera(at: 7201)
    third.others(from: 7300, to: 8000)
    #expect(third.told() == ["7210 back"])
    let device = third.engine.devices().first { $0.id.description == "mac:00:aa:bb:00:00:01" }
    #expect(device?.firstSeen == Timestamp(seconds: 10, nanoseconds: 0))
    #expect(device?.packetsSent == 3)
    #expect(device?.evidence.map(\.signature.id) == ["maker"])
  }

  /// What waits for counter-evidence waits over a restart.
  @Test func waitingOverRestart() {
    var first = Run()
    first.feeder.frame(T.udp([2, 0, 0, 0, 0, 7], "192.168.1.30", "192.168.1.1", Self.heartbeat), at: 10)
    first.engine.suspend()
    #expect(first.told() == [])
    var second = first.next()
    second.others(from: 100, to: 800)
    #expect(second.told() == ["310 raised"])
  }

  @Test func declaredLater() {
    var run = Run()
    run.camera(at: 10)
    let first = run.engine.drain().events
    run.engine.apply(.declare(DeclaredDevices(["00:aa:bb:*"]), dismissals: [:]))
    run.others(from: 20, to: 5000)
    #expect(run.told() == [])
    // No longer declared: a stranger's again, and told anew.
    run.engine.apply(.declare(DeclaredDevices(), dismissals: [:]))
    let again = run.engine.drain().events
    #expect(again.map(\.kind) == [.raised])
    #expect(again.first?.id != first.first?.id)
  }

  @Test func undeclaredIsToldAtOnce() {
    var run = Run()
    run.engine.apply(.declare(DeclaredDevices(["00:aa:bb:*"]), dismissals: [:]))
    run.camera(at: 10)
    #expect(run.told() == [])
    run.engine.apply(.declare(DeclaredDevices(), dismissals: [:]))
    #expect(run.told() == ["10 raised"])
  }

  /// A dismissed alert stays so until another side of the device speaks, strongly.
  @Test func dismissal() throws {
    var run = Run()
    run.camera(at: 10)
    let alert = try #require(run.engine.drain().events.first)
    run.engine.apply(
      .declare(DeclaredDevices(), dismissals: [alert.device.id.description: Dismissal(alert: alert.id, facets: [.maker])]))
    run.camera(at: 400, [0x4D], port: 1001)
    run.others(from: 500, to: 6000)
    #expect(run.told() == [])
    run.camera(at: 6100, [0x5E, 0x4D], port: 1002)
    let again = run.engine.drain().events
    #expect(again.map(\.kind) == [.raised])
    #expect(again.first?.id != alert.id)
    #expect(again.first?.kind == .raised)
  }

  /// What earlier runs left may come late: a disk that could not be read at the start.
  @Test func lateMemories() {
    var first = Run()
    first.camera(at: 10)
    first.camera(at: 20, [0x4D], port: 1001)
    let alert = first.engine.drain().events.first
    var second = Run()
    second.others(from: 1000, to: 1000)
    second.engine.apply(.recall(first.engine.snapshots(), lastPacket: nil))
    second.camera(at: 1100)
    second.others(from: 1200, to: 6000)
    #expect(second.engine.drain().events.map { [$0.kind.rawValue, $0.follows ?? ""] } == [["silent", alert?.id ?? "?"]])
  }

  /// Datagrams that begin with 0x76 are video, with 0x61 sound.
  private struct VideoRecognizer: Recognizer {
    let name = "video"
    let transports = Transports.udp

    func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
      guard message.payload.byteCount > 0, [0x76, 0x61].contains(message.payload.u8(0)) else { return .notMine }
      sink.stream("media", isVideo: message.payload.u8(0) == 0x76)
      return .done
    }
  }

  /// Each viewer is news once, also over a restart; who watched when the alert was raised is none, nor who watches another device.
  @Test func viewers() {
    func send(
      _ run: inout Run, from mac: [UInt8] = T.camera, _ source: String = "192.168.1.10", to viewer: String, port: UInt16, at time: Double
    ) {
      run.feeder.frame(T.udp(mac, source, viewer, [0x76], port: port), at: time)
    }
    var run = Run(recognizers: [VideoRecognizer()])
    send(&run, to: "192.168.1.31", port: 1, at: 10)
    send(&run, to: "192.168.1.31", port: 2, at: 1000)
    send(&run, from: [2, 0, 0, 0, 0, 7], "192.168.1.50", to: "192.168.1.32", port: 3, at: 1050)
    send(&run, to: "239.1.2.3", port: 4, at: 1060)
    send(&run, to: "192.168.1.32", port: 5, at: 1100)
    send(&run, to: "192.168.1.32", port: 6, at: 1200)
    let alerts = run.engine.drain().events
    #expect(alerts.map(\.kind) == [.raised, .changed])
    #expect(alerts.last?.time == Timestamp(seconds: 1100, nanoseconds: 0))
    #expect(alerts.last?.changes == [.init(.viewer, to: "192.168.1.32")])
    run.engine.suspend()
    var next = run.next(recognizers: [VideoRecognizer()])
    send(&next, to: "192.168.1.32", port: 7, at: 2000)
    for number in 40..<60 { send(&next, to: "192.168.1.\(number)", port: UInt16(number), at: 2000 + Double(number)) }
    #expect(next.engine.drain().events.count == Inventory.viewerLimit - 2, "no flood")
  }

  /// Who only hears is no viewer, and no news.
  @Test func listeners() {
    var run = Run(recognizers: [VideoRecognizer()])
    run.camera(at: 10)
    run.feeder.frame(T.udp(T.camera, "192.168.1.10", "192.168.1.31", [0x61], port: 1), at: 1000)
    #expect(run.told() == ["10 raised"])
    run.feeder.frame(T.udp(T.camera, "192.168.1.10", "192.168.1.31", [0x76], port: 2), at: 1100)
    #expect(run.told() == ["1100 changed"])
  }

  /// An action camera is carried and shown.
  @Test(arguments: [("camera", AlertEvent.Severity.high), ("action camera", .medium)])
  func severity(kind: String, expected: AlertEvent.Severity) {
    let maker = Signature(
      id: "maker", says: .camera, facet: .maker, strength: .strong,
      condition: .test([.ethernetOUI], ValueTest([.prefix([Array("00aabb".utf8)])])), kind: .literal(kind), because: "maker")
    let engine = Engine(signatures: SignatureSet([maker]), recognizers: [])
    var feeder = Feeder(engine)
    feeder.frame(T.udp(T.camera, "192.168.1.10", "192.168.1.1"), at: 10)
    feeder.frame(T.answer(), at: 11)
    #expect(engine.drain().events.map(\.severity) == [.medium, expected])
  }

  /// Whoever left long ago takes no memory; a camera that was told of stays, and is told of when it is back.
  @Test func forgetting() {
    var run = Run()
    run.camera(at: 10)
    run.feeder.frame(T.udp([6, 0, 0, 0, 0, 7], "192.168.1.30", "192.168.1.1"), at: 20)
    run.others(from: 100, to: 100_000)
    #expect(run.told() == ["10 raised", "3610 silent"])
    run.engine.apply(.forget(before: Timestamp(seconds: 90_000, nanoseconds: 0)))
    #expect(run.engine.devices().map(\.addresses.first?.description) == ["192.168.1.10", "192.168.1.20"])
    #expect(run.engine.devices().first?.evidence.map(\.signature.id) == ["maker"])
    #expect(run.engine.coverage.evicted == [:])
    run.camera(at: 100_003)
    run.others(from: 100_100, to: 100_100)
    #expect(run.told() == ["100010 back"])
  }

  /// What was known of a device that was forgotten is weighed once it is recalled: it was declared, and is not any more.
  @Test func recallOfOneThatIsBack() {
    var first = Run()
    first.engine.apply(.declare(DeclaredDevices(["02:00:00:00:00:09"]), dismissals: [:]))
    first.feeder.frame(T.udp([2, 0, 0, 0, 0, 9], "192.168.1.40", "192.168.1.1", [0x5E, 0x4D]), at: 10)
    first.engine.suspend()
    var run = Run()
    run.others(from: 1000, to: 1000)
    run.feeder.frame(T.udp([2, 0, 0, 0, 0, 9], "192.168.1.40", "192.168.1.1", [1]), at: 1010)
    #expect(run.told() == [])
    run.engine.apply(.recall(first.engine.snapshots(), lastPacket: nil))
    // It rests on what the device does: it waits from the moment at which it was recalled.
    run.others(from: 1200, to: 1900)
    #expect(run.told() == ["1310 raised"])
  }

  /// A camera that is first seen behind a router's address, and then by its own, is watched on.
  @Test func silenceAfterFilingAnew() {
    var run = Run(recognizers: [ARPRecognizer()])
    let router: [UInt8] = [2, 0, 0, 0, 0, 9]
    // What it forwards makes a router of it; then the camera's beacon comes through it.
    RegroupingTests.showRouter(&run.feeder, at: 1)
    run.feeder.frame(T.udp(router, "192.168.1.10", "192.168.1.1", [0x5E, 0x4D]), at: 3)
    run.others(from: 100, to: 700)
    #expect(run.told() == ["303 raised"])
    let own: [UInt8] = [2, 0, 0, 0, 0, 8]
    run.feeder.frame(
      InventoryTests.B.ethernet(from: own, to: InventoryTests.B.mac(9), type: 0x0806, Self.arp(own, "192.168.1.10")), at: 800)
    run.others(from: 900, to: 6000)
    #expect(run.told().contains { $0.hasSuffix("silent") })
  }

  static func arp(_ mac: [UInt8], _ address: String) -> [UInt8] {
    let bits = IPAddress(address).map { UInt32(truncatingIfNeeded: $0.bits) } ?? 0
    let octets = (0..<4).map { UInt8(truncatingIfNeeded: bits >> (24 - 8 * UInt32($0))) }
    return [0, 1, 8, 0, 6, 4, 0, 1] + mac + octets + [0, 0, 0, 0, 0, 0] + octets
  }

  @Test func otherCircuitIsAnotherRoom() {
    let site = Site([.init(room: "Room 12", criteria: [.circuit("p12")]), .init(room: "Room 13", criteria: [.circuit("p13")])])
    var run = Run(site, recognizers: [DHCPRecognizer()])
    func request(_ circuit: String, at time: Double) {
      let bytes = DHCPTests.message(op: "01", chaddr: "00aabb000001", options: "350101 5205 0103" + circuit + "ff")
      run.feeder.frame(T.udp(T.camera, "0.0.0.0", "255.255.255.255", bytes, port: 68), at: time)
    }
    request("703132", at: 10)
    #expect(run.engine.drain().events.map(\.device.room) == [nil])
    request("703133", at: 1000)
    let moved = run.engine.drain().events
    #expect(moved.map(\.changes) == [[.init(.room, from: "Room 12", to: "Room 13")]])
  }

  static let site = Site([
    .init(room: "Room 7", criteria: [.vlan([7])]), .init(room: "Lobby", criteria: IPNetwork("10.0.5.0/24").map { [.subnet($0)] } ?? []),
    .init(room: "Room 12", criteria: [.circuit("ge-0/0/12"), .remote("0a0b")]), .init(room: "Elsewhere", criteria: [.vlan([100, 8])]),
  ])

  static func tagged(_ vlans: UInt16...) -> [UInt8] {
    T.udp(T.camera, "192.168.1.10", "192.168.1.1", tags: vlans.map { (0x8100, $0) })
  }

  @Test func rooms() {
    var run = Run(Self.site)
    run.feeder.frame(Self.tagged(7), at: 10)
    let alert = run.engine.drain().events.first
    #expect(alert?.device.room == "Room 7")
    run.feeder.frame(T.udp([2, 0, 0, 0, 0, 3], "10.0.5.9", "10.0.5.1"), at: 11)
    #expect(run.engine.devices().first { $0.id.description == "mac:02:00:00:00:00:03" }?.room == "Lobby")
    #expect(Self.site.rule(at: .init(vlans: [100, 8]))?.room == "Elsewhere")
    #expect(Self.site.rule(at: .init(vlans: [8])) == nil)
    #expect(Self.site.rule(at: .init(vlans: [1], circuit: "GE-0/0/12", remote: "0A0B"))?.room == "Room 12")
    #expect(Self.site.rule(at: .init(vlans: [1], circuit: "ge-0/0/12")) == nil)
  }

  /// Carried to another room, it is the same camera, and the same alert.
  @Test func movesToAnotherVLAN() {
    var run = Run(Self.site)
    run.feeder.frame(Self.tagged(7), at: 10)
    let first = run.engine.drain().events.first
    run.others(from: 100, to: 700)
    run.feeder.frame(Self.tagged(100, 8), at: 800)
    let moved = run.engine.drain().events
    #expect(moved.map(\.kind) == [.changed])
    #expect(moved.first?.changes == [.init(.room, from: "Room 7", to: "Elsewhere")])
    #expect(moved.first?.follows == first?.id)
    run.others(from: 900, to: 6000)
    #expect(run.engine.drain().events.map(\.follows) == [first?.id])
  }

  /// In both at once it is seen twice, as by a mirror of two ports: no news.
  @Test func twoVLANsAtOnce() {
    var run = Run(Self.site)
    for time in stride(from: 10.0, to: 400, by: 20) {
      run.feeder.frame(Self.tagged(7), at: time)
      run.feeder.frame(Self.tagged(100, 8), at: time + 5)
    }
    #expect(run.engine.drain().events.map(\.kind) == [.raised, .raised])
  }

  /// Two times that agree and lie far ahead must not make it count ten seconds at a time.
  @Test func hostileTimes() {
    var run = Run()
    run.camera(at: 10)
    run.others(from: 20, to: 5000)
    run.others(from: 9_000_000_000, to: 9_000_003_600)
    run.camera(at: 9_000_003_700)
    run.others(from: 9_000_003_700, to: 9_000_004_300)
    #expect(run.told().count == 3)
  }
}
