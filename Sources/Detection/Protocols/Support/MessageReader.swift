/// Splits one direction of a text protocol into start lines, headers and bodies: the message format of HTTP/1.1 (RFC 9112 sections 2,
/// 6 and 7), which RTSP shares (RFC 2326 section 4).
///
/// The reader takes the stream piece by piece and buffers at most one line. Bodies are returned as ranges of the piece, so that long ones
/// cost neither memory nor copying. After missing bytes, or where no message begins, the reader skips until a piece begins with a start
/// line. A start line inside a piece does not count: bodies contain such text too, like templates of answers in firmware images.
struct MessageReader {
  /// Bytes buffered of a line; the rest of a longer line is skipped.
  static let lineLimit = 2048
  /// Bytes of a start line without an end after which its beginning decides.
  static let startLimit = 512
  /// Header lines returned for a message, and bytes of headers after which the message is abandoned.
  static let headerLimit = 128
  static let headerBytesLimit = 65536

  enum Syntax: Sendable { case http, rtsp }

  /// The next element of the stream.
  enum Step: Equatable {
    /// The piece is consumed.
    case needMore
    /// `line` is a start line.
    case startLine
    /// `line` is a header.
    case header
    /// The caller must now state with `expect` which body follows.
    case endOfHeaders
    /// This range of the piece belongs to the body.
    case body(Range<Int>)
    case endOfMessage
  }

  enum Body: Equatable {
    case none
    case length(Int)
    case chunked
    case untilClose
  }

  private enum State: Equatable {
    case start
    case headers
    case body
    case length(Int)
    case chunkSize
    case chunk(Int)
    case chunkEnd
    case trailers
    case untilClose
    case outOfSync
  }

  /// The line of the last step, without the line end.
  private(set) var line: [UInt8] = []
  private let syntax: Syntax
  private var state = State.start
  private var lineIsUsed = false
  private var lineLength = 0
  private var headers = 0
  private var headerBytes = 0

  init(_ syntax: Syntax) { self.syntax = syntax }

  /// No byte of the next message was read yet.
  var isBetweenMessages: Bool { state == .start && (lineIsUsed || line.isEmpty) }
  /// A start line was read, and its message has not ended.
  var isInMessage: Bool { state != .start && state != .outOfSync }
  var isOutOfSync: Bool { state == .outOfSync }
  var isUntilClose: Bool { state == .untilClose }

  /// Notes that bytes are missing. Only a body that ends with the connection survives that.
  mutating func gap() {
    if state != .untilClose { lose() }
  }

  /// Abandons the current message and skips to the next one.
  mutating func lose() {
    state = .outOfSync
    useLine()
  }

  /// Starts anew. The caller knows that a message begins here.
  mutating func restart() {
    state = .start
    useLine()
  }

  /// States which body follows the headers. Must be called once after `.endOfHeaders`.
  mutating func expect(_ body: Body) {
    switch body {
    case .none, .length(0): state = .length(0)
    case .length(let count): state = .length(count)
    case .chunked: state = .chunkSize
    case .untilClose: state = .untilClose
    }
  }

  mutating func next(_ piece: RawSpan, at position: inout Int) -> Step {
    if lineIsUsed { useLine() }
    while true {
      switch state {
      case .start:
        let complete = readLine(piece, at: &position)
        guard unsafe syntax.mayBegin(line.span.bytes) else {
          lose()
          continue
        }
        guard complete else { return .needMore }
        if line.isEmpty {
          useLine()
          continue
        }
        guard unsafe syntax.isStartLine(line.span.bytes) else {
          lose()
          continue
        }
        state = .headers
        headers = 0
        headerBytes = 0
        lineIsUsed = true
        return .startLine

      case .headers:
        guard readLine(piece, at: &position) else { return .needMore }
        lineIsUsed = true
        if line.isEmpty {
          // A body may be long, and so may the pause behind it.
          line = []
          state = .body
          return .endOfHeaders
        }
        headers += 1
        headerBytes += lineLength
        if headerBytes > Self.headerBytesLimit {
          lose()
          continue
        }
        // Continuation lines (RFC 9112 section 5.2) hold nothing of interest.
        if headers > Self.headerLimit || ASCII.isBlank(line[0]) {
          useLine()
          continue
        }
        return .header

      case .body:
        state = .length(0)

      case .length(0):
        state = .start
        return .endOfMessage

      case .length(let left):
        let range = take(left, of: piece, at: &position)
        if range.isEmpty { return .needMore }
        state = .length(left - range.count)
        return .body(range)

      case .chunkSize:
        guard readLine(piece, at: &position) else { return .needMore }
        let size = Self.chunkSize(line)
        useLine()
        switch size {
        case nil: state = .outOfSync
        case 0?: state = .trailers
        case let size?: state = .chunk(size)
        }

      case .chunk(0):
        state = .chunkEnd

      case .chunk(let left):
        let range = take(left, of: piece, at: &position)
        if range.isEmpty { return .needMore }
        state = .chunk(left - range.count)
        return .body(range)

      case .chunkEnd:
        guard readLine(piece, at: &position) else { return .needMore }
        state = line.isEmpty ? .chunkSize : .outOfSync
        useLine()

      case .trailers:
        guard readLine(piece, at: &position) else { return .needMore }
        let isEnd = line.isEmpty
        useLine()
        if isEnd {
          state = .start
          return .endOfMessage
        }

      case .untilClose:
        let range = take(.max, of: piece, at: &position)
        return range.isEmpty ? .needMore : .body(range)

      case .outOfSync:
        if position == 0, syntax.beginsMessage(piece) {
          state = .start
        } else {
          position = piece.byteCount
          return .needMore
        }
      }
    }
  }

  private mutating func useLine() {
    line.removeAll(keepingCapacity: true)
    lineLength = 0
    lineIsUsed = false
  }

  /// Adds bytes to `line`. Returns whether the line is complete.
  private mutating func readLine(_ piece: RawSpan, at position: inout Int) -> Bool {
    let end = piece.firstIndex(of: ASCII.lineFeed, from: position)
    let part = piece.slice(position, (end ?? piece.byteCount) - position)
    position += part.byteCount
    lineLength += part.byteCount
    line.append(part.slice(0, Self.lineLimit - line.count))
    guard end != nil else { return false }
    position += 1
    if line.last == ASCII.carriageReturn { line.removeLast() }
    return true
  }

  private func take(_ count: Int, of piece: RawSpan, at position: inout Int) -> Range<Int> {
    let start = position
    position += Swift.min(count, piece.byteCount - position)
    return start..<position
  }

  /// The size in hexadecimal digits, which an extension may follow (RFC 9112 section 7.1).
  private static func chunkSize(_ line: [UInt8]) -> Int? {
    var size = 0
    var digits = 0
    for byte in line {
      guard let digit = ASCII.hexValue(byte) else {
        guard byte == ASCII.semicolon || ASCII.isBlank(byte) else { return nil }
        break
      }
      digits += 1
      if digits > 12 { return nil }
      size = size << 4 | Int(digit)
    }
    return digits > 0 ? size : nil
  }
}
