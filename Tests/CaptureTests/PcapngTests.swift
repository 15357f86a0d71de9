import Detection
import Testing

@testable import Capture

@Suite struct PcapngTests {
  @Test(arguments: [false, true])
  func bothByteOrders(bigEndian: Bool) throws {
    let reading = try Reading(PcapngVariant(bigEndian: bigEndian).file(Sample.few))
    #expect(reading.error == nil)
    #expect(reading.packets == Sample.few)
    #expect(reading.numbers == [1, 2, 3, 4])
  }

  @Test func minorVersionTwoIsZero() throws {
    let writer = PcapngVariant()
    let bytes = writer.sectionHeader(version: (1, 2)) + writer.interface() + writer.enhancedPacket(Sample.few[0])
    #expect(try Reading(bytes).packets == [Sample.few[0]])
  }

  @Test func packetOptionsAreNotPacketBytes() throws {
    let writer = PcapngVariant()
    let block = writer.enhancedPacket(Sample.few[0], options: writer.option(1, Array("a comment".utf8)) + writer.option(0, []))
    #expect(try Reading(writer.sectionHeader() + writer.interface() + block).packets == [Sample.few[0]])
  }

  @Test func interfacesHaveTheirOwnLinkAndClock() throws {
    let writer = PcapngVariant()
    let bytes =
      writer.sectionHeader() + writer.interface(linkType: 1)
      + writer.interface(linkType: 113, options: writer.option(9, [9]) + writer.option(0, []))
      + writer.enhancedPacket(Sample(0, [1]), interface: 1, ticks: 5_000_000_001)
      + writer.enhancedPacket(Sample(0, [2]), interface: 0, ticks: 5_000_002)
      + writer.interface(linkType: 1)
      + writer.enhancedPacket(Sample(0, [3]), interface: 2, ticks: 5_000_003)
    let file = try TemporaryFile(bytes)
    #expect(
      Reading(path: file.path).packets == [
        Sample(5_000_000_001, [1], linkType: 113), Sample(5_000_002_000, [2]), Sample(5_000_003_000, [3]),
      ])
    let capture = try CaptureFile(path: file.path, index: 0)
    while try capture.advance() {}
    #expect(capture.linkTypes == [.ethernet, .linuxSLL])
    #expect(capture.format == .pcapng)
    #expect(capture.firstSeen == Timestamp(nanoseconds: 5_000_000_001))
    #expect(capture.lastSeen == Timestamp(nanoseconds: 5_000_003_000))
  }

  @Test func sectionsHaveTheirOwnByteOrderAndInterfaces() throws {
    let (little, big) = (PcapngVariant(), PcapngVariant(bigEndian: true))
    let bytes =
      little.sectionHeader() + little.interface(linkType: 113) + little.enhancedPacket(Sample.few[0])
      + big.file([Sample.few[1], Sample.few[2]])
    var first = Sample.few[0]
    first.linkType = 113
    let reading = try Reading(bytes)
    #expect(reading.error == nil)
    #expect(reading.packets == [first, Sample.few[1], Sample.few[2]])
    let forgotten = try Reading(little.file([]) + big.sectionHeader() + big.enhancedPacket(Sample.few[0]))
    #expect(forgotten.error?.reason == .malformed("a packet names interface 0, which the file does not describe"))
  }

  @Test func olderPacketBlocks() throws {
    let writer = PcapngVariant()
    let cut = Sample(Sample.few[0].nanoseconds, Array(repeating: 7, count: 10), original: 99)
    let bytes =
      writer.sectionHeader() + writer.interface(snapLength: 10) + writer.obsoletePacket(Sample.few[0])
      + writer.simplePacket(cut) + writer.simplePacket(Sample(0, [1, 2, 3]))
    #expect(
      try Reading(bytes).packets == [Sample.few[0], cut, Sample(Sample.few[0].nanoseconds, [1, 2, 3])],
      "a simple packet has the time of the one before")
  }

  @Test func simplePacketsAloneHaveNoTime() throws {
    let writer = PcapngVariant()
    let file = try TemporaryFile(writer.sectionHeader() + writer.interface() + writer.simplePacket(Sample(0, [1])))
    let capture = try CaptureFile(path: file.path, index: 0)
    #expect(try capture.advance())
    #expect(capture.time == .zero && capture.firstSeen == nil && capture.lastSeen == nil)
  }

  @Test func blocksWithoutPacketsAreSkipped() throws {
    let writer = PcapngVariant()
    var bytes = writer.sectionHeader() + writer.interface()
    for type in [4, 5, 10, 7, 0x8000_0001] as [UInt32] {  // names, statistics, secrets, IRIG time, a private one
      bytes += writer.block(type, Array(repeating: 1, count: 40)) + writer.enhancedPacket(Sample.few[0])
    }
    bytes += writer.block(77, Array(repeating: 1, count: 20 << 20)) + writer.enhancedPacket(Sample.few[1])
    let reading = try Reading(bytes)
    #expect(reading.error == nil)
    #expect(reading.packets == Array(repeating: Sample.few[0], count: 5) + [Sample.few[1]])
    #expect(reading.numbers == [1, 2, 3, 4, 5, 6])
  }

  /// Numbers packets like Wireshark 4.0.
  @Test(arguments: [9, 0x204, 0x216, 0xbad, 0x4000_0bad] as [UInt32])
  func someBlocksTakeANumber(type: UInt32) throws {
    let writer = PcapngVariant()
    let reading = try Reading(
      writer.file([Sample.few[0]]) + writer.block(type, Array(repeating: 1, count: 40)) + writer.enhancedPacket(Sample.few[1]))
    #expect(reading.packets == [Sample.few[0], Sample.few[1]])
    #expect(reading.numbers == [1, 3])
  }

  @Test(
    arguments: [
      (0x06, 1_000_001, 1_000_001_000), (0x09, 1_000_001, 1_000_001), (0x00, 7, 7_000_000_000), (0x03, 7, 7_000_000),
      (0x0c, 7_001, 7), (0x1d, UInt64.max, 1), (0x7f, UInt64.max, 1), (0x80, 7, 7_000_000_000), (0x8a, 1536, 1_500_000_000),
      (0xbf, 1 << 63, 1_000_000_000), (0xff, UInt64.max, 0), (0x06, UInt64.max, Int64.max), (0x80, UInt64.max, Int64.max),
    ] as [(UInt8, UInt64, Int64)])
  func resolutions(resolution: UInt8, ticks: UInt64, nanoseconds: Int64) {
    #expect(InterfaceClock(resolution: resolution).time(ticks: ticks).nanoseconds == nanoseconds)
  }

  @Test func offsets() throws {
    #expect(InterfaceClock(offset: 100).time(ticks: 1).nanoseconds == 100_000_001_000)
    #expect(InterfaceClock(offset: -1).time(ticks: 1).nanoseconds == -999_999_000)
    #expect(InterfaceClock(offset: .max).time(ticks: .max).nanoseconds == .max)
    #expect(InterfaceClock(offset: .min).time(ticks: .max).nanoseconds == .min)
    let writer = PcapngVariant(bigEndian: true)
    let option = writer.option(14, writer.body { $0.put(Int64(100)) })
    let bytes = writer.sectionHeader() + writer.interface(options: option) + writer.enhancedPacket(Sample(1000, [1]))
    #expect(try Reading(bytes).packets == [Sample(100_000_001_000, [1])])
  }

  @Test func errorHasTheOffsetOfTheDamage() throws {
    let writer = PcapngVariant()
    let start = writer.file([Sample.few[0]])
    var differing = writer.enhancedPacket(Sample.few[1])
    differing[differing.count - 4] ^= 4
    var unaligned = writer.block(5, [0, 0, 0, 0])
    unaligned[4] = 15
    var unknown = writer.block(99, [0, 0, 0, 0])
    unknown[12] = 20
    let overlong = writer.interface(options: [9, 0, 255, 0])
    for (block, reason) in [
      (differing, "the block's two lengths differ"), (unaligned, "a block of 15 bytes"),
      (unknown, "the block's two lengths differ"), (overlong, "an option that does not fit its block"),
      (writer.sectionHeader(version: (2, 0)), "version 2.0 of the pcapng format is unknown"),
      (writer.sectionHeader(version: (1, 1)), "version 1.1 of the pcapng format is unknown"),
      (writer.enhancedPacket(Sample.few[0], interface: 1), "a packet names interface 1, which the file does not describe"),
    ] {
      let reading = try Reading(start + block)
      #expect(reading.packets == [Sample.few[0]])
      #expect(reading.error?.reason == .malformed(reason))
      #expect(reading.error?.offset == UInt64(start.count))
    }
  }

  @Test func interfacesAreLimited() throws {
    let writer = PcapngVariant()
    let interface = writer.interface()
    var many = writer.sectionHeader()
    for _ in 0..<PcapngFormat.interfaceLimit { many += interface }
    #expect(try Reading(many).error == nil)
    #expect(try Reading(many + interface).error?.reason == .malformed("more than 65536 interfaces"))
  }
}
