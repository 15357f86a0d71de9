import Crypto
import Detection
import Foundation

/// The public half of the key that signs packs, as `openssl` reads it.
public struct PublicKey: Sendable, Equatable {
  /// A SubjectPublicKeyInfo of Ed25519 up to the key itself: RFC 8410, section 4.
  private static let prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
  private static let length = 32
  /// Bytes of a file of a key.
  public static let sizeLimit = 4096

  let bytes: [UInt8]

  public init(_ key: Curve25519.Signing.PublicKey) { bytes = Array(key.rawRepresentation) }

  /// Nil if the text holds no such key, or more than that.
  public init?(pem text: some Collection<UInt8>) {
    guard text.count <= Self.sizeLimit, let der = PEM.content(text, label: "PUBLIC KEY"), der.count == Self.prefix.count + Self.length,
      der.starts(with: Self.prefix)
    else { return nil }
    bytes = Array(der.dropFirst(Self.prefix.count))
  }

  public var pem: String { PEM.text(Self.prefix + bytes, label: "PUBLIC KEY") }

  /// `SHA256:…` of what `openssl pkey -pubin -outform DER` prints.
  public var fingerprint: String { "SHA256:" + PackManifest.sum(of: Self.prefix + bytes) }

  public func verifies(_ signature: some Collection<UInt8>, of bytes: some Collection<UInt8>) -> Bool {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: self.bytes) else { return false }
    return key.isValidSignature(Data(signature), for: Data(bytes))
  }
}

/// RFC 7468.
public enum PEM {
  public static func text(_ bytes: [UInt8], label: String) -> String {
    "-----BEGIN \(label)-----\n\(Data(bytes).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed]))\n-----END \(label)-----\n"
  }

  /// What a text of one block holds; nil if it is written in any other way than `text` writes it.
  public static func content(_ text: some Collection<UInt8>, label: String) -> [UInt8]? {
    let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard lines.count >= 3, lines.first == "-----BEGIN \(label)-----", lines.last == "-----END \(label)-----" else { return nil }
    return Data(base64Encoded: lines.dropFirst().dropLast().joined()).map { Array($0) }
  }
}
