/// WebSocket (RFC 6455) behind an HTTP upgrade: live video in binary messages. Browsers play cameras this way, as jsmpeg does with an MPEG
/// transport stream and go2rtc with fragments of MP4; small boards send JPEG pictures, either as servers or as clients.
///
/// Remote desktops and mirrored telephones use WebSocket too: they open with words of their own, after which nothing is read. Text messages
/// and the contents of anything else are not looked at.
final class WebSocketParser {
  /// Bytes of a conversation that are read, and frames.
  static let byteLimit = 64 << 20
  static let frameLimit = 1 << 16

  private let server: Direction
  private var sides = PerDirection(Side())
  private var read = 0

  /// - Parameter server: the side that granted the upgrade.
  init(server: Direction) { self.server = server }

  func gap(in direction: Direction) { sides[direction].isOutOfStep = true }

  func consume(_ bytes: RawSpan, of message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    read += bytes.byteCount
    let side = message.direction
    if let format = sides[side].add(bytes, at: message.time) {
      sink.emit(side == server ? .webSocketVideo : .webSocketPush, format)
      sink.stream(format + " over WebSocket")
      return .done
    }
    let isOver = sides.contains { $0.isOthers } || sides[server].isBroken || read > Self.byteLimit
    return isOver ? .done : .mine
  }

  /// One direction: frames, whose payloads make messages.
  private struct Side {
    /// Bytes are missing: the next frame is not known to begin before a piece that begins like a long binary message.
    var isOutOfStep = false
    /// These are no frames, or too many.
    private(set) var isBroken = false
    private(set) var isOthers = false
    private var header: [UInt8] = []
    private var payloadLeft: UInt64 = 0
    private var mask: [UInt8] = []
    private var position = 0
    /// The present frame belongs to a binary message.
    private var isBinary = false
    private var isContinued = false
    private var frames = 0
    private var video = MessageVideo()

    /// Takes the next bytes. Returns the format once they are known to be live video.
    mutating func add(_ bytes: RawSpan, at time: Timestamp) -> String? {
      if isOutOfStep, Self.beginsMessage(bytes) {
        isOutOfStep = false
        header = []
        payloadLeft = 0
      }
      var offset = 0
      while offset < bytes.byteCount, !isOutOfStep, !isBroken, !isOthers {
        if payloadLeft > 0 {
          let count = Int(Swift.min(payloadLeft, UInt64(bytes.byteCount - offset)))
          if isBinary, let format = feed(bytes.slice(offset, count), at: time) { return format }
          position += count
          payloadLeft -= UInt64(count)
          offset += count
        } else {
          header.append(bytes.u8(offset))
          offset += 1
          if header.count == headerSize, let format = begin(at: time) { return format }
        }
      }
      return nil
    }

    /// A final frame with an unmasked binary message of a length that needs its extended field, and no reserved bit.
    private static func beginsMessage(_ bytes: RawSpan) -> Bool {
      guard bytes.byteCount >= 4, bytes.u8(0) == 0x82 else { return false }
      return bytes.u8(1) == 126 ? bytes.u16(2) > 125 : bytes.u8(1) == 127 && bytes.u16(2) == 0
    }

    /// Bytes of the present header, as far as that is known (section 5.2).
    private var headerSize: Int {
      guard header.count >= 2 else { return 2 }
      let length = header[1] & 0x7F
      return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + (header[1] & 0x80 != 0 ? 4 : 0)
    }

    private mutating func begin(at time: Timestamp) -> String? {
      let (opcode, isFinal) = (header[0] & 0x0F, header[0] & 0x80 != 0)
      let isMasked = header[1] & 0x80 != 0
      let lengthBytes = header[2..<header.count - (isMasked ? 4 : 0)]
      payloadLeft = lengthBytes.isEmpty ? UInt64(header[1] & 0x7F) : lengthBytes.reduce(0) { $0 << 8 | UInt64($1) }
      mask = isMasked ? Array(header.suffix(4)) : []
      position = 0
      header.removeAll(keepingCapacity: true)
      frames += 1
      let isControl = opcode >= 8
      // Extensions compress messages (RFC 7692); video is not compressed again. Control frames are short and whole (section 5.5).
      if isControl ? !isFinal || payloadLeft > 125 || opcode > 10 : opcode > 2 { isBroken = true }
      if payloadLeft >> 63 != 0 || frames > WebSocketParser.frameLimit { isBroken = true }
      // Between the frames of a message.
      isBinary = isContinued && !isControl
      if isControl || opcode == 0 { return nil }
      isContinued = opcode == 2
      isBinary = isContinued
      return isBinary ? video.beginMessage(at: time) : nil
    }

