import Crypto
import Detection
import Documents
import Foundation
import NIOCore
import NIOSSL
import Services
import SwiftASN1
import Synchronization
import X509

/// Why the page cannot be served with TLS.
struct CertificateProblem: Error, CustomStringConvertible {
  let path: String
  let reason: String
  var description: String { "\(path): \(reason)" }
}

/// The certificate of the page: the one that was given, or one that is made here and made anew before it ends.
final class DeskCertificate: Sendable {
  /// No browser takes a longer one (CA/Browser Forum, Baseline Requirements 6.3.2).
  static let life = Duration.seconds(397 * 86_400)
  static let renewal = Duration.seconds(30 * 86_400)
  private static let fileLimit = 1 << 20

  private struct Loaded: Sendable {
    var override: NIOSSLContextConfigurationOverride
    var chain: [NIOSSLCertificate]
    var key: NIOSSLPrivateKey
    var fingerprint: String
  }

  enum Source: Sendable {
    case given(certificate: String, key: String)
    /// Made here, for these names, in the files `dashboard.pem` and `dashboard.key` of the folder.
    case own(folder: String, names: [String])
  }

  private let source: Source
  private let clock: @Sendable () -> Timestamp
  private let loaded: Mutex<Loaded>

  init(_ source: Source, clock: @escaping @Sendable () -> Timestamp) throws {
    self.source = source
    self.clock = clock
    loaded = Mutex(try Self.load(source, at: clock()))
  }

  /// SHA-256 of the certificate, as browsers show it.
  var fingerprint: String { loaded.withLock(\.fingerprint) }

  /// Reads the files again, or makes a new certificate if the present one ends soon.
  ///
  /// - Returns: true for another certificate than before.
  func refresh() throws -> Bool {
    let new = try Self.load(source, at: clock())
    return loaded.withLock { loaded in
      defer { loaded = new }
      return new.fingerprint != loaded.fingerprint
    }
  }

  /// TLS 1.2 and later. Each connection gets the certificate of that moment.
  var configuration: TLSConfiguration {
    let first = loaded.withLock { ($0.chain, $0.key) }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: first.0.map { .certificate($0) }, privateKey: .privateKey(first.1))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["http/1.1"]
    configuration.sslContextCallback = { [self] _, promise in promise.succeed(loaded.withLock(\.override)) }
    return configuration
  }

  private static func load(_ source: Source, at now: Timestamp) throws -> Loaded {
    switch source {
    case .given(let certificate, let key): return try read(certificate: certificate, key: key)
    case .own(let folder, let names):
      let (certificate, key) = (folder + "/dashboard.pem", folder + "/dashboard.key")
      if !isFresh(certificate, names, at: now) { try make(certificate: certificate, key: key, names: names, at: now) }
      do { return try read(certificate: certificate, key: key) } catch is CertificateProblem {
        try make(certificate: certificate, key: key, names: names, at: now)
        return try read(certificate: certificate, key: key)
      }
    }
  }

  private static func read(certificate: String, key: String) throws -> Loaded {
    let chain = try attempt(certificate, "is no certificate in PEM") { try NIOSSLCertificate.fromPEMBytes(try bytes(certificate)) }
    guard let leaf = chain.first else { throw CertificateProblem(path: certificate, reason: "has no certificate") }
    let privateKey = try attempt(key, "has no private key in PEM without a passphrase") {
      try NIOSSLPrivateKey(bytes: try bytes(key), format: .pem)
    }
    var override = NIOSSLContextConfigurationOverride()
    override.certificateChain = chain.map { .certificate($0) }
    override.privateKey = .privateKey(privateKey)
    // What does not fit together would fail with the first visitor.
    _ = try attempt(key, "is not the key of \(certificate)") {
      try NIOSSLContext(
        configuration: .makeServerConfiguration(
          certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey)))
    }
    let fingerprint = SHA256.hash(data: Data(try leaf.toDERBytes())).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return digits.count == 2 ? digits : "0" + digits
    }.joined(separator: ":")
    return Loaded(override: override, chain: chain, key: privateKey, fingerprint: fingerprint)
  }

  private static func attempt<Value>(_ path: String, _ reason: String, _ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let problem as CertificateProblem { throw problem } catch {
      throw CertificateProblem(path: path, reason: reason)
    }
  }

  private static func bytes(_ path: String) throws -> [UInt8] {
    guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: fileLimit) else {
      throw CertificateProblem(path: path, reason: errno == ENOENT ? "no such file" : "cannot be read")
    }
    return Array(data)
  }

  // MARK: Its own

  /// True if the file has a certificate for these names that does not end soon.
  private static func isFresh(_ path: String, _ names: [String], at now: Timestamp) -> Bool {
    guard let text = try? String(decoding: bytes(path), as: UTF8.self), let certificate = try? X509.Certificate(pemEncoded: text),
      let present = try? certificate.extensions.subjectAlternativeNames
    else { return false }
    let (begin, end) = (Timestamp(certificate.notValidBefore), Timestamp(certificate.notValidAfter))
    return begin <= now && now + renewal < end && Set(present) == Set(names.map(Self.name))
  }

  private static func make(certificate path: String, key keyPath: String, names: [String], at now: Timestamp) throws {
    // The key stays, so that whoever trusts it can tell that the box is the same.
    let former = (try? bytes(keyPath)).flatMap { try? P256.Signing.PrivateKey(pemRepresentation: String(decoding: $0, as: UTF8.self)) }
    let key = former ?? P256.Signing.PrivateKey()
    let subject = try DistinguishedName { CommonName("Lenscap") }
    let certificate = try X509.Certificate(
      version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey), notValidBefore: (now - .seconds(3600)).date,
      notValidAfter: (now + life - .seconds(7200)).date, issuer: subject, subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try X509.Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage([.serverAuth])
        SubjectAlternativeNames(names.map(name))
      }, issuerPrivateKey: .init(key))
    if former == nil { try write(key.pemRepresentation + "\n", to: keyPath, mode: 0o600) }
    try write(try certificate.serializeAsPEM().pemString + "\n", to: path, mode: 0o644)
  }

  private static func name(_ text: String) -> GeneralName {
    guard let address = IPAddress(text) else { return .dnsName(text) }
    let bytes =
      unsafe address.isV4 ? withUnsafeBytes(of: address.v4.bigEndian, Array.init) : withUnsafeBytes(of: address.bits.bigEndian, Array.init)
    return .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
  }

  /// All of it or nothing, never readable by others in between.
  private static func write(_ text: String, to path: String, mode: mode_t) throws {
    let draft = path + ".new"
    unsafe unlink(draft)
    let file = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    guard file >= 0 else { throw CertificateProblem(path: path, reason: unsafe "cannot be written: \(String(cString: strerror(errno)))") }
    let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
    do {
      try handle.write(contentsOf: Data(text.utf8))
      guard fchmod(file, mode) == 0, fsync(file) == 0, unsafe rename(draft, path) == 0 else { throw POSIXError(.EIO) }
    } catch {
      unsafe unlink(draft)
      throw CertificateProblem(path: path, reason: unsafe "cannot be written: \(String(cString: strerror(errno)))")
    }
  }
}

extension Timestamp {
  init(_ date: Date) { self.init(nanoseconds: Int64((min(max(date.timeIntervalSince1970, -9e9), 9e9)) * 1e9)) }
}
