/// TLS (RFC 8446, RFC 5246) on any port: whom clients ask for, and up to TLS 1.2 the server's certificate.
///
/// The server's name, the protocols offered and the fingerprint of the hello are said of the client; subject and issuer of the leaf certificate of the server.
/// Certificates of TLS 1.3 are encrypted. Of what a client presents nothing is said: an app holds its vendor's certificate too.
public struct TLSRecognizer: Recognizer {
  public let name = "tls"
  public let transports: Transports = .tcp

  public init() {}

  /// A record of handshake that begins with ClientHello or ServerHello, as far as the bytes go.
  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    if Self.isLaterRecord(bytes) { return .done }
    for index in 0..<Swift.min(bytes.byteCount, TLSRecord.headerSize + 1) {
      let byte = bytes.u8(index)
      let fits =
        switch index {
        case 0: byte == TLSRecord.Kind.handshake.rawValue
        case 1: byte == 3
        case 2: byte <= 4
        case 3: byte <= TLSRecord.lengthLimit >> 8
        case 4: (1...TLSRecord.lengthLimit).contains(Int(bytes.u16(3)))
        default: byte == HandshakeReader.Kind.clientHello.rawValue || byte == HandshakeReader.Kind.serverHello.rawValue
        }
      guard fits else { return .notMine }
    }
    // The version that every hello begins with, unless the record ends before.
    let version = TLSRecord.headerSize + HandshakeReader.headerSize
    guard bytes.byteCount >= TLSRecord.headerSize + 1 else { return .needMore }
    guard bytes.u16(3) >= HandshakeReader.headerSize + 2 else { return .mine }
    if bytes.byteCount > version, bytes.u8(version) != 3 { return .notMine }
    return bytes.byteCount > version ? .mine : .needMore
  }

  /// Joined after the handshake: a record of encrypted data, an alert or a change of cipher, which says nothing of anybody.
  private static func isLaterRecord(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= TLSRecord.headerSize, (20...23).contains(bytes.u8(0)), bytes.u8(0) != TLSRecord.Kind.handshake.rawValue,
      bytes.u8(1) == 3, bytes.u8(2) <= 4
    else { return false }
    return (1...TLSRecord.lengthLimit).contains(Int(bytes.u16(3)))
  }

  public func makeParser() -> any Parser { TLSParser() }
}

/// The record layer (RFC 8446 section 5.1).
enum TLSRecord {
  static let headerSize = 5
  /// Of what a record carries, with what encryption may add (RFC 5246 section 6.2.3).
  static let lengthLimit = 16384 + 2048

  struct Kind: RawRepresentable, Equatable {
    let rawValue: UInt8
    static let changeCipherSpec = Kind(rawValue: 20)
    static let alert = Kind(rawValue: 21)
    static let handshake = Kind(rawValue: 22)
    static let applicationData = Kind(rawValue: 23)
  }
}

/// Cuts one direction into records and the handshake messages that they carry, in pieces and across each other as they like.
/// Keeps only what is looked at: the ClientHello, and of a server's Certificate the first one.
struct HandshakeReader {
  static let headerSize = 4
  /// Bytes kept of one handshake message.
  static let messageLimit = 16384
  /// Lengths of the list and of its first certificate, before it.
  static let certificateHeaderSize = 6

  struct Kind: RawRepresentable, Equatable {
    let rawValue: UInt8
    static let clientHello = Kind(rawValue: 1)
    static let serverHello = Kind(rawValue: 2)
    static let certificate = Kind(rawValue: 11)
  }

  enum Step {
    case needMore
    /// `body` holds the ClientHello.
    case clientHello
    /// `body` holds a server's leaf certificate behind the two lengths.
    case certificate
    /// What follows is encrypted.
    case encrypted
    /// This is no TLS, or more than is kept.
    case malformed
  }

  /// The message that the last step is about.
  private(set) var body: [UInt8] = []
  private var isOutOfSync = false

  /// The record's header as far as it came, and what is still to come of its content.
  private var recordHeader: UInt64 = 0
  private var recordHeaderCount = 0
  private var recordLeft = 0

  private var messageHeader: UInt32 = 0
  private var messageHeaderCount = 0
  private var messageLength = 0
  private var messageLeft = 0
  /// Bytes of the message at hand to keep; 0 for those that nobody wants.
  private var wanted = 0
  private var hasClientHello = false
  private var hasServerHello = false

  /// Bytes are missing here: what follows cannot be told apart.
  mutating func gap() {
    isOutOfSync = true
    body = []
  }

  mutating func next(_ piece: RawSpan, at position: inout Int) -> Step {
    while !isOutOfSync, position < piece.byteCount {
      if recordLeft == 0 {
        recordHeader = recordHeader << 8 | UInt64(piece.u8(position))
        recordHeaderCount += 1
        position += 1
        if recordHeaderCount == TLSRecord.headerSize, let step = beginRecord() { return step }
        continue
      }
      let content = piece.slice(position, recordLeft)
      let used: Int
      if recordKind == .handshake {
        if messageLeft == 0 {
          used = 1
          if let step = header(content.u8(0)) { return step }
        } else {
          used = Swift.min(content.byteCount, messageLeft)
          messageLeft -= used
          if let step = keep(content.slice(0, used)) {
            position += used
            recordLeft -= used
            return step
          }
        }
      } else {
        used = content.byteCount
      }
      position += used
      recordLeft -= used
    }
    return .needMore
  }

