/// A 48-bit link address in the low bits. Zero means that the capture does not show it.
public struct MACAddress: PacketKey, BitwiseCopyable, Comparable, Sendable, CustomStringConvertible {
  public let bits: UInt64
  public init(bits: UInt64) { self.bits = bits & 0xFFFF_FFFF_FFFF }

  public var words: (UInt64, UInt64) { (bits, 0) }

  public static let none = MACAddress(bits: 0)
  public static let broadcast = MACAddress(bits: 0xFFFF_FFFF_FFFF)

  @inlinable public var isNone: Bool { bits == 0 }
  /// The group bit is set: broadcast or multicast, never a sender.
  @inlinable public var isGroup: Bool { bits & 0x0100_0000_0000 != 0 }
  /// The address is locally administered, without a maker's prefix, such as the random addresses of phones.
  public var isLocallyAdministered: Bool { bits & 0x0200_0000_0000 != 0 }

  public static func < (a: MACAddress, b: MACAddress) -> Bool { a.bits < b.bits }

  /// `b0:c5:54:25:5b:0e`
  public var description: String {
    unsafe String(unsafeUninitializedCapacity: 17) { text in
      for place in 0..<17 {
        unsafe text[place] = place % 3 == 2 ? UInt8(ascii: ":") : bits.hexDigit(11 - place / 3 * 2 - place % 3)
      }
      return 17
    }
  }

  /// Twelve lower-case hexadecimal digits.
  public var hex: String { String(bits.hexDigits.suffix(12)) }

  /// Reads twelve hexadecimal digits, with or without `:`, `-` or `.` between them.
  public init?(_ text: some StringProtocol) {
    let digits = String(text.filter { !":-.".contains($0) })
    guard digits.utf8.count == 12, digits.allSatisfy(\.isHexDigit), let bits = UInt64(digits, radix: 16) else { return nil }
    self.init(bits: bits)
  }
}

/// A MAC address within its segment.
struct Link: PacketKey {
  let segment: Segment
  let mac: MACAddress

  var words: (UInt64, UInt64) { (mac.bits, segment.bits) }
}

extension RawSpan {
  @inline(__always)
  public func mac(_ offset: Int) -> MACAddress {
    MACAddress(bits: UInt64(u16(offset)) << 32 | UInt64(u32(offset + 2)))
  }
}
