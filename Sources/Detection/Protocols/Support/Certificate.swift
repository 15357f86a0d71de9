/// The names in an X.509 certificate (RFC 5280 section 4.1).
enum Certificate {
  /// Attributes read of one name, and bytes of each.
  static let attributeLimit = 16
  static let valueLimit = 256
  /// Names of subjectAltName that are reported.
  static let alternativeLimit = 8

  private static let subjectAltName: [UInt8] = [0x55, 0x1D, 0x11]
  private static let emailAddress: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x01]

  /// Reports subject, issuer and DNS names about the sender, up to the first malformed part.
  static func report(_ bytes: RawSpan, into sink: inout ObservationSink) {
    do { try decode(bytes, into: &sink) } catch {}
  }

  private static func decode(_ bytes: RawSpan, into sink: inout ObservationSink) throws(DecodeError) {
    var outer = DERReader(bytes)
    var certificate = DERReader(try outer.next(.sequence))
    var body = DERReader(try certificate.next(.sequence))
    try body.skip(.context(0, isConstructed: true))  // version
    _ = try body.next(.integer)  // serialNumber
    _ = try body.next(.sequence)  // signature
    let issuer = try name(try body.next(.sequence))
    _ = try body.next(.sequence)  // validity
    sink.emit(.tlsCertificateSubject, try name(try body.next(.sequence)))
    sink.emit(.tlsCertificateIssuer, issuer)
    _ = try body.next(.sequence)  // subjectPublicKeyInfo
    try body.skip(.context(1))  // issuerUniqueID
    try body.skip(.context(2))  // subjectUniqueID
    guard !body.isAtEnd else { return }
    var wrapped = DERReader(try body.next(.context(3, isConstructed: true)))
    var extensions = DERReader(try wrapped.next(.sequence))
    while !extensions.isAtEnd {
      var item = DERReader(try extensions.next(.sequence))
      let identifier = try item.next(.objectIdentifier)
      try item.skip(.boolean)  // critical
      let value = try item.next(.octetString)
      if identifier.byteCount == 3, identifier.starts(with: subjectAltName) { return try alternativeNames(value, into: &sink) }
    }
  }

  /// A name as `CN=…, O=…`, in the order of the certificate and without unknown attributes.
  private static func name(_ bytes: RawSpan) throws(DecodeError) -> String {
    var name = DERReader(bytes)
    var text: [UInt8] = []
    var count = 0
    while !name.isAtEnd, count < attributeLimit {
      var set = DERReader(try name.next(.set))
      while !set.isAtEnd, count < attributeLimit {
        var attribute = DERReader(try set.next(.sequence))
        let label = label(try attribute.next(.objectIdentifier))
        let value = try attribute.next()
        count += 1
        guard let label, let value = value.text(limit: valueLimit), !value.isEmpty else { continue }
        if !text.isEmpty { text += ", ".utf8 }
        text += label.utf8
        text.append(ASCII.equals)
        text += value.utf8
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func label(_ identifier: RawSpan) -> String? {
    if identifier.byteCount == emailAddress.count, identifier.starts(with: emailAddress) { return "emailAddress" }
    guard identifier.byteCount == 3, identifier.u16(0) == 0x5504 else { return nil }
    switch identifier.u8(2) {
    case 3: return "CN"
    case 6: return "C"
    case 7: return "L"
    case 8: return "ST"
    case 10: return "O"
    case 11: return "OU"
    default: return nil
    }
  }

  private static func alternativeNames(_ bytes: RawSpan, into sink: inout ObservationSink) throws(DecodeError) {
    var value = DERReader(bytes)
    var names = DERReader(try value.next(.sequence))
    var count = 0
    while !names.isAtEnd, count < alternativeLimit {
      let name = try names.next()
      guard name.tag == .context(2), name.contents.isVisibleText else { continue }
      sink.emit(.tlsCertificateSubject, "DNS=" + name.contents.text(limit: RawSpan.hostNameLimit))
      count += 1
    }
  }
}
