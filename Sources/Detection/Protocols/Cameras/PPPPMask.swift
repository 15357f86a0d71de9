/// CS2 Network's masking of PPPP datagrams: each byte is XORed with an entry of a fixed table. The index of the entry is the masked byte
/// before it plus one of four offsets, which are derived from a secret of the application.
///
/// Byte order and table as in magicus/pppp-dissector, fbertone/lib32100 and DavidVentura/cam-reverse, which agree.
struct PPPPMask: Equatable, Sendable {
  /// Sum, negated sum, sum of thirds and XOR of the secret's bytes.
  let offsets: InlineArray<4, UInt8>
  /// The secret; empty if only the offsets are known.
  let secret: String

  static func == (left: PPPPMask, right: PPPPMask) -> Bool {
    for index in 0..<4 where left.offsets[index] != right.offsets[index] { return false }
    return true
  }

  init(secret: String) {
    var (sum, thirds, mixed): (UInt8, UInt8, UInt8) = (0, 0, 0)
    for byte in secret.utf8 {
      sum &+= byte
      thirds &+= byte / 3
      mixed ^= byte
    }
    self.secret = secret
    offsets = [sum, 0 &- sum, thirds, mixed]
  }

  private init(sum: UInt8, thirds: UInt8, mixed: UInt8) {
    secret = ""
    offsets = [sum, 0 &- sum, thirds, mixed]
  }

  /// The byte that is XORed with the one behind `masked`. For the first byte of a datagram, `masked` is 0.
  func keyByte(after masked: UInt8) -> UInt8 {
    Self.table[Int(offsets[Int(masked & 3)] &+ masked)]
  }

  /// Byte `index` of a masked datagram in the clear. The caller has checked that it exists.
  func clear(_ bytes: RawSpan, _ index: Int) -> UInt8 {
    bytes.u8(index) ^ keyByte(after: index == 0 ? 0 : bytes.u8(index - 1))
  }

  /// Published secrets of applications (magicus/pppp-dissector; four of them elsewhere too).
  static let known: [PPPPMask] = [
    "SSD@cs2-network.", "camera", "SHIX", "@@@@....", "VMSV", "FERRY@88", "mycamera", "Deng123abc", "Duncom", "JX20130716",
    "hyWHzyhtzH", "JYDGAOZHANP2P", "SZGMBESTER", "vstarcam2018", "vstarcam2019",
  ].map { PPPPMask(secret: $0) }

  private static let table: [UInt8] = [
    0x7C, 0x9C, 0xE8, 0x4A, 0x13, 0xDE, 0xDC, 0xB2, 0x2F, 0x21, 0x23, 0xE4, 0x30, 0x7B, 0x3D, 0x8C,
    0xBC, 0x0B, 0x27, 0x0C, 0x3C, 0xF7, 0x9A, 0xE7, 0x08, 0x71, 0x96, 0x00, 0x97, 0x85, 0xEF, 0xC1,
    0x1F, 0xC4, 0xDB, 0xA1, 0xC2, 0xEB, 0xD9, 0x01, 0xFA, 0xBA, 0x3B, 0x05, 0xB8, 0x15, 0x87, 0x83,
    0x28, 0x72, 0xD1, 0x8B, 0x5A, 0xD6, 0xDA, 0x93, 0x58, 0xFE, 0xAA, 0xCC, 0x6E, 0x1B, 0xF0, 0xA3,
    0x88, 0xAB, 0x43, 0xC0, 0x0D, 0xB5, 0x45, 0x38, 0x4F, 0x50, 0x22, 0x66, 0x20, 0x7F, 0x07, 0x5B,
    0x14, 0x98, 0x1D, 0x9B, 0xA7, 0x2A, 0xB9, 0xA8, 0xCB, 0xF1, 0xFC, 0x49, 0x47, 0x06, 0x3E, 0xB1,
    0x0E, 0x04, 0x3A, 0x94, 0x5E, 0xEE, 0x54, 0x11, 0x34, 0xDD, 0x4D, 0xF9, 0xEC, 0xC7, 0xC9, 0xE3,
    0x78, 0x1A, 0x6F, 0x70, 0x6B, 0xA4, 0xBD, 0xA9, 0x5D, 0xD5, 0xF8, 0xE5, 0xBB, 0x26, 0xAF, 0x42,
    0x37, 0xD8, 0xE1, 0x02, 0x0A, 0xAE, 0x5F, 0x1C, 0xC5, 0x73, 0x09, 0x4E, 0x69, 0x24, 0x90, 0x6D,
    0x12, 0xB3, 0x19, 0xAD, 0x74, 0x8A, 0x29, 0x40, 0xF5, 0x2D, 0xBE, 0xA5, 0x59, 0xE0, 0xF4, 0x79,
    0xD2, 0x4B, 0xCE, 0x89, 0x82, 0x48, 0x84, 0x25, 0xC6, 0x91, 0x2B, 0xA2, 0xFB, 0x8F, 0xE9, 0xA6,
    0xB0, 0x9E, 0x3F, 0x65, 0xF6, 0x03, 0x31, 0x2E, 0xAC, 0x0F, 0x95, 0x2C, 0x5C, 0xED, 0x39, 0xB7,
    0x33, 0x6C, 0x56, 0x7E, 0xB4, 0xA0, 0xFD, 0x7A, 0x81, 0x53, 0x51, 0x86, 0x8D, 0x9F, 0x77, 0xFF,
    0x6A, 0x80, 0xDF, 0xE2, 0xBF, 0x10, 0xD7, 0x75, 0x64, 0x57, 0x76, 0xF3, 0x55, 0xCD, 0xD0, 0xC8,
    0x18, 0xE6, 0x36, 0x41, 0x62, 0xCF, 0x99, 0xF2, 0x32, 0x4C, 0x67, 0x60, 0x61, 0x92, 0xCA, 0xD3,
    0xEA, 0x63, 0x7D, 0x16, 0xB6, 0x8E, 0xD4, 0x68, 0x35, 0xC3, 0x52, 0x9D, 0x46, 0x44, 0x1E, 0x17,
  ]
}

