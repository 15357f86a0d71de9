import Testing

@testable import Detection

/// Who floods with what, and who only serves a busy house.
@Suite struct FloodSourceTests {
  typealias B = FrameBuilder

  static let guest: [UInt8] = [2, 0, 0, 0, 0, 0x66]
  static let resolver: [UInt8] = [2, 0, 0, 0, 0, 1]
  static let everybody = [UInt8](repeating: 255, count: 6)

  struct Scene {
    let engine = Engine(signatures: SignatureSet([]))
    var feeder: Feeder
    /// In seconds.
    var time = 1000.0

    init() { feeder = Feeder(engine) }

    mutating func frame(_ bytes: [UInt8], after step: Double) {
      time += step
      Seeds.$isPaused.withValue(true) { feeder.frame(bytes, at: time) }
    }

    mutating func udp(
      _ from: [UInt8], _ source: String, _ sourcePort: UInt16, _ to: [UInt8], _ destination: String, _ port: UInt16, _ payload: [UInt8],
      after step: Double
    ) {
      frame(
        B.ethernet(from: from, to: to, B.ipv4(source, destination, proto: 17, B.udp(sourcePort, port, payload))), after: step)
    }

    mutating func query(
      _ name: String, from mac: [UInt8] = guest, _ address: String = "10.0.0.66", to server: String = "10.0.0.1", after step: Double
    ) {
      let question = DNSBytes.question(DNSBytes.name(name, "example", "com"))
      udp(mac, address, 40_000, resolver, server, 53, DNSBytes.header(flags: "0100", 1) + question, after: step)
    }

    mutating func announce(_ name: String, from mac: [UInt8], _ address: String, after step: Double) {
      let service = DNSBytes.name("_ipp", "_tcp", "local")
      let target = DNSBytes.name(name, "_ipp", "_tcp", "local")
      udp(
        mac, address, 5353, hex("01005e0000fb"), "224.0.0.251", 5353,
        DNSBytes.header(flags: "8400", 0, 1) + DNSBytes.record(service, type: "000c", target), after: step)
    }

    /// - Parameter relay: the address of a relay that passes it on, by unicast.
    mutating func request(_ client: [UInt8], from mac: [UInt8], relay: String? = nil, after step: Double) {
      var message = DHCPTests.message(op: "01", chaddr: client.hexDigits, options: "350101 3704 01030603 ff")
      if let relay { message.replaceSubrange(24..<28, with: B.big32(IPAddress(relay)!.v4)) }
      let to = relay == nil ? (everybody, "255.255.255.255") : (resolver, "10.0.0.1")
      udp(mac, relay ?? "0.0.0.0", relay == nil ? 68 : 67, to.0, to.1, 67, message, after: step)
    }

    /// `dns 02:00:00:00:00:66`
    mutating func floods() -> [String] {
      engine.finish()
      return engine.drain().health.compactMap(\.flood).map { "\($0.what.rawValue) \($0.source)" }
    }
  }

