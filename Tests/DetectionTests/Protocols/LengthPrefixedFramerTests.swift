import Testing

@testable import Detection

@Suite struct LengthPrefixedFramerTests {
  /// A header of "F" and the length of the body, of which two bytes are buffered.
  static func extent(_ head: RawSpan) -> LengthPrefixedFramer.FrameHeader? {
    head.u8(0) == 0x46 ? LengthPrefixedFramer.FrameHeader(length: 2 + Int(head.u8(1)), kept: 4) : nil
  }

  /// Splits pieces into frames; nil stands for missing bytes.
  static func cut(_ pieces: [[UInt8]?], searchLimit: Int = 0) -> (frames: [[UInt8]], isOutOfSync: Bool) {
    var cutter = LengthPrefixedFramer(headerSize: 2, searchLimit: searchLimit)
    var frames: [[UInt8]] = []
    for piece in pieces {
      guard let piece else {
        cutter.gap()
        continue
      }
      var position = 0
      while cutter.next(piece.span.bytes, at: &position, header: extent) { frames.append(cutter.frame) }
    }
    return (frames, cutter.isOutOfSync)
  }

  static let stream = hex("4605 0102030405 4600 4601 aa 4603 bbccdd")
  static let frames = [hex("4605 0102"), hex("4600"), hex("4601 aa"), hex("4603 bbcc")]

  @Test func anyPieces() {
    for size in 1...Self.stream.count {
      let pieces = stride(from: 0, to: Self.stream.count, by: size).map { Array(Self.stream[$0..<min($0 + size, Self.stream.count)]) }
      let result = Self.cut(pieces)
      #expect(result.frames == Self.frames && !result.isOutOfSync, "in pieces of \(size)")
    }
  }

  @Test func lost() {
    // Without a search, for good
    #expect(Self.cut([hex("4601 aa 00"), Self.stream]).frames == [hex("4601 aa")])
    #expect(Self.cut([hex("4601 aa 00"), Self.stream]).isOutOfSync)
    #expect(Self.cut([hex("4605 01"), nil, Self.stream]).frames == [])
    // With one, until the next head; no further than its limit
    #expect(Self.cut([hex("4601 aa 000000"), Self.stream], searchLimit: 8).frames == [hex("4601 aa")] + Self.frames)
    #expect(Self.cut([hex("4605 01"), nil, hex("0203"), Self.stream], searchLimit: 8).frames == Self.frames)
    let far = Self.cut([[UInt8](repeating: 0, count: 20), Self.stream], searchLimit: 8)
    #expect(far.frames == [] && far.isOutOfSync)
  }
}
