/// RTP over UDP (RFC 3550): the codec that each side sends.
///
/// If RTSP announced the ports, the session description names the codec of the first packet. Otherwise consistency over several packets
/// decides: one source, consecutive sequence numbers, timestamps close to each other. Calls, games and television use RTP as much as
/// cameras, but calls go both ways or are encrypted, so video in the clear that flows to one host and gets no media back is reported as
/// such: after a while, or once the sender reports on it (RTCP). Receivers send RTCP and empty packets, which reveal nothing.
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
      sink.stream(
        "RTP " + codec, isAsked: true, isVideo: RTPCodec.isVideo(codec), isLive: message.expectation?.isLive == true)
      return .done
    }
    if case .reports(let source, let codec)? = message.expectation?.kind, RTPHeader.isSenderReport(bytes, of: source) {
      sink.emit(.rtpVideo, codec)
      return .done
    }
    guard message.source.port > 1023, message.destination.port > 1023 else { return .notMine }
    if RTPParser.couldBeRTP(bytes, length: message.length) { return .mine }
    // A receiver may send first, to open a way through NAT: a report, or a bare header.
    let isBareHeader = message.length == 12 && bytes.byteCount == 12 && bytes.u8(0) == 0x80
    return RTPHeader.isRTCP(bytes) || isBareHeader ? .needMore : .notMine
  }

  public func makeParser() -> any Parser { RTPParser() }
}

final class RTPParser: Parser {
  /// Packets in order that prove RTP, and other packets that refute it.
  static let packetsNeeded = 4
  static let strangerLimit = 4
  /// Messages of a conversation that are read, and those read after one side is decided.
  static let messageLimit = 2000
  static let afterwards = 64
  /// Packets that may be missing between two, and the greatest difference of their timestamps (a minute at 90 kHz).
  static let lossLimit: UInt16 = 16
  static let timestampLimit: Int32 = 60 * 90_000
  /// Packets of video, and nanoseconds from the first to the last, that must pass one way before video is reported; and messages in
  /// which they must come. With a report of the sender fewer packets suffice.
  static let videoPackets = 60
  static let reportedPackets = 12
  static let videoSpan: Int64 = 2_000_000_000
  static let videoLimit = 1000

  private struct Side {
    var header: RTPHeader?
    var inOrder = 0
    var strangers = 0
    var content = RTPContent()
    var isReported = false
    /// The codec of video in the clear, its packets, and the time of the first.
    var video: String?
    var videoPackets = 0
    var start = Timestamp.zero
  }

  private var sides = PerDirection(Side())
  private var messages = 0
  private var deadline: Int?

  /// Judges a single datagram by its form.
  static func couldBeRTP(_ bytes: RawSpan, length: Int) -> Bool {
    guard let header = RTPHeader(bytes, length: length) else { return false }
    return RTPCodec.isPlausible(header.payloadType) && !header.hasContributors && header.source != 0
  }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let side = message.direction
    messages += 1
    if let video = sides[side].video, sides[side].videoPackets >= Self.reportedPackets, sides[side.opposite].header == nil,
      let source = sides[side].header?.source, RTPHeader.isSenderReport(message.payload, of: source)
    {
      sides[side].video = nil
      sink.emit(.rtpVideo, video)
    }
    if !isBeside(message.payload) {
      if let header = RTPHeader(message.payload, length: message.length) {
        add(header, message, side, into: &sink)
      } else {
        sides[side].strangers += 1
      }
    }
    if sides.allSatisfy(\.isReported) { return .done }
    if sides.contains(where: { $0.video != nil }) {
      return messages >= Self.videoLimit ? .done : .mine
    }
    if sides.contains(where: \.isReported) {
      deadline = deadline ?? messages + Self.afterwards
      return messages >= deadline! ? .done : .mine
    }
    let isRTP = sides.contains { $0.inOrder >= Self.packetsNeeded }
    if !isRTP, sides.contains(where: { $0.strangers >= Self.strangerLimit }) || messages > Self.afterwards {
      return .notMine
    }
    return messages >= Self.messageLimit ? .done : .mine
  }

  /// Recognizes protocols that share the ports with RTP: RTCP, STUN, DTLS (RFC 7983).
  private func isBeside(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount > 0 else { return true }
    return RTPHeader.isRTCP(bytes) || bytes.u8(0) < 4 || (20...63).contains(bytes.u8(0))
  }

  private func add(_ header: RTPHeader, _ message: borrowing Message, _ side: Direction, into sink: inout ObservationSink) {
    if sides[side].isReported { return count(header, message, side, into: &sink) }
    guard let last = sides[side].header else {
      sides[side].header = header
      sides[side].inOrder = 1
      return inspect(header, message, side, into: &sink)
    }
    let isEstablished = sides[side].inOrder >= Self.packetsNeeded
    guard header.source == last.source else { return isEstablished ? () : restart(header, side) }
    let step = header.sequence &- last.sequence
    let ticks = Int32(bitPattern: header.timestamp &- last.timestamp)
    // A repeated or an older packet, or another payload type of the same source (tones, silence): neither proves nor refutes.
    if step == 0 || step > 0xFFF0 || header.payloadType != last.payloadType { return }
    let isNear = step <= Self.lossLimit && ticks.magnitude <= Self.timestampLimit.magnitude
    guard isNear || isEstablished else { return restart(header, side) }
    sides[side].header = header
    sides[side].inOrder += 1
    inspect(header, message, side, into: &sink)
  }

  private func restart(_ header: RTPHeader, _ side: Direction) {
    sides[side].strangers += 1
    sides[side].header = header
    sides[side].inOrder = 1
    sides[side].content = RTPContent()
  }

  private func inspect(_ header: RTPHeader, _ message: borrowing Message, _ side: Direction, into sink: inout ObservationSink) {
    let type = header.payloadType
    var codec = sides[side].content.add(header, message.payload.slice(header.size), length: message.length - header.size)
    if codec == nil, let assigned = RTPCodec.assigned[type], type != 26, type != 33 { codec = assigned }
    if codec == nil, sides[side].content.isHopeless { codec = "PT \(type)" }
    guard let codec, sides[side].inOrder >= Self.packetsNeeded else { return }
    sides[side].isReported = true
    sink.emit(.rtpPayload, codec)
    sink.stream("RTP " + codec, isVideo: RTPCodec.isVideo(codec) || codec.hasPrefix("PT "), isLive: RTPCodec.isVideo(codec))
    if RTPCodec.isVideo(codec), codec != "MP2T", message.destination.station.address != .none {
      sides[side].video = codec
      sides[side].start = message.time
    }
  }

  /// Counts packets of video, for as long as the other side sends no media.
  private func count(_ header: RTPHeader, _ message: borrowing Message, _ side: Direction, into sink: inout ObservationSink) {
    guard let video = sides[side].video, header.source == sides[side].header?.source else { return }
    guard sides[side.opposite].header == nil else {
      sides[side].video = nil
      return
    }
    sides[side].videoPackets += 1
    if sides[side].videoPackets == Self.reportedPackets, message.source.port < .max {
      sink.expect(
        Expectation(
          kind: .reports(source: header.source, codec: video), address: message.source.station.address, port: message.source.port + 1))
    }
    guard sides[side].videoPackets >= Self.videoPackets, message.time.isAfter(sides[side].start, by: Nanoseconds(count: Self.videoSpan))
    else { return }
    sides[side].video = nil
    sink.emit(.rtpVideo, video)
  }
}
