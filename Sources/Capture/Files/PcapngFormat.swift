import Detection

/// The pcapng file format, draft-ietf-opsawg-pcapng. A section's byte order and interfaces end with it.
struct PcapngFormat {
  /// The Section Header Block's type, the same in both byte orders.
  static let sectionHeader: UInt32 = 0x0a0d_0d0a
  /// Interfaces allowed in one section; more are treated as damage.
  static let interfaceLimit = 1 << 16

  private enum Block {
    static let interfaceDescription: UInt32 = 1
    static let packet: UInt32 = 2
    static let simplePacket: UInt32 = 3
    static let enhancedPacket: UInt32 = 6
    /// Blocks that Wireshark numbers like packets although they are none: systemd journal, sysdig events, custom blocks.
    static let numbered: Set<UInt32> = [9, 0x204, 0x208, 0x216, 0x217, 0x221, 0x222, 0xbad, 0x4000_0bad]
  }

  private var order = ByteOrder(isSwapped: false)
  private var interfaces: [PcapngInterface] = []
  private let names: CaptureInterfaces
  /// Of all sections so far, in the order of their interfaces.
  private(set) var linkTypes = LinkTypes()

  init(names: CaptureInterfaces) { self.names = names }

  /// Reads a Section Header Block, with which a file must begin (section 4.1): a new byte order, no interfaces yet.
  mutating func readSectionHeader(_ buffer: inout ReadBuffer) throws(CaptureError) {
    guard try buffer.need(28) else { throw buffer.error(.cut) }
    let magic = unsafe ByteOrder(isSwapped: false).u32(buffer.next, 8)
    guard magic == 0x1a2b_3c4d || magic == 0x4d3c_2b1a else { throw buffer.error(.malformed("a section without a byte order")) }
    order = ByteOrder(isSwapped: magic != 0x1a2b_3c4d)
    let (major, minor) = unsafe (order.u16(buffer.next, 12), order.u16(buffer.next, 14))
    guard major == 1, minor == 0 || minor == 2 else {  // "readers MUST treat a Minor Version of 2 as equivalent to 0"
      throw buffer.error(.malformed("version \(major).\(minor) of the pcapng format is unknown"))
    }
    interfaces.removeAll(keepingCapacity: true)
    buffer.ahead?.beginSection()
    try skipBlock(&buffer)
  }

  /// From now on packets name their interface by its place in the section, because numbers for names are given on another thread.
  ///
  /// - Returns: the numbers of the section's interfaces so far.
  mutating func countInterfaces() -> [UInt16] {
    defer { for index in interfaces.indices { interfaces[index].number = UInt16(index) } }
    return interfaces.map(\.number)
  }

  /// Reads to the next packet; false at the end of the file.
  mutating func next(_ buffer: inout ReadBuffer, _ record: inout Record) throws(CaptureError) -> Bool {
    while try buffer.need(12) {
      let type = unsafe order.u32(buffer.next, 0)
      if type == Block.enhancedPacket {
        try readPacket(&buffer, &record, wideInterface: true)
        return true
      }
      switch type {
      case Block.packet:
        try readPacket(&buffer, &record, wideInterface: false)
        return true
      case Block.simplePacket:
        try readSimplePacket(&buffer, &record)
        return true
      case Block.interfaceDescription: try readInterface(&buffer)
      case Self.sectionHeader: try readSectionHeader(&buffer)
      default:
        try skipBlock(&buffer)
        if Block.numbered.contains(type) { record.number += 1 }
      }
    }
    if buffer.available == 0 { return false }
    throw buffer.error(.cut)
  }

  /// Section 4.3, and appendix A for the obsolete Packet Block, which differs in its interface field only.
  @inline(__always)
  private func readPacket(_ buffer: inout ReadBuffer, _ record: inout Record, wideInterface: Bool) throws(CaptureError) {
    let length = try holdBlock(&buffer, atLeast: 32)
    let block = unsafe buffer.next
    let interface = unsafe wideInterface ? Int(order.u32(block, 8)) : Int(order.u16(block, 8))
    let captured = unsafe Int(order.u32(block, 20))
    guard captured <= length - 32 else {
      throw buffer.error(.malformed("a packet of \(captured) captured bytes in a block of \(length)"))
    }
    guard interface < interfaces.count else { throw undescribed(interface, buffer) }
    let ticks = unsafe UInt64(order.u32(block, 12)) << 32 | UInt64(order.u32(block, 16))
    record.linkType = interfaces[interface].linkType
    record.interface = interfaces[interface].number
    record.time = interfaces[interface].clock.time(ticks: ticks)
    record.hasTime = true
    unsafe record.bytes = unsafe block + 28
    record.number += 1
    record.capturedLength = UInt32(captured)
    record.originalLength = unsafe order.u32(block, 24)
    buffer.take(length)
  }

