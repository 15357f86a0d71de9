import ChainMessages
import ConfigurationFiles
import Crypto
import Detection
import Foundation
import Releases
import Services
import Sinks
import SwiftASN1
import X509

/// Why this box did not become a gateway of a chain.
public enum EnrolmentFailure: Error, Equatable, CustomStringConvertible {
  /// It is wrong, used, or expired.
  case code
  case unreachable(String)
  /// With the fingerprints of what the server shows.
  case untrusted(String, shown: [String])
  /// What central answered makes no sense.
  case answer(String)
  case file(path: String, reason: String)

  public var description: String {
    switch self {
    case .code:
      "central does not know this code: it is mistyped, used already, or older than a day; make another with `lenscap-central enroll`"
    case .unreachable(let reason): reason
    case .untrusted(let reason, let shown):
      ([reason + "; name its authority with --ca FILE, or after comparing it with --fingerprint SHA256"]
        + shown.map { "it shows sha256 \($0)" }).joined(separator: "\n")
    case .answer(let reason): "central gave an answer that cannot be used: \(reason)"
    case .file(let path, let reason): "\(path): \(reason)"
    }
  }
}

/// What came of it.
public struct EnrolledGateway: Sendable {
  /// `gw-…`.
  public let name: String
  public let tenant: String
  public let site: String
  /// For the configuration: `mqtts://host:port`.
  public let broker: String
  /// True if central gave a key of releases.
  public let hasReleaseKey: Bool

  init(_ enrolment: Enrolment) {
    (name, tenant, site) = (enrolment.gateway, enrolment.tenant, enrolment.site)
    hasReleaseKey = enrolment.releaseKey != nil
    let host = enrolment.broker.host
    broker = "mqtts://\(host.contains(":") ? "[\(host)]" : host):\(enrolment.broker.port)"
  }
}

/// Makes the key of this box, and has central certify it.
public enum Enrolling {
  /// The files in the folder, as `lenscap enroll` names them.
  public struct Files: Sendable {
    public let folder: String
    public var certificate: String { folder + "/gateway.pem" }
    public var key: String { folder + "/gateway.key" }
    public var ca: String { folder + "/ca.pem" }
    var record: String { GatewayIdentity.recordPath(of: certificate) }
    /// Not in the folder, where `serve` may write: `watch` must not take a key from whoever took `serve` over.
    public var releaseKey: String { (folder as NSString).deletingLastPathComponent + "/release.pem" }

    public init(folder: String) { self.folder = folder }

    public var all: [String] { [key, certificate, ca, record] }
  }

  /// Whom to trust at the first connection.
  public enum Trust: Sendable, Equatable {
    case system
    /// A PEM file.
    case authorities(String)
    /// SHA-256 of the certificate of the server, or of one that vouches for it, in hexadecimal digits.
    case fingerprint(String)
  }

  /// - Parameters:
  ///   - code: of `lenscap-central enroll`.
  ///   - url: of central.
  public static func enroll(
    code: String, url: String, trust: Trust, files: Files, version: String
  ) async throws(EnrolmentFailure) -> EnrolledGateway {
    let key = P256.Signing.PrivateKey()
    let body: Data
    do { body = try EnrolmentRequest(code: code, request: try request(key)).bytes() } catch { throw .code }
    try SecretFile.makeFolder(files.folder)
    let (ca, isPinned) = try await authorities(trust, url: url, files, version: version)
    defer { if isPinned, let ca { unsafe unlink(ca) } }
    let https = CentralHTTPS(host: host(of: url), ca: ca, checksName: !isPinned, version: version)
    let enrolment = try await ask(https, body, url + "/gateway/1/enrol", shown: ca == nil ? url : nil)
    try check(enrolment, key)
    let releaseKey: ReleaseKey?
    do throws(ReleaseProblem) { releaseKey = try enrolment.releaseKey.map { pem throws(ReleaseProblem) in try ReleaseKey(pem: pem) } } catch
    {
      throw .answer("\(error)")
    }
    try SecretFile.write(key.pemRepresentation + "\n", to: files.key)
    try SecretFile.write(enrolment.ca, to: files.ca)
    if let releaseKey { try SecretFile.write(releaseKey.pem, to: files.releaseKey, mode: 0o644) }
    try write(enrolment, certificate: files.certificate)
    return EnrolledGateway(enrolment)
  }

  /// Replaces a certificate that ends soon. The key stays.
  static func renew(
    _ settings: UplinkSettings, _ identity: GatewayIdentity, version: String, at now: Timestamp
  ) async throws(EnrolmentFailure) {
    guard let central = identity.central else { throw .answer("nobody knows where central is") }
    guard let text = try? String(contentsOfFile: settings.key, encoding: .utf8),
      let key = try? P256.Signing.PrivateKey(pemRepresentation: text)
    else { throw .file(path: settings.key, reason: "has no P-256 key in PEM") }
    let body: Data
    do { body = try RenewalRequest(request: try request(key)).bytes() } catch { throw .answer("\(error)") }
    let https = CentralHTTPS(
      host: host(of: central), ca: settings.ca, certificate: (settings.certificate, settings.key), version: version)
    let enrolment = try await ask(https, body, central + "/gateway/1/renew", shown: nil)
    guard enrolment.gateway == identity.address.gateway else { throw .answer("it is about another gateway") }
    try check(enrolment, key)
    try write(enrolment, certificate: settings.certificate)
  }

