/// An MPEG transport stream (ISO/IEC 13818-1) directly over UDP: the codec of its video, as its program map names it. Television over the
/// network is far more common than cameras.
public struct MPEGTSRecognizer: Recognizer {
  static let packetSize = 188
  /// Packets of one datagram.
  static let packetLimit = 64

  public let name = "mpeg-ts"
  public let transports: Transports = .udp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    Self.holdsPackets(message.payload, length: message.length) ? .mine : .notMine
  }

  public func makeParser() -> any Parser { MPEGTSParser() }

  /// Recognizes a datagram of packets only, each with a sync byte, no error, and a payload or an adaptation field.
  static func holdsPackets(_ bytes: RawSpan, length: Int) -> Bool {
    guard length > 0, length % packetSize == 0, length / packetSize <= packetLimit, bytes.byteCount >= 4 else { return false }
    for offset in stride(from: 0, to: bytes.byteCount - 3, by: packetSize) {
      guard bytes.u8(offset) == 0x47, bytes.u8(offset + 1) & 0x80 == 0, bytes.u8(offset + 3) & 0x30 != 0 else { return false }
    }
    return true
  }
}

final class MPEGTSParser: Parser {
  /// Datagrams that are read, other datagrams among them, and program maps that are followed.
  static let datagramLimit = 1000
  static let strangerLimit = 3
  static let mapLimit = 8

  private var datagrams = 0
  private var strangers = 0
  private var maps: Set<UInt16> = []
  private var codec: String?

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    datagrams += 1
    guard MPEGTSRecognizer.holdsPackets(message.payload, length: message.length) else {
      strangers += 1
      return strangers > Self.strangerLimit ? datagrams > 2 * strangers ? .done : .notMine : .mine
    }
    for offset in stride(from: 0, to: message.payload.byteCount, by: MPEGTSRecognizer.packetSize) {
      read(message.payload.slice(offset, MPEGTSRecognizer.packetSize))
    }
    if let codec {
      sink.emit(.tsVideo, codec)
      sink.stream("MPEG-TS " + codec)
      return .done
    }
    return datagrams >= Self.datagramLimit ? .done : .mine
  }

  /// Reads tables that begin in this packet and fit into it (section 2.4.4).
  private func read(_ packet: RawSpan) {
    guard packet.byteCount >= 4, packet.u8(1) & 0x40 != 0, packet.u8(3) & 0x10 != 0 else { return }
    let identifier = packet.u16(1) & 0x1FFF
    guard identifier == 0 || maps.contains(identifier) else { return }
    var cursor = Cursor(packet.slice(4))
    do throws(DecodeError) {
      if packet.u8(3) & 0x20 != 0 { try cursor.skip(Int(try cursor.u8())) }
      try cursor.skip(Int(try cursor.u8()))  // pointer
      let table = try cursor.u8()
      let length = Int(try cursor.u16() & 0x0FFF)
      guard length >= 9 else { return }
      // The section ends with a checksum. If the packet ends earlier, the part that it holds is read.
      var section = Cursor(cursor.rest.slice(0, length - 4))
      try section.skip(5)
      if identifier == 0, table == 0 { try readPrograms(&section) } else if table == 2 { try readMap(&section) }
    } catch {}
  }

  private func readPrograms(_ section: inout Cursor) throws(DecodeError) {
    while section.remaining >= 4 {
      let number = try section.u16()
      let map = try section.u16() & 0x1FFF
      if number != 0, map >= 0x10, maps.count < Self.mapLimit { maps.insert(map) }
    }
  }

  private func readMap(_ section: inout Cursor) throws(DecodeError) {
    try section.skip(2)
    try section.skip(Int(try section.u16() & 0x0FFF))
    while section.remaining >= 5 {
      let type = try section.u8()
      try section.skip(2)
      try section.skip(Int(try section.u16() & 0x0FFF))
      if type == 0x1B { codec = codec ?? "H264" }
      if type == 0x24 { codec = codec ?? "H265" }
    }
  }
}