    private mutating func feed(_ bytes: RawSpan, at time: Timestamp) -> String? {
      let wanted = bytes.slice(0, video.wanted)
      var plain = wanted.array
      if !mask.isEmpty { for index in plain.indices { plain[index] ^= mask[(position + index) & 3] } }
      let format = unsafe video.add(plain.span.bytes, at: time)
      isOthers = video.isOthers
      return format
    }
  }
}

/// Judges by the beginnings of messages whether a row of them is live video.
struct MessageVideo {
  /// Bytes kept of the beginning of a message, and of the first ones for a transport stream, which messages cut anywhere.
  static let headLimit = 256
  static let packets = 5
  private static let packet = 188
  /// Bytes that a sender may put before a picture: a type, a length, a time.
  static let prefixLimit = 32
  /// Bytes of the shortest message that is judged, and of a parameter set.
  static let shortest = 12
  static let setLimit = 64
  /// Messages with a fragment of MP4 or bytes of a transport stream that make a row, and nanoseconds over which they must come.
  static let needed = 8
  static let span: Int64 = 3_000_000_000

  private enum Format { case fragments, transport }

  private var head: [UInt8] = []
  private var isJudged = false
  private var messages = 0
  private var rhythm = VideoRhythm()
  /// The first bytes of all messages, until they are known to be a transport stream or not.
  private var start: [UInt8] = []
  private var isTransport: Bool?
  private var row: (format: Format, count: Int, first: Timestamp)?
  private(set) var isOthers = false

  /// Judges the message before, if it was short.
  mutating func beginMessage(at time: Timestamp) -> String? {
    messages += 1
    if !isJudged, head.count >= Self.shortest, isTransport != true, let format = judgeHead(at: time) { return format }
    // Some senders put each unit of H.264 into a message of its own: parameter sets are read with what follows them.
    let isShortUnit = head.count < Self.setLimit && (head.starts(with: [0, 0, 0, 1]) || head.starts(with: [0, 0, 1]))
    if !isShortUnit { head.removeAll(keepingCapacity: true) }
    isJudged = false
    return nil
  }

  /// Bytes of the present message that are of use.
  var wanted: Int { isTransport == nil ? .max : Swift.max(0, Self.headLimit - head.count) }

  mutating func add(_ bytes: RawSpan, at time: Timestamp) -> String? {
    if isTransport == nil {
      start.append(bytes.slice(0, Self.packets * Self.packet - start.count))
      if start.count >= Self.packets * Self.packet { isTransport = Self.isTransport(start) }
    }
    head.append(bytes.slice(0, Self.headLimit - head.count))
    if isTransport == true {
      if isJudged { return nil }
      isJudged = true
      return count(.transport, at: time)
    }
    guard !isJudged, head.count >= Self.headLimit else { return nil }
    isJudged = true
    return judgeHead(at: time)
  }

  private mutating func judgeHead(at time: Timestamp) -> String? {
    let owned = head
    let bytes = unsafe owned.span.bytes
    // scrcpy mirrors a telephone, and RFB is a remote desktop (RFC 6143 section 7.1.1).
    if messages <= 2, bytes.starts(with: "scrcpy") || bytes.starts(with: "RFB 0") {
      isOthers = true
      return nil
    }
    // A fragment (ISO/IEC 14496-12 section 8.8.4), perhaps behind its type or index.
    if bytes.starts(with: "moof", at: 4) || bytes.starts(with: "styp", at: 4) && bytes.contains("moof") {
      return count(.fragments, at: time)
    }
    guard let picture = VideoHead.first(in: bytes, from: 0, through: Self.prefixLimit) else { return nil }
    rhythm.add(picture.format, at: time)
    if case .live(let format) = rhythm.state { return format }
    if rhythm.state == .copied { isOthers = true }
    return nil
  }

  /// Counts a message of a row, which must take some time: a film is fetched at once.
  private mutating func count(_ format: Format, at time: Timestamp) -> String? {
    guard var row, row.format == format, time >= row.first else {
      row = (format, 1, time)
      return nil
    }
    row.count += 1
    self.row = row
    guard row.count >= Self.needed, time.isAfter(row.first, by: Self.span) else { return nil }
    return format == .transport ? "MPEG-TS" : "MP4"
  }

  /// Packets of a transport stream (ISO/IEC 13818-1 section 2.4.3) follow one another from some byte on.
  private static func isTransport(_ bytes: [UInt8]) -> Bool {
    (0..<packet).contains { first in
      stride(from: first, to: bytes.count, by: packet).allSatisfy { bytes[$0] == 0x47 }
    }
  }
}
