/// Live video without a protocol, between two hosts of the local network: H.264 and H.265 byte streams (ITU-T H.264 and H.265, Annex B),
/// MPEG program streams (ISO/IEC 13818-1 section 2.5.3.3) and series of JPEG pictures (ITU-T T.81, Annex B). Action cameras, dash cameras
/// and toy drones send them over plain UDP or TCP, perhaps behind a few bytes of their own.
///
/// Copies of files look the same, but arrive faster: only data that arrives at playback speed is reported. Mirrored screens and phones
/// that serve as webcams look the same too. An MJPEG stream over HTTP that is joined in the middle is found here by its pictures, and
/// reported as such by the headers of its parts.
public struct RawVideoRecognizer: Recognizer {
  public let name = "bare-video"
  public let transports: Transports = [.udp, .tcp]

  /// Bytes that a sender may put before a picture.
  static let headerLimit = 64
  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let (source, destination) = (message.source, message.destination)
    guard Self.isLocal(source.station.address), Self.isLocal(destination.station.address) else { return .notMine }
    if Self.isOthers(source.port) || Self.isOthers(destination.port) { return .notMine }
    let isDatagram = message.transport == .udp
    // RTP is left to its own recognizer, which knows more about it but needs several datagrams.
    if isDatagram, RTPParser.couldBeRTP(message.payload, length: message.length) { return .needMore }
    if VideoHead.first(in: message.payload, from: 0, through: Self.headerLimit, anyPicture: isDatagram) != nil { return .mine }
    // A viewer's commands, or the middle of a picture, may come first.
    if isDatagram { return .needMore }
    if message.payload.byteCount < Self.headerLimit + VideoHead.size { return .needMore }
    return Self.pictureData(message.payload)
  }

  /// Bytes of a stream joined in the middle that are looked at, and marks of JPEG in them that suffice.
  static let sample = 3500
  static let marksNeeded = 8

  /// Recognizes the inside of JPEG pictures: FF is followed by 00, a restart or another marker (ITU-T T.81 section B.1.1), mostly by 00.
  private static func pictureData(_ bytes: RawSpan) -> Disposition {
    var (marks, stuffed, offset) = (0, 0, 0)
    while marks < marksNeeded, let mark = bytes.firstIndex(of: 0xFF, from: offset), mark + 1 < bytes.byteCount, mark < sample {
      switch bytes.u8(mark + 1) {
      case 0, 0xD0...0xD7: stuffed += 1
      case 0xC0, 0xC4, 0xD8, 0xD9, 0xDA, 0xDB, 0xDD, 0xE0, 0xE1, 0xFE: break
      default: return .notMine
      }
      marks += 1
      offset = mark + 2
    }
    if marks >= marksNeeded { return stuffed * 2 >= marks ? .mine : .notMine }
    return bytes.byteCount < sample ? .needMore : .notMine
  }

  public func makeParser() -> any Parser { RawVideoParser() }

  /// Ports of other protocols that carry pictures: ADB, RFB, spacedesk.
  private static func isOthers(_ port: UInt16) -> Bool {
    switch port {
    case 5555, 5800...5999, 28252: true
    default: false
    }
  }

  private static func isLocal(_ address: IPAddress) -> Bool { address.isPrivate || address.isLinkLocal }
}

/// The beginning of a picture from which a stream can be decoded.
struct VideoHead: Equatable {
  enum Format: Equatable {
    case h264, h265, jpeg
    /// A program stream, with its clock: 33 bits of ticks at 90 kHz.
    case programStream(clock: UInt64)

    var name: String {
      switch self {
      case .h264: "H264"
      case .h265: "H265"
      case .jpeg: "JPEG"
      case .programStream: "MPEG-PS"
      }
    }
  }

  let format: Format
  let offset: Int

  /// Bytes that suffice to recognize any head.
  static let size = 256
  /// Bytes within which the next parameter set must begin.
  private static let setLimit = 160

