import Testing

@testable import Detection

/// How connections are opened, as text that signatures test.
@Suite struct SYNTests {
  static let cases: [(String, String, UInt16, UInt8, String)] = [
    ("Linux", "020405b4 0402 080a0000000100000000 01 030307", 64240, 64, "MSS,SACK,TS,NOP,WS ttl 64 scale 7 window 64240"),
    ("Windows", "020405b4 01 030308 01 01 0402", 64240, 127, "MSS,NOP,WS,NOP,NOP,SACK ttl 128 scale 8 window 64240"),
    (
      "Apple", "020405b4 01 030306 01 01 080a0000000100000000 0402 0000", 65535, 64,
      "MSS,NOP,WS,NOP,NOP,TS,SACK,EOL ttl 64 scale 6 window 65535"
    ),
    ("lwIP", "020405b4", 5744, 255, "MSS ttl 255 window 5744"),
    ("a scanner", "", 1024, 50, "none ttl 64 window 1024"),
    ("an option of another kind", "020405b4 2202", 512, 64, "MSS,other ttl 64 window 512"),
    ("a length that ends before its option", "020405b4 0301", 512, 64, "MSS,WS ttl 64 window 512"),
  ]

  @Test(arguments: cases.indices)
  func reads(index: Int) {
    let (name, options, window, ttl, text) = Self.cases[index]
    let bytes = hex(options)
    let syn = SYN(options: bytes.span.bytes, window: window)
    #expect(syn.text(baseTTL: Hops.base(of: ttl)) == text, "\(name)")
  }

  @Test func onlyWhatOpensAConnection() {
    for (flags, isOne) in [(TCPFlags.syn, true), ([.syn, .ack], false), (.ack, false)] as [(TCPFlags, Bool)] {
      let bytes = FrameBuilder.ethernet(FrameBuilder.ipv4("10.0.0.1", "10.0.0.2", proto: 6, FrameBuilder.tcp(1, 2, seq: 1, flags: flags)))
      let frame = Frame(
        bytes: bytes.span.bytes, originalLength: bytes.count, linkType: .ethernet, time: .zero,
        reference: PacketReference(file: 0, number: 1))
      #expect((Packet(decoding: frame).syn != nil) == isOne)
    }
  }

  @Test func distances() {
    #expect([64, 63, 33, 128, 127, 255, 250].map { Hops.count(ttl: $0) } == [0, 1, 31, 0, 1, 0, 5])
    // Multicast and traceroute choose their own.
    #expect([1, 4, 32, 96, 200].map { Hops.count(ttl: $0) } == Array(repeating: Hops.unknown, count: 5))
    var distance = Distance()
    let nearer = [Hops.unknown, Hops.unknown, 2, 2, Hops.unknown, 0, 1, 0].map { distance.add($0) }
    #expect(nearer == [false, false, true, false, false, true, false, false])
    #expect([distance.least, distance.near, distance.far] == [0, 2, 3])
  }
}
