/// Reads integers in network order and ranges of bytes from borrowed bytes. Every read is checked.
///
/// This file is the only place in the engine that loads from raw memory: all other code uses `Cursor` or the loads on `RawSpan` below.
public struct Cursor: ~Escapable {
  public let bytes: RawSpan
  public private(set) var position = 0

  @_lifetime(copy bytes)
  @inlinable public init(_ bytes: RawSpan) { self.bytes = bytes }

  @inlinable public var remaining: Int { bytes.byteCount - position }
  @inlinable public var isAtEnd: Bool { remaining <= 0 }

  @inline(__always)
  private mutating func reserve(_ count: Int) throws(DecodeError) -> Int {
    guard count >= 0, remaining >= count else { throw DecodeError(.truncated, at: position) }
    let start = position
    position += count
    return start
  }

  public mutating func u8() throws(DecodeError) -> UInt8 {
    let at = try reserve(1)
    return bytes.u8(at)
  }

  public mutating func u16() throws(DecodeError) -> UInt16 {
    let at = try reserve(2)
    return bytes.u16(at)
  }

  public mutating func u32() throws(DecodeError) -> UInt32 {
    let at = try reserve(4)
    return bytes.u32(at)
  }

  public mutating func u64() throws(DecodeError) -> UInt64 {
    let at = try reserve(8)
    return bytes.u64(at)
  }

  public mutating func skip(_ count: Int) throws(DecodeError) {
    _ = try reserve(count)
  }

  /// The next `count` bytes, borrowed.
  @_lifetime(copy self)
  public mutating func take(_ count: Int) throws(DecodeError) -> RawSpan {
    let at = try reserve(count)
    return bytes.extracting(at..<at + count)
  }

  /// The remaining bytes, borrowed; nothing is consumed.
  public var rest: RawSpan {
    @_lifetime(copy self)
    get { bytes.extracting(position..<bytes.byteCount) }
  }

  /// Moves to an absolute offset within the region (DNS compression).
  public mutating func seek(to offset: Int) throws(DecodeError) {
    guard offset >= 0, offset <= bytes.byteCount else { throw DecodeError(.truncated, at: offset) }
    position = offset
  }
}

// Loads at an offset. An offset out of range traps, so callers compare it with `byteCount` first or use `Cursor`.
extension RawSpan {
  @inlinable @inline(__always) public func u8(_ offset: Int) -> UInt8 {
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  @inlinable @inline(__always) public func u16(_ offset: Int) -> UInt16 {
    unsafe UInt16(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  @inlinable @inline(__always) public func u32(_ offset: Int) -> UInt32 {
    unsafe UInt32(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  @inlinable @inline(__always) public func u64(_ offset: Int) -> UInt64 {
    unsafe UInt64(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  @inlinable public func u128(_ offset: Int) -> UInt128 {
    UInt128(u64(offset)) << 64 | UInt128(u64(offset + 8))
  }

  @inlinable public func u16LittleEndian(_ offset: Int) -> UInt16 { u16(offset).byteSwapped }
  @inlinable public func u32LittleEndian(_ offset: Int) -> UInt32 { u32(offset).byteSwapped }
  @inlinable public func u64LittleEndian(_ offset: Int) -> UInt64 { u64(offset).byteSwapped }

  /// At most `count` bytes from `offset`; fewer or none if the region ends earlier.
  @_lifetime(copy self)
  public func slice(_ offset: Int, _ count: Int = .max) -> RawSpan {
    let start = Swift.min(Swift.max(0, offset), byteCount)
    let length = Swift.min(Swift.max(0, count), byteCount - start)
    return extracting(start..<start + length)
  }
}