  static func mac(_ number: Int) -> [UInt8] { [2, 0, 1, UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)] }

  // MARK: Names

  @Test func madeUpNamesAreAFlood() throws {
    var scene = Scene()
    for number in 0..<30_000 { scene.query("x\(number)", after: 0.001) }
    scene.engine.finish()
    let flood = try #require(scene.engine.drain().health.first?.flood)
    #expect(flood.what == .dns && flood.source == "02:00:00:00:00:66" && (27_000...33_000).contains(flood.count), "\(flood.count)")
    #expect(scene.engine.coverage.flooded.keys.map(\.rawValue) == ["dns"])
  }

  /// Under whatever address.
  @Test func sourcesOfNamesMayBeMadeUp() {
    var scene = Scene()
    for number in 0..<30_000 { scene.query("x\(number)", from: Self.guest, "203.0.113.\(number % 250)", after: 0.001) }
    #expect(scene.floods() == ["dns 02:00:00:00:00:66"])
  }

  @Test func announcedNamesAreAFlood() {
    var scene = Scene()
    for number in 0..<30_000 { scene.announce("x\(number)", from: Self.guest, "10.0.0.66", after: 0.001) }
    #expect(scene.floods() == ["dns 02:00:00:00:00:66"])
  }

  /// 2,000 other names a minute: a crawler, or a program that looks up what it logs.
  @Test func aCrawlerIsNone() {
    var scene = Scene()
    for number in 0..<8000 { scene.query("x\(number)", after: 0.03) }
    #expect(scene.floods() == [])
  }

  /// A program that asks 500 times a second for the same few names.
  @Test func theSameNamesAreNone() {
    var scene = Scene()
    for number in 0..<60_000 { scene.query("x\(number % 50)", after: 0.002) }
    #expect(scene.floods() == [])
  }

  /// It answers its clients, and asks for all of them: 25,000 names within a minute when a conference begins.
  @Test func aBusyResolverIsNone() {
    var scene = Scene()
    scene.query("first", after: 0)
    let answer = DNSBytes.header(flags: "8180", 1) + DNSBytes.question(DNSBytes.name("first", "example", "com"))
    scene.udp(Self.resolver, "10.0.0.1", 53, Self.guest, "10.0.0.66", 40_000, answer, after: 0.01)
    for number in 0..<25_000 { scene.query("x\(number)", from: Self.resolver, "10.0.0.1", to: "9.9.9.9", after: 0.002) }
    #expect(scene.floods() == [])
  }

  /// A thousand devices announce ten names each within a minute, and a reflector repeats them in another network.
  @Test func aHotelOfAnnouncementsIsNone() {
    var scene = Scene()
    for name in 0..<10 {
      for number in 0..<1000 {
        scene.announce("n\(name) of \(number)", from: Self.mac(number), "10.0.\(number >> 8).\(number & 255)", after: 0.004)
        scene.announce("n\(name) of \(number)", from: Self.resolver, "10.0.0.1", after: 0.001)
      }
    }
    #expect(scene.floods() == [])
  }

  private static let loop = DNSBytes.header(flags: "0100", 2) + DNSBytes.question(DNSBytes.name("a")) + hex("c016 0001 0001")
  private static let long = DNSBytes.header(flags: "0100", 1) + DNSBytes.question(DNSBytes.name("a")) + [UInt8](repeating: 7, count: 16_000)

  @Test(arguments: [loop, long])
  func messagesThatNoProgramSendsAreAFlood(message: [UInt8]) {
    var scene = Scene()
    for number in 0..<2000 as Range<UInt16> {
      scene.udp(Self.guest, "10.0.0.66", 1024 + number, Self.resolver, "10.0.0.1", 53, message, after: 0.01)
    }
    #expect(scene.floods() == ["dns 02:00:00:00:00:66"])
  }

  @Test func aFewOfThemAreNone() {
    var scene = Scene()
    for number in 0..<500 as Range<UInt16> {
      scene.udp(Self.guest, "10.0.0.66", 1024 + number, Self.resolver, "10.0.0.1", 53, Self.loop, after: 0.1)
    }
    #expect(scene.floods() == [])
  }

  // MARK: Requests for addresses

  @Test func oneSenderOfRequestsIsNamed() {
    var scene = Scene()
    for number in 0..<5000 { scene.request(Self.mac(number), from: Self.guest, after: 0.005) }
    #expect(scene.floods() == ["dhcp 02:00:00:00:00:66"])
  }

  @Test func requestsUnderMadeUpAddressesComeFromTheNetwork() {
    var scene = Scene()
    for number in 0..<5000 { scene.request(Self.mac(number), from: Self.mac(number), after: 0.005) }
    #expect(scene.floods() == ["dhcp this network"])
  }

  /// A power cut in a house of 500 rooms: 1,500 clients ask four times each within a minute, by a relay or themselves.
  @Test(arguments: [true, false])
  func afterAPowerCutAllAsk(isRelayed: Bool) {
    var scene = Scene()
    for _ in 0..<4 {
      for number in 0..<1500 {
        let client = Self.mac(number)
        scene.request(client, from: isRelayed ? Self.resolver : client, relay: isRelayed ? "10.0.0.1" : nil, after: 0.009)
      }
    }
    #expect(scene.floods() == [])
  }

  /// Anybody can say that they are a relay.
  @Test func noRelayHasTensOfThousands() {
    var scene = Scene()
    for number in 0..<20_000 { scene.request(Self.mac(number), from: Self.guest, relay: "10.0.0.66", after: 0.002) }
    #expect(scene.floods().contains("dhcp 02:00:00:00:00:66"))
  }

  /// The server answers each of them twice.
  @Test func aServerIsNone() {
    var scene = Scene()
    for number in 0..<6000 {
      let message = DHCPTests.message(
        op: "02", yiaddr: B.big32(0x0A00_0000 + UInt32(number)).hexDigits, chaddr: Self.mac(number / 2).hexDigits,
        options: "350105 0304 0a000001 ff")
      scene.udp(Self.resolver, "10.0.0.1", 67, Self.mac(number / 2), "10.0.0.9", 68, message, after: 0.009)
    }
    #expect(scene.floods() == [])
  }

  // MARK: When

  /// It is told within a minute, while it goes on.
  @Test func aFloodUnderWayIsTold() {
    var scene = Scene()
    var told: [Double] = []
    for number in 0..<30_000 {
      scene.query("x\(number)", after: 0.002)
      if number % 1000 == 0, scene.engine.drain().health.contains(where: { $0.flood != nil }) { told.append(scene.time - 1000) }
    }
    #expect(told.count == 1 && told.allSatisfy { $0 < 62 }, "\(told)")
    #expect(scene.floods() == [])
  }

  @Test func theEndOfAShortCaptureTellsIt() {
    var scene = Scene()
    for number in 0..<20_000 { scene.query("x\(number)", after: 0.0001) }
    scene.engine.suspend()
    #expect(scene.engine.drain().health.compactMap(\.flood?.what) == [.dns])
  }

  /// The clock is set back sixty times, a day or two minutes each, while somebody claims addresses and invents cameras.
  @Test(arguments: [86_400.0, 130.0])
  func aClockThatIsSetBackAgainAndAgain(step: Double) {
    var invented = InventedCamerasTests.Scene()
    var start = 1e8
    for epoch in 0..<60 {
      for number in 0..<130 {
        let time = start + Double(number)
        if epoch == 0 || number % 4 == 0 { invented.announce(1000 * epoch + number, .sadp, at: time) }
        for claim in 0..<30 {
          let address = B.big32(0x0A80_0000 + UInt32(claim))
          let arp = hex("0001 0800 06 04 0001") + Self.guest + address + hex("000000000000") + address
          Seeds.$isPaused.withValue(true) {
            invented.feeder.frame(B.ethernet(from: Self.guest, to: Self.everybody, type: 0x0806, arp), at: time + Double(claim) / 40)
          }
        }
      }
      start -= step
    }
    let outcome = InventedCamerasTests.Outcome(invented.engine)
    let floods = outcome.health.compactMap(\.flood)
    // Two hours and a quarter in all.
    #expect((1...3).contains(floods.count { $0.what == .arp }), "\(floods.map(\.text))")
    #expect((1...3).contains(floods.count { $0.what == .cameras }), "\(floods.map(\.text))")
    #expect(outcome.groups.count == 1 && outcome.own.count == InventedCameras.limit)
  }
}
