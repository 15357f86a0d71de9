/// Live video with no protocol around it, between two hosts of the LAN: H.264 and H.265 byte streams (ITU-T H.264 and H.265, Annex B), MPEG
/// program streams (ISO/IEC 13818-1 section 2.5.3.3) and rows of JPEG pictures (ITU-T T.81, Annex B), as action cameras, dash cameras and
/// toy drones send them over plain UDP or TCP. A few bytes of the sender's own may stand before.
///
/// Files that are copied look alike: only what comes as fast as it is to be watched is told. Mirrored screens and telephones that serve as
/// webcams look alike too.
public struct RawVideoRecognizer: Recognizer {
  public let name = "bare-video"
  public let transports: Transports = [.udp, .tcp]

  /// Bytes that senders put before a picture.
  static let headerLimit = 64
  /// Datagrams shorter than this carry commands, not pictures.
  static let shortest = 200
  /// Remote desktops, second screens and the Android debugger carry pictures as well: RFB, spacedesk, ADB.
  private static let othersPorts: [ClosedRange<UInt16>] = [5555...5555, 5800...5999, 28252...28252]

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let (source, destination) = (message.source, message.destination)
    guard Self.isLocal(source.station.address), Self.isLocal(destination.station.address) else { return .notMine }
    let isOthers = Self.othersPorts.contains { $0.contains(source.port) || $0.contains(destination.port) }
    if isOthers { return .notMine }
    // RTP's recognizer tells more of what RTP carries, though it takes several datagrams.
    if message.transport == .udp, RTPHeader(message.payload, length: message.length) != nil { return .needMore }
    if VideoHead.first(in: message.payload, from: 0, through: Self.headerLimit) != nil { return .mine }
    if message.transport == .udp { return message.length < Self.shortest ? .notMine : .needMore }
    return message.payload.byteCount < Self.headerLimit + VideoHead.size ? .needMore : .notMine
  }

  public func makeParser() -> any Parser { BareVideoParser() }

  private static func isLocal(_ address: IPAddress) -> Bool { address.isPrivate || address.isLinkLocal }
}

/// Where a picture that can be watched from begins.
struct VideoHead: Equatable {
  enum Format: Equatable {
    case h264, h265, jpeg
    /// With the time at which it is to be shown, in ticks of 90 kHz, of 33 bits.
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

  /// Bytes by which every head can be told.
  static let size = 256
  /// Bytes within which the next parameter set must begin.
  private static let setLimit = 160

  /// The first head that begins in these places.
  static func first(in bytes: RawSpan, from start: Int, through last: Int) -> VideoHead? {
    var offset = start
    while offset <= last, offset + 4 <= bytes.byteCount {
      let word = bytes.u32(offset)
      if word >> 8 == 1, let format = startCode(bytes, offset) { return VideoHead(format: format, offset: offset) }
      if word >> 8 == 0xFF_D8FF, isPicture(bytes, offset) { return VideoHead(format: .jpeg, offset: offset) }
      offset += 1
    }
    return nil
  }

  /// What stands behind `00 00 01`.
  private static func startCode(_ bytes: RawSpan, _ offset: Int) -> Format? {
    let unit = bytes.u8(offset + 3)
    if unit == 0xBA { return pack(bytes, offset).map { Format.programStream(clock: $0) } }
    if isSequenceSet(bytes, offset + 3), let next = nextUnit(bytes, after: offset + 7), bytes.u8(next) & 0x9F == 8 { return .h264 }
    // A video parameter set, then a sequence parameter set, both of the base layer.
    if unit == 0x40, bytes.byteCount > offset + 4, bytes.u8(offset + 4) == 1, let next = nextUnit(bytes, after: offset + 5),
      bytes.byteCount > next + 1, bytes.u16(next) == 0x4201
    {
      return .h265
    }
    return nil
  }

  /// An H.264 sequence parameter set (section 7.3.2.1): a profile and a level that exist, and reserved bits of zero.
  private static func isSequenceSet(_ bytes: RawSpan, _ offset: Int) -> Bool {
    guard bytes.byteCount >= offset + 4, bytes.u8(offset) & 0x9F == 7, bytes.u8(offset) & 0x60 != 0 else { return false }
    let profiles: [UInt8] = [66, 77, 88, 100, 110, 122, 244, 44]
    let levels: [UInt8] = [9, 10, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52, 60, 61, 62]
    return profiles.contains(bytes.u8(offset + 1)) && bytes.u8(offset + 2) & 3 == 0 && levels.contains(bytes.u8(offset + 3))
  }

