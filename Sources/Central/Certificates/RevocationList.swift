import Crypto
import Foundation
import SwiftASN1
import X509

/// A certificate revocation list (RFC 5280, section 5). swift-certificates has none.
struct RevocationList {
  private struct Entry: DERSerializable {
    let serial: ArraySlice<UInt8>
    let since: UTCTime

    func serialize(into coder: inout DER.Serializer) throws {
      try coder.appendConstructedNode(identifier: .sequence) { coder in
        try coder.serialize(ASN1Integer(bytes: serial))
        try coder.serialize(since)
      }
    }
  }

  /// An INTEGER of any length: the bytes of a positive number.
  private struct ASN1Integer: DERSerializable {
    let bytes: ArraySlice<UInt8>

    func serialize(into coder: inout DER.Serializer) throws {
      coder.appendPrimitiveNode(identifier: .integer) { out in
        var plain = bytes.drop { $0 == 0 }
        if plain.isEmpty { plain = [0] }
        if let first = plain.first, first >= 0x80 { out.append(0) }
        out.append(contentsOf: plain)
      }
    }
  }

  private let issuer: DistinguishedName
  private let entries: [Entry]
  private let now: Date
  /// How long the broker takes the list. A new one is written each hour.
  private static let life = 365 * 86_400.0

  init(issuer: DistinguishedName, revoked: [(serial: String, since: Date)], at now: Date) throws {
    self.issuer = issuer
    self.now = now
    entries = try revoked.map { Entry(serial: Self.bytes($0.serial)[...], since: try Self.utc($0.since)) }
  }

  /// In PEM.
  func signed(by key: P256.Signing.PrivateKey) throws -> String {
    var list = DER.Serializer()
    try list.appendConstructedNode(identifier: .sequence, contents)
    let signature = try key.signature(for: Data(list.serializedBytes)).derRepresentation
    var whole = DER.Serializer()
    try whole.appendConstructedNode(identifier: .sequence) { coder in
      coder.serializeRawBytes(list.serializedBytes)
      try Self.algorithm(&coder)
      try coder.serialize(ASN1BitString(bytes: Array(signature)[...]))
    }
    return PEMDocument(type: "X509 CRL", derBytes: whole.serializedBytes).pemString + "\n"
  }

  private func contents(_ coder: inout DER.Serializer) throws {
    try coder.serialize(1)  // version 2
    try Self.algorithm(&coder)
    try coder.serialize(issuer)
    // Times until 2049 have to be UTCTime (5.1.2.4).
    try coder.serialize(try Self.utc(now - 2 * 86_400))
    try coder.serialize(try Self.utc(now + Self.life))
    if !entries.isEmpty { try coder.serializeSequenceOf(entries) }
    try coder.appendConstructedNode(identifier: .init(tagWithNumber: 0, tagClass: .contextSpecific)) { coder in
      try coder.appendConstructedNode(identifier: .sequence) { coder in
        try coder.appendConstructedNode(identifier: .sequence) { coder in
          try coder.serialize(try ASN1ObjectIdentifier(elements: [2, 5, 29, 20]))
          var number = DER.Serializer()
          try number.serialize(Int(now.timeIntervalSince1970))
          try coder.serialize(ASN1OctetString(contentBytes: number.serializedBytes[...]))
        }
      }
    }
  }

  /// ecdsa-with-SHA256.
  private static func algorithm(_ coder: inout DER.Serializer) throws {
    try coder.appendConstructedNode(identifier: .sequence) { coder in
      try coder.serialize(try ASN1ObjectIdentifier(elements: [1, 2, 840, 10045, 4, 3, 2]))
    }
  }

  private static func parts(_ date: Date) -> DateComponents {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    return calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
  }

  private static func utc(_ date: Date) throws -> UTCTime {
    let parts = parts(date)
    return try UTCTime(
      year: parts.year ?? 2000, month: parts.month ?? 1, day: parts.day ?? 1, hours: parts.hour ?? 0, minutes: parts.minute ?? 0,
      seconds: parts.second ?? 0)
  }

  private static func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex.utf8)
    return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
    }
  }
}
