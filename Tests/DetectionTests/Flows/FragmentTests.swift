import Testing

@testable import Detection

/// Datagrams in pieces. A recognizer that reports what it is shown tells what was put together.
@Suite struct FragmentTests {
  typealias B = FrameBuilder

  /// Reports each datagram's length and first and last byte.
  private struct Echo: Recognizer {
    let name = "echo"
    let transports: Transports = .udp
    func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
      let bytes = message.payload
      sink.emit(
        .dnsQuery,
        "\(message.source.station.address) \(bytes.byteCount)/\(message.length) \(bytes.byteCount > 0 ? bytes.u8(0) : 0) "
          + "\(bytes.byteCount > 0 ? bytes.u8(bytes.byteCount - 1) : 0) packet \(message.packet.number)")
      return .message
    }
  }

  static let data: [UInt8] = (0..<100).map { UInt8($0) }
  /// 108 bytes.
  static let datagram = B.udp(1000, 2000, data)

  struct Piece {
    let range: Range<Int>
    var more = true
    var id: UInt16 = 1
    var at = 1.0
    var fill: UInt8?
    var cut = 0
  }

  static func piece(_ piece: Piece) -> [UInt8] {
    let bytes = piece.range.map { piece.fill ?? ($0 < datagram.count ? datagram[$0] : 0) }
    var header = B.ipv4(
      "192.168.1.10", "192.168.1.20", proto: 17, totalLength: bytes.count + 20,
      fragment: UInt16(piece.range.lowerBound / 8) | (piece.more ? 0x2000 : 0), bytes)
    header.replaceSubrange(4..<6, with: B.big(piece.id))
    return B.ethernet(header)
  }

  static func piece6(_ range: Range<Int>, more: Bool) -> [UInt8] {
    let place = UInt16(range.lowerBound) | (more ? 1 : 0)
    return B.ethernet(type: 0x86DD, B.ipv6("fe80::a", "fe80::b", next: 44, [17, 0] + B.big(place) + B.big32(7) + datagram[range]))
  }

  /// - Returns: what was shown to the recognizer, and the engine.
  static func run(_ frames: [([UInt8], at: Double, length: Int)]) -> ([String], Engine) {
    let engine = Engine(signatures: SignatureSet([]), recognizers: [Echo()])
    var seen: [String] = []
    engine.observer = { observation, _, _ in if observation.field == .dnsQuery { seen.append(observation.text) } }
    var feeder = Feeder(engine)
    for frame in frames { feeder.frame(frame.0, at: frame.at, length: frame.length) }
    engine.finish()
    return (seen, engine)
  }

  static func run(_ pieces: [Piece]) -> ([String], Engine) {
    run(
      pieces.map {
        let bytes = piece($0)
        return (Array(bytes.dropLast($0.cut)), $0.at, bytes.count)
      })
  }

  @Test(arguments: [
    [0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1], [0, 0, 1, 1, 2],
  ])
  func anyOrder(order: [Int]) {
    let pieces = [Piece(range: 0..<40), Piece(range: 40..<80), Piece(range: 80..<108, more: false)]
    let (seen, engine) = Self.run(order.map { pieces[$0] })
    #expect(seen == ["192.168.1.10 100/100 0 99 packet \(order.count)"])
    #expect(engine.coverage.undecoded.isEmpty && engine.coverage.evicted.isEmpty)
    // Each frame counts once.
    #expect(engine.devices().first { $0.id.mac == MACAddress("020000000001") }?.packetsSent == UInt64(order.count))
  }

  @Test func ipv6() {
    let frames = [Self.piece6(56..<108, more: false), Self.piece6(0..<56, more: true)]
    #expect(Self.run(frames.map { ($0, 1, $0.count) }).0 == ["fe80::a 100/100 0 99 packet 2"])
  }

  @Test func firstBytesStay() {
    let (seen, _) = Self.run([
      Piece(range: 64..<108, more: false), Piece(range: 0..<16), Piece(range: 0..<80, fill: 0xEE),
    ])
    #expect(seen == ["192.168.1.10 100/100 0 99 packet 3"])
    // Two ends: the first counts.
    #expect(Self.run([Piece(range: 80..<108, more: false), Piece(range: 160..<168, more: false), Piece(range: 0..<80)]).0.count == 1)
  }

  /// Reports the bytes of each datagram.
  private struct Whole: Recognizer {
    let name = "whole"
    let transports: Transports = .udp
    func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
      sink.emit(.dnsQuery, message.payload.array.description)
      return .message
    }
  }

  /// SplitMix64: the same in each run.
  private struct Sequence: RandomNumberGenerator {
    var state: UInt64 = 1
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var word = state
      word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
      return word ^ (word >> 31)
    }
  }

  @Test func overlapsInAnyOrder() {
    var random = Sequence()
    for _ in 0..<100 {
      var pieces = [Piece(range: 0..<24), Piece(range: 24..<56), Piece(range: 56..<80), Piece(range: 80..<108, more: false)]
      for _ in 0..<8 {
        let (first, last) = (Int.random(in: 0..<13, using: &random), Int.random(in: 1...13, using: &random))
        if first < last { pieces.append(Piece(range: first * 8..<last * 8)) }
      }
      let engine = Engine(signatures: SignatureSet([]), recognizers: [Whole()])
      var seen: [String] = []
      engine.observer = { observation, _, _ in if observation.field == .dnsQuery { seen.append(observation.text) } }
      var feeder = Feeder(engine)
      for piece in pieces.shuffled(using: &random) { feeder.frame(Self.piece(piece), at: 1) }
      engine.finish()
      #expect(seen.first == Self.data.description)
    }
  }

  @Test func incomplete() {
    // The head is read as if cut, in its own time; the fragments are counted.
    let (seen, engine) = Self.run([Piece(range: 0..<40), Piece(range: 80..<108, more: false)])
    #expect(seen == ["192.168.1.10 32/100 0 31 packet 1"])
    #expect(engine.coverage.undecoded == ["ip fragment": 2])
    // After its time, another with the same number is another datagram.
    let late = Self.run([Piece(range: 0..<40, at: 1), Piece(range: 40..<108, more: false, at: 40)])
    #expect(late.0 == ["192.168.1.10 32/32 0 31 packet 1"])
    #expect(late.1.coverage.undecoded == ["ip fragment": 2])
    // Other identification, nothing fits.
    #expect(Self.run([Piece(range: 40..<108, more: false, id: 2)]).0 == [])
  }

  /// Cut by the snap length: the first is read at once, the others are named.
  @Test func cutBySnapLength() {
    let (seen, engine) = Self.run([Piece(range: 0..<40, cut: 8), Piece(range: 40..<108, more: false, cut: 8)])
    #expect(seen == ["192.168.1.10 24/32 0 23 packet 1"])
    #expect(engine.coverage.undecoded == ["ip fragment": 1])
  }

  /// A capture that cut frames and does not say so: the IP header does.
  @Test func cutInSilence() {
    let frames = [Array(Self.piece(Piece(range: 0..<40)).dropLast(8)), Array(Self.piece6(0..<56, more: true).dropLast(8))]
    #expect(Self.run(frames.map { ($0, 1, $0.count) }).0 == ["192.168.1.10 24/24 0 23 packet 1", "fe80::a 40/40 0 39 packet 2"])
  }

  @Test func bounded() {
    let engine = Engine(signatures: SignatureSet([]), recognizers: [Echo()])
    var feeder = Feeder(engine)
    for number in 0..<3000 { feeder.frame(Self.piece(Piece(range: 40..<80, id: UInt16(number))), at: 1) }
    // Offsets at the end of what is allowed: 64 KB each.
    for number in 3000..<3600 { feeder.frame(Self.piece(Piece(range: 65_496..<65_528, id: UInt16(number))), at: 2) }
    // Beyond 65,535 bytes; many runs; empty ones.
    for _ in 0..<3 { feeder.frame(Self.piece(Piece(range: 65_528..<65_568, id: 5)), at: 2) }
    for index in 0..<200 { feeder.frame(Self.piece(Piece(range: index * 16..<index * 16 + 8, id: 4000)), at: 3) }
    for _ in 0..<10 { feeder.frame(Self.piece(Piece(range: 0..<0, id: 4001)), at: 3) }
    engine.finish()
    #expect(engine.coverage.evicted["fragments"] ?? 0 > 2000)
    #expect(engine.coverage.undecoded["ip fragment"] ?? 0 > 3500)
  }

  /// A tunnel that was sent in pieces, and pieces within a tunnel.
  @Test func tunnels() {
    let inner = hex("020000000004 020000000003 0800") + B.ipv4("172.16.0.1", "172.16.0.2", proto: 17, Self.datagram)
    let outer = B.udp(50000, 4789, hex("08000000 00138900") + inner)
    let frames = [(0..<80, true), (80..<outer.count, false)].map { range, more in
      B.ethernet(
        B.ipv4("10.9.9.1", "10.9.9.2", proto: 17, fragment: UInt16(range.lowerBound / 8) | (more ? 0x2000 : 0), Array(outer[range])))
    }
    #expect(Self.run(frames.map { ($0, 1, $0.count) }).0 == ["172.16.0.1 100/100 0 99 packet 2"])
    let pieces = [Piece(range: 0..<40), Piece(range: 40..<108, more: false)].map { piece in
      B.ethernet(B.ipv4("10.9.9.1", "10.9.9.2", proto: 4, Array(Self.piece(piece).dropFirst(14))))
    }
    #expect(Self.run(pieces.map { ($0, 1, $0.count) }).0 == ["192.168.1.10 100/100 0 99 packet 2"])
  }

  /// Datagrams of fragments of datagrams: bounded.
  @Test func nested() {
    var datagram = Self.datagram
    for level in 0..<12 {
      let inner = datagram
      datagram = Array(B.ipv4("10.0.0.\(level)", "10.0.1.1", proto: level == 0 ? 17 : 4, inner))
    }
    for split in [8, 40, 80] {
      let frames = [(0..<split, true), (split..<datagram.count, false)].map { range, more in
        B.ethernet(
          B.ipv4("10.9.9.1", "10.9.9.2", proto: 4, fragment: UInt16(range.lowerBound / 8) | (more ? 0x2000 : 0), Array(datagram[range])))
      }
      #expect(Self.run(frames.map { ($0, 1, $0.count) }).0 == [])
    }
  }

  @Test func damage() {
    let frames = [
      Self.piece(Piece(range: 0..<40)), Self.piece(Piece(range: 40..<108, more: false)), Self.piece6(0..<56, more: true),
      Self.piece6(56..<108, more: false),
    ]
    for first in [0, 2] {
      for index in 14..<60 {
        for value in [0, 1, 0x3F, 0x7F, 0xFF] as [UInt8] {
          var changed = frames[first + 1]
          changed[index] = value
          _ = Self.run([(frames[first], 1, frames[first].count), (changed, 1, changed.count)])
          _ = Self.run([(changed, 1, changed.count), (frames[first], 1, frames[first].count)])
        }
      }
    }
  }

  /// What is in a datagram that is given up may have addresses that nobody else has, and no packet that counts.
  @Test func addressesInWhatIsGivenUpAreKnownWhereTheNetworkChanges() {
    typealias B = FrameBuilder
    let engine = Engine(signatures: SignatureSet([]))
    var feeder = Feeder(engine)
    let inner = B.ipv4("224.0.0.1", "10.9.9.9", proto: 17, B.udp(1, 2, [1]))
    feeder.frame(B.ethernet(B.ipv4("192.168.1.10", "192.168.1.20", proto: 4, fragment: 0x2000, inner)), at: 1)
    let acknowledgment = B.ethernet(B.ipv4("192.168.1.10", "8.8.8.8", proto: 6, B.tcp(50_000, 443, seq: 1, flags: .ack, [])))
    for half in 2...80 { feeder.frame(acknowledgment, at: Double(half) / 2) }
    engine.apply(.reconfigure(EngineConfiguration(signatures: SignatureSet([]), declared: DeclaredDevices(), lan: [], site: Site())))
    feeder.frame(acknowledgment, at: 40.5)
    engine.finish()
    #expect(engine.coverage.undecoded["ip fragment"] == 1)
    #expect(engine.coverage.packets == 81)
  }
}
