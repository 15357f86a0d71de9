import Crypto
import CryptoExtras
import Foundation

/// The public half of the key that signs releases: Ed25519, PEM with a SubjectPublicKeyInfo (RFC 8410), as `openssl pkey -pubout` prints it.
public struct ReleaseKey: Sendable, Equatable {
  /// Bytes of a file of a key.
  public static let sizeLimit = 4096

  private let bytes: Data

  public init(pem: String) throws(ReleaseProblem) {
    guard pem.utf8.count <= Self.sizeLimit, let key = try? Curve25519.Signing.PublicKey(pemRepresentation: pem) else { throw .key }
    bytes = key.rawRepresentation
  }

  init(_ key: Curve25519.Signing.PublicKey) { bytes = key.rawRepresentation }

  /// - Throws: `key` for a file that cannot be read, or that is none.
  public init(file path: String) throws(ReleaseProblem) {
    guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: Self.sizeLimit + 1) else { throw .key }
    try self.init(pem: String(decoding: data, as: UTF8.self))
  }

  /// - Parameter signature: base64.
  public func verifies(_ signature: String, of bytes: Data) -> Bool {
    guard signature.utf8.count <= 128, let signature = Data(base64Encoded: signature),
      let key = try? Curve25519.Signing.PublicKey(rawRepresentation: self.bytes)
    else { return false }
    return key.isValidSignature(signature, for: bytes)
  }

  public var pem: String { ((try? Curve25519.Signing.PublicKey(rawRepresentation: bytes))?.pemRepresentation ?? "") + "\n" }
}

/// The private half, which the operator of a chain has.
public struct ReleaseSigningKey: Sendable {
  private let bytes: Data

  public init() { bytes = Curve25519.Signing.PrivateKey().rawRepresentation }

  public init(pem: String) throws(ReleaseProblem) {
    guard pem.utf8.count <= ReleaseKey.sizeLimit, let key = try? Curve25519.Signing.PrivateKey(pemRepresentation: pem) else {
      throw .signingKey
    }
    bytes = key.rawRepresentation
  }

  private var key: Curve25519.Signing.PrivateKey? { try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes) }

  public var pem: String { (key?.pemRepresentation ?? "") + "\n" }

  public var publicKey: ReleaseKey {
    get throws(ReleaseProblem) {
      guard let key else { throw .signingKey }
      return ReleaseKey(key.publicKey)
    }
  }

  /// - Returns: the signature in base64.
  public func sign(_ bytes: Data) throws(ReleaseProblem) -> String {
    guard let signature = try? key?.signature(for: bytes) else { throw .signingKey }
    return signature.base64EncodedString()
  }
}
