import Detection

/// An Interface Description Block: draft-ietf-opsawg-pcapng, section 4.2.
struct PcapngInterface {
  let linkType: LinkType
  /// Most bytes captured of a packet; 0 is no limit.
  let snapLength: Int
  let clock: InterfaceClock
  /// The number assigned to its name.
  var number = CaptureInterfaces.unnamed

  /// Reads a whole block of `length` bytes, whose length is checked to be at least that of its fixed fields; nil if its
  /// options do not fit.
  ///
  /// - Parameter name: becomes that of the interface, if it has one.
  init?(block: UnsafeRawPointer, length: Int, order: ByteOrder, name: inout String) {
    linkType = unsafe LinkType(rawValue: order.u16(block, 8))
    snapLength = unsafe Int(order.u32(block, 12))
    var resolution: UInt8 = 6
    var offset: Int64 = 0
    var position = 16
    let end = length - 4
    while position + 4 <= end {
      let (code, size) = unsafe (order.u16(block, position), Int(order.u16(block, position + 2)))
      position += 4
      guard position + size <= end else { return nil }
      switch code {
      case 0: position = end  // opt_endofopt
      case 2:  // if_name, without a zero at its end, though some write one
        name = unsafe String(decoding: UnsafeRawBufferPointer(start: block + position, count: size).prefix { $0 != 0 }, as: UTF8.self)
      case 9 where size >= 1: resolution = unsafe block.load(fromByteOffset: position, as: UInt8.self)  // if_tsresol
      case 14 where size >= 8: offset = unsafe Int64(bitPattern: order.u64(block, position))  // if_tsoffset
      default: break
      }
      position += (size + 3) & ~3
    }
    clock = InterfaceClock(resolution: resolution, offset: offset)
  }
}
