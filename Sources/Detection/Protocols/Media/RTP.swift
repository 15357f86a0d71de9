/// RTP over UDP (RFC 3550): which side sends what.
///
/// Where RTSP announced the ports, the session description names the codec of the first packet. Elsewhere consistency decides: the
/// same source, sequence numbers that count on, timestamps that keep near, over several packets. Calls, games and television send it as
/// much as cameras: the codec, and that it is RTP, is all that is said. Those who only receive send RTCP and empty packets, which say
/// nothing.
public struct RTPRecognizer: Recognizer {
  public let name = "rtp"
  public let transports: Transports = .udp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    if case .rtp(let codecs)? = message.expectation?.kind {
      guard let header = RTPHeader(bytes, length: message.length) else { return .needMore }
      guard let codec = codecs[header.payloadType] ?? RTPCodec.assigned[header.payloadType] else { return .mine }
      sink.emit(.rtpPayload, codec)
      sink.stream("RTP " + codec)
      return .done
    }
    guard message.source.port > 1023, message.destination.port > 1023 else { return .notMine }
    if RTPParser.couldBeRTP(bytes, length: message.length) { return .mine }
    // A receiver may speak first, to open a way through NAT: a report, or a bare header.
    let isBareHeader = message.length == 12 && bytes.byteCount == 12 && bytes.u8(0) == 0x80
    return RTPHeader.isRTCP(bytes) || isBareHeader ? .needMore : .notMine
  }

  public func makeParser() -> any Parser { RTPParser() }
}

final class RTPParser: Parser {
  /// Packets in order that make a conversation RTP, and strangers that make it something else.
  static let packetsNeeded = 4
  static let strangerLimit = 4
  /// Messages of a conversation that are looked at, and after one side is decided.
  static let messageLimit = 2000
  static let afterwards = 64
  /// Packets that may be missing between two, and ticks between their timestamps (a minute at 90 kHz).
  static let lossLimit: UInt16 = 16
  static let timestampLimit: Int32 = 60 * 90_000

  private struct Direction {
    var header: RTPHeader?
    var inOrder = 0
    var strangers = 0
    var content = RTPContent()
    var isReported = false
  }

  private var directions = [Direction(), Direction()]
  private var messages = 0
  private var deadline: Int?

  /// Whether a single datagram has the shape: nothing but the shape is known yet.
  static func couldBeRTP(_ bytes: RawSpan, length: Int) -> Bool {
    guard let header = RTPHeader(bytes, length: length) else { return false }
    return RTPCodec.isPlausible(header.payloadType) && !header.hasContributors && header.source != 0
  }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let side = message.fromOriginator ? 0 : 1
    messages += 1
    if !isBeside(message.payload) {
      if let header = RTPHeader(message.payload, length: message.length) {
        add(header, message, side, into: &sink)
      } else {
        directions[side].strangers += 1
      }
    }
    if directions.allSatisfy(\.isReported) { return .done }
    if directions.contains(where: \.isReported) {
      deadline = deadline ?? messages + Self.afterwards
      return messages >= deadline! ? .done : .mine
    }
    let isRTP = directions.contains { $0.inOrder >= Self.packetsNeeded }
    if !isRTP, directions.contains(where: { $0.strangers >= Self.strangerLimit }) || messages > Self.afterwards {
      return .notMine
    }
    return messages >= Self.messageLimit ? .done : .mine
  }

  /// What shares the ports with RTP: RTCP, STUN, DTLS (RFC 7983).
  private func isBeside(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount > 0 else { return true }
    return RTPHeader.isRTCP(bytes) || bytes.u8(0) < 4 || (20...63).contains(bytes.u8(0))
  }

  private func add(_ header: RTPHeader, _ message: borrowing Message, _ side: Int, into sink: inout ObservationSink) {
    guard !directions[side].isReported else { return }
    guard let last = directions[side].header else {
      directions[side].header = header
      directions[side].inOrder = 1
      return inspect(header, message, side, into: &sink)
    }
    let isEstablished = directions[side].inOrder >= Self.packetsNeeded
    guard header.source == last.source else { return isEstablished ? () : restart(header, side) }
    let step = header.sequence &- last.sequence
    let ticks = Int32(bitPattern: header.timestamp &- last.timestamp)
    // Twice the same, an older one, or another payload type of the same source (tones, silence): neither for nor against.
    if step == 0 || step > 0xFFF0 || header.payloadType != last.payloadType { return }
    let isNear = step <= Self.lossLimit && ticks.magnitude <= Self.timestampLimit.magnitude
    guard isNear || isEstablished else { return restart(header, side) }
    directions[side].header = header
    directions[side].inOrder += 1
    inspect(header, message, side, into: &sink)
  }

  private func restart(_ header: RTPHeader, _ side: Int) {
    directions[side].strangers += 1
    directions[side].header = header
    directions[side].inOrder = 1
    directions[side].content = RTPContent()
  }

  private func inspect(_ header: RTPHeader, _ message: borrowing Message, _ side: Int, into sink: inout ObservationSink) {
    let type = header.payloadType
    var codec = directions[side].content.add(header, message.payload.slice(header.size), length: message.length - header.size)
    if codec == nil, let assigned = RTPCodec.assigned[type], type != 26, type != 33 { codec = assigned }
    if codec == nil, directions[side].content.isHopeless { codec = "PT \(type)" }
    guard let codec, directions[side].inOrder >= Self.packetsNeeded else { return }
    directions[side].isReported = true
    sink.emit(.rtpPayload, codec)
    sink.stream("RTP " + codec)
  }
}