  /// Where the header of the next unit stands.
  private static func nextUnit(_ bytes: RawSpan, after start: Int) -> Int? {
    var offset = start
    while offset < start + setLimit, offset + 4 <= bytes.byteCount {
      if bytes.u32(offset) >> 8 == 1 { return offset + 3 }
      offset += 1
    }
    return nil
  }

  /// The clock of a pack header whose marker bits are set, and behind which another header stands.
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

  /// A picture's first segment: JFIF's, Exif's, or tables at once.
  private static func isPicture(_ bytes: RawSpan, _ offset: Int) -> Bool {
    guard bytes.byteCount >= offset + 11 else { return false }
    switch bytes.u8(offset + 3) {
    case 0xE0: return bytes.starts(with: "JFIF\0", at: offset + 6)
    case 0xE1: return bytes.starts(with: "Exif\0", at: offset + 6)
    case 0xDB: return [67, 132].contains(bytes.u16(offset + 4)) && bytes.u8(offset + 6) <= 1
    case 0xC0: return bytes.u16(offset + 4) == 17 && bytes.u8(offset + 6) == 8
    default: return false
    }
  }
}

/// Waits until the heads that one side sent make a live stream.
final class BareVideoParser: Parser {
  /// Bytes after which nothing more is expected.
  static let byteLimit = 64 << 20

  private var originator = Side()
  private var responder = Side()
  private var read = 0
  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    read += message.payload.byteCount
    let rhythm = message.fromOriginator ? originator.feed(message, &sink) : responder.feed(message, &sink)
    if case .live(let format) = rhythm {
      let name = format + (message.transport == .tcp ? " over TCP" : " over UDP")
      sink.emit(.bareVideo, name)
      sink.stream(name)
      return .done
    }
    return read > Self.byteLimit || rhythm == .copied ? .done : .mine
  }

  func gap(fromOriginator: Bool) {
    if fromOriginator { originator.tail = [] } else { responder.tail = [] }
  }

  private struct Side {
    /// Last bytes of what was read before: a head may stand across two pieces.
    var tail: [UInt8] = []
    var rhythm = VideoRhythm()
    /// Datagrams, or beginnings of the stream, that were shown to the signatures: the sender's own header may say whose it is.
    private var shown = 0

    mutating func feed(_ message: borrowing Message, _ sink: inout ObservationSink) -> VideoRhythm.State {
      if message.transport == .udp {
        if shown < 3 {
          shown += 1
          sink.emitPayload(.udpPayload, message.payload, length: message.length)
        }
        if let head = VideoHead.first(in: message.payload, from: 0, through: RawVideoRecognizer.headerLimit) {
          rhythm.add(head.format, at: message.time)
        }
        return rhythm.state
      }
      tail += message.payload.array
      if shown == 0, tail.count >= RawVideoRecognizer.headerLimit {
        shown = 1
        unsafe sink.emitPayload(.tcpPayload, tail.span.bytes, length: tail.count)
      }
      // Only where a whole head would be there: what is found must not depend on how the stream is cut.
      let last = tail.count - VideoHead.size
      var offset = 0
      while offset <= last, let head = unsafe VideoHead.first(in: tail.span.bytes, from: offset, through: last) {
        rhythm.add(head.format, at: message.time)
        offset = head.offset + 4
      }
      tail.removeFirst(max(0, offset, last + 1))
      return rhythm.state
    }
  }
}

/// Tells a stream that comes as fast as it is watched from a file that is copied, by the times at which heads come.
struct VideoRhythm {
  enum State: Equatable {
    case undecided
    case live(String)
    case copied
  }

  /// H.264 and H.265: heads apart by more than the first and less than the second number of nanoseconds, a group of pictures.
  static let groups: ClosedRange<Int64> = 200_000_000...15_000_000_000
  static let groupsNeeded = 3
  /// JPEG: every picture is a head.
  static let pictures: ClosedRange<Int64> = 15_000_000...5_000_000_000
  static let picturesNeeded = 10
  /// Heads that come faster, for each gap that does not: parameter sets may stand before each of 30 pictures a second.
  static let quickGroups = 6
  /// A picture may hold a small one of itself.
  static let quickPictures = 1
  /// Program streams: nanoseconds over which their clock must run as the packets' does.
  static let clockSpan: Int64 = 2_000_000_000

  private var format: VideoHead.Format?
  private var heads = 0
  private var quick = 0
  private var last = Timestamp.zero
  /// Program streams: clock and time of the first pack.
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
    // Up to a second may be sent ahead at the beginning.
    if shown > 2 * passed + 5 * Self.clockSpan {
      state = .copied
    } else if passed >= Self.clockSpan, shown >= passed / 2, shown <= 2 * passed {
      state = .live(VideoHead.Format.programStream(clock: clock).name)
    }
  }
}
