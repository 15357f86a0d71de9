import Foundation

/// `data` of a `down/config` of kind `signatures`.
public struct SignatureRelease: Codable, Sendable, Equatable {
  /// Rises from release to release of a tenant.
  public var number: Int64
  /// Of the archive, in hexadecimal digits.
  public var sha256: String
  /// Of the archive.
  public var bytes: Int
  /// Of the archive, at central.
  public var path: String

  public init(number: Int64, sha256: String, bytes: Int, path: String) {
    (self.number, self.sha256, self.bytes, self.path) = (number, sha256, bytes, path)
  }

  public static func path(of id: String) -> String { "/gateway/1/releases/\(id)" }

  public func check() throws(ChainError) {
    guard number > 0 else { throw .wrong("number") }
    guard ChainText.isDigest(sha256) else { throw .wrong("sha256") }
    guard bytes > 0 else { throw .wrong("bytes") }
    guard path.hasPrefix("/"), path.utf8.count <= ChainLimits.text, path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw .wrong("path")
    }
  }
}

/// `data` of a `down/config` of kind `software`.
public struct SoftwareRelease: Codable, Sendable, Equatable {
  public var number: Int64
  public var package: String
  /// As Debian compares them.
  public var version: String
  /// Of the package's file, in hexadecimal digits.
  public var sha256: String
  /// `https://…`, or a path at central.
  public var repository: String

  public init(number: Int64, package: String, version: String, sha256: String, repository: String) {
    (self.number, self.package, self.version, self.sha256, self.repository) = (number, package, version, sha256, repository)
  }

  public func check() throws(ChainError) {
    guard number > 0 else { throw .wrong("number") }
    guard package.wholeMatch(of: /[a-z0-9][a-z0-9+.-]{1,99}/) != nil else { throw .wrong("package") }
    guard version.wholeMatch(of: /[0-9][A-Za-z0-9.+~:-]{0,99}/) != nil else { throw .wrong("version") }
    guard ChainText.isDigest(sha256) else { throw .wrong("sha256") }
    guard repository.hasPrefix("https://") || repository.hasPrefix("/"), repository.utf8.count <= ChainLimits.text,
      repository.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { throw .wrong("repository") }
  }
}

extension ChainText {
  /// A SHA-256 in lower-case hexadecimal digits.
  static func isDigest(_ text: String) -> Bool {
    text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
