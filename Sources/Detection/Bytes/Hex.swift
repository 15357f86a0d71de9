extension Sequence<UInt8> {
  /// Two lower-case hexadecimal digits for each byte.
  public var hexDigits: String {
    var text: [UInt8] = []
    for byte in self { text += [byte.hexDigit(1), byte.hexDigit(0)] }
    return String(decoding: text, as: UTF8.self)
  }
}

extension FixedWidthInteger where Self: UnsignedInteger {
  /// The value in lower-case hexadecimal digits with leading zeros: as many digits as the type can need.
  public var hexDigits: String {
    let count = Self.bitWidth / 4
    return unsafe String(unsafeUninitializedCapacity: count) { text in
      for place in 0..<count { unsafe text[place] = hexDigit(count - 1 - place) }
      return count
    }
  }

  /// One lower-case hexadecimal digit of the value in ASCII, counted from the last one.
  func hexDigit(_ place: Int) -> UInt8 {
    let digit = UInt8(truncatingIfNeeded: self >> (4 * place)) & 0xF
    return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
  }
}