  /// The first head that begins in this range of offsets.
  /// - Parameter anyPicture: a JPEG picture may begin with any segment. That proves little, until many do at the same offset.
  static func first(in bytes: RawSpan, from start: Int, through last: Int, anyPicture: Bool = false) -> VideoHead? {
    var offset = start
    while offset <= last, offset + 4 <= bytes.byteCount {
      let word = bytes.u32(offset)
      if word >> 8 == 1, let format = startCode(bytes, offset) { return VideoHead(format: format, offset: offset) }
      if word >> 8 == 0xFF_D8FF, isPicture(bytes, offset) || anyPicture && isSegment(UInt8(truncatingIfNeeded: word)) {
        return VideoHead(format: .jpeg, offset: offset)
      }
      offset += 1
    }
    return nil
  }

  /// The format of a head that begins with `00 00 01`.
  private static func startCode(_ bytes: RawSpan, _ offset: Int) -> Format? {
    let unit = bytes.u8(offset + 3)
    if unit == 0xBA { return pack(bytes, offset).map { Format.programStream(clock: $0) } }
    if isSequenceSet(bytes, offset + 3), let next = nextUnit(bytes, after: offset + 7), bytes.u8(next) & 0x9F == 8 { return .h264 }
    // H.265: a video parameter set, then a sequence parameter set, both of the base layer.
    if unit == 0x40, bytes.byteCount > offset + 4, bytes.u8(offset + 4) == 1, let next = nextUnit(bytes, after: offset + 5),
      bytes.byteCount > next + 1, bytes.u16(next) == 0x4201
    {
      return .h265
    }
    return nil
  }

  /// Recognizes an H.264 sequence parameter set (section 7.3.2.1): an existing profile and level, and reserved bits of zero.
  private static func isSequenceSet(_ bytes: RawSpan, _ offset: Int) -> Bool {
    guard bytes.byteCount >= offset + 4, bytes.u8(offset) & 0x9F == 7, bytes.u8(offset) & 0x60 != 0 else { return false }
    let profiles: [UInt8] = [66, 77, 88, 100, 110, 122, 244, 44]
    let levels: [UInt8] = [9, 10, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52, 60, 61, 62]
    return profiles.contains(bytes.u8(offset + 1)) && bytes.u8(offset + 2) & 3 == 0 && levels.contains(bytes.u8(offset + 3))
  }

  /// The offset of the next unit's header.
  private static func nextUnit(_ bytes: RawSpan, after start: Int) -> Int? {
    var offset = start
    while offset < start + setLimit, offset + 4 <= bytes.byteCount {
      if bytes.u32(offset) >> 8 == 1 { return offset + 3 }
      offset += 1
    }
    return nil
  }

  /// The clock of a pack header with all marker bits set and another header behind it.
  private static func pack(_ bytes: RawSpan, _ offset: Int) -> UInt64? {
    guard bytes.byteCount >= offset + 14 else { return nil }
    let clock = UInt64(bytes.u16(offset + 4)) << 32 | UInt64(bytes.u32(offset + 6))
    // '01', three bits of clock, marker, fifteen, marker, fifteen, marker, nine of extension, marker.
    guard clock >> 46 == 1, clock >> 42 & 1 == 1, clock >> 26 & 1 == 1, clock >> 10 & 1 == 1, clock & 1 == 1,
      bytes.u8(offset + 12) & 3 == 3
    else { return nil }
    let next = offset + 14 + Int(bytes.u8(offset + 13) & 7)
    guard bytes.byteCount >= next + 4, bytes.u32(next) >> 8 == 1, bytes.u8(next + 3) >= 0xBB else { return nil }
    return (clock >> 43 & 7) << 30 | (clock >> 27 & 0x7FFF) << 15 | clock >> 11 & 0x7FFF
  }