  private var recordKind: TLSRecord.Kind { TLSRecord.Kind(rawValue: UInt8(truncatingIfNeeded: recordHeader >> 32)) }

  private mutating func beginRecord() -> Step? {
    recordHeaderCount = 0
    recordLeft = Int(recordHeader & 0xFFFF)
    let version = recordHeader >> 16 & 0xFFFF
    guard (0x0300...0x0304).contains(version), recordLeft <= TLSRecord.lengthLimit else { return .malformed }
    switch recordKind {
    case .handshake, .alert: return nil
    case .changeCipherSpec, .applicationData: return .encrypted
    default: return .malformed
    }
  }

  private mutating func header(_ byte: UInt8) -> Step? {
    messageHeader = messageHeader << 8 | UInt32(byte)
    messageHeaderCount += 1
    guard messageHeaderCount == Self.headerSize else { return nil }
    messageHeaderCount = 0
    messageLength = Int(messageHeader & 0xFF_FFFF)
    messageLeft = messageLength
    wanted = 0
    body = []
    switch Kind(rawValue: UInt8(messageHeader >> 24)) {
    case .clientHello where !hasClientHello:
      hasClientHello = true
      wanted = messageLength
    case .serverHello: hasServerHello = true
    case .certificate where hasServerHello: wanted = Swift.min(messageLength, Self.certificateHeaderSize)
    default: break
    }
    return wanted > Self.messageLimit ? .malformed : nil
  }

  private mutating func keep(_ content: RawSpan) -> Step? {
    guard wanted > 0 else { return nil }
    let isHello = Kind(rawValue: UInt8(messageHeader >> 24)) == .clientHello
    for index in 0..<content.byteCount {
      body.append(content.u8(index))
      guard body.count == wanted else { continue }
      if isHello { return .clientHello }
      guard wanted == Self.certificateHeaderSize else { return .certificate }
      // The list's length, then the leaf's.
      wanted += Int(body[3]) << 16 | Int(body[4]) << 8 | Int(body[5])
      guard wanted > Self.certificateHeaderSize, wanted <= messageLength, wanted <= Self.messageLimit else { return .malformed }
    }
    return nil
  }
}

final class TLSParser: Parser {
  private var readers = [HandshakeReader(), HandshakeReader()]

  func gap(fromOriginator: Bool) { readers[fromOriginator ? 0 : 1].gap() }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let side = message.fromOriginator ? 0 : 1
    var position = 0
    while true {
      switch readers[side].next(message.payload, at: &position) {
      case .needMore: return .mine
      case .encrypted, .malformed: return .done
      case .clientHello:
        let owned = readers[side].body
        guard unsafe Self.clientHello(owned.span.bytes, into: &sink) else { return .done }
      case .certificate:
        let owned = readers[side].body
        unsafe Certificate.report(owned.span.bytes.slice(HandshakeReader.certificateHeaderSize), into: &sink)
        return .done
      }
    }
  }

  /// Says what the hello asks for, up to what is malformed; false if something is.
  private static func clientHello(_ body: RawSpan, into sink: inout ObservationSink) -> Bool {
    let hello = ClientHello(decoding: body, over: .tcp)
    sink.emit(.tlsServerName, hello.serverName ?? "")
    for name in hello.protocols { sink.emit(.tlsALPN, name) }
    if hello.isComplete, sink.wants(.tlsJA4) { sink.emit(.tlsJA4, hello.ja4) }
    return hello.isComplete
  }
}

/// The certificate of RFC 5280 section 4.1, as far as it names its holder.
enum Certificate {
  /// Attributes of one name, and bytes of each.
  static let attributeLimit = 16
  static let valueLimit = 256
  /// Names of subjectAltName that are said.
  static let alternativeLimit = 8

  private static let subjectAltName: [UInt8] = [0x55, 0x1D, 0x11]
  private static let emailAddress: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x01]

  /// Says subject, issuer and DNS names about the sender, up to what is malformed.
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

  /// `CN=…, O=…` in the certificate's own order; attributes that are not known are left out.
  private static func name(_ bytes: RawSpan) throws(DecodeError) -> String {
    var name = DERReader(bytes)
    var text = ""
    var count = 0
    while !name.isAtEnd, count < attributeLimit {
      var set = DERReader(try name.next(.set))
      while !set.isAtEnd, count < attributeLimit {
        var attribute = DERReader(try set.next(.sequence))
        let label = label(try attribute.next(.objectIdentifier))
        let value = try attribute.next()
        count += 1
        guard let label, let value = value.text(limit: valueLimit), !value.isEmpty else { continue }
        text += (text.isEmpty ? "" : ", ") + label + "=" + value
      }
    }
    return text
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
    var said = 0
    while !names.isAtEnd, said < alternativeLimit {
      let name = try names.next()
      guard name.tag == .context(2), name.contents.isPrintable else { continue }
      sink.emit(.tlsCertificateSubject, "DNS=" + name.contents.text(limit: RawSpan.hostNameLimit))
      said += 1
    }
  }
}
