import Testing

@testable import Detection

/// Classes of devices out of frames, with a few marks made for the purpose.
@Suite struct DeviceClassTests {
  typealias B = FrameBuilder

  private static let small = ValueTest([.prefix([Array("mss,sack,ts,nop,ws ttl 64 scale 3 ".utf8)])])
  private static let smallOnly = Condition.all([
    .test([.tcpSYNs], ValueTest([.above(2)])), .test([.tcpSYN], small),
    .not(.test([.tcpSYN], ValueTest([.like([Array("*".utf8)])], unless: [small]))),
  ])

  private static func shows(_ last: UInt8) -> Condition {
    .test([.udpPayload], ValueTest([.bytes([BytePattern(offset: 0, bytes: [0xAA, 0, 0, last])])]))
  }

  private static func mark(_ id: String, _ mark: ClassMark, _ condition: Condition) -> Signature {
    Signature(id: id, says: .deviceClass, facet: mark.group.facet, mark: mark, condition: condition, because: id)
  }

  static let signatures = SignatureSet([
    mark("small memory", ClassMark(.syn, points: 6), smallOnly),
    mark("small list", ClassMark(.dhcp, points: 6), shows(1)),
    mark("borrowed list", ClassMark(.dhcp, points: -12), .all([shows(2), .not(smallOnly)])),
    mark("a person's name", ClassMark(.names, points: -10), shows(3)),
    mark("dhcpcd", ClassMark(.dhcp, points: -4), shows(4)),
    Signature(
      id: "app", says: .camera, facet: .cloud, sharedWith: .app, condition: shows(9), because: "asks for {value}"),
  ])

  /// A segment that opens a connection as Linux does, with this window scale.
  static func syn(
    _ mac: UInt8 = 7, from source: String = "192.168.1.7", scale: UInt8 = 3, ttl: UInt8 = 64, port: UInt16
  ) -> [UInt8] {
    let options = hex("020405b4 0402 080a0000000100000000 01 0303") + [scale]
    let header = B.big(port) + B.big(443) + B.big32(1) + B.big32(0) + [0xA0, 2] + B.big(5840) + [0, 0, 0, 0]
    return B.ethernet(from: B.mac(mac), B.ipv4(source, "203.0.113.1", proto: 6, ttl: ttl, header + options))
  }

  static func shown(
    _ last: UInt8, _ mac: UInt8 = 7, from source: String = "192.168.1.7", ttl: UInt8 = 64, port: UInt16? = nil
  ) -> [UInt8] {
    B.ethernet(
      from: B.mac(mac), B.ipv4(source, "203.0.113.1", proto: 17, ttl: ttl, B.udp(port ?? 1000 + UInt16(last), 2000, [0xAA, 0, 0, last])))
  }

  static func run(_ frames: [[UInt8]], _ engine: Engine = Engine(signatures: signatures, recognizers: [])) -> Device? {
    var feeder = Feeder(engine)
    for (index, frame) in frames.enumerated() { feeder.frame(frame, at: Double(index + 1)) }
    return engine.devices().first { $0.id.mac == MACAddress(bits: 0x02_00_00_00_00_07) }
  }

  static let threeSmall: [[UInt8]] = [1, 2, 3].map { syn(port: $0) }

  @Test func twoGroupsMakeItEmbedded() {
    #expect(Self.run(Self.threeSmall)?.deviceClass == .unknown)
    let device = Self.run(Self.threeSmall + [Self.shown(1)])
    #expect(device?.deviceClass == .embedded)
    #expect(device?.classReasons.map(\.reason) == ["small memory", "small list"])
    #expect(device?.classReasons.map(\.packet.number) == [3, 4])
    #expect(device?.verdict == Verdict.none, "a class is no evidence")
  }

  /// A program may lower the window scale of its own connections.
  @Test func allSegmentsMustBeSmall() {
    #expect(Self.run(Self.threeSmall.dropLast() + [Self.shown(1)])?.deviceClass == .unknown)
    #expect(Self.run(Self.threeSmall + [Self.shown(1), Self.syn(scale: 7, port: 4)])?.deviceClass == .unknown)
    #expect(Self.run([Self.syn(scale: 7, port: 4)] + Self.threeSmall + [Self.shown(1)])?.deviceClass == .unknown)
  }

  @Test func marksLowerTheClassAtAnyTime() {
    #expect(Self.run(Self.threeSmall + [Self.shown(1), Self.shown(4)])?.deviceClass == .unknown)
    #expect(Self.run(Self.threeSmall + [Self.shown(1), Self.shown(3)])?.deviceClass == .personal)
    #expect(Self.run([Self.shown(3)] + Self.threeSmall + [Self.shown(1)])?.deviceClass == .personal)
  }