  /// Recognizes the markers of segments that a picture may begin with: frame, tables, restart interval, application data, comment.
  private static func isSegment(_ marker: UInt8) -> Bool {
    switch marker {
    case 0xC0, 0xC4, 0xDB, 0xDD, 0xFE, 0xE0...0xEF: true
    default: false
    }
  }

  /// Recognizes the first segment of a picture: JFIF, Exif, tables or frame header.
  private static func isPicture(_ bytes: RawSpan, _ offset: Int) -> Bool {
    guard bytes.byteCount >= offset + 11 else { return false }
    switch bytes.u8(offset + 3) {
    case 0xE0: return bytes.starts(with: "JFIF\0", at: offset + 6) || bytes.starts(with: "AVI1", at: offset + 6)
    case 0xE1: return bytes.starts(with: "Exif\0", at: offset + 6)
    case 0xDB: return [67, 132].contains(bytes.u16(offset + 4)) && bytes.u8(offset + 6) <= 1
    case 0xC0: return bytes.u16(offset + 4) == 17 && bytes.u8(offset + 6) == 8
    default: return false
    }
  }
}

/// Reads the heads that each side sends, until those of one side make a live stream.
final class RawVideoParser: Parser {
  /// Bytes of a conversation that are read.
  static let byteLimit = 64 << 20

  private var sides = PerDirection(Side())
  private var read = 0

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    read += message.payload.byteCount
    let rhythm = sides[message.direction].feed(message, &sink)
    if case .live(let format) = rhythm {
      if let boundary = sides[message.direction].boundary {
        sink.emit(.httpVideo, boundary)
        sink.stream("MJPEG over HTTP")
        return .done
      }
      let name = format + (message.transport == .tcp ? " over TCP" : " over UDP")
      sink.emit(.bareVideo, name)
      sink.stream(name)
      return .done
    }
    return read > Self.byteLimit || rhythm == .copied ? .done : .mine
  }

  func gap(in direction: Direction) { sides[direction].lose() }

  private struct Side {
    /// Bytes before a picture in which its part's headers are looked for.
    private static let partLimit = 256

    /// The last bytes read, because a head may extend over two pieces, and those of them in which no more heads begin.
    private var tail: [UInt8] = []
    private var searched = 0
    var rhythm = VideoRhythm()
    /// The boundary of a multipart answer over HTTP (RFC 2046 section 5.1), if the last picture is a part of one.
    private(set) var boundary: String?
    /// Where the last head stood in its datagram.
    private var offset = 0
    /// Payloads that were given to signatures, which may know the sender's own header: datagrams, or the beginning of a stream.
    private var shown = 0

    mutating func feed(_ message: borrowing Message, _ sink: inout ObservationSink) -> VideoRhythm.State {
      if message.transport == .udp {
        if shown < 3 {
          shown += 1
          sink.emitPayload(.udpPayload, message.payload, length: message.length)
        }
        if let head = VideoHead.first(in: message.payload, from: 0, through: RawVideoRecognizer.headerLimit, anyPicture: true) {
          // A sender's own header has one size.
          if head.format == .jpeg, head.offset != offset { rhythm = VideoRhythm() }
          offset = head.offset
          rhythm.add(head.format, at: message.time)
        }
        return rhythm.state
      }
      tail.append(message.payload)
      if shown == 0, tail.count >= RawVideoRecognizer.headerLimit {
        shown = 1
        unsafe sink.emitPayload(.tcpPayload, tail.span.bytes, length: tail.count)
      }
      // Only where a whole head fits, so that the result does not depend on how the stream is cut.
      let last = tail.count - VideoHead.size
      while searched <= last, let head = unsafe VideoHead.first(in: tail.span.bytes, from: searched, through: last) {
        if head.format == .jpeg { boundary = partBoundary(before: head.offset) }
        rhythm.add(head.format, at: message.time)
        searched = head.offset + 4
        if rhythm.state != .undecided { return rhythm.state }
      }
      searched = max(searched, last + 1)
      let dropped = max(0, searched - Self.partLimit)
      tail.removeFirst(dropped)
      searched -= dropped
      return rhythm.state
    }

    mutating func lose() {
      tail = []
      searched = 0
    }

    /// The delimiter of the part whose headers end here.
    private func partBoundary(before end: Int) -> String? {
      let start = max(0, end - Self.partLimit)
      let owned = Array(tail[start..<end])
      let head = unsafe owned.span.bytes
      guard head.firstIndexIgnoringCase(of: "image/jp") != nil, owned.suffix(4).elementsEqual([13, 10, 13, 10]) else { return nil }
      var line = 0
      while let next = head.firstIndex(of: "--", from: line) {
        let text = head.slice(next + 2)
        let name = text.slice(0, text.firstIndex(of: ASCII.carriageReturn) ?? 0)
        if name.isVisibleText { return name.text(limit: 96) }
        line = next + 2
      }
      return "not said"
    }
  }
}

