import Crypto
import Detection
import Foundation
import SwiftASN1
import X509

/// Central's own certificate authority: P-256, in two files of its folder, made at first use.
///
/// A certificate of a gateway is for clients only: nobody can stand in for the broker or central with it.
struct CertificateAuthority: Sendable {
  /// What a certificate says, and what the registry notes of it.
  struct Issued: Sendable {
    let pem: String
    let serial: String
    let expires: Date
  }

  private enum Life {
    static let authority = 20 * 365 * 86_400.0
    static let gateway = 90 * 86_400.0
    /// No browser takes a longer one (CA/Browser Forum, Baseline Requirements 6.3.2).
    static let own = 397 * 86_400.0
    /// Clocks of boxes may be wrong by a day.
    static let before = 2 * 86_400.0
  }

  /// Bytes of a certificate request.
  static let requestLimit = 8192

  typealias Key = X509.Certificate.PublicKey

  let folder: String
  let certificate: X509.Certificate
  let pem: String
  private let key: P256.Signing.PrivateKey

  /// Reads the authority, or makes it where there is none.
  ///
  /// - Throws: `CertificateProblem`.
  init(folder: String) throws(CertificateProblem) {
    self.folder = folder
    let (path, keyPath) = (folder + "/ca.pem", folder + "/ca.key")
    if !PrivateFile.exists(keyPath), !PrivateFile.exists(path) { try Self.make(path, keyPath) }
    let (pem, keyText) = (try PrivateFile.read(path), try PrivateFile.read(keyPath))
    do { certificate = try X509.Certificate(pemEncoded: pem) } catch {
      throw CertificateProblem(path: path, reason: "is no certificate in PEM")
    }
    do { key = try P256.Signing.PrivateKey(pemRepresentation: keyText) } catch {
      throw CertificateProblem(path: keyPath, reason: "is no P-256 key in PEM")
    }
    guard X509.Certificate.PublicKey(key.publicKey) == certificate.publicKey else {
      throw CertificateProblem(path: keyPath, reason: "is not the key of \(path)")
    }
    self.pem = pem
  }