  // MARK: Steps

  private static func request(_ key: P256.Signing.PrivateKey) throws -> String {
    // Central decides what the certificate is for.
    let subject = try DistinguishedName { CommonName("Lenscap") }
    return try CertificateSigningRequest(
      version: .v1, subject: subject, privateKey: .init(key), attributes: .init(), signatureAlgorithm: .ecdsaWithSHA256
    ).serializeAsPEM().pemString + "\n"
  }

  private static func ask(_ https: CentralHTTPS, _ body: Data, _ address: String, shown url: String?) async throws(EnrolmentFailure)
    -> Enrolment
  {
    let (status, answer): (Int, Data)
    do throws(DeliveryError) {
      (status, answer) = try await https.post(body, to: address)
    } catch .refused(let reason) {
      throw .untrusted(reason, shown: [])
    } catch { throw .unreachable(error.reason) }
    switch status {
    case 200: break
    case 401, 403: throw .code
    case 404: throw .answer("there is no central at this address (HTTP 404)")
    default: throw .unreachable("central answered with HTTP \(status)")
    }
    do throws(ChainError) { return try Enrolment(bytes: answer) } catch { throw .answer("\(error)") }
  }

  /// A certificate for another key, or with another name, would fail at the broker, where nobody sees why.
  private static func check(_ enrolment: Enrolment, _ key: P256.Signing.PrivateKey) throws(EnrolmentFailure) {
    guard let certificate = try? Certificate(pemEncoded: enrolment.certificate) else { throw .answer("its certificate is none") }
    guard certificate.publicKey == Certificate.PublicKey(key.publicKey) else { throw .answer("its certificate is for another key") }
    guard (try? Certificate(pemEncoded: enrolment.ca)) != nil else { throw .answer("its authority is no certificate") }
  }

  private static func write(_ enrolment: Enrolment, certificate path: String) throws(EnrolmentFailure) {
    let record = GatewayRecord(gateway: enrolment.gateway, tenant: enrolment.tenant, site: enrolment.site, central: enrolment.central)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let text = try? String(decoding: encoder.encode(record), as: UTF8.self) else { throw .answer("it cannot be kept") }
    try SecretFile.write(text + "\n", to: GatewayIdentity.recordPath(of: path))
    try SecretFile.write(enrolment.certificate, to: path)
  }

  // MARK: Trust

  /// The file of authorities, and whether it has the very certificate.
  private static func authorities(
    _ trust: Trust, url: String, _ files: Files, version: String
  ) async throws(EnrolmentFailure) -> (String?, isPinned: Bool) {
    switch trust {
    case .system: return (nil, false)
    case .authorities(let path):
      guard unsafe access(path, R_OK) == 0 else { throw unsafe .file(path: path, reason: String(cString: strerror(errno))) }
      return (path, false)
    case .fingerprint(let wanted):
      let shown: [String]
      do throws(DeliveryError) {
        shown = try await CentralHTTPS(host: host(of: url), ca: nil, version: version).certificates(of: url)
      } catch { throw .unreachable(error.reason) }
      guard let match = shown.first(where: { fingerprint(of: $0) == normalized(wanted) }) else {
        throw .untrusted("\(host(of: url)) shows no certificate with this fingerprint", shown: shown.compactMap(fingerprint))
      }
      let path = files.folder + "/first-contact.pem"
      try SecretFile.write(match, to: path)
      return (path, true)
    }
  }

  private static func fingerprint(of pem: String) -> String? {
    guard let certificate = try? Certificate(pemEncoded: pem), let document = try? certificate.serializeAsPEM() else { return nil }
    return SHA256.hash(data: document.derBytes).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  public static func isFingerprint(_ text: String) -> Bool {
    let digits = normalized(text)
    return digits.utf8.count == 64 && digits.allSatisfy(\.isHexDigit)
  }

  /// Without the colons that many programs print.
  static func normalized(_ fingerprint: String) -> String { fingerprint.lowercased().filter { $0 != ":" && $0 != " " } }

  static func host(of url: String) -> String { URL(string: url)?.host() ?? url }
}

/// Files that nobody else may read.
enum SecretFile {
  static func makeFolder(_ path: String) throws(EnrolmentFailure) {
    if unsafe mkdir(path, 0o700) != 0, errno != EEXIST {
      throw .file(path: path, reason: unsafe "cannot be made: \(String(cString: strerror(errno)))")
    }
  }

  /// All of it or nothing, with the owner of the folder.
  static func write(_ text: String, to path: String, mode: mode_t = 0o600) throws(EnrolmentFailure) {
    let draft = path + ".new"
    unsafe unlink(draft)
    let file = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure(path) }
    let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
    let parent = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
    if geteuid() == 0, let folder = FileFacts(parent.isEmpty ? "." : String(parent)) { fchown(file, folder.owner, folder.group) }
    do {
      try handle.write(contentsOf: Data(text.utf8))
    } catch {
      unsafe unlink(draft)
      throw failure(path)
    }
    guard fchmod(file, mode) == 0, fsync(file) == 0, unsafe rename(draft, path) == 0 else {
      unsafe unlink(draft)
      throw failure(path)
    }
  }

  private static func failure(_ path: String) -> EnrolmentFailure {
    .file(path: path, reason: unsafe "cannot be written: \(String(cString: strerror(errno)))")
  }
}