// MARK: Unknown secrets

extension PPPPMask {
  /// Pairs of offsets that are tried on the whole datagram at most.
  private static let pairLimit = 64

  /// Finds the mask of a datagram whose secret is unknown, by the form of its content: a knock or "ready" (24 bytes) or a login (44
  /// bytes), each with an identifier. Nil unless exactly one message fits.
  ///
  /// The first byte gives the sum, and with it two offsets. Each byte depends on one offset only, so the other two are searched
  /// separately: at most 256 trials of each of 23 bytes (some microseconds, once a flow), and random data fails at the first few. About
  /// 90 bits of the 24 bytes are fixed.
  static func search(_ bytes: RawSpan) -> PPPPMask? {
    guard let sum = sum(bytes), maySearch(bytes) else { return nil }
    let thirds = (0...UInt8.max).filter { suits($0, 2, bytes) }
    guard !thirds.isEmpty else { return nil }
    let mixed = (0...UInt8.max).filter { suits($0, 3, bytes) }
    guard !mixed.isEmpty, thirds.count * mixed.count <= pairLimit else { return nil }

    var found: (mask: PPPPMask, text: String)?
    for third in thirds {
      for mix in mixed {
        let mask = PPPPMask(sum: sum, thirds: third, mixed: mix)
        let message = PPPPMessage(bytes, length: bytes.byteCount, mask: mask)
        guard message.fits, let uid = message.identifier else { continue }
        let text = "\(message.type) \(uid)"
        if let found, found.text != text { return nil }
        if found == nil { found = (mask, text) }
      }
    }
    return found?.mask
  }

  /// What the first byte gives fits: random data fails here.
  static func maySearch(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount == 24 || bytes.byteCount == 44, let sum = sum(bytes) else { return false }
    return suits(sum, 0, bytes) && suits(0 &- sum, 1, bytes)
  }

  private static func sum(_ bytes: RawSpan) -> UInt8? {
    guard bytes.byteCount > 0 else { return nil }
    return table.firstIndex(of: bytes.u8(0) ^ PPPPMessage.usualHead).map { UInt8($0) }
  }

  /// This offset makes a valid byte of each byte that depends on it.
  private static func suits(_ offset: UInt8, _ column: UInt8, _ bytes: RawSpan) -> Bool {
    for index in 1..<24 {
      let before = bytes.u8(index - 1)
      guard before & 3 == column else { continue }
      guard isValid(bytes.u8(index) ^ table[Int(offset &+ before)], index, bytes.byteCount) else { return false }
    }
    return true
  }

  private static func isValid(_ byte: UInt8, _ index: Int, _ count: Int) -> Bool {
    let isLetter = ASCII.isUppercase(byte)
    let isDigit = ASCII.isDigit(byte)
    return switch index {
    case 1: count == 24 ? byte == PPPPMessage.Kind.punch || byte == PPPPMessage.Kind.ready : byte == PPPPMessage.Kind.deviceLogin
    case 2: byte == 0
    case 3: Int(byte) == count - 4
    case 4: isLetter
    case 5: isLetter || isDigit
    case 6...10: isLetter || isDigit || byte == 0
    // The number was below 16,777,216 in all known identifiers.
    case 11, 12: byte == 0
    case 16...20: isLetter
    case 21...23: byte == 0
    default: true
    }
  }
}
