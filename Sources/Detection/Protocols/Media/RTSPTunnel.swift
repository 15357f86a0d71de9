/// RTSP within HTTP, as QuickTime began it ("Tunnelling RTSP and RTP over HTTP", Apple 1999; ONVIF Streaming Specification section 5.1.1.3):
/// the viewer opens two connections, which a cookie joins. The endless answer to its GET carries what the server sends, RTSP and media;
/// the body of its POST carries the requests in base64. Each connection is parsed separately: the side that answers the GET is the server.
final class RTSPTunnel {
  /// Bytes of base64 that are read.
  static let requestLimit = 65536

  private let parser = RTSPParser(stream: "RTSP over HTTP")
  private var base64 = Base64Decoder()
  private var requestBytes = 0

  func gap(in direction: Direction) {
    parser.gap(in: direction)
    // The boundaries of base64 groups are lost.
    if direction == .originator { base64.fail() }
  }

  /// Reads bytes of an answer's body.
  func answer(_ bytes: RawSpan, of message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    give(bytes, of: message, into: &sink)
  }

  /// Reads bytes of a request's body.
  func request(_ bytes: RawSpan, of message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let wanted = bytes.slice(0, Self.requestLimit - requestBytes)
    guard wanted.byteCount > 0 else { return .done }
    requestBytes += wanted.byteCount
    let decoded = base64.decode(wanted)
    if !decoded.isEmpty, case .done = unsafe give(decoded.span.bytes, of: message, into: &sink) { return .done }
    return base64.isBroken ? .done : .mine
  }

  private func give(_ bytes: RawSpan, of message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let inner = Message(
      payload: bytes, length: bytes.byteCount, transport: message.transport, source: message.source, destination: message.destination,
      direction: message.direction, time: message.time, packet: message.packet)
    return parser.consume(inner, into: &sink)
  }
}

/// Decodes a stream of base64 (RFC 4648 section 4). Padding ends a group, and another text may follow; line ends are skipped.
struct Base64Decoder {
  private var bits: UInt32 = 0
  private var count = 0
  /// The stream contained something else. Nothing more is decoded.
  private(set) var isBroken = false

  mutating func fail() { isBroken = true }

  mutating func decode(_ bytes: RawSpan) -> [UInt8] {
    var decoded: [UInt8] = []
    for index in 0..<bytes.byteCount where !isBroken {
      let byte = bytes.u8(index)
      if ASCII.isLineEnd(byte) || byte == ASCII.space { continue }
      if byte == ASCII.equals {
        (bits, count) = (0, 0)
        continue
      }
      guard let value = Self.value(byte) else {
        isBroken = true
        break
      }
      bits = bits << 6 | UInt32(value)
      count += 1
      // Each of the four digits of a group but the first completes a byte.
      if count > 1 { decoded.append(UInt8(truncatingIfNeeded: bits >> (2 * UInt32(4 - count)))) }
      if count == 4 { (bits, count) = (0, 0) }
    }
    return decoded
  }

  private static func value(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
    case ASCII.plus: 62
    case ASCII.slash: 63
    default: nil
    }
  }
}
