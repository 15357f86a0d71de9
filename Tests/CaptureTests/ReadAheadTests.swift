import Detection
import Glibc
import Testing

@testable import Capture

/// Captures of many blocks, with packets longer than a block, read ahead on a second thread. `Reading` compares it with one thread.
@Suite struct ReadAheadTests {
  static let packets = (0..<12_000).map { number in
    let length = number % 1000 == 999 ? 300_000 : number % 977
    return Sample(UInt64(number) * 1000, (0..<length).map { UInt8(truncatingIfNeeded: ($0 &* number) >> 3) })
  }
  static let plain = PcapVariant().file(packets)

  @Test(arguments: [[], ["gzip", "-1c"], ["xz", "-0c"], ["zstd", "-qc"]])
  func samePackets(tool: [String]) throws {
    try #require(Self.plain.count > 20 * ReadBuffer.capacity)
    let reading = try Reading(tool.isEmpty ? Self.plain : compress(Self.plain, with: tool))
    #expect(reading.error == nil)
    #expect(reading.packets == Self.packets)
    #expect(reading.numbers == (1...UInt64(Self.packets.count)).map { $0 })
  }

  /// More records than a block has places for.
  @Test func packetsWithoutBytes() throws {
    let packets = (0..<40_000).map { Sample(UInt64($0) * 1000, []) }
    #expect(try Reading(PcapVariant().file(packets)).packets == packets)
  }

  /// Names are numbered in the order of the file, whenever it is read.
  @Test func interfacesThatAreDescribedLate() throws {
    let writer = PcapngVariant()
    func name(_ text: String) -> [UInt8] { writer.option(2, Array(text.utf8)) + writer.option(0, []) }
    let bytes = (0..<4000).reduce(into: writer.sectionHeader() + writer.interface(options: name("first"))) { bytes, number in
      if number % 700 == 600 { bytes += writer.sectionHeader() + writer.interface(options: name("section \(number)")) }
      if number % 100 == 99 { bytes += writer.interface(linkType: UInt16(number / 100), options: name("unused \(number)")) }
      bytes += writer.enhancedPacket(Sample(UInt64(number) * 1000, Array(repeating: 7, count: number % 600)))
    }
    let reading = try Reading(bytes + writer.sectionHeader() + writer.interface(linkType: 250))
    #expect(reading.error == nil)
    #expect(reading.interfaces[599] == "first" && reading.interfaces[600] == "section 600" && reading.interfaces[3999] == "section 3400")
    #expect(reading.linkTypes.last == 250)
    #expect(Self.namesInOrder(bytes, threads: nil) == Self.namesInOrder(bytes, threads: ReaderThreads(limit: 1, threshold: 0)))
  }

  /// The names known after each packet.
  private static func namesInOrder(_ bytes: [UInt8], threads: ReaderThreads?) -> [Int]? {
    let names = CaptureInterfaces()
    guard let temporary = try? TemporaryFile(bytes), let source = try? ByteSource(path: temporary.path),
      let file = try? CaptureFile(source: source, index: 0, interfaces: names, threads: threads)
    else { return nil }
    var known: [Int] = []
    while (try? file.advance()) == true { known.append((1...200).first { names[UInt16($0)].isEmpty } ?? 0) }
    return known
  }

  @Test func manyAtOnce() throws {
    let file = try TemporaryFile(try compress(Self.plain, with: ["gzip", "-1c"]))
    let threads = ReaderThreads(limit: 3)
    let files = try (0..<8).map { try CaptureFile(source: ByteSource(path: file.path), index: $0, threads: threads) }
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

  @Test func stoppingEarlyReleasesTheThread() throws {
    let file = try TemporaryFile(Self.plain)
    let threads = ReaderThreads(limit: 1)
    for _ in 0..<20 {
      let reader = try CaptureFile(source: ByteSource(path: file.path), index: 0, threads: threads)
      for _ in 0..<6_000 { #expect(try reader.advance()) }
    }
    // It ends soon after its user, who does not wait for it.
    while !threads.take() { sched_yield() }
  }
}
