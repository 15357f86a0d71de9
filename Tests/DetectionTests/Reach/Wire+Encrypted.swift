@testable import Detection

/// Fields of encrypted conversations: what the hello of a client and the certificate of a server show.
extension Wire {
  mutating func showEncrypted(_ value: Observation) -> Bool {
    let text = value.text
    switch value.field {
    case .tlsServerName: call(443, (true, Self.hello(server: text)))
    case .tlsALPN: call(443, (true, Self.hello(offers: text)))
    // A fingerprint cannot be turned into a hello: this one has that of the sample.
    case .tlsJA4: call(443, (true, Self.hello(server: "camera.example", offers: "h2")))
    case .tlsCertificateSubject: present(subject: text, issuer: "CN=Lab")
    case .tlsCertificateIssuer: present(subject: "CN=Lab", issuer: text)
    // Only the sample of RFC 9001, because the tests hold no key schedule of QUIC.
    case .quicServerName where text == Self.samples[.quicServerName]:
      datagram(QUICSamples.version1, from: port(), to: 443, with: .server)
    default: return false
    }
    return true
  }

  private static func sized(_ bytes: [UInt8], _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * (size - 1 - $0))) } + bytes
  }

  private static func record(_ type: UInt8, _ message: [UInt8]) -> [UInt8] { hex("160303") + sized([type] + sized(message, 3), 2) }

  /// RFC 8446 section 4.1.2, with the extensions of RFC 6066 section 3 and RFC 7301 section 3.1.
  private static func hello(server: String? = nil, offers: String? = nil) -> [UInt8] {
    var extensions: [UInt8] = []
    if let server { extensions += hex("0000") + sized(sized([0] + sized(ascii(server), 2), 2), 2) }
    if let offers { extensions += hex("0010") + sized(sized(sized(ascii(offers), 1), 2), 2) }
    extensions += hex("002b 0003 02 0304")
    return record(
      1, hex("0303") + [UInt8](repeating: 7, count: 32) + [0] + sized(hex("1301c02f"), 2) + hex("0100") + sized(extensions, 2))
  }

  /// The device answers a client with TLS 1.2, which does not encrypt its certificate.
  private mutating func present(subject: String, issuer: String) {
    let certificate = Self.certificate(subject: subject, issuer: issuer)
    let answer =
      Self.record(2, hex("0303") + [UInt8](repeating: 9, count: 32) + hex("00 c02f 00"))
      + Self.record(11, Self.sized(Self.sized(certificate, 3), 3)) + Self.record(14, [])
    serve(443, (false, Self.hello()), (true, answer))
  }

  // MARK: Certificates (RFC 5280 section 4.1)

  private static func der(_ tag: UInt8, _ contents: [UInt8]) -> [UInt8] {
    contents.count < 128 ? [tag, UInt8(contents.count)] + contents : [tag, 0x82] + sized(contents, 2)
  }

  private static let labels = ["CN": "550403", "C": "550406", "L": "550407", "ST": "550408", "O": "55040a", "OU": "55040b"]

  /// `CN=IPC, O=Example, Inc.`: a comma begins an attribute only before a label.
  private static func name(ofCertificate text: String) -> [UInt8] {
    var attributes: [(String, String)] = []
    for part in text.split(separator: ", ", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", maxSplits: 1).map(String.init)
      if sides.count == 2, let label = labels[sides[0]] {
        attributes.append((label, sides[1]))
      } else if sides.count == 2, sides[0] == "emailAddress" {
        attributes.append(("2a864886f70d010901", sides[1]))
      } else if let last = attributes.indices.last {
        attributes[last].1 += ", " + part
      } else {
        attributes.append((labels["CN"]!, String(part)))
      }
    }
    return der(0x30, attributes.flatMap { der(0x31, der(0x30, der(6, hex($0.0)) + der(0x0C, ascii($0.1)))) })
  }

  private static func certificate(subject: String, issuer: String) -> [UInt8] {
    var body = hex("a003020102 020101") + der(0x30, hex("06082a8648ce3d040302")) + name(ofCertificate: issuer)
    body += der(0x30, der(0x17, ascii("260101000000Z")) + der(0x17, ascii("360101000000Z")))
    if subject.hasPrefix("DNS=") {
      body += name(ofCertificate: "CN=Lab") + der(0x30, [])
      let names = der(0x30, der(0x82, ascii(String(subject.dropFirst(4)))))
      body += der(0xA3, der(0x30, der(0x30, hex("0603551d11") + der(4, names))))
    } else {
      body += name(ofCertificate: subject) + der(0x30, [])
    }
    return der(0x30, der(0x30, body) + der(0x30, []) + hex("030100"))
  }
}
