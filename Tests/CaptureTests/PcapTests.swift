import Detection
import Testing

@testable import Capture

@Suite struct PcapTests {
  @Test(arguments: [0xa1b2_c3d4, 0xa1b2_3c4d, 0xa1b2_cd34, 0x1c00_01ab, 0x1c00_01ac] as [UInt32], [false, true])
  func everyMagicInBothByteOrders(magic: UInt32, bigEndian: Bool) throws {
    let reading = try Reading(PcapVariant(magic: magic, bigEndian: bigEndian).file(Sample.few))
    #expect(reading.error == nil)
    #expect(reading.packets == Sample.few)
    #expect(reading.numbers == [1, 2, 3, 4])
  }

  @Test func nanosecondsArePreserved() throws {
    let packets = [Sample(1_700_000_000_123_456_789, [1])]
    #expect(try Reading(PcapVariant(magic: 0xa1b2_3c4d).file(packets)).packets == packets)
  }

  @Test(arguments: [2, 3, 4] as [UInt16], [false, true])
  func oldVersionsSwapTheLengths(minor: UInt16, bigEndian: Bool) throws {
    #expect(try Reading(PcapVariant(bigEndian: bigEndian, version: (2, minor)).file(Sample.few)).packets == Sample.few)
  }

  @Test func frameCheckSequenceBitsAreNotPartOfTheLinkType() throws {
    let packets = [Sample(0, [1], linkType: 105)]
    #expect(try Reading(PcapVariant(linkType: 0x2400_0069).file(packets)).packets == packets)
  }

  @Test func reservedBitsOfTheLinkTypeAreDamage() throws {
    let error = try Reading(PcapVariant(linkType: 0x0030_0001).file(Sample.few)).error
    #expect(error?.reason == .malformed("reserved bits of the link type are set"))
  }

  @Test func snapLengthMayBeExceeded() throws {
    let packets = [Sample(0, Array(repeating: 1, count: 3_000_000))]
    #expect(try Reading(PcapVariant(snapLength: 64).file(packets)).packets == packets)
  }

  @Test func absurdLengthIsDamageAtItsOffset() throws {
    var bytes = PcapVariant().file(Sample.few)
    let place = bytes.count
    bytes += PcapVariant().record(Sample(0, []))
    bytes.replaceSubrange(place + 8..<place + 12, with: [0, 0, 0, 0x7f])
    let reading = try Reading(bytes)
    #expect(reading.packets == Sample.few)
    #expect(reading.error?.offset == UInt64(place))
    #expect(reading.error?.reason == .malformed("a packet claims 2130706432 captured bytes"))
  }

  @Test func unknownVersionIsRefused() throws {
    let error = try Reading(PcapVariant(version: (3, 0)).file(Sample.few)).error
    #expect(error?.reason == .malformed("version 3.0 of the pcap format is unknown"))
  }

  @Test func framesBeforeTheFirstAndAfterTheLastAreEmpty() throws {
    let file = try TemporaryFile(PcapVariant().file(Sample.few))
    let capture = try CaptureFile(path: file.path, index: 0)
    #expect(capture.withFrame { $0.bytes.byteCount } == 0)
    #expect(try capture.advance())
    #expect(capture.withFrame { $0.bytes.byteCount } == 5)
    while try capture.advance() {}
    #expect(capture.withFrame { $0.bytes.byteCount } == 0)
  }

  @Test func recordsAcrossManyRefillsAreComplete() throws {
    let packets = (0..<20_000).map { Sample(UInt64($0) * 1000, Array(repeating: UInt8(truncatingIfNeeded: $0), count: $0 % 300)) }
    #expect(try Reading(PcapVariant().file(packets)).packets == packets)
  }
}
