/// TLS (RFC 8446, RFC 5246) on any port: the server that a client asks for, and up to TLS 1.2 the server's certificate.
///
/// Server name, offered protocols and the fingerprint of the hello are reported about the client; subject and issuer of the leaf
/// certificate about the server. TLS 1.3 encrypts certificates. A client's certificate is not reported, because apps hold one of their
/// vendor too.
public struct TLSRecognizer: Recognizer {
  public let name = "tls"
  public let transports: Transports = .tcp

  public init() {}

  /// Recognizes a handshake record that begins with a ClientHello or ServerHello.
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
    // Every hello begins with the version, unless the record ends before it.
    let version = TLSRecord.headerSize + HandshakeReader.headerSize
    guard bytes.byteCount >= TLSRecord.headerSize + 1 else { return .needMore }
    guard bytes.u16(3) >= HandshakeReader.headerSize + 2 else { return .mine }
    if bytes.byteCount > version, bytes.u8(version) != 3 { return .notMine }
    return bytes.byteCount > version ? .mine : .needMore
  }

  /// Recognizes a stream joined after the handshake, where nothing can be learnt: encrypted data, an alert or a change of cipher.
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
  /// Bytes that a record carries, including those that encryption may add (RFC 5246 section 6.2.3).
  static let lengthLimit = 16384 + 2048

  struct Kind: RawRepresentable, Equatable {
    let rawValue: UInt8
    static let changeCipherSpec = Kind(rawValue: 20)
    static let alert = Kind(rawValue: 21)
    static let handshake = Kind(rawValue: 22)
    static let applicationData = Kind(rawValue: 23)
  }
}

/// Splits one direction into records, and their contents into handshake messages. Messages may begin and end anywhere in records.
/// Only the ClientHello and the first certificate of a server are buffered.
struct HandshakeReader {
  static let headerSize = 4
  /// Bytes buffered of one handshake message.
  static let messageLimit = 16384
  /// Bytes before the first certificate: the lengths of the list and of the certificate.
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
    /// `body` holds the two lengths and the server's leaf certificate.
    case certificate
    /// The rest is encrypted.
    case encrypted
    /// The stream is not TLS, or a message exceeds the limit.
    case malformed
  }

  /// The message of the last step.
  private(set) var body: [UInt8] = []
  /// The beginning of a ClientHello whose end is missing.
  private(set) var cutHello: [UInt8] = []
  private var isOutOfSync = false

  /// The part of the record's header that was read, and the bytes of its content that were not.
  private var recordHeader: UInt64 = 0
  private var recordHeaderCount = 0
  private var recordLeft = 0

  private var messageHeader: UInt32 = 0
  private var messageHeaderCount = 0
  private var messageLength = 0
  private var messageLeft = 0
  /// Bytes of the current message to buffer; 0 for messages of no interest.
  private var wanted = 0
  private var hasClientHello = false
  private(set) var hasServerHello = false

  /// Notes that bytes are missing. Records cannot be found any more.
  mutating func gap() {
    if body.count < wanted, !hasServerHello { cutHello = body }
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
    var rest = content
    while rest.byteCount > 0, body.count < wanted {
      let part = rest.slice(0, wanted - body.count)
      body.append(part)
      rest = rest.slice(part.byteCount)
      guard body.count == wanted else { return nil }
      if Kind(rawValue: UInt8(messageHeader >> 24)) == .clientHello { return .clientHello }
      guard wanted == Self.certificateHeaderSize else { return .certificate }
      // The length of the list, then that of the leaf.
      wanted += Int(body[3]) << 16 | Int(body[4]) << 8 | Int(body[5])
      guard wanted > Self.certificateHeaderSize, wanted <= messageLength, wanted <= Self.messageLimit else { return .malformed }
    }
    return nil
  }
}

final class TLSParser: Parser {
  private var readers = PerDirection(HandshakeReader())
  /// The name that the client asked for.
  private var serverName: String?
  /// The side whose hello was cut, until that is reported.
  private var cutBy: Direction?

  func gap(in direction: Direction) {
    readers[direction].gap()
    if !readers[direction].cutHello.isEmpty { cutBy = direction }
  }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let side = message.direction
    if let cutBy {
      reportCut(by: cutBy, message, into: &sink)
      self.cutBy = nil
    }
    var position = 0
    while true {
      switch readers[side].next(message.payload, at: &position) {
      case .needMore: return .mine
      case .malformed: return .done
      case .encrypted:
        answered(by: side, into: &sink)
        return .done
      case .clientHello:
        let owned = readers[side].body
        guard unsafe clientHello(owned.span.bytes, into: &sink) else { return .done }
      case .certificate:
        answered(by: side, into: &sink)
        let owned = readers[side].body
        unsafe Certificate.report(owned.span.bytes.slice(HandshakeReader.certificateHeaderSize), into: &sink)
        return .done
      }
    }
  }

  /// Reports what was captured of a hello whose end is missing.
  private func reportCut(by side: Direction, _ message: borrowing Message, into sink: inout ObservationSink) {
    let owned = readers[side].cutHello
    let hello = unsafe ClientHello(decoding: owned.span.bytes, length: .max, over: .tcp)
    let isByReceiver = side != message.direction
    sink.emit(.tlsServerName, hello.serverName ?? "", about: isByReceiver ? .receiver : .sender)
    hello.reportTrait(isCut: true, isByReceiver: isByReceiver, into: &sink)
    serverName = hello.serverName
  }

  /// The server took part: more than a name that anybody can ask for.
  private func answered(by side: Direction, into sink: inout ObservationSink) {
    if let serverName, readers[side].hasServerHello { sink.emitAnswered(serverName) }
  }

  /// Reports what the hello asks for, up to the first malformed part. Returns whether there is none.
  private func clientHello(_ body: RawSpan, into sink: inout ObservationSink) -> Bool {
    let hello = ClientHello(decoding: body, over: .tcp)
    sink.emit(.tlsServerName, hello.serverName ?? "")
    for name in hello.protocols { sink.emit(.tlsALPN, name) }
    hello.reportTrait(into: &sink)
    if hello.isComplete, sink.wants(.tlsJA4) { sink.emit(.tlsJA4, hello.ja4) }
    serverName = hello.serverName
    return hello.isComplete
  }
}
