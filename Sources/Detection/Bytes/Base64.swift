/// Decodes a stream of base64 (RFC 4648 section 4). Padding ends a group, and another text may follow; line ends are skipped.
struct Base64Decoder {
  private var bits: UInt32 = 0
  private var count = 0
  /// The stream contained something else. Nothing more is decoded.
  private(set) var isBroken = false

  mutating func fail() { isBroken = true }

  mutating func decode(_ bytes: RawSpan) -> [UInt8] {
    var decoded: [UInt8] = []
    for index in 0..<bytes.byteCount where !isBroken {
      let byte = bytes.u8(index)
      if ASCII.isLineEnd(byte) || byte == ASCII.space { continue }
      if byte == ASCII.equals {
        (bits, count) = (0, 0)
        continue
      }
      guard let value = Self.value(byte) else {
        isBroken = true
        break
      }
      bits = bits << 6 | UInt32(value)
      count += 1
      // Each of the four digits of a group but the first completes a byte.
      if count > 1 { decoded.append(UInt8(truncatingIfNeeded: bits >> (2 * UInt32(4 - count)))) }
      if count == 4 { (bits, count) = (0, 0) }
    }
    return decoded
  }

  private static func value(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
    case ASCII.plus: 62
    case ASCII.slash: 63
    default: nil
    }
  }
}
