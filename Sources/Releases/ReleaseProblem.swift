/// Why a release is not taken.
public enum ReleaseProblem: Error, Equatable, Sendable, CustomStringConvertible {
  case key
  case signingKey
  case signature
  /// What was signed is no release of this kind.
  case message(String)
  case sum
  case archive(String)

  public var description: String {
    switch self {
    case .key: "the release key cannot be read, or is no public key of Ed25519 in PEM"
    case .signingKey: "the key cannot be read, or is no private key of Ed25519 in PEM"
    case .signature: "its signature is not of the release key"
    case .message(let what): "what was signed is no release: \(what)"
    case .sum: "its archive is another than the one that was signed"
    case .archive(let what): "its archive \(what)"
    }
  }
}