  /// Section 4.4: a packet of the section's first interface without a time, cut to that interface's snap length.
  private func readSimplePacket(_ buffer: inout ReadBuffer, _ record: inout Record) throws(CaptureError) {
    let length = try holdBlock(&buffer, atLeast: 16)
    guard let interface = interfaces.first else { throw undescribed(0, buffer) }
    let original = unsafe Int(order.u32(buffer.next, 8))
    let captured = interface.snapLength == 0 ? original : min(original, interface.snapLength)
    guard captured <= length - 16 else {
      throw buffer.error(.malformed("a packet of \(captured) captured bytes in a block of \(length)"))
    }
    record.linkType = interface.linkType
    record.interface = interface.number
    record.hasTime = false
    unsafe record.bytes = unsafe buffer.next + 12
    record.number += 1
    record.capturedLength = UInt32(captured)
    record.originalLength = UInt32(original)
    buffer.take(length)
  }

  private mutating func readInterface(_ buffer: inout ReadBuffer) throws(CaptureError) {
    let length = try holdBlock(&buffer, atLeast: 20)
    guard interfaces.count < Self.interfaceLimit else {
      throw buffer.error(.malformed("more than \(interfaces.count) interfaces"))
    }
    var name = ""
    guard var interface = unsafe PcapngInterface(block: buffer.next, length: length, order: order, name: &name) else {
      throw buffer.error(.malformed("an option that does not fit its block"))
    }
    if let ahead = buffer.ahead {
      ahead.declareInterface(name: name, interface.linkType)
      interface.number = UInt16(interfaces.count)
    } else {
      interface.number = names.number(of: name)
    }
    interfaces.append(interface)
    linkTypes.add(interface.linkType)
    buffer.take(length)
  }

  /// Skips a block of any length without holding it in memory.
  private func skipBlock(_ buffer: inout ReadBuffer) throws(CaptureError) {
    let start = buffer.offset
    let length = try blockLength(buffer, atLeast: 12)
    guard try buffer.skip(length - 4), try buffer.need(4) else { throw buffer.error(.cut, at: start) }
    guard unsafe Int(order.u32(buffer.next, 0)) == length else {
      throw buffer.error(.malformed("the block's two lengths differ"), at: start)
    }
    buffer.take(4)
  }

  /// Reads a whole block into the buffer and returns its length.
  @inline(__always)
  private func holdBlock(_ buffer: inout ReadBuffer, atLeast minimum: Int) throws(CaptureError) -> Int {
    let length = try blockLength(buffer, atLeast: minimum)
    guard length <= Record.lengthLimit else { throw buffer.error(.malformed("a block of \(length) bytes")) }
    guard try buffer.need(length) else { throw buffer.error(.cut) }
    guard unsafe Int(order.u32(buffer.next, length - 4)) == length else {
      throw buffer.error(.malformed("the block's two lengths differ"))
    }
    return length
  }

  /// Section 3.1: a multiple of four, the same before and after the body.
  @inline(__always)
  private func blockLength(_ buffer: borrowing ReadBuffer, atLeast minimum: Int) throws(CaptureError) -> Int {
    let length = unsafe Int(order.u32(buffer.next, 4))
    guard length >= minimum, length % 4 == 0 else { throw buffer.error(.malformed("a block of \(length) bytes")) }
    return length
  }

  private func undescribed(_ interface: Int, _ buffer: borrowing ReadBuffer) -> CaptureError {
    buffer.error(.malformed("a packet names interface \(interface), which the file does not describe"))
  }
}

/// Distinct link types in the order in which they came.
struct LinkTypes {
  private(set) var list: [LinkType] = []
  private var seen: Set<LinkType> = []

  mutating func add(_ linkType: LinkType) {
    if seen.insert(linkType).inserted { list.append(linkType) }
  }
}
