import Crypto
import Foundation

/// Random texts that only one place knows: sessions, invitations, tokens. Elsewhere stands their hash.
public enum OneTimeSecret {
  /// No secret is longer.
  public static let limit = 128

  /// 256 bits from the system's generator, in the alphabet of base64url.
  public static func make() -> String { unsafe urlText(SymmetricKey(size: .bits256).withUnsafeBytes { unsafe Data($0) }) }

  public static func hash(_ secret: String) -> String { urlText(Data(SHA256.hash(data: Data(secret.utf8)))) }

  /// What a form must say so that it is one of ours. Whoever does not know the cookie cannot compute it.
  public static func formToken(of cookie: String) -> String { urlText(Data(SHA256.hash(data: Data("form|\(cookie)".utf8)))) }

  /// Without telling by time how far two texts agree.
  public static func isEqual(_ a: String, _ b: String) -> Bool {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    guard a.count == b.count else { return false }
    return zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  private static func urlText(_ data: Data) -> String {
    data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }
}
