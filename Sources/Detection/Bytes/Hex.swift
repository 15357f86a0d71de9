extension Sequence<UInt8> {
  /// Two lower-case hexadecimal digits for each byte.
  public var hexDigits: String {
    var text = ""
    for byte in self { text += byte.hexDigits }
    return text
  }
}

extension FixedWidthInteger where Self: UnsignedInteger {
  /// The value in lower-case hexadecimal digits with leading zeros: as many digits as the type can need.
  public var hexDigits: String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: Self.bitWidth / 4 - digits.utf8.count) + digits
  }
}
