import Detection

/// The pcap file format, draft-ietf-opsawg-pcap, and its older relatives as libpcap and Wireshark read them.
struct PcapFormat {
  /// Section 4 of the draft: magic, version, two reserved words, snap length, link type.
  static let headerLength = 24

  let order: ByteOrder
  let linkType: LinkType
  let nanosecondsPerFraction: Int64
  let recordHeaderLength: Int
  /// The order of a record's two lengths.
  let lengths: Lengths

  enum Lengths {
    case capturedFirst
    /// Versions before 2.3.
    case originalFirst
    /// Version 2.3, which exists in both orders: the captured length is the smaller one.
    case either
  }

  private struct Variant {
    var nanosecondsPerFraction: Int64 = 1000
    var recordHeaderLength = 16
    var extraHeaderLength = 0

    init?(magic: UInt32) {
      switch magic {
      case 0xa1b2_c3d4: break
      case 0xa1b2_3c4d: nanosecondsPerFraction = 1
      case 0xa1b2_cd34: recordHeaderLength = 24  // Kuznetzov's patched libpcap: interface, protocol and direction follow
      case 0x1c00_01ab: extraHeaderLength = 4  // IXIA lcap, software time stamps: the size of all records follows the header
      case 0x1c00_01ac:  // IXIA lcap, hardware time stamps
        extraHeaderLength = 4
        nanosecondsPerFraction = 1
      default: return nil
      }
    }
  }

  /// The byte order, if the four bytes at `bytes` are a pcap magic number.
  static func order(ofMagic bytes: UnsafeRawPointer) -> ByteOrder? {
    [ByteOrder(isSwapped: false), ByteOrder(isSwapped: true)].first { unsafe Variant(magic: $0.u32(bytes, 0)) != nil }
  }

  /// Reads the header that begins with a magic number in `order`.
  init(header buffer: inout ReadBuffer, order: ByteOrder) throws(CaptureError) {
    guard try buffer.need(Self.headerLength) else { throw buffer.error(.cut) }
    let bytes = unsafe buffer.next
    guard let variant = unsafe Variant(magic: order.u32(bytes, 0)) else { throw buffer.error(.malformed("no magic number")) }
    let (major, minor) = unsafe (order.u16(bytes, 4), order.u16(bytes, 6))
    switch (major, minor) {
    case (2, 0...2), (543, 0): lengths = .originalFirst  // 543.0 is DG/UX, see libpcap's sf-pcap.c
    case (2, 3): lengths = .either
    case (2, _): lengths = .capturedFirst
    default: throw buffer.error(.malformed("version \(major).\(minor) of the pcap format is unknown"))
    }
    self.order = order
    // Section 4, "LinkType and additional information": six bits about the frame check sequence and ten reserved ones come first.
    let link = unsafe order.u32(bytes, 20)
    guard link & 0x03ff_0000 == 0 else { throw buffer.error(.malformed("reserved bits of the link type are set")) }
    linkType = LinkType(rawValue: UInt16(truncatingIfNeeded: link))
    nanosecondsPerFraction = variant.nanosecondsPerFraction
    recordHeaderLength = variant.recordHeaderLength
    guard try buffer.need(Self.headerLength + variant.extraHeaderLength) else { throw buffer.error(.cut) }
    buffer.take(Self.headerLength + variant.extraHeaderLength)
  }

  @inline(__always)
  func capturedLength(_ buffer: borrowing ReadBuffer, at offset: Int) -> Int? {
    guard buffer.available - offset >= recordHeaderLength + 64 else { return nil }
    let length = unsafe Int(order.u32(buffer.next + offset, 8))
    return length <= Record.lengthLimit ? length : nil
  }

  /// Reads the next packet record (section 5); false at the end of the file.
  @inline(__always)
  func next(_ buffer: inout ReadBuffer, _ record: inout Record) throws(CaptureError) -> Bool {
    guard try buffer.need(recordHeaderLength) else {
      if buffer.available == 0 { return false }
      throw buffer.error(.cut)
    }
    let header = unsafe buffer.next
    var captured = unsafe Int(order.u32(header, 8))
    var original = unsafe Int(order.u32(header, 12))
    if lengths != .capturedFirst, lengths == .originalFirst || captured > original { swap(&captured, &original) }
    guard captured <= Record.lengthLimit else {
      throw buffer.error(.malformed("a packet claims \(captured) captured bytes"))
    }
    guard try buffer.need(recordHeaderLength + captured) else { throw buffer.error(.cut) }
    let start = unsafe buffer.next
    unsafe record.bytes = unsafe start + recordHeaderLength
    record.number += 1
    record.capturedLength = UInt32(captured)
    record.originalLength = UInt32(original)
    record.linkType = linkType
    record.time = unsafe Timestamp(
      seconds: Int64(order.u32(start, 0)), nanoseconds: Int64(order.u32(start, 4)) * nanosecondsPerFraction)
    record.hasTime = true
    buffer.take(recordHeaderLength + captured)
    return true
  }
}
