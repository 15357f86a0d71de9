/// DTLS 1.0 and 1.2 (RFC 4347, 6347), and the hellos of 1.3 (RFC 9147), on any port: the server that the client asks for, and the
/// fingerprint of its hello. Each datagram is classified separately, so that media following the handshake is not taken for DTLS. Browsers
/// in a call use it as well as cameras.
public struct DTLSRecognizer: Recognizer {
  public let name = "dtls"
  public let transports: Transports = .udp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    // STUN and media share the port (RFC 7983).
    guard DTLSRecord.begins(bytes) else { return bytes.byteCount > 0 && bytes.u8(0) < 4 ? .needMore : .notMine }
    guard DTLSRecord.fillsDatagram(bytes, length: message.length) else { return .notMine }
    if bytes.u8(0) == TLSRecord.Kind.handshake.rawValue {
      Self.report(bytes.slice(DTLSRecord.headerSize, Int(bytes.u16(11))), into: &sink)
    }
    return .message
  }

  /// Reports a ClientHello that is not fragmented (RFC 6347 section 4.2.2).
  private static func report(_ handshake: RawSpan, into sink: inout ObservationSink) {
    let headerSize = 12
    guard handshake.byteCount > headerSize, handshake.u8(0) == HandshakeReader.Kind.clientHello.rawValue else { return }
    let length = handshake.u32(0) & 0xFF_FFFF
    guard handshake.u32(5) & 0xFF_FFFF == 0, handshake.u32(8) & 0xFF_FFFF == length else { return }
    let hello = ClientHello(decoding: handshake.slice(headerSize, Int(length)), length: Int(length), over: .dtls)
    sink.emit(.tlsServerName, hello.serverName ?? "")
    if hello.isComplete, sink.wants(.tlsJA4) { sink.emit(.tlsJA4, hello.ja4) }
  }
}

/// The record layer (RFC 6347 section 4.1).
enum DTLSRecord {
  static let headerSize = 13
  /// Records read of one datagram.
  static let recordLimit = 16

  /// Recognizes a record's header: an assigned type, and the complement of a version.
  static func begins(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= headerSize, (20...26).contains(bytes.u8(0)) else { return false }
    // DTLS 1.0, 1.2, and the version of OpenSSL before 0.9.8f.
    return bytes.u16(1) == 0xFEFF || bytes.u16(1) == 0xFEFD || bytes.u16(1) == 0x0100
  }

  /// Checks that the last record ends with the datagram, as far as the capture shows.
  static func fillsDatagram(_ bytes: RawSpan, length: Int) -> Bool {
    var position = 0
    for _ in 0..<recordLimit {
      guard bytes.byteCount - position >= headerSize else { return bytes.byteCount < length }
      guard begins(bytes.slice(position)) else { return false }
      position += headerSize + Int(bytes.u16(position + 11))
      if position >= length { return position == length }
    }
    return true
  }
}
