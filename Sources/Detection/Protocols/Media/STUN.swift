/// STUN and TURN (RFC 8489, 8656) on any port, and the older form (RFC 3489) on the usual ones: clients learn their public address.
///
/// Everything that calls or streams through NAT uses STUN: browsers, phones, game consoles, cameras. Only the name of the sender's program
/// is reported. Later messages of the conversation (DTLS, RTP) are classified separately.
public struct STUNRecognizer: Recognizer {
  static let magicCookie: UInt32 = 0x2112_A442
  static let headerSize = 20
  /// Attributes read of one message.
  static let attributeLimit = 64
  /// Bytes of a message in a stream.
  static let streamMessageLimit = 2048

  public let name = "stun"
  public let transports: Transports = [.udp, .tcp]

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard message.transport == .udp else { return recognizeStream(bytes, into: &sink) }
    guard bytes.byteCount >= Self.headerSize else { return .notMine }
    let first = bytes.u8(0)
    // DTLS and RTP share the port (RFC 7983); STUN may come again.
    if DTLSRecord.begins(bytes) || (128...191).contains(first) { return .needMore }
    if isUsualPort(message), (64...79).contains(first) {
      // Data through a TURN server (RFC 8656 section 12.4), padded or not.
      let length = Int(bytes.u16(2)) + 4
      return (length...length + 3).contains(message.length) ? .message : .notMine
    }
    // The standard requires multiples of four, but not all senders comply.
    guard first < 64, Int(bytes.u16(2)) + Self.headerSize == message.length else { return .notMine }
    guard bytes.u32(4) == Self.magicCookie || isUsualPort(message) && Self.isClassic(bytes) else { return .notMine }
    Self.report(bytes, into: &sink)
    return .message
  }

  private func isUsualPort(_ message: borrowing Message) -> Bool {
    message.hasPort(3478) || message.hasPort(3479) || message.hasPort(19302)
  }

  /// Recognizes the messages of RFC 3489: Binding and Shared Secret with their answers and errors.
  private static func isClassic(_ bytes: RawSpan) -> Bool {
    switch bytes.u16(0) {
    case 0x0001, 0x0101, 0x0111, 0x0002, 0x0102, 0x0112: true
    default: false
    }
  }

  /// Recognizes a stream by its first message. The rest goes through the server.
  private func recognizeStream(_ bytes: RawSpan, into sink: inout ObservationSink) -> Disposition {
    if bytes.byteCount > 0, bytes.u8(0) >= 64 { return .notMine }
    guard bytes.byteCount >= 8 else { return .needMore }
    let length = Int(bytes.u16(2)) + Self.headerSize
    guard bytes.u32(4) == Self.magicCookie, length % 4 == 0, length <= Self.streamMessageLimit else { return .notMine }
    guard bytes.byteCount >= length else { return .needMore }
    Self.report(bytes.slice(0, length), into: &sink)
    return .done
  }

  private static func report(_ bytes: RawSpan, into sink: inout ObservationSink) {
    var attributes = Cursor(bytes.slice(headerSize))
    for _ in 0..<attributeLimit {
      guard let type = try? attributes.u16(), let length = try? attributes.u16(), let value = try? attributes.take(Int(length)) else {
        return
      }
      if type == 0x8022 { sink.emit(.stunSoftware, value.trimmed.text()) }
      guard (try? attributes.skip(-Int(length) & 3)) != nil else { return }
    }
  }
}
