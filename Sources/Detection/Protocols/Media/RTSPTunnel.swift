/// RTSP within HTTP, as QuickTime began it ("Tunnelling RTSP and RTP over HTTP", Apple 1999; ONVIF Streaming Specification section 5.1.1.3):
/// the viewer opens two connections that a cookie joins. The answer to its GET has no end and is what the server says, RTSP with media
/// between; the body of its POST is what it asks, in base64. Each connection is read by itself: the server is who answers the GET.
final class RTSPTunnel {
  /// Bytes of requests that are looked at, as they are written.
  static let requestLimit = 65536

  private let parser = RTSPParser(stream: "RTSP over HTTP")
  private var base64 = Base64Decoder()
  private var requestBytes = 0

  func gap(fromOriginator: Bool) {
    parser.gap(fromOriginator: fromOriginator)
    // Where a group of four begins is not known any more.
    if fromOriginator { base64.fail() }
  }

  /// Bytes of an answer's body.
  func answer(_ bytes: RawSpan, of message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    give(bytes, of: message, into: &sink)
  }

  /// Bytes of a request's body.
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
      fromOriginator: message.fromOriginator, time: message.time, packet: message.packet)
    return parser.consume(inner, into: &sink)
  }
}

/// Base64 (RFC 4648 section 4) as it comes: padding ends a group and another text may follow it; line ends are skipped.
struct Base64Decoder {
  private var bits: UInt32 = 0
  private var count = 0
  /// Something else was among it: nothing more is decoded.
  private(set) var isBroken = false

  mutating func fail() { isBroken = true }

  mutating func decode(_ bytes: RawSpan) -> [UInt8] {
    var decoded: [UInt8] = []
    for index in 0..<bytes.byteCount where !isBroken {
      let byte = bytes.u8(index)
      if byte == 0x0D || byte == 0x0A || byte == 0x20 { continue }
      if byte == 0x3D {
        (bits, count) = (0, 0)
        continue
      }
      guard let value = Self.value(byte) else {
        isBroken = true
        break
      }
      bits = bits << 6 | UInt32(value)
      count += 1
      // Of a group's four digits, each but the first completes a byte.
      if count > 1 { decoded.append(UInt8(truncatingIfNeeded: bits >> (2 * UInt32(4 - count)))) }
      if count == 4 { (bits, count) = (0, 0) }
    }
    return decoded
  }

  private static func value(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x41...0x5A: byte - 0x41
    case 0x61...0x7A: byte - 0x61 + 26
    case 0x30...0x39: byte - 0x30 + 52
    case 0x2B: 62
    case 0x2F: 63
    default: nil
    }
  }
}
