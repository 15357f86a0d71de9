/// Writes capture files byte by byte, in every variant that the reader supports.
struct Writer {
  var bytes: [UInt8] = []
  var bigEndian = false

  mutating func put<I: FixedWidthInteger>(_ value: I) {
    withUnsafeBytes(of: bigEndian ? value.bigEndian : value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func put(_ more: [UInt8]) { bytes.append(contentsOf: more) }
}

/// A packet for a test file.
struct Sample: Equatable {
  var nanoseconds: UInt64 = 0
  var bytes: [UInt8]
  var originalLength: Int
  var linkType: UInt16 = 1

  init(_ nanoseconds: UInt64, _ bytes: [UInt8], original: Int? = nil, linkType: UInt16 = 1) {
    self.nanoseconds = nanoseconds
    self.bytes = bytes
    originalLength = original ?? bytes.count
    self.linkType = linkType
  }

  /// Microsecond times, so that every variant can hold them; odd lengths, so that pcapng must pad; one cut by a snap length.
  static let few = [
    Sample(1_700_000_000_000_001_000, [1, 2, 3, 4, 5]),
    Sample(1_700_000_001_999_999_000, []),
    Sample(1_700_000_002_000_000_000, Array(repeating: 0xab, count: 64), original: 1500),
    Sample(4_200_000_000_123_456_000, [9]),
  ]
}

struct PcapVariant {
  var magic: UInt32 = 0xa1b2_c3d4
  var bigEndian = false
  var version: (UInt16, UInt16) = (2, 4)
  var linkType: UInt32 = 1
  var snapLength: UInt32 = 262_144

  var isNanosecond: Bool { magic == 0xa1b2_3c4d || magic == 0x1c00_01ac }
  var isIxia: Bool { magic >> 16 == 0x1c00 }
  var isModified: Bool { magic == 0xa1b2_cd34 }

  func header() -> [UInt8] {
    var writer = Writer(bigEndian: bigEndian)
    writer.put(magic)
    writer.put(version.0)
    writer.put(version.1)
    writer.put(UInt32(0))
    writer.put(UInt32(0))
    writer.put(snapLength)
    writer.put(linkType)
    if isIxia { writer.put(UInt32(0)) }
    return writer.bytes
  }

  func record(_ packet: Sample) -> [UInt8] {
    var writer = Writer(bigEndian: bigEndian)
    writer.put(UInt32(packet.nanoseconds / 1_000_000_000))
    writer.put(UInt32(packet.nanoseconds % 1_000_000_000) / (isNanosecond ? 1 : 1000))
    let lengths = [UInt32(packet.bytes.count), UInt32(packet.originalLength)]
    let isSwapped = version.1 < 3 || version.1 == 3 && bigEndian  // 2.3 was written both ways
    for length in isSwapped ? lengths.reversed() : lengths { writer.put(length) }
    if isModified { writer.put(UInt64(0x0102_0304_0506_0708)) }
    return writer.bytes + packet.bytes
  }

  func file(_ packets: [Sample]) -> [UInt8] { packets.reduce(into: header()) { $0 += record($1) } }
}

/// Blocks of one pcapng section.
struct PcapngVariant {
  var bigEndian = false

  func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
    let padded = body + Array(repeating: 0, count: (4 - body.count % 4) % 4)
    var writer = Writer(bigEndian: bigEndian)
    writer.put(type)
    writer.put(UInt32(padded.count + 12))
    writer.put(padded)
    writer.put(UInt32(padded.count + 12))
    return writer.bytes
  }

  func body(_ fill: (inout Writer) -> Void) -> [UInt8] {
    var writer = Writer(bigEndian: bigEndian)
    fill(&writer)
    return writer.bytes
  }

  func sectionHeader(version: (UInt16, UInt16) = (1, 0)) -> [UInt8] {
    block(
      0x0a0d_0d0a,
      body {
        $0.put(UInt32(0x1a2b_3c4d))
        $0.put(version.0)
        $0.put(version.1)
        $0.put(Int64(-1))
      })
  }

  func option(_ code: UInt16, _ value: [UInt8]) -> [UInt8] {
    body {
      $0.put(code)
      $0.put(UInt16(value.count))
      $0.put(value + Array(repeating: 0, count: (4 - value.count % 4) % 4))
    }
  }

  func interface(linkType: UInt16 = 1, snapLength: UInt32 = 0, options: [UInt8] = []) -> [UInt8] {
    block(
      1,
      body {
        $0.put(linkType)
        $0.put(UInt16(0))
        $0.put(snapLength)
        $0.put(options)
      })
  }

  func enhancedPacket(_ packet: Sample, interface: UInt32 = 0, ticks: UInt64? = nil, options: [UInt8] = []) -> [UInt8] {
    let ticks = ticks ?? packet.nanoseconds / 1000
    let padding = [UInt8](repeating: 0, count: (4 - packet.bytes.count % 4) % 4)
    return block(
      6,
      body {
        $0.put(interface)
        $0.put(UInt32(ticks >> 32))
        $0.put(UInt32(truncatingIfNeeded: ticks))
        $0.put(UInt32(packet.bytes.count))
        $0.put(UInt32(packet.originalLength))
        $0.put(packet.bytes + padding + options)
      })
  }

  func obsoletePacket(_ packet: Sample, interface: UInt16 = 0) -> [UInt8] {
    block(
      2,
      body {
        $0.put(interface)
        $0.put(UInt16(7))  // drops
        $0.put(UInt32((packet.nanoseconds / 1000) >> 32))
        $0.put(UInt32(truncatingIfNeeded: packet.nanoseconds / 1000))
        $0.put(UInt32(packet.bytes.count))
        $0.put(UInt32(packet.originalLength))
        $0.put(packet.bytes)
      })
  }

  func simplePacket(_ packet: Sample) -> [UInt8] {
    block(
      3,
      body {
        $0.put(UInt32(packet.originalLength))
        $0.put(packet.bytes)
      })
  }

  func file(_ packets: [Sample]) -> [UInt8] {
    packets.reduce(into: sectionHeader() + interface()) { $0 += enhancedPacket($1) }
  }
}