  private static func make(_ path: String, _ keyPath: String) throws(CertificateProblem) {
    let key = P256.Signing.PrivateKey()
    let now = Date()
    let pem: String
    do {
      let name = try DistinguishedName { CommonName("Lenscap Central \(Secret.gatewayName().dropFirst(3))") }
      pem = try X509.Certificate(
        version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey), notValidBefore: now - Life.before,
        notValidAfter: now + Life.authority, issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
        extensions: try X509.Certificate.Extensions {
          Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
          Critical(KeyUsage(keyCertSign: true, cRLSign: true))
          SubjectKeyIdentifier(hash: .init(key.publicKey))
        }, issuerPrivateKey: .init(key)
      ).serializeAsPEM().pemString
    } catch {
      throw CertificateProblem(path: path, reason: "cannot be made: \(error)")
    }
    try PrivateFile.write(key.pemRepresentation + "\n", to: keyPath, mode: 0o600)
    try PrivateFile.write(pem + "\n", to: path, mode: 0o644)
  }

  // MARK: Gateways

  /// The public key of a request, if the request is whole: P-256, signed with the key itself. What else stands in it does not count.
  ///
  /// - Returns: nil for anything else.
  static func publicKey(ofRequest pem: String) -> Key? {
    guard pem.utf8.count <= requestLimit, let request = try? CertificateSigningRequest(pemEncoded: pem),
      P256.Signing.PublicKey(request.publicKey) != nil, request.publicKey.isValidSignature(request.signature, for: request)
    else { return nil }
    return request.publicKey
  }

  static func fingerprint(_ key: Key) -> String {
    Data(SHA256.hash(data: Data(key.subjectPublicKeyInfoBytes))).base64EncodedString()
  }

  func issue(to gateway: Registry.Gateway, _ key: Key, at now: Date = Date()) throws -> Issued {
    let subject = try DistinguishedName {
      OrganizationName(gateway.tenant)
      CommonName(gateway.id)
    }
    return try issue(subject, key, life: Life.gateway, at: now, [try ExtendedKeyUsage([.clientAuth])])
  }

  private func issue(
    _ subject: DistinguishedName, _ key: Key, life: Double, at now: Date,
    _ extra: [any CertificateExtensionConvertible]
  ) throws -> Issued {
    let expires = now + life
    let serial = X509.Certificate.SerialNumber()
    var extensions = try X509.Certificate.Extensions {
      Critical(BasicConstraints.notCertificateAuthority)
      Critical(KeyUsage(digitalSignature: true))
      SubjectKeyIdentifier(hash: key)
    }
    for extra in extra { try extensions.append(extra.makeCertificateExtension()) }
    let certificate = try X509.Certificate(
      version: .v3, serialNumber: serial, publicKey: key, notValidBefore: now - Life.before, notValidAfter: expires,
      issuer: self.certificate.subject, subject: subject, signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions,
      issuerPrivateKey: .init(self.key))
    return Issued(
      pem: try certificate.serializeAsPEM().pemString + "\n",
      serial: serial.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(), expires: expires)
  }

  // MARK: Own certificates

  /// A certificate and its key in `NAME.pem` and `NAME.key` of the folder. Made where there is none, or where it ends within a third of
  /// its life or is for other names.
  func own(_ name: String, in folder: String? = nil, _ use: OwnUse, at now: Date = Date()) throws -> (certificate: String, key: String) {
    let folder = folder ?? self.folder
    let (path, keyPath) = ("\(folder)/\(name).pem", "\(folder)/\(name).key")
    if let text = try? PrivateFile.read(path), PrivateFile.exists(keyPath), let present = try? X509.Certificate(pemEncoded: text),
      present.notValidBefore <= now, now + Life.own / 3 < present.notValidAfter, present.issuer == certificate.subject,
      use.agrees(with: present)
    {
      return (path, keyPath)
    }
    let key = P256.Signing.PrivateKey()
    let issued: Issued
    switch use {
    case .client(let user):
      issued = try issue(
        DistinguishedName { CommonName(user) }, .init(key.publicKey), life: Life.own, at: now,
        [try ExtendedKeyUsage([.clientAuth])])
    case .server(let names):
      issued = try issue(
        DistinguishedName { CommonName(names.first ?? "Lenscap Central") }, .init(key.publicKey), life: Life.own, at: now,
        [try ExtendedKeyUsage([.serverAuth]), SubjectAlternativeNames(names.map(OwnUse.name))])
    }
    try PrivateFile.write(key.pemRepresentation + "\n", to: keyPath, mode: 0o600)
    try PrivateFile.write(issued.pem, to: path, mode: 0o644)
    return (path, keyPath)
  }

  // MARK: Revocation

  /// The list of revoked certificates, in PEM, as the broker reads it (`crlfile`).
  func revocationList(_ revoked: [(serial: String, since: Date)], at now: Date = Date()) throws -> String {
    try RevocationList(issuer: certificate.subject, revoked: revoked, at: now).signed(by: key)
  }
}

/// What a certificate of central itself is for.
enum OwnUse {
  /// To sign in to the broker as this user.
  case client(String)
  case server(names: [String])

  func agrees(with certificate: X509.Certificate) -> Bool {
    switch self {
    case .client(let user): certificate.subject == (try? DistinguishedName { CommonName(user) })
    case .server(let names):
      (try? certificate.extensions.subjectAlternativeNames).flatMap { $0 }.map { Set($0) == Set(names.map(Self.name)) } ?? false
    }
  }

  static func name(_ text: String) -> GeneralName {
    guard let address = IPAddress(text) else { return .dnsName(text) }
    let bytes =
      unsafe address.isV4 ? withUnsafeBytes(of: address.v4.bigEndian, Array.init) : withUnsafeBytes(of: address.bits.bigEndian, Array.init)
    return .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
  }
}

/// The name and the tenant in a gateway's certificate.
struct GatewayName: Equatable {
  let gateway: String
  let tenant: String

  init(gateway: String, tenant: String) { (self.gateway, self.tenant) = (gateway, tenant) }

  /// Nil for a certificate that is none of a gateway.
  init?(der: [UInt8]) {
    guard let certificate = try? X509.Certificate(derEncoded: der) else { return nil }
    var (gateway, tenant): (String?, String?)
    for name in certificate.subject {
      for attribute in name {
        if attribute.type == .RDNAttributeType.commonName { gateway = String(attribute.value) }
        if attribute.type == .RDNAttributeType.organizationName { tenant = String(attribute.value) }
      }
    }
    guard let gateway, let tenant else { return nil }
    (self.gateway, self.tenant) = (gateway, tenant)
  }
}
