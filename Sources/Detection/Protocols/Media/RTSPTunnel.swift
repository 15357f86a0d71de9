/// RTSP within HTTP ("Tunnelling RTSP and RTP over HTTP", Apple 1999; ONVIF Streaming Specification section 5.1.1.3):
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