  /// A gadget that borrows the options of Windows opens connections as no Windows does.
  @Test func laterMarksRuleOutEarlierOnes() {
    #expect(Self.run([Self.shown(2)])?.deviceClass == .personal)
    #expect(Self.run([Self.shown(2), Self.shown(1)] + Self.threeSmall)?.deviceClass == .embedded)
    #expect(Self.run([Self.shown(2), Self.shown(1)] + Self.threeSmall + [Self.syn(scale: 7, port: 9)])?.deviceClass == .personal)
  }

  @Test func valuesOfPeopleAreNotKept() {
    let device = Self.run([Self.shown(1), Self.shown(3)])
    #expect(device?.deviceClass == .personal)
    #expect(device?.classReasons.map(\.value) == [nil, nil])
    #expect(Self.run([Self.shown(1)])?.classReasons.map(\.value) == ["aa000001"])
  }

  /// A plug that relays a phone at its set-up.
  @Test func whatIsForwardedIsAnothersMark() {
    let own = [Self.shown(1, port: 5)] + Self.threeSmall
    let forwarded = [1, 2, 3].map { Self.syn(from: "192.168.1.50", scale: 7, ttl: 63, port: 100 + $0) }
    let names = Self.shown(3, from: "192.168.1.50", ttl: 63)
    #expect(Self.run(own + forwarded + [names])?.deviceClass == .embedded)
    // What was forwarded before the first packet of its own, too.
    #expect(Self.run(forwarded + own)?.deviceClass == .embedded)
    // Under its own address: who forwards names hides who asked.
    #expect(Self.run(own + forwarded + [Self.shown(3)])?.deviceClass == .embedded)
    // Nothing of its own but that it forwards.
    #expect(Self.run([Self.shown(5, port: 5)] + forwarded)?.deviceClass == .infrastructure)
  }

  /// Behind a routing switch everything comes from one hop away.
  @Test func theLeastDistanceIsTheDevicesOwn() {
    let frames = [1, 2, 3].map { Self.syn(ttl: 63, port: $0) } + [Self.shown(1, ttl: 63)]
    #expect(Self.run(frames)?.deviceClass == .embedded)
  }

  /// What only the maker's app asks for besides its cameras is worth nothing of a phone, and much of a small computer.
  @Test func theClassDecidesWhatEvidenceWeighs() {
    #expect(Self.run([Self.shown(9)])?.weighing.sum == -18)
    #expect(Self.run([Self.shown(9), Self.shown(3)])?.weighing.sum == -30)
    #expect(Self.run([Self.shown(9), Self.shown(1)] + Self.threeSmall)?.weighing.sum == 10)
  }

  /// The alert follows when the class is known, whichever comes first.
  @Test func aClassThatComesLaterRaisesTheAlert() {
    let engine = Engine(signatures: Self.signatures, recognizers: [])
    _ = Self.run([Self.shown(9), Self.shown(1)] + Self.threeSmall, engine)
    engine.finish()
    #expect(engine.drain().events.map(\.kind) == [.raised])
  }

  // MARK: Restarts

  private func restarted(_ earlier: [[UInt8]], after seconds: Double, _ later: [[UInt8]]) throws -> Device {
    let before = Engine(signatures: Self.signatures, recognizers: [])
    _ = Self.run(earlier, before)
    before.suspend()
    let engine = Engine(signatures: Self.signatures, recognizers: [])
    engine.apply(.recall(before.snapshots(), lastPacket: before.lastPacket))
    var feeder = Feeder(engine)
    for (index, frame) in later.enumerated() { feeder.frame(frame, at: seconds + Double(index)) }
    return try #require(engine.devices().first)
  }

  @Test func classesOutliveARestart() throws {
    let device = try restarted(Self.threeSmall + [Self.shown(1)], after: 100, [Self.shown(5)])
    #expect(device.deviceClass == .embedded)
    #expect(device.classReasons.map(\.reason) == ["small memory", "small list"])
    #expect(try restarted(Self.threeSmall + [Self.shown(1)], after: 100, [Self.shown(3)]).deviceClass == .personal)
    #expect(try restarted(Self.threeSmall + [Self.shown(1)], after: 100, [Self.shown(4)]).deviceClass == .unknown)
  }

  @Test func nothingRaisesAPersonsDeviceWithinADay() throws {
    let embedded = Self.threeSmall + [Self.shown(1)]
    #expect(try restarted([Self.shown(3)], after: 3600, embedded).deviceClass == .personal)
    #expect(try restarted([Self.shown(3)], after: 90_000, embedded).deviceClass == .embedded)
    // A little against a small computer stands as long.
    #expect(try restarted([Self.shown(4)], after: 3600, embedded).deviceClass == .unknown)
  }
}
