import Testing

@testable import Capture

@Suite struct CompressionTests {
  /// Packets for several pieces of input and of output.
  static let packets = (0..<6000).map { number in
    Sample(UInt64(number) * 1000, (0..<number % 400).map { UInt8(truncatingIfNeeded: ($0 &* number) >> 3) })
  }

  static let tools: [[String]] = [
    ["gzip", "-c"], ["gzip", "-1c"], ["xz", "-c"], ["xz", "-0c"], ["xz", "-9ec"], ["zstd", "-qc"], ["zstd", "-19qc"],
  ]

  @Test(arguments: tools)
  func samePackets(tool: [String]) throws {
    let plain = PcapVariant().file(Self.packets)
    let file = try TemporaryFile(try compress(plain, with: tool))
    #expect(try CaptureFile(path: file.path, index: 0).compression?.rawValue == tool[0])
    let reading = Reading(path: file.path)
    #expect(reading.error == nil)
    #expect(reading.packets == Self.packets)
  }

  @Test(arguments: tools)
  func consecutiveMembers(tool: [String]) throws {
    let plain = PcapVariant().file(Self.packets)
    let parts = [plain[..<100], plain[100..<100], plain[100..<100_000], plain[100_000...]]
    let reading = try Reading(parts.flatMap { try compress(Array($0), with: tool) })
    #expect(reading.error == nil)
    #expect(reading.packets == Self.packets)
  }

  @Test(arguments: [["gzip", "-c"], ["xz", "-c"]])
  func zerosAtTheEndArePadding(tool: [String]) throws {
    let reading = try Reading(compress(PcapVariant().file(Sample.few), with: tool) + Array(repeating: 0, count: 512))
    #expect(reading.error == nil)
    #expect(reading.packets == Sample.few)
  }

  @Test(arguments: tools)
  func otherDataAtTheEndIsDamage(tool: [String]) throws {
    let reading = try Reading(compress(PcapVariant().file(Sample.few), with: tool) + Array("something else".utf8))
    guard case .decompression(_, .damaged) = reading.error?.reason else { throw reading.error ?? Unexpected() }
    #expect(reading.packets == Sample.few)
  }

  @Test(arguments: tools)
  func cutStreamDeliversEarlierPackets(tool: [String]) throws {
    let whole = try compress(PcapVariant().file(Self.packets), with: tool)
    let reading = try Reading(Array(whole.dropLast(100)))
    guard case .decompression(_, .cut) = reading.error?.reason else { throw reading.error ?? Unexpected() }
    #expect(reading.packets.count > 1000)
    #expect(reading.packets.elementsEqual(Self.packets.prefix(reading.packets.count)))
  }

  @Test(arguments: tools)
  func cutAtEveryByteAndFlippedBits(tool: [String]) throws {
    let whole = try compress(PcapngVariant().file(Sample.few), with: tool)
    for length in 0..<whole.count {
      let reading = try Reading(Array(whole[..<length]))
      #expect(reading.error != nil)
      #expect(reading.packets.elementsEqual(Sample.few.prefix(reading.packets.count)))
      var damaged = whole
      damaged[length] ^= 1 << UInt8(length % 8)
      _ = try Reading(damaged)
    }
  }

  @Test(arguments: ["gzip", "xz", "zstd"])
  func bombsAreStopped(tool: String) throws {
    let bytes = try compress(PcapVariant().header() + Array(repeating: 0, count: 8 << 20), with: [tool, "-c"])
    var limits = DecompressionLimits()
    limits.ratioAppliesFrom = 1 << 20
    limits.ratio = 500
    let reading = try Reading(bytes, limits: limits)
    guard case .decompression(let kind, .expandsTooMuch) = reading.error?.reason else { throw reading.error ?? Unexpected() }
    #expect(kind.rawValue == tool)
    #expect(try #require(reading.error?.offset) <= 3 << 20)
    #expect(
      try #require(reading.error).description.hasSuffix("lenscap replay -, after \(reading.error!.offset!) bytes of output"))
    limits = DecompressionLimits()
    limits.total = 4 << 20
    #expect(try #require(Reading(bytes, limits: limits).error?.offset) <= 6 << 20)
  }

  @Test func windowsAreLimited() throws {
    // RFC 8878, 3.1.1.1.2: an empty frame with a window of 2^(10 + exponent) bytes.
    func zstd(exponent: UInt8) -> [UInt8] { [0x28, 0xb5, 0x2f, 0xfd, 0, exponent << 3, 1, 0, 0] }
    #expect(try Reading(zstd(exponent: 18)).error?.reason == .decompression(.zstd, .needsMemory(limit: 128 << 20)))
    #expect(try Reading(zstd(exponent: 17)).error?.reason == .isNotACapture(looksLike: "an empty file"))
    // .xz format, 3.1 and 5.3.1: a dictionary of 512 MiB in the block header, with a new check sum.
    var xz = try compress([1], with: ["xz", "-0c"])
    let header = 12..<12 + 4 * Int(xz[12])
    #expect(xz[header.lowerBound + 2] == 0x21)  // LZMA2
    xz[header.lowerBound + 4] = 34
    let sum = crc32(xz[header])
    xz.replaceSubrange(
      header.upperBound..<header.upperBound + 4, with: (0..<4).map { UInt8(truncatingIfNeeded: sum >> ($0 * 8)) })
    #expect(try Reading(xz).error?.reason == .decompression(.xz, .needsMemory(limit: 256 << 20)))
  }

  private func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in (sum >> 1) ^ (sum & 1 == 0 ? 0 : 0xedb8_8320) }
    }
  }

  @Test func fileCompressedTwiceIsRefused() throws {
    let once = try compress(PcapVariant().file(Sample.few), with: ["xz", "-c"])
    let error = try Reading(compress(once, with: ["gzip", "-c"])).error
    #expect(error?.reason == .isNotACapture(looksLike: "xz data inside compressed data"))
  }
}

struct Unexpected: Error {}
