/// An IPv4 or IPv6 address. IPv4 is stored IPv4-mapped (RFC 4291 section 2.5.5.2), so that both compare and hash as one integer.
public struct IPAddress: PacketKey, BitwiseCopyable, Comparable, Sendable, CustomStringConvertible {
  public let bits: UInt128

  public init(bits: UInt128) { self.bits = bits }
  public init(v4: UInt32) { bits = 0xFFFF_0000_0000 | UInt128(v4) }

  public var words: (UInt64, UInt64) { (UInt64(truncatingIfNeeded: bits), UInt64(truncatingIfNeeded: bits >> 64)) }

  /// `::`, which means "no address". `0.0.0.0` is no host either.
  public static let none = IPAddress(bits: 0)

  @inlinable public var isV4: Bool { bits >> 32 == 0xFFFF }
  public var v4: UInt32 { UInt32(truncatingIfNeeded: bits) }

  public var isUnspecified: Bool { bits == 0 || bits == 0xFFFF_0000_0000 }

  @inline(__always)
  public var isMulticast: Bool { isV4 ? v4 >> 28 == 0xE : bits >> 120 == 0xFF }
  public var isBroadcast: Bool { isV4 && v4 == .max }
  public var isLoopback: Bool { isV4 ? v4 >> 24 == 127 : bits == 1 }

  /// The address is in 169.254/16 (RFC 3927) or fe80::/10 (RFC 4291).
  public var isLinkLocal: Bool { isV4 ? v4 >> 16 == 0xA9FE : bits >> 118 == 0xFE80 >> 6 }

  /// The address is private (RFC 1918), shared (RFC 6598, carrier NAT) or unique local (RFC 4193).
  public var isPrivate: Bool {
    guard isV4 else { return bits >> 121 == 0xFC >> 1 }
    let address = v4
    return address >> 24 == 10 || address >> 20 == 0xAC1 || address >> 16 == 0xC0A8 || address >> 22 == 0x6440_0000 >> 22
  }

  /// One host can have this address. Only such addresses become devices or peers.
  public var isUnicast: Bool {
    guard isV4 else { return bits > 1 && bits >> 120 != 0xFF }
    let address = v4
    return address != 0 && address != .max && address >> 24 != 127 && address >> 28 != 0xE
  }

  public static func < (a: IPAddress, b: IPAddress) -> Bool { a.bits < b.bits }

  public var description: String {
    var text: [UInt8] = []
    text.reserveCapacity(39)
    if isV4 { appendV4(to: &text) } else { appendV6(to: &text) }
    return String(decoding: text, as: UTF8.self)
  }

  private func appendV4(to text: inout [UInt8]) {
    for shift in [24, 16, 8, 0] as [UInt32] {
      let byte = UInt8(truncatingIfNeeded: v4 >> shift)
      if shift < 24 { text.append(ASCII.period) }
      if byte >= 100 { text.append(0x30 + byte / 100) }
      if byte >= 10 { text.append(0x30 + byte / 10 % 10) }
      text.append(0x30 + byte % 10)
    }
  }

  /// The text form of RFC 5952: lower case, the longest run of two or more zero groups as `::`.
  private func appendV6(to text: inout [UInt8]) {
    let zeros = zeroGroups
    var index = 0
    while index < 8 {
      if index == zeros.lowerBound, !zeros.isEmpty {
        text.append(ASCII.colon)
        index = zeros.upperBound
        if index == 8 { text.append(ASCII.colon) }
        continue
      }
      if index > 0 { text.append(ASCII.colon) }
      let group = group(index)
      let digits = max(1, (19 - group.leadingZeroBitCount) / 4)
      for place in (0..<digits).reversed() { text.append(UInt64(group).hexDigit(place)) }
      index += 1
    }
  }

  private func group(_ index: Int) -> UInt16 { UInt16(truncatingIfNeeded: bits >> UInt128(112 - 16 * index)) }

  /// The longest run of two or more groups that are zero, the first one of several; empty where there is none.
  private var zeroGroups: Range<Int> {
    var longest = 0..<0
    var index = 0
    while index < 8 {
      var end = index
      while end < 8, group(end) == 0 { end += 1 }
      if end - index >= 2, end - index > longest.count { longest = index..<end }
      index = max(end, index + 1)
    }
    return longest
  }

  /// Reads dotted IPv4, or IPv6 in any form of RFC 4291 section 2.2.
  public init?(_ text: some StringProtocol) {
    if let v4 = Self.parseV4(text) {
      self.init(v4: v4)
    } else if let bits = Self.parseV6(text) {
      self.init(bits: bits)
    } else {
      return nil
    }
  }

  private static func parseV4(_ text: some StringProtocol) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var address: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.utf8.count), part.allSatisfy(\.isNumber), let byte = UInt8(part) else { return nil }
      address = address << 8 | UInt32(byte)
    }
    return address
  }

  private static func parseV6(_ text: some StringProtocol) -> UInt128? {
    var text = String(text)
    if let colon = text.lastIndex(of: ":"), text.contains("."), let v4 = parseV4(text[text.index(after: colon)...]) {
      text = text[...colon] + String(v4 >> 16, radix: 16) + ":" + String(v4 & 0xFFFF, radix: 16)
    }
    guard text.contains(":") else { return nil }
    let halves: [Substring]
    if let gap = text.range(of: "::") {
      halves = [text[..<gap.lowerBound], text[gap.upperBound...]]
    } else {
      halves = [text[...]]
    }
    var groups: [[UInt16]] = []
    for half in halves {
      var list: [UInt16] = []
      for group in half.split(separator: ":", omittingEmptySubsequences: false) where !half.isEmpty {
        guard (1...4).contains(group.utf8.count), let value = UInt16(group, radix: 16) else { return nil }
        list.append(value)
      }
      groups.append(list)
    }
    let head = groups[0]
    let tail = groups.count > 1 ? groups[1] : []
    let filled = head.count + tail.count
    guard halves.count == 1 ? filled == 8 : filled <= 7 else { return nil }
    let all = head + Array(repeating: 0, count: 8 - filled) + tail
    return all.reduce(0) { $0 << 16 | UInt128($1) }
  }
}

extension String {
  /// The first occurrence of ASCII `needle`. The standard library has no such search without Foundation.
  fileprivate func range(of needle: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
      start = index(after: start)
    }
    return nil
  }
}

extension RawSpan {
  @inlinable public func ipv4(_ offset: Int) -> IPAddress { IPAddress(v4: u32(offset)) }
  @inlinable public func ipv6(_ offset: Int) -> IPAddress { IPAddress(bits: u128(offset)) }
}

/// An address within its segment.
struct SegmentAddress: PacketKey {
  let segment: Segment
  let address: IPAddress

  var words: (UInt64, UInt64) { (address.words.0 ^ spread(segment.bits), address.words.1) }
}

/// A block of addresses, `192.168.0.0/16`, as in the option `--lan`.
public struct IPNetwork: Hashable, Sendable {
  public let base: IPAddress
  public let prefixLength: Int

  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = IPAddress(first) else { return nil }
    let width = address.isV4 ? 32 : 128
    guard let length = parts.count == 2 ? Int(parts[1]) : width, (0...width).contains(length) else { return nil }
    base = address
    prefixLength = length
  }

  public func contains(_ address: IPAddress) -> Bool {
    guard address.isV4 == base.isV4 else { return false }
    let host = (base.isV4 ? 32 : 128) - prefixLength
    return host >= 128 || (address.bits ^ base.bits) >> UInt128(host) == 0
  }
}
