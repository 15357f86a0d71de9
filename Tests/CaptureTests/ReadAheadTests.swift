import Testing

@testable import Capture

/// Compressed captures long enough to be decompressed ahead, with packets longer than the headroom of a chunk.
@Suite struct ReadAheadTests {
  static let packets = (0..<12_000).map { number in
    let length = number % 1000 == 999 ? 300_000 : number % 977
    return Sample(UInt64(number) * 1000, (0..<length).map { UInt8(truncatingIfNeeded: ($0 &* number) >> 3) })
  }
  static let plain = PcapVariant().file(packets)

  @Test(arguments: [["gzip", "-1c"], ["xz", "-0c"], ["zstd", "-qc"]])
  func samePackets(tool: [String]) throws {
    try #require(Self.plain.count > 2 * ReadBuffer.readAheadThreshold)
    let reading = try Reading(compress(Self.plain, with: tool))
    #expect(reading.error == nil)
    #expect(reading.packets == Self.packets)
    #expect(reading.numbers == (1...UInt64(Self.packets.count)).map { $0 })
  }

  @Test func manyAtOnce() throws {
    let file = try TemporaryFile(try compress(Self.plain, with: ["gzip", "-1c"]))
    let files = try (0..<8).map { try CaptureFile(path: file.path, index: $0) }
    var counts = files.map { _ in 0 }
    for _ in Self.packets {
      for (number, file) in files.enumerated() where try file.advance() { counts[number] += 1 }
    }
    #expect(counts == files.map { _ in Self.packets.count })
  }

  @Test func cutStreamReportsItsOffset() throws {
    let cut = Self.plain.count - 100_000
    let reading = try Reading(compress(Array(Self.plain[..<cut]), with: ["gzip", "-1c"]))
    let whole = 24 + reading.packets.reduce(0) { $0 + 16 + $1.bytes.count }
    guard case .cut = reading.error?.reason else { throw reading.error ?? Unexpected() }
    #expect(reading.error?.offset == UInt64(whole))
    #expect(reading.packets.elementsEqual(Self.packets.prefix(reading.packets.count)))
  }

  @Test func damagedStreamDeliversEarlierPackets() throws {
    let whole = try compress(Self.plain, with: ["gzip", "-1c"])
    let reading = try Reading(Array(whole.dropLast(100)))
    guard case .decompression(_, .cut) = reading.error?.reason else { throw reading.error ?? Unexpected() }
    #expect(reading.packets.count > 11_000)
  }

  @Test func stoppingEarlyReleasesTheReader() throws {
    let file = try TemporaryFile(try compress(Self.plain, with: ["gzip", "-1c"]))
    for _ in 0..<20 {
      let reader = try CaptureFile(path: file.path, index: 0)
      for _ in 0..<11_000 { #expect(try reader.advance()) }
    }
    // The readers before have ended, so the next file is read ahead.
    #expect(Reading(path: file.path).packets == Self.packets)
  }
}
