import ChainMessages
import Foundation

/// A release of signatures whose signature was verified.
public struct SignedSignatures: Sendable, Equatable {
  public static let kind = "signatures"

  public let id: String
  public let release: SignatureRelease
  /// What was signed, byte for byte.
  public let text: String
  /// Base64.
  public let signature: String

  public var number: Int64 { release.number }

  /// - Parameter text: `ConfigMessage.canonicalBytes()` of central's message.
  /// - Throws: `signature`, before anything in the text is read; `message`.
  public init(text: String, signature: String, key: ReleaseKey) throws(ReleaseProblem) {
    guard key.verifies(signature, of: Data(text.utf8)) else { throw .signature }
    do throws(ChainError) {
      let message = try ConfigMessage<SignatureRelease>(bytes: Data(text.utf8))
      guard message.kind == Self.kind else { throw .wrong("kind") }
      try message.data.check()
      (id, release) = (message.id, message.data)
    } catch { throw .message("\(error)") }
    (self.text, self.signature) = (text, signature)
  }

  /// The files of the archive, if it is the one that was signed.
  public func archive(_ bytes: Data) throws(ReleaseProblem) -> ReleaseArchive {
    guard bytes.count == release.bytes, ReleaseArchive.sum(of: bytes) == release.sha256 else { throw .sum }
    return try ReleaseArchive(bytes: bytes)
  }
}
