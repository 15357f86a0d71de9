import Detection

/// Parses the records of a capture, of either format.
struct RecordParser: ~Copyable {
  /// Nil if the file is pcapng, which `pcapng` then reads.
  let pcap: PcapFormat?
  var pcapng: PcapngFormat
  var buffer: ReadBuffer
  /// Packets behind the present one that were looked at, and where they end.
  private var seen = 0
  private var seenEnd = 0

  /// Reads the file's header.
  init(source: ByteSource, names: CaptureInterfaces) throws(CaptureError) {
    var buffer = ReadBuffer(source: source)
    (pcap, pcapng) = try Self.readHeader(&buffer, names)
    self.buffer = buffer
  }

  private static func readHeader(
    _ buffer: inout ReadBuffer, _ names: CaptureInterfaces
  ) throws(CaptureError) -> (PcapFormat?, PcapngFormat) {
    var pcapng = PcapngFormat(names: names)
    if try buffer.need(4) {
      if let order = unsafe PcapFormat.order(ofMagic: buffer.next) { return (try PcapFormat(header: &buffer, order: order), pcapng) }
      if unsafe buffer.next.loadUnaligned(as: UInt32.self) == PcapngFormat.sectionHeader {
        try pcapng.readSectionHeader(&buffer)
        return (nil, pcapng)
      }
    }
    _ = try buffer.need(32)
    let head = unsafe UnsafeRawBufferPointer(start: buffer.next, count: buffer.available)
    throw unsafe CaptureError(path: buffer.source.path, reason: .isNotACapture(looksLike: FirstBytes.describe(head)))
  }

  /// The distinct link types that the file's headers describe so far.
  var linkTypes: LinkTypes {
    guard let pcap else { return pcapng.linkTypes }
    var single = LinkTypes()
    single.add(pcap.linkType)
    return single
  }

  /// Reads the next packet; false at the end. Not to be called again at the end or after an error.
  @inline(__always)
  mutating func next(_ record: inout Record) throws(CaptureError) -> Bool {
    if let pcap { try pcap.next(&buffer, &record) } else { try pcapng.next(&buffer, &record) }
  }

  /// The beginning of the Ethernet frame that comes `Frame.lookahead` packets after the present one, if it is in memory; else empty.
  @inline(__always)
  mutating func upcoming() -> UnsafeRawBufferPointer {
    guard let pcap, pcap.linkType == .ethernet else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
    if seenEnd > buffer.consumed { seen -= 1 } else { (seen, seenEnd) = (0, buffer.consumed) }
    var found = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    while seen < Frame.lookahead {
      let offset = seenEnd - buffer.consumed
      guard let length = pcap.capturedLength(buffer, at: offset) else { break }
      unsafe found = unsafe UnsafeRawBufferPointer(
        start: buffer.next + offset + pcap.recordHeaderLength, count: min(length, buffer.available - offset - pcap.recordHeaderLength))
      seenEnd += pcap.recordHeaderLength + length
      seen += 1
    }
    return unsafe found
  }
}
