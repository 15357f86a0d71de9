import ChainMessages
import Foundation
import Releases
import Sinks

/// Why nothing is installed.
public struct UpgradeRefusal: Error, Equatable, CustomStringConvertible {
  public let reason: String
  /// True for what may be otherwise in an hour: no network, another apt that runs.
  public let mayPass: Bool

  init(_ reason: String, mayPass: Bool = false) { (self.reason, self.mayPass) = (reason, mayPass) }

  public var description: String { reason }
}

/// What the chain's operator signed: which version of the package a box shall have.
public struct UpgradeOrder: Codable, Equatable, Sendable {
  /// The only package that an order can be about.
  public static let package = "lenscap"
  /// Of the release. It rises with every order.
  public let number: Int64
  public let version: String
  /// Of the package's file, in lower-case hexadecimal digits.
  public let sha256: String
  /// `https://…`, or a path at central's own address.
  public let repository: String

  /// Verifies an order, and reads it.
  init(_ message: ConfigMessage<JSONValue>, signedBy key: ReleaseKey) throws(UpgradeRefusal) {
    guard message.kind == UpgradeFiles.kind else { throw UpgradeRefusal("it is no order of software") }
    guard let signature = message.signature, let bytes = try? message.canonicalBytes(), key.verifies(signature, of: bytes) else {
      throw UpgradeRefusal("its signature is not of uplink.release_key")
    }
    try self.init(message.data)
  }

  /// Every text of it becomes part of a file or a command of apt: nothing but the characters that it needs.
  init(_ data: JSONValue) throws(UpgradeRefusal) {
    guard let number = data["number"]?.integer, number > 0 else { throw UpgradeRefusal("it has no number") }
    guard data["package"]?.string == Self.package else { throw UpgradeRefusal("it is not about the package \(Self.package)") }
    // As Debian's policy, 5.6.12, without an epoch.
    guard let version = data["version"]?.string, version.wholeMatch(of: /[0-9][0-9A-Za-z.+~-]{0,63}/) != nil else {
      throw UpgradeRefusal("its version is none")
    }
    guard let sha256 = data["sha256"]?.string, sha256.wholeMatch(of: /[0-9a-f]{64}/) != nil else {
      throw UpgradeRefusal("its sha256 is none")
    }
    guard let repository = data["repository"]?.string, Self.isRepository(repository) else {
      throw UpgradeRefusal("its repository is no address of https, and no path")
    }
    (self.number, self.version, self.sha256, self.repository) = (number, version, sha256, repository)
  }

  private static func isRepository(_ text: String) -> Bool {
    text.utf8.count <= 256 && !text.contains("..")
      && (isAddress(text) || text.wholeMatch(of: /(\/[0-9A-Za-z._~-]+)+\/?/) != nil)
  }

  static func isAddress(_ text: String) -> Bool {
    text.wholeMatch(of: /https:\/\/([0-9A-Za-z.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(\/[0-9A-Za-z._~-]+)*\/?/) != nil
  }

  /// Where apt looks.
  ///
  /// - Parameter central: `https://…`; nil if nobody knows it.
  func address(central: String?) throws(UpgradeRefusal) -> String {
    guard repository.hasPrefix("/") else { return repository }
    guard let central, Self.isAddress(central) else { throw UpgradeRefusal("nobody knows the address of central") }
    return (central.hasSuffix("/") ? String(central.dropLast()) : central) + repository
  }
}

/// What `serve` and root's `lenscap upgrade` hand each other.
public enum UpgradeFiles {
  static let kind = "software"
  /// Root's: keys, lists, packages and results. Nobody else writes there.
  public static let state = "/var/lib/lenscap/upgrade"
  /// `serve` writes it, and the unit `lenscap-upgrade.path` looks for it.
  public static let request = "/var/lib/lenscap/serve/" + requestName
  static let requestName = "upgrade-request.json"
  static let resultName = "result.json"
  static let limit = 64 << 10
}

/// What `serve` writes down. Root believes nothing of it but what is signed.
struct UpgradeRequest: Codable {
  /// Rises when the same order is tried again.
  let attempt: Int
  let message: ConfigMessage<JSONValue>

  init(attempt: Int, message: ConfigMessage<JSONValue>) { (self.attempt, self.message) = (attempt, message) }

  init(bytes: [UInt8]) throws(UpgradeRefusal) {
    do { self = try JSONDecoder().decode(Self.self, from: Data(bytes)) } catch { throw UpgradeRefusal("the request is no order") }
    do { try message.check() } catch { throw UpgradeRefusal("the request is no order: \(error)") }
  }

  var text: String? {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) + "\n" }
  }
}

/// What came of a request.
public struct UpgradeResult: Codable, Equatable, Sendable {
  public enum Outcome: String, Codable, Sendable {
    case applied, refused
    /// It may be otherwise later.
    case failed
  }

  public let id: String
  public let attempt: Int
  public let outcome: Outcome
  /// For people.
  public let text: String
  /// RFC 3339.
  public let time: String
}
