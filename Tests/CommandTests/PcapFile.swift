import Foundation

/// Converts a little-endian pcapng file with one interface in microseconds or nanoseconds to pcap. A second, much simpler reader than the
/// program's own.
struct PcapFile {
  struct Packet {
    let seconds: UInt32
    let nanoseconds: UInt32
    let length: UInt32
    let bytes: Data
  }

  private(set) var packets: [Packet] = []
  private var linkType: UInt32 = 1
  private var unitsPerSecond: UInt64 = 1_000_000

  init(pcapng data: Data) throws {
    var offset = 0
    while offset + 12 <= data.count {
      let (kind, length) = (data.word(offset), Int(data.word(offset + 4)))
      let body = data.dropFirst(offset + 8).prefix(length - 12)
      if kind == 1 { readInterface(Data(body)) }
      if kind == 6 { readPacket(Data(body)) }
      offset += length
    }
  }

  private mutating func readInterface(_ body: Data) {
    linkType = body.word(0) & 0xFFFF
    var offset = 8
    while offset + 4 <= body.count {
      let (code, length) = (body.word(offset) & 0xFFFF, Int(body.word(offset) >> 16))
      if code == 9 { unitsPerSecond = (0..<body[offset + 4]).reduce(1) { units, _ in units * 10 } }
      offset += 4 + (length + 3) / 4 * 4
    }
  }

  private mutating func readPacket(_ body: Data) {
    let units = UInt64(body.word(4)) << 32 | UInt64(body.word(8))
    let captured = Int(body.word(12))
    packets.append(
      Packet(
        seconds: UInt32(units / unitsPerSecond), nanoseconds: UInt32(units % unitsPerSecond * (1_000_000_000 / unitsPerSecond)),
        length: body.word(16), bytes: body.dropFirst(20).prefix(captured)))
  }

  /// The same packets, this many days later.
  func moved(days: Int) -> PcapFile {
    var moved = self
    moved.packets = packets.map {
      Packet(seconds: UInt32(Int($0.seconds) + days * 86_400), nanoseconds: $0.nanoseconds, length: $0.length, bytes: $0.bytes)
    }
    return moved
  }

  /// Concatenates two files with the same link type.
  static func + (first: PcapFile, second: PcapFile) -> PcapFile {
    var both = first
    both.packets += second.packets
    return both
  }

  func write(to path: String, packets range: Range<Int>? = nil) throws {
    var out = Data()
    for word in [0xA1B2_3C4D, 0x0004_0002, 0, 0, 262_144, linkType] as [UInt32] { out.append(word: word) }
    for packet in packets[range ?? packets.indices] {
      for word in [packet.seconds, packet.nanoseconds, UInt32(packet.bytes.count), packet.length] { out.append(word: word) }
      out.append(packet.bytes)
    }
    try out.write(to: URL(fileURLWithPath: path))
  }
}

extension Data {
  fileprivate func word(_ offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(self[startIndex + offset + $1]) << UInt32(8 * $1) }
  }
  fileprivate mutating func append(word: UInt32) { Swift.withUnsafeBytes(of: word.littleEndian) { append(contentsOf: $0) } }
}
