/// RTMP (Adobe's specification 1.0) on port 1935, and on other ports if the handshake is unmistakable: a client that publishes, and thereby
/// sends video. Broadcasting software and phones do this as well as cameras. The name of the stream is its key and is never reported.
public struct RTMPRecognizer: Recognizer {
  static let port: UInt16 = 1935
  /// Bytes of the handshake that are checked on other ports.
  static let sampleSize = 48

  public let name = "rtmp"
  public let transports: Transports = .tcp

  public init() {}

  /// Versions of Flash and FFmpeg in C1, which replace the zero in signed handshakes.
  private static let signedVersions: [UInt32] = [0x8000_0702, 0x0900_7C02]

  /// Recognizes C0 and the beginning of C1 (section 5.2): version 3, a time, zero, then random bytes.
  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard bytes.byteCount > 0, bytes.u8(0) == 3 else { return .notMine }
    if message.destination.port == Self.port { return .mine }
    guard message.source.port != Self.port, message.direction == .originator else { return .notMine }
    guard bytes.byteCount >= 9 else { return .needMore }
    guard bytes.u32(5) == 0 || Self.signedVersions.contains(bytes.u32(5)) else { return .notMine }
    guard bytes.byteCount >= Self.sampleSize else { return .needMore }
    var zeros = 0
    for index in 9..<Self.sampleSize where bytes.u8(index) == 0 { zeros += 1 }
    return zeros <= 8 ? .mine : .notMine
  }

  public func makeParser() -> any Parser { RTMPParser() }
}

final class RTMPParser: Parser {
  /// Bytes of C0, C1 and C2.
  static let handshakeSize = 1 + 1536 + 1536
  /// Chunk streams and messages that are read, and bytes buffered of a message.
  static let streamLimit = 16
  static let messageLimit = 64
  static let bufferLimit = 2048

  private struct ChunkStream {
    var length = 0
    var type: UInt8 = 0
    var hasExtendedTime = false
    var received = 0
    var kept: [UInt8] = []
  }

  private var client: Direction?
  private var handshakeLeft = RTMPParser.handshakeSize
  private var header: [UInt8] = []
  private var streams: [Int: ChunkStream] = [:]
  private var chunkSize = 128
  private var current: Int?
  private var chunkLeft = 0
  private var messages = 0
  private var program = ""
  private var isOutOfSync = false

