import ChainMessages
import Foundation
import Releases
import Services
import SignatureFiles

/// What an operator releases, signed with a key that need not be on this machine otherwise.
public enum NewRelease: Sendable {
  /// A folder of signatures, checked.
  case signatures(ReleaseArchive)
  /// A version of the box's package, and the SHA-256 of its file.
  case software(version: String, sha256: String)

  static let package = "lenscap"
  /// Where central serves packages, below its own address.
  static let repository = "/debian"

  /// Reads and checks the signatures of a folder.
  ///
  /// - Parameter installed: a folder with the signatures that boxes have; nil to check the new ones alone.
  /// - Throws: `SignatureError`, `ReleaseProblem`.
  public static func signatures(folder: String, installed: String?) throws -> NewRelease {
    let sources = try SignatureSource.files(folder)
    let archive = try ReleaseArchive(sources.map { .init(name: $0.name, bytes: $0.bytes) })
    try SignatureOverlay(archive.files.map { ($0.name, $0.bytes) }).check(over: installed)
    return .signatures(archive)
  }

  var kind: ReleaseKind {
    switch self {
    case .signatures: .signatures
    case .software: .software
    }
  }

  /// For people: what it is.
  var summary: String {
    switch self {
    case .signatures(let archive): "\(archive.files.count) files, \(archive.bytes.count >> 10) KiB"
    case .software(let version, _): "\(Self.package) \(version)"
    }
  }

  var archive: Data? {
    if case .signatures(let archive) = self { archive.bytes } else { nil }
  }

  /// The message for boxes, signed.
  ///
  /// - Throws: `ChainError`, `ReleaseProblem`.
  func message(id: String, number: Int64, key: ReleaseSigningKey) throws -> String {
    switch self {
    case .signatures(let archive):
      let bytes = archive.bytes
      let data = SignatureRelease(
        number: number, sha256: ReleaseArchive.sum(of: bytes), bytes: bytes.count, path: SignatureRelease.path(of: id))
      try data.check()
      return try Self.signed(ConfigMessage(id: id, kind: kind.rawValue, data: data), key)
    case .software(let version, let sum):
      let data = SoftwareRelease(
        number: number, package: Self.package, version: version, sha256: sum.lowercased(), repository: Self.repository)
      try data.check()
      return try Self.signed(ConfigMessage(id: id, kind: kind.rawValue, data: data), key)
    }
  }

  private static func signed(_ message: ConfigMessage<some Codable & Sendable>, _ key: ReleaseSigningKey) throws -> String {
    var message = message
    message.signature = try key.sign(try message.canonicalBytes())
    return String(decoding: try message.bytes(), as: UTF8.self)
  }
}

/// The files of the release key.
public enum ReleaseKeyFile {
  /// Makes a key: the private half, mode 0600, and beside it the public half, for `release_key` of central and of boxes.
  ///
  /// - Returns: the path of the public half.
  /// - Throws: `CertificateProblem` if there is such a file.
  public static func make(_ path: String) throws -> String {
    let (key, shared) = (ReleaseSigningKey(), path + ".pub")
    for file in [path, shared] where PrivateFile.exists(file) { throw CertificateProblem(path: file, reason: "is there already") }
    try PrivateFile.write(key.pem, to: path, mode: 0o600)
    try PrivateFile.write(try key.publicKey.pem, to: shared, mode: 0o644)
    return shared
  }

  /// - Throws: `CertificateProblem`, also where others may read it.
  public static func read(_ path: String) throws -> ReleaseSigningKey {
    guard let facts = FileFacts(path) else { throw unsafe CertificateProblem(path: path, reason: String(cString: strerror(errno))) }
    guard facts.mode & 0o077 == 0 else { throw CertificateProblem(path: path, reason: "others may read it; chmod 600 it") }
    do throws(ReleaseProblem) { return try ReleaseSigningKey(pem: try contents(path)) } catch {
      throw CertificateProblem(path: path, reason: "is no private key of Ed25519 in PEM")
    }
  }

  private static func contents(_ path: String) throws(ReleaseProblem) -> String {
    do { return try PrivateFile.read(path) } catch { throw .signingKey }
  }
}