/// Distinguishes a stream at playback speed from a copy of a file, by the times at which heads arrive.
struct VideoRhythm {
  enum State: Equatable {
    case undecided
    case live(String)
    case copied
  }

  /// Nanoseconds between two heads of H.264 or H.265 in a live stream (a group of pictures), and heads that prove it.
  static let groups: ClosedRange<Int64> = 200_000_000...15_000_000_000
  static let groupsNeeded = 3
  /// Nanoseconds between two pictures of JPEG in a live stream, and pictures that prove it.
  static let pictures: ClosedRange<Int64> = 15_000_000...5_000_000_000
  static let picturesNeeded = 10
  /// Heads that may arrive faster, for each one that does not: parameter sets may precede each of 30 pictures a second.
  static let quickGroups = 6
  /// Pictures that may arrive faster, for each one that does not: a picture may contain a thumbnail.
  static let quickPictures = 1
  /// Nanoseconds over which the clock of a program stream must match the times of packets.
  static let clockSpan: Int64 = 2_000_000_000

  private var format: VideoHead.Format?
  private var heads = 0
  private var quick = 0
  private var last = Timestamp.zero
  /// The first pack of a program stream.
  private var start: (clock: UInt64, time: Timestamp)?
  private(set) var state = State.undecided

  mutating func add(_ format: VideoHead.Format, at time: Timestamp) {
    guard state == .undecided else { return }
    if case .programStream(let clock) = format { return addPack(clock, at: time) }
    let (gaps, needed, quickLimit) =
      format == .jpeg
      ? (Self.pictures, Self.picturesNeeded, Self.quickPictures) : (Self.groups, Self.groupsNeeded, Self.quickGroups)
    let gap = time.nanoseconds &- last.nanoseconds
    if self.format != format || heads == 0 || gap > gaps.upperBound || gap < 0 {
      self.format = format
      heads = 1
      quick = 0
      last = time
    } else if gap < gaps.lowerBound {
      quick += 1
      if quick > quickLimit * needed { state = .copied }
    } else {
      heads += 1
      last = time
      if heads >= needed { state = quick > quickLimit * (heads - 1) ? .copied : .live(format.name) }
    }
  }

  private mutating func addPack(_ clock: UInt64, at time: Timestamp) {
    guard let start, clock >= start.clock, time >= start.time, !time.isAfter(start.time, by: Self.groups.upperBound) else {
      start = (clock, time)
      return
    }
    let shown = Int64(clock - start.clock) * 100_000 / 9
    let passed = time.nanoseconds - start.time.nanoseconds
    // Senders may be ahead at the beginning.
    if shown > 2 * passed + 5 * Self.clockSpan {
      state = .copied
    } else if passed >= Self.clockSpan, shown >= passed / 2, shown <= 2 * passed {
      state = .live(VideoHead.Format.programStream(clock: clock).name)
    }
  }
}
