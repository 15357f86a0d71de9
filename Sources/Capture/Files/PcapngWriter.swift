import Detection

/// Writes a pcapng file (draft-ietf-opsawg-pcapng) of one section, in little-endian order, with times in nanoseconds and comments.
public final class PcapngWriter {
  /// An option's length is written in 16 bits: section 3.5.
  static let optionLimit = 0xFFFF

  private enum Block {
    static let interfaceDescription: UInt32 = 1
    static let enhancedPacket: UInt32 = 6
  }

  private enum Option {
    static let comment: UInt16 = 1
    static let application: UInt16 = 4  // shb_userappl
    static let interfaceName: UInt16 = 2  // if_name
    static let interfaceDescription: UInt16 = 3  // if_description
    static let timeResolution: UInt16 = 9  // if_tsresol
  }

  private var file: OutputFile
  private var interfaces: UInt32 = 0
  /// Packets left out while the file could not be written.
  public private(set) var missed: UInt64 = 0

  /// Creates the file, or empties it, and begins the section: section 4.1.
  ///
  /// - Parameter comment: about the whole file.
  public init(path: String, application: String, comment: String = "") throws(CaptureError) {
    file = try OutputFile(path: path)
    var body = Body()
    body.append(0x1A2B_3C4D as UInt32)
    body.append(1 as UInt16)  // version 1.0
    body.append(0 as UInt16)
    body.append(UInt64.max)  // the section's length is unspecified
    body.append(option: Option.application, Array(application.utf8))
    if !comment.isEmpty { body.append(option: Option.comment, Array(comment.utf8)) }
    body.endOptions()
    write(PcapngFormat.sectionHeader, body)
  }

  /// Describes an interface, and returns its number: section 4.2.
  ///
  /// - Parameters:
  ///   - name: empty if unknown.
  ///   - snapLength: most bytes of a packet; 0 for no limit.
  public func addInterface(linkType: LinkType, name: String = "", description: String = "", snapLength: UInt32 = 0) -> UInt32 {
    var body = Body()
    body.append(linkType.rawValue)
    body.append(0 as UInt16)
    body.append(snapLength)
    if !name.isEmpty { body.append(option: Option.interfaceName, Array(name.utf8)) }
    if !description.isEmpty { body.append(option: Option.interfaceDescription, Array(description.utf8)) }
    body.append(option: Option.timeResolution, [9])  // 10⁻⁹ s
    body.endOptions()
    write(Block.interfaceDescription, body)
    interfaces += 1
    return interfaces - 1
  }

  /// Writes a packet of an interface described before: section 4.3. Lines of the comment are separated by line feeds.
  public func write(bytes: [UInt8], originalLength: Int, time: Timestamp, interface: UInt32, comment: String) {
    precondition(interface < interfaces)
    let ticks = UInt64(max(time.nanoseconds, 0))
    var body = Body()
    body.append(interface)
    body.append(UInt32(ticks >> 32))
    body.append(UInt32(truncatingIfNeeded: ticks))
    body.append(UInt32(bytes.count))
    body.append(UInt32(clamping: max(originalLength, bytes.count)))
    body.append(padded: bytes)
    if !comment.isEmpty {
      body.append(option: Option.comment, Array(comment.utf8))
      body.endOptions()
    }
    write(Block.enhancedPacket, body)
  }

  /// Why the file cannot be written at present; nil if it can.
  public var error: CaptureError? { file.error }

  /// Writes a frame without a comment and without copying it.
  public func write(_ frame: borrowing Frame, interface: UInt32) {
    precondition(interface < interfaces)
    guard file.error == nil else {
      missed += 1
      return
    }
    let ticks = UInt64(max(frame.time.nanoseconds, 0))
    let captured = frame.bytes.byteCount
    let padding = -captured & 3
    let length = UInt32(captured + padding + 32)
    let original = UInt32(clamping: max(frame.originalLength, captured))
    for word in [Block.enhancedPacket, length, interface] { file.append(word) }
    for word in [UInt32(ticks >> 32), UInt32(truncatingIfNeeded: ticks), UInt32(captured), original] { file.append(word) }
    unsafe frame.bytes.withUnsafeBytes { unsafe file.append($0) }
    for _ in 0..<padding { file.append(0 as UInt8) }
    file.append(length)
    file.flushIfFull()
  }

  /// Writes buffered bytes, also those that could not be written before. Call it between packets.
  public func flush() { file.flush() }

  /// Writes buffered bytes, and returns the first error since the file was created.
  public func close() -> CaptureError? { file.close() }

  /// Writes a block, with its length before and after the body: section 3.1.
  private func write(_ type: UInt32, _ body: Body) {
    let length = UInt32(body.bytes.count + 12)
    file.append(type)
    file.append(length)
    file.append(body.bytes)
    file.append(length)
    file.flushIfFull()
  }

  /// The contents of a block between its lengths: fixed fields, then options, all padded to four bytes.
  private struct Body {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ number: some FixedWidthInteger) {
      unsafe withUnsafeBytes(of: number.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    mutating func append(padded value: some Collection<UInt8>) {
      bytes += value
      bytes += repeatElement(0, count: -value.count & 3)
    }

    /// Appends an option. A value that is too long is cut before the character that does not fit.
    mutating func append(option code: UInt16, _ value: [UInt8]) {
      var length = min(value.count, PcapngWriter.optionLimit)
      while length < value.count, length > 0, value[length] & 0xC0 == 0x80 { length -= 1 }
      append(code)
      append(UInt16(length))
      append(padded: value[..<length])
    }

    mutating func endOptions() { append(0 as UInt32) }  // opt_endofopt
  }
}
