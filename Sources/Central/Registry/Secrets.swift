import Crypto
import Foundation

/// Texts that only one place knows. The database has their hash.
enum Secret {
  /// No secret is longer.
  static let limit = 128
  static let tokenPrefix = "lenscap_"
  /// Without letters that people mistake for others (Crockford's base 32).
  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

  /// 256 bits, in the alphabet of base64url.
  static func make() -> String { urlText(random(32)) }

  /// 100 bits that a person can type: four groups of five letters.
  static func makeCode() -> String {
    let letters = random(20).map { alphabet[Int($0 & 31)] }
    return stride(from: 0, to: letters.count, by: 5).map { String(letters[$0..<$0 + 5]) }.joined(separator: "-")
  }

  /// A code as it was meant: capital letters, without spaces and dashes, O, I and L as the digits that they look like.
  static func plainCode(_ code: String) -> String {
    String(
      code.uppercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.map { ["O": "0", "I": "1", "L": "1"][$0] ?? $0 })
  }

  static func hash(_ secret: String) -> String { urlText(Data(SHA256.hash(data: Data(secret.utf8)))) }

  static func gatewayName() -> String {
    "gw-" + random(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func random(_ count: Int) -> Data {
    unsafe SymmetricKey(size: .init(bitCount: count * 8)).withUnsafeBytes { unsafe Data($0) }
  }

  private static func urlText(_ data: Data) -> String {
    data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }
}