  func gap(in direction: Direction) {
    if direction == client { isOutOfSync = true }
  }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    // The first message is the one that was claimed: the client's.
    if client == nil { client = message.direction }
    guard message.direction == client else { return .mine }
    if isOutOfSync { return .done }
    var position = Swift.min(handshakeLeft, message.payload.byteCount)
    handshakeLeft -= position
    while position < message.payload.byteCount {
      if let stream = current {
        let piece = message.payload.slice(position, chunkLeft)
        position += piece.byteCount
        chunkLeft -= piece.byteCount
        let room = Self.bufferLimit - (streams[stream]?.kept.count ?? 0)
        streams[stream]?.kept.append(piece.slice(0, room))
        streams[stream]?.received += piece.byteCount
        if chunkLeft == 0 {
          current = nil
          if let disposition = finishChunk(stream, into: &sink) { return disposition }
        }
      } else {
        header.append(message.payload.u8(position))
        position += 1
        guard let needed = headerSize else { return messages == 0 ? .notMine : .done }
        guard header.count == needed else { continue }
        guard let stream = beginChunk() else { return messages == 0 ? .notMine : .done }
        header = []
        current = stream
        if chunkLeft == 0 {
          current = nil
          if let disposition = finishChunk(stream, into: &sink) { return disposition }
        }
      }
    }
    return .mine
  }

  // MARK: Chunks (section 5.3.1)

  private var basicSize: Int { header[0] & 0x3F == 0 ? 2 : header[0] & 0x3F == 1 ? 3 : 1 }
  private var format: Int { Int(header[0] >> 6) }

  private var streamNumber: Int {
    switch basicSize {
    case 2: Int(header[1]) + 64
    case 3: Int(header[2]) << 8 + Int(header[1]) + 64
    default: Int(header[0] & 0x3F)
    }
  }

  /// Bytes of the current header, as far as that is known; nil if the header continues a stream that was never begun.
  private var headerSize: Int? {
    let size = basicSize + [11, 7, 3, 0][format]
    guard header.count >= basicSize else { return size }
    if format == 3 {
      guard let stream = streams[streamNumber] else { return nil }
      return size + (stream.hasExtendedTime ? 4 : 0)
    }
    guard header.count >= basicSize + 3 else { return size }
    return size + (header[basicSize..<basicSize + 3].allSatisfy { $0 == 0xFF } ? 4 : 0)
  }

  private func beginChunk() -> Int? {
    let number = streamNumber
    var stream = streams[number] ?? ChunkStream()
    if streams[number] == nil, format != 0 || streams.count >= Self.streamLimit { return nil }
    let fields = header.dropFirst(basicSize)
    let start = fields.startIndex
    if format < 3 { stream.hasExtendedTime = fields.prefix(3).allSatisfy { $0 == 0xFF } }
    if format < 2 {
      stream.length = Int(fields[start + 3]) << 16 | Int(fields[start + 4]) << 8 | Int(fields[start + 5])
      stream.type = fields[start + 6]
      // The first message is a control message or a command (sections 5.4 and 7.1).
      if messages == 0, ![1, 2, 3, 4, 5, 6, 17, 20].contains(stream.type) { return nil }
    }
    if format < 3 || stream.received >= stream.length {
      stream.received = 0
      stream.kept = []
    }
    streams[number] = stream
    chunkLeft = Swift.min(chunkSize, stream.length - stream.received)
    return number
  }

  private func finishChunk(_ number: Int, into sink: inout ObservationSink) -> Disposition? {
    guard let stream = streams[number], stream.received >= stream.length else { return nil }
    messages += 1
    let bytes = unsafe stream.kept.span.bytes
    switch stream.type {
    case 1 where bytes.byteCount >= 4: chunkSize = Swift.max(1, Int(bytes.u32(0) & 0x7FFF_FFFF))
    // Commands in AMF 0, and in AMF 3, where a zero precedes the same content.
    case 20: if let disposition = readCommand(bytes, into: &sink) { return disposition }
    case 17: if let disposition = readCommand(bytes.slice(1), into: &sink) { return disposition }
    default: break
    }
    return messages >= Self.messageLimit ? .done : nil
  }

  // MARK: Commands (section 7.2)

  private func readCommand(_ bytes: RawSpan, into sink: inout ObservationSink) -> Disposition? {
    var cursor = Cursor(bytes)
    guard let name = try? cursor.amfString() else { return nil }
    if name.starts(with: "connect"), name.byteCount == 7 {
      do throws(DecodeError) { try readConnect(&cursor) } catch {}
    } else if name.starts(with: "publish"), name.byteCount == 7 {
      sink.emit(.rtmpPublish, program.isEmpty ? "publish" : program)
      sink.stream("RTMP")
      return .done
    } else if name.starts(with: "play"), name.byteCount == 4 {
      return .done
    }
    return nil
  }

  private func readConnect(_ cursor: inout Cursor) throws(DecodeError) {
    try cursor.skip(9)  // transaction
    guard try cursor.u8() == 3 else { return }
    while !cursor.isAtEnd {
      let key = try cursor.take(Int(try cursor.u16()))
      let isProgram = key.byteCount == 8 && key.starts(with: "flashVer")
      switch try cursor.u8() {
      case 0: try cursor.skip(8)
      case 1: try cursor.skip(1)
      case 2:
        let value = try cursor.take(Int(try cursor.u16()))
        if isProgram { program = value.trimmed.text(limit: 128) }
      case 5, 6: continue
      default: return
      }
    }
  }
}

extension Cursor {
  /// Reads a string with its marker (AMF 0 section 2.4).
  @_lifetime(copy self)
  fileprivate mutating func amfString() throws(DecodeError) -> RawSpan {
    guard try u8() == 2 else { throw DecodeError(.malformed, at: position) }
    return try take(Int(try u16()))
  }
}
