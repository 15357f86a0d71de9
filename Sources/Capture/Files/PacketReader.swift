import Detection

/// The state behind `CaptureFile`: a struct, so that a packet costs one check for exclusive access.
struct PacketReader: ~Copyable {
  /// Nil if the file is pcapng, which `pcapng` then reads.
  let pcap: PcapFormat?
  private(set) var pcapng: PcapngFormat
  private var hasEnded = false
  private var buffer: ReadBuffer
  private(set) var record = Record()
  private var ahead = 0
  private var aheadEnd = 0
  private(set) var packets: UInt64 = 0
  private(set) var capturedBytes: UInt64 = 0
  private(set) var truncatedPackets: UInt64 = 0
  private(set) var firstSeen = Timestamp.distantFuture
  private(set) var lastSeen = Timestamp.distantPast

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
      if let order = PcapFormat.order(ofMagic: buffer.next) { return (try PcapFormat(header: &buffer, order: order), pcapng) }
      if buffer.next.loadUnaligned(as: UInt32.self) == PcapngFormat.sectionHeader {
        try pcapng.readSectionHeader(&buffer)
        return (nil, pcapng)
      }
    }
    _ = try buffer.need(32)
    let head = UnsafeRawBufferPointer(start: buffer.next, count: buffer.available)
    throw CaptureError(path: buffer.source.path, reason: .isNotACapture(looksLike: FirstBytes.describe(head)))
  }

  /// Reads the next packet; false at the end and after an error.
  mutating func advance() throws(CaptureError) -> Bool {
    guard !hasEnded else { return false }
    hasEnded = true  // stays true if reading throws
    let found = if let pcap { try pcap.next(&buffer, &record) } else { try pcapng.next(&buffer, &record) }
    guard found else { return false }
    hasEnded = false
    packets += 1
    capturedBytes += UInt64(record.capturedLength)
    if record.capturedLength < record.originalLength { truncatedPackets += 1 }
    if record.hasTime {
      firstSeen = min(firstSeen, record.time)
      lastSeen = max(lastSeen, record.time)
    }
    return true
  }

  private mutating func upcoming() -> UnsafeRawBufferPointer {
    guard let pcap, pcap.linkType == .ethernet else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    if aheadEnd > buffer.consumed { ahead -= 1 } else { (ahead, aheadEnd) = (0, buffer.consumed) }
    var found = UnsafeRawBufferPointer(start: nil, count: 0)
    while ahead < 4 {
      let offset = aheadEnd - buffer.consumed
      guard let length = pcap.capturedLength(buffer, at: offset) else { break }
      found = UnsafeRawBufferPointer(
        start: buffer.next + offset + pcap.recordHeaderLength, count: min(length, buffer.available - offset - pcap.recordHeaderLength))
      aheadEnd += pcap.recordHeaderLength + length
      ahead += 1
    }
    return found
  }

  /// Mutating only to use the reader in place: borrowing would copy it.
  mutating func withFrame<R: ~Copyable, E: Error>(index: UInt32, _ body: (borrowing Frame) throws(E) -> R) throws(E) -> R {
    // At the end the last packet's bytes are no longer in the buffer.
    let bytes = UnsafeRawBufferPointer(start: record.bytes, count: hasEnded ? 0 : record.capturedLength)
    let upcoming = hasEnded ? UnsafeRawBufferPointer(start: nil, count: 0) : self.upcoming()
    let frame = Frame(
      bytes: bytes.bytes, originalLength: record.originalLength, linkType: record.linkType, time: record.time,
      reference: PacketReference(file: index, number: record.number), interface: record.interface
    ).followed(by: upcoming.bytes)
    return try body(frame)
  }
}
