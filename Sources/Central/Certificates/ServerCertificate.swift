import Crypto
import Foundation
import NIOCore
import NIOSSL
import Synchronization

/// With what central shows who it is: the certificate that was given, or one of its own CA. Clients may show one of that CA.
final class ServerCertificate: Sendable {
  private let authority: CertificateAuthority
  private let source: @Sendable () throws -> (certificate: String, key: String)
  private let loaded: Mutex<(chain: [NIOSSLCertificate], key: NIOSSLPrivateKey)>

  /// - Throws: `CertificateProblem`.
  init(_ authority: CertificateAuthority, _ source: @escaping @Sendable () throws -> (certificate: String, key: String)) throws {
    self.authority = authority
    self.source = source
    loaded = Mutex(try Self.load(try source()))
  }

  /// SHA-256 of the certificate, for who enrols a box and browsers that do not know the CA.
  var fingerprint: String {
    let der = loaded.withLock { try? $0.chain.first?.toDERBytes() } ?? []
    return SHA256.hash(data: Data(der)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: ":")
  }

  /// Reads the files again; makes a new certificate if its own ends soon.
  func refresh() throws {
    let new = try Self.load(try source())
    loaded.withLock { $0 = new }
  }

  /// TLS 1.2 and later; a certificate of the client is asked for, and verified if there is one.
  func configuration() throws -> TLSConfiguration {
    let (chain, key) = loaded.withLock { $0 }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["http/1.1"]
    configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.pem.utf8)))
    configuration.certificateVerification = .optionalVerification
    configuration.sslContextCallback = { [self] _, promise in
      var override = NIOSSLContextConfigurationOverride()
      let (chain, key) = loaded.withLock { $0 }
      override.certificateChain = chain.map { .certificate($0) }
      override.privateKey = .privateKey(key)
      promise.succeed(override)
    }
    return configuration
  }

  private static func load(_ files: (certificate: String, key: String)) throws -> ([NIOSSLCertificate], NIOSSLPrivateKey) {
    let (text, keyText) = (try PrivateFile.read(files.certificate), try PrivateFile.read(files.key))
    guard let chain = try? NIOSSLCertificate.fromPEMBytes(Array(text.utf8)), !chain.isEmpty else {
      throw CertificateProblem(path: files.certificate, reason: "is no certificate in PEM")
    }
    guard let key = try? NIOSSLPrivateKey(bytes: Array(keyText.utf8), format: .pem) else {
      throw CertificateProblem(path: files.key, reason: "has no private key in PEM without a passphrase")
    }
    // What does not fit together would fail with the first visitor.
    guard
      (try? NIOSSLContext(
        configuration: .makeServerConfiguration(certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))) != nil
    else { throw CertificateProblem(path: files.key, reason: "is not the key of \(files.certificate)") }
    return (chain, key)
  }
}
