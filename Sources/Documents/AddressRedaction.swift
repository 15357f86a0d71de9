import Detection

/// Takes addresses out of a text, in every way of writing them that texts of devices have: but for those that are the camera's own.
public struct AddressRedaction: Sendable {
  public static let mark = "[address]"

  private let ips: Set<IPAddress>
  private let mac: MACAddress?

  /// - Parameter ips, mac: of the camera that the text is about.
  public init(sparing ips: [IPAddress] = [], _ mac: MACAddress? = nil) {
    self.ips = Set(ips)
    self.mac = mac
  }

  public func redacted(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if let (length, isOwn) = address(in: bytes, at: index) {
        if isOwn { result += bytes[index..<index + length] } else { result += Array(Self.mark.utf8) }
        index += length
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// The same for bytes of a packet: what is taken out becomes as many `x`, so that lengths in it stay true.
  public func blank(_ bytes: inout [UInt8]) {
    var index = 0
    while index < bytes.count {
      guard let (length, isOwn) = address(in: bytes, at: index) else {
        index += 1
        continue
      }
      if !isOwn { for place in index..<index + length { bytes[place] = UInt8(ascii: "x") } }
      index += length
    }
  }

  private func address(in bytes: [UInt8], at start: Int) -> (length: Int, isOwn: Bool)? {
    guard Self.isHexDigit(bytes[start]) || bytes[start] == UInt8(ascii: ":") else { return nil }
    let former = start > 0 ? bytes[start - 1] : UInt8(ascii: " ")
    if !ASCII.isAlphanumeric(former), let found = mac(bytes, start) { return found }
    if !ASCII.isAlphanumeric(former), former != UInt8(ascii: ":"), let found = v6(bytes, start) { return found }
    return ASCII.isDigit(former) ? nil : v4(bytes, start)
  }

  /// `192.168.1.5`, and as names of hosts have it, `192-168-1-5` and `192_168_1_5`.
  private func v4(_ bytes: [UInt8], _ start: Int) -> (length: Int, isOwn: Bool)? {
    var (index, groups, mark) = (start, [UInt8](), UInt8(0))
    while groups.count < 4 {
      if !groups.isEmpty {
        guard index < bytes.count, ".-_".utf8.contains(bytes[index]), groups.count == 1 || bytes[index] == mark else { return nil }
        mark = bytes[index]
        index += 1
      }
      let digits = bytes[index...].prefix { ASCII.isDigit($0) }
      guard (1...3).contains(digits.count), let group = UInt8(String(decoding: digits, as: UTF8.self)) else { return nil }
      groups.append(group)
      index += digits.count
    }
    let address = IPAddress(v4: groups.reduce(0) { $0 << 8 | UInt32($1) })
    return (index - start, ips.contains(address))
  }

  /// `aa:bb:cc:dd:ee:ff` with any one mark, and `aabb.ccdd.eeff`.
  private func mac(_ bytes: [UInt8], _ start: Int) -> (length: Int, isOwn: Bool)? {
    for (groups, digits) in [(6, 2), (3, 4)] {
      let length = groups * (digits + 1) - 1
      guard start + length <= bytes.count, start + length == bytes.count || !ASCII.isAlphanumeric(bytes[start + length]) else { continue }
      let part = bytes[start..<start + length]
      let mark = part[start + digits]
      let isAddress = part.indices.allSatisfy { index in
        (index - start) % (digits + 1) == digits ? part[index] == mark && ":-_. ".utf8.contains(mark) : Self.isHexDigit(part[index])
      }
      // Two more groups make it an address of IPv6.
      let goesOn = mark == UInt8(ascii: ":") && start + length < bytes.count && bytes[start + length] == mark
      guard isAddress, !goesOn || digits == 2 && !isLonger(bytes, start + length) else { continue }
      return (length, MACAddress(String(decoding: part.filter(Self.isHexDigit), as: UTF8.self)) == mac && mac != nil)
    }
    return nil
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool { ASCII.hexValue(byte) != nil }

  private func isLonger(_ bytes: [UInt8], _ colon: Int) -> Bool { colon + 1 < bytes.count && Self.isHexDigit(bytes[colon + 1]) }

  private func v6(_ bytes: [UInt8], _ start: Int) -> (length: Int, isOwn: Bool)? {
    var run = bytes[start...].prefix { Self.isHexDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
    let end = run.endIndex
    if end < bytes.count, ASCII.isAlphanumeric(bytes[end]) { return nil }
    while run.last == UInt8(ascii: ".") { run.removeLast() }
    let colons = run.count { $0 == UInt8(ascii: ":") }
    let hasGap = zip(run, run.dropFirst()).contains { $0 == UInt8(ascii: ":") && $1 == UInt8(ascii: ":") }
    guard colons >= 2, hasGap || colons >= 5, run.contains(where: Self.isHexDigit) else { return nil }
    let own = IPAddress(String(decoding: run, as: UTF8.self)).map(ips.contains) ?? false
    return (run.count, own)
  }
}
