import Foundation
import Services
import SwiftASN1

/// Files that `serve` may change. What is taken of them says where the repository is and which server may hand it out; what it hands out is
/// signed, and nothing of that is taken from here.
enum GatewayFiles {
  private static let limit = 1 << 20

  /// The address of central; nil if nobody knows it.
  static func central(beside certificate: String) -> String? {
    guard let bytes = try? RegularFile(GatewayIdentity.recordPath(of: certificate)).bytes(upTo: UpgradeFiles.limit) else { return nil }
    return (try? JSONDecoder().decode(GatewayRecord.self, from: Data(bytes)))?.central
  }

  /// The certificates of a file, and nothing else that may stand in it: everybody will be able to read them.
  static func authorities(_ path: String) throws(UpgradeRefusal) -> String {
    do {
      let file = try RegularFile(path)
      guard file.names == 1 else { throw SystemError(reason: "it has several names") }
      let documents = try PEMDocument.parseMultiple(pemString: String(decoding: try file.bytes(upTo: limit), as: UTF8.self))
      let certificates = documents.filter { $0.discriminator == "CERTIFICATE" }
      guard !certificates.isEmpty else { throw SystemError(reason: "it has no certificate in PEM") }
      return certificates.map { $0.pemString + "\n" }.joined()
    } catch let error as SystemError {
      throw UpgradeRefusal("\(path): \(error.reason)")
    } catch { throw UpgradeRefusal("\(path): it has no certificates in PEM") }
  }
}
