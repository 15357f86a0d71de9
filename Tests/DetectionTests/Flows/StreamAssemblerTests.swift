import Testing

@testable import Detection

@Suite struct StreamAssemblerTests {
  /// Feeds segments (sequence, text) and gives what came out, `|` for each gap.
  static func assemble(_ segments: [(UInt32, String)], syn: UInt32? = nil, confirmed: UInt32? = nil, budget: Int = 1 << 20) -> String {
    var assembler = StreamAssembler()
    var budget = budget
    var out = ""
    let handle = { (event: borrowing StreamAssembler.Event) in
      switch event {
      case .gap: out += "|"
      case .bytes(let bytes, _, _): out += bytes.text()
      }
    }
    if let syn { assembler.opened(sequence: syn) }
    for (sequence, text) in segments {
      let bytes = Array(text.utf8)
      assembler.add(
        sequence: sequence, bytes.span.bytes, length: bytes.count, time: .zero, packet: PacketReference(file: 0, number: 1),
        budget: &budget, handle)
    }
    if let confirmed { assembler.confirmed(confirmed, budget: &budget, handle) }
    return out
  }

  @Test func order() {
    #expect(Self.assemble([(1, "abc"), (4, "def")]) == "abcdef")
    #expect(Self.assemble([(1, "abc"), (7, "ghi"), (4, "def")]) == "abcdefghi", "early segments wait")
    #expect(Self.assemble([(1, "abc"), (10, "j"), (7, "ghi"), (4, "def")]) == "abcdefghij")
    #expect(Self.assemble([(4, "def")], syn: 0) == "", "the first bytes are missing and may still come")
    #expect(Self.assemble([(4, "def"), (1, "abc")], syn: 0) == "abcdef")
  }

  @Test func retransmissionAndOverlap() {
    #expect(Self.assemble([(1, "abc"), (1, "abc"), (4, "def")]) == "abcdef")
    #expect(Self.assemble([(1, "abc"), (2, "bcde"), (6, "f")]) == "abcdef")
    #expect(Self.assemble([(1, "abc"), (5, "ef"), (3, "cde"), (7, "g")]) == "abcdefg")
    #expect(Self.assemble([(1, "abcdef"), (2, "xx")]) == "abcdef", "what came first stays")
  }

  @Test func loss() {
    #expect(Self.assemble([(1, "abc"), (7, "ghi")], confirmed: 10) == "abc|ghi", "the receiver had it: the capture lost it")
    #expect(Self.assemble([(1, "abc"), (7, "ghi")], confirmed: 4) == "abc", "not confirmed: it may still come")
    #expect(Self.assemble([(1, "abc"), (7, "ghi"), (13, "mno")], confirmed: 16) == "abc|ghi|mno")
    #expect(Self.assemble([(1, "abc"), (9_000_000, "new")]) == "abc|new", "another connection")
    let far = (0..<40).map { (UInt32(10 + $0 * 10), "x") }
    #expect(Self.assemble([(1, "a")] + far).hasPrefix("a|x"), "more than may wait")
    #expect(Self.assemble([(1, "abc"), (7, "ghi")], budget: 2) == "abc|ghi", "no room to wait")
  }

  @Test func wrapAround() {
    #expect(Self.assemble([(0xFFFF_FFFE, "abc"), (1, "def")]) == "abcdef")
    #expect(Self.assemble([(0xFFFF_FFFE, "a"), (2, "ef"), (0xFFFF_FFFF, "bcd")]) == "abcdef")
  }
}
