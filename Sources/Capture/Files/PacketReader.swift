import Detection

/// The state behind `CaptureFile`: a struct, so that a packet costs one check for exclusive access.
struct PacketReader: ~Copyable {
  enum Format {
    case pcap(PcapFormat)
    case pcapng(PcapngFormat)
  }

  let format: Format
  private var buffer: ReadBuffer
  private(set) var record = Record()
  private(set) var packets: UInt64 = 0
  private(set) var capturedBytes: UInt64 = 0
  private(set) var truncatedPackets: UInt64 = 0
  private(set) var firstSeen = Timestamp.distantFuture
  private(set) var lastSeen = Timestamp.distantPast

  /// Reads the file's header.
  init(source: ByteSource) throws(CaptureError) {
    var buffer = ReadBuffer(source: source)
    format = try Self.readHeader(&buffer)
    self.buffer = buffer
  }

  private static func readHeader(_ buffer: inout ReadBuffer) throws(CaptureError) -> Format {
    if try buffer.need(4) {
      if let order = PcapFormat.order(ofMagic: buffer.next) { return .pcap(try PcapFormat(header: &buffer, order: order)) }
      let type = buffer.next.loadUnaligned(as: UInt32.self)
      if type == PcapngFormat.sectionHeader { return .pcapng(try PcapngFormat(&buffer)) }
    }
    _ = try buffer.need(32)
    let head = UnsafeRawBufferPointer(start: buffer.next, count: buffer.available)
    throw CaptureError(path: buffer.source.path, reason: .isNotACapture(looksLike: FirstBytes.describe(head)))
  }

  mutating func readNext() throws(CaptureError) -> Bool {
    let found =
      switch format {
      case .pcap(let format): try format.next(&buffer, &record)
      case .pcapng(let format): try format.next(&buffer, &record)
      }
    guard found else { return false }
    packets += 1
    capturedBytes += UInt64(record.capturedLength)
    if record.capturedLength < record.originalLength { truncatedPackets += 1 }
    if record.hasTime {
      firstSeen = min(firstSeen, record.time)
      lastSeen = max(lastSeen, record.time)
    }
    return true
  }

  func withFrame<R: ~Copyable, E: Error>(index: UInt32, _ body: (borrowing Frame) throws(E) -> R) throws(E) -> R {
    let bytes = UnsafeRawBufferPointer(start: record.bytes, count: record.capturedLength)
    let frame = Frame(
      bytes: bytes.bytes, originalLength: record.originalLength, linkType: record.linkType, time: record.time,
      reference: PacketReference(file: index, number: packets))
    return try body(frame)
  }
}
