import Crypto
import CryptoExtras

/// The keys that protect a client's initial packets (RFC 9001 section 5.2, RFC 9369 section 3.3).
struct QUICInitialKeys {
  static let tagSize = 16
  static let sampleSize = 16

  private let key: SymmetricKey
  private let vector: [UInt8]
  private let headerKey: SymmetricKey

  // HMAC with the salts of RFC 9001 section 5.2, RFC 9369 section 3.3.1 and the drafts. To set one up costs as much as to use it.
  private static let drafts23To28 = keyed([
    0xC3, 0xEE, 0xF7, 0x12, 0xC7, 0x2E, 0xBB, 0x5A, 0x11, 0xA7, 0xD2, 0x43, 0x2B, 0xB4, 0x63, 0x65, 0xBE, 0xF9, 0xF5, 0x02,
  ])
  private static let drafts29To32 = keyed([
    0xAF, 0xBF, 0xEC, 0x28, 0x99, 0x93, 0xD2, 0x4C, 0x9E, 0x97, 0x86, 0xF1, 0x9C, 0x61, 0x11, 0xE0, 0x43, 0x90, 0xA8, 0x99,
  ])
  private static let one = keyed([
    0x38, 0x76, 0x2C, 0xF7, 0xF5, 0x59, 0x34, 0xB3, 0x4D, 0x17, 0x9A, 0xE6, 0xA4, 0xC8, 0x0C, 0xAD, 0xCC, 0xBB, 0x7F, 0x0A,
  ])
  private static let two = keyed([
    0x0D, 0xED, 0xE3, 0xDE, 0xF7, 0x00, 0xA6, 0xDB, 0x81, 0x93, 0x81, 0xBE, 0x6E, 0x26, 0x9D, 0xCB, 0xF9, 0xBD, 0x2E, 0xD9,
  ])

  private static func keyed(_ salt: [UInt8]) -> HMAC<SHA256> { HMAC(key: SymmetricKey(data: salt)) }

  private static func salted(_ version: QUICPacket.Version) -> HMAC<SHA256> {
    switch version {
    case .drafts23To28: drafts23To28
    case .drafts29To32: drafts29To32
    case .one: one
    case .two: two
    }
  }

  /// What HKDF-Expand-Label (RFC 8446 section 7.1) hashes for a label without context, and the bytes that it gives: one block at most.
  private struct Label {
    let info: [UInt8]
    let count: Int

    init(_ text: String, _ count: Int) {
      let label = Array("tls13 ".utf8) + Array(text.utf8)
      info = [0, UInt8(count), UInt8(label.count)] + label + [0, 1]
      self.count = count
    }

    func expand(_ secret: HMAC<SHA256>) -> [UInt8] {
      var code = secret
      code.update(data: info)
      return unsafe code.finalize().withUnsafeBytes { unsafe Array($0.prefix(count)) }
    }
  }

  /// The labels of the three keys (RFC 9001 section 5.1, RFC 9369 section 3.3.2).
  private struct Labels {
    let key: Label
    let vector: Label
    let headerKey: Label

    init(_ prefix: String) {
      key = Label(prefix + "key", 16)
      vector = Label(prefix + "iv", 12)
      headerKey = Label(prefix + "hp", 16)
    }
  }

  private static let client = Label("client in", 32)
  private static let labels = Labels("quic ")
  private static let labelsOfTwo = Labels("quicv2 ")

  init(version: QUICPacket.Version, destination: [UInt8]) {
    let labels = version == .two ? Self.labelsOfTwo : Self.labels
    var salted = Self.salted(version)
    salted.update(data: destination)
    let initial = HMAC<SHA256>(key: SymmetricKey(data: salted.finalize()))
    let client = HMAC<SHA256>(key: SymmetricKey(data: Self.client.expand(initial)))
    key = SymmetricKey(data: labels.key.expand(client))
    vector = labels.vector.expand(client)
    headerKey = SymmetricKey(data: labels.headerKey.expand(client))
  }

  /// Decrypts the frames of a packet, as far as the capture holds them; nil if these keys do not fit. A cut packet has lost its
  /// authentication tag, so the caller must check that the result begins with a frame.
  func open(_ packet: QUICPacket, in bytes: RawSpan) -> [UInt8]? {
    // The sample is taken as if the packet number had four bytes (RFC 9001 section 5.4.2).
    let sampleOffset = packet.numberOffset + 4
    guard bytes.byteCount >= sampleOffset + Self.sampleSize else { return nil }
    var mask = bytes.slice(sampleOffset, Self.sampleSize).array
    guard (try? AES.permute(&mask, key: headerKey)) != nil else { return nil }
    let first = bytes.u8(0) ^ mask[0] & 0x0F
    // The reserved bits must be zero (RFC 9000 section 17.2).
    guard first & 0x0C == 0 else { return nil }
    let numberSize = Int(first & 3) + 1
    var header = bytes.slice(0, packet.numberOffset + numberSize).array
    header[0] = first
    var nonce = vector
    for index in 0..<numberSize {
      header[packet.numberOffset + index] ^= mask[index + 1]
      nonce[12 - numberSize + index] ^= header[packet.numberOffset + index]
    }
    let textEnd = packet.end - Self.tagSize
    guard textEnd > header.count else { return nil }
    let text = bytes.extracting(header.count..<Swift.min(textEnd, bytes.byteCount)).array
    guard bytes.byteCount >= packet.end else {
      guard let counter = try? AES._CTR.Nonce(nonceBytes: nonce + [0, 0, 0, 2]),
        let plain = try? AES._CTR.decrypt(text, using: key, nonce: counter)
      else { return nil }
      return Array(plain)
    }
    let tag = bytes.slice(textEnd, Self.tagSize).array
    guard let nonce = try? AES.GCM.Nonce(data: nonce), let box = try? AES.GCM.SealedBox(nonce: nonce, ciphertext: text, tag: tag),
      let plain = try? AES.GCM.open(box, using: key, authenticating: header)
    else { return nil }
    return Array(plain)
  }
}
