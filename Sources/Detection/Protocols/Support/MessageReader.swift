/// Cuts one direction of a text protocol into start lines, headers and bodies: the message format of HTTP/1.1 (RFC 9112 sections 2,
/// 6 and 7), which RTSP shares (RFC 2326 section 4).
///
/// It takes the stream piece by piece and keeps no more than one line; bodies are handed on as ranges of the piece, so that a long
/// one costs neither memory nor copying. Where bytes are missing, or a message does not begin as one, it waits for a piece that
/// begins with a start line: text inside bodies (templates of answers in firmware images) must not be taken for messages.
struct MessageReader {
  /// Bytes kept of a line; the rest of a longer one is skipped.
  static let lineLimit = 2048
  /// Bytes of a start line that are waited for before it is judged by its beginning.
  static let startLimit = 512
  /// Header lines handed on for a message, and bytes of headers before the message is given up.
  static let headerLimit = 128
  static let headerBytesLimit = 65536

  enum Syntax: Sendable { case http, rtsp }

  /// What the next bytes are.
  enum Step: Equatable {
    /// The piece is used up.
    case needMore
    /// `line` is a start line.
    case startLine
    /// `line` is a header.
    case header
    /// Now say with `expect` what body follows.
    case endOfHeaders
    /// These bytes of the piece are body.
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
    case lost
  }

  /// The line that the last step is about, without its end.
  private(set) var line: [UInt8] = []
  private let syntax: Syntax
  private var state = State.start
  private var lineIsUsed = false
  private var lineLength = 0
  private var headers = 0
  private var headerBytes = 0

  init(_ syntax: Syntax) { self.syntax = syntax }

  /// Between messages: nothing of the next one was seen.
  var isBetweenMessages: Bool { state == .start && (lineIsUsed || line.isEmpty) }
  var isOutOfSync: Bool { state == .lost }
  var isUntilClose: Bool { state == .untilClose }

  /// Bytes are missing here. A body that ends with the connection goes on; anything else is lost.
  mutating func gap() {
    if state != .untilClose { lose() }
  }

  /// Forgets the message at hand and waits for the next one.
  mutating func lose() {
    state = .lost
    useLine()
  }

  /// Starts anew, at what the caller knows to be the start of a message.
  mutating func restart() {
    state = .start
    useLine()
  }

  /// Says what follows the headers; called once after `.endOfHeaders`.
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
          state = .body
          return .endOfHeaders
        }
        headers += 1
        headerBytes += lineLength
        if headerBytes > Self.headerBytesLimit {
          lose()
          continue
        }
        // A folded line (RFC 9112 section 5.2) carries nothing that is wanted.
        if headers > Self.headerLimit || line[0] == 0x20 || line[0] == 0x09 {
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
        case nil: state = .lost
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
        state = line.isEmpty ? .chunkSize : .lost
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

      case .lost:
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

  /// Adds to `line`; true when it is complete.
  private mutating func readLine(_ piece: RawSpan, at position: inout Int) -> Bool {
    while position < piece.byteCount {
      let byte = piece.u8(position)
      position += 1
      if byte == 0x0A {
        if line.last == 0x0D { line.removeLast() }
        return true
      }
      lineLength += 1
      if line.count < Self.lineLimit { line.append(byte) }
    }
    return false
  }

  private func take(_ count: Int, of piece: RawSpan, at position: inout Int) -> Range<Int> {
    let start = position
    position += Swift.min(count, piece.byteCount - position)
    return start..<position
  }

  /// Hexadecimal digits, then perhaps an extension (RFC 9112 section 7.1).
  private static func chunkSize(_ line: [UInt8]) -> Int? {
    var size = 0
    var digits = 0
    for byte in line {
      let digit: UInt8
      if byte &- 0x30 < 10 {
        digit = byte &- 0x30
      } else if asciiLowercased(byte) &- 0x61 < 6 {
        digit = asciiLowercased(byte) &- 0x61 + 10
      } else {
        guard byte == 0x3B || byte == 0x20 || byte == 0x09 else { return nil }
        break
      }
      digits += 1
      if digits > 12 { return nil }
      size = size << 4 | Int(digit)
    }
    return digits > 0 ? size : nil
  }
}

extension MessageReader.Syntax {
  /// A complete start line of this protocol: request line or status line.
  func isStartLine(_ line: RawSpan) -> Bool {
    if isStatusLine(line) { return true }
    guard let space = line.firstIndex(of: 0x20), space > 2 else { return false }
    // The version ends a request line; a line that was cut has lost it.
    if line.byteCount >= MessageReader.lineLimit { return isTarget(line, at: space + 1) }
    let end = line.trimmed.byteCount
    var version = end
    while version > space + 1, line.u8(version - 1) != 0x20 { version -= 1 }
    // Some firmware writes a longer one, `HTTP/1.0.8`.
    guard (8...12).contains(end - version) else { return false }
    switch self {
    case .http: return line.starts(with: "HTTP/1.", at: version)
    case .rtsp: return line.starts(with: "RTSP/1.0", at: version) || line.starts(with: "RTSP/2.0", at: version)
    }
  }

  /// `HTTP/1.1 200 OK`: whether the line has the head of a status line.
  func isStatusLine(_ line: RawSpan) -> Bool {
    guard isVersion(line), line.byteCount >= 12, line.u8(8) == 0x20, let status = line.slice(9, 3).decimal else { return false }
    return (100...999).contains(status) && (line.byteCount == 12 || line.u8(12) == 0x20 || line.u8(12) == 0x0D)
  }

  /// Whether bytes could be the beginning of a start line, as far as they go: a method or a version is a token of capitals and a
  /// few signs, then comes a space.
  func mayBegin(_ bytes: RawSpan) -> Bool {
    for index in 0..<Swift.min(24, bytes.byteCount) {
      let byte = bytes.u8(index)
      if byte == 0x20 {
        if bytes.starts(with: "HTTP/") || bytes.starts(with: "RTSP/") { return isVersion(bytes) }
        return index > 2 && (index + 1 == bytes.byteCount || mayBeginTarget(bytes, at: index + 1))
      }
      if byte == 0x0D, index == 0 { return true }
      guard byte &- 0x41 < 26 || byte &- 0x2D < 13 || byte == 0x5F else { return false }
    }
    return bytes.byteCount < 24
  }

  /// Whether bytes begin a message beyond doubt: used where the stream was lost.
  func beginsMessage(_ bytes: RawSpan) -> Bool {
    if isVersion(bytes) { return bytes.byteCount >= 9 && bytes.u8(8) == 0x20 }
    guard let space = bytes.slice(0, 24).firstIndex(of: 0x20), space > 2 else { return false }
    for index in 0..<space {
      let byte = bytes.u8(index)
      guard byte &- 0x41 < 26 || byte == 0x5F || byte == 0x2D else { return false }
    }
    return isTarget(bytes, at: space + 1)
  }

  private func isVersion(_ bytes: RawSpan) -> Bool {
    switch self {
    case .http: bytes.starts(with: "HTTP/1.")
    case .rtsp: bytes.starts(with: "RTSP/1.0") || bytes.starts(with: "RTSP/2.0")
    }
  }

  private func mayBeginTarget(_ bytes: RawSpan, at offset: Int) -> Bool {
    let byte = bytes.u8(offset)
    if byte == 0x2F || byte == 0x2A { return true }
    switch self {
    case .http: return asciiLowercased(byte) == 0x68 || bytes.starts(with: "CONNECT ")
    case .rtsp: return asciiLowercased(byte) == 0x72
    }
  }

  private func isTarget(_ bytes: RawSpan, at offset: Int) -> Bool {
    switch self {
    case .http:
      bytes.starts(with: "/", at: offset) || bytes.starts(with: "* ", at: offset)
        || bytes.startsIgnoringCase("http://", at: offset)
    case .rtsp:
      bytes.startsIgnoringCase("rtsp://", at: offset) || bytes.starts(with: "* ", at: offset)
        || bytes.startsIgnoringCase("rtspu://", at: offset) || bytes.starts(with: "/", at: offset)
    }
  }
}

extension RawSpan {
  /// The value of a header line if it is the header `name` (lower case).
  @_lifetime(copy self)
  func header(_ name: StaticString) -> RawSpan? {
    guard startsIgnoringCase(name) else { return nil }
    var index = name.utf8CodeUnitCount
    while index < byteCount, u8(index) == 0x20 || u8(index) == 0x09 { index += 1 }
    guard index < byteCount, u8(index) == 0x3A else { return nil }
    return slice(index + 1).trimmed
  }

  /// A parameter of a header's value, `name=value` or `name="value"`, among others that `;`, `,` or spaces part; `name` is lower
  /// case, and at most `limit` bytes are taken.
  func parameter(_ name: StaticString, limit: Int = 256) -> String? {
    let count = name.utf8CodeUnitCount
    var index = 0
    var quoted = false
    while index + count < byteCount {
      let byte = u8(index)
      if byte == 0x22 { quoted.toggle() }
      let isBoundary = index == 0 || [0x20, 0x09, 0x2C, 0x3B].contains(u8(index - 1))
      if !quoted, isBoundary, startsIgnoringCase(name, at: index), u8(index + count) == 0x3D {
        return parameterValue(at: index + count + 1, limit: limit)
      }
      index += 1
    }
    return nil
  }

  private func parameterValue(at start: Int, limit: Int) -> String {
    var units: [UInt8] = []
    var index = start
    let isQuoted = index < byteCount && u8(index) == 0x22
    if isQuoted { index += 1 }
    while index < byteCount, units.count < limit {
      let byte = u8(index)
      if isQuoted {
        if byte == 0x22 { break }
        if byte == 0x5C, index + 1 < byteCount { index += 1 }
      } else if [0x20, 0x09, 0x2C, 0x3B].contains(byte) {
        break
      }
      units.append(u8(index))
      index += 1
    }
    return unsafe units.span.bytes.text(limit: limit)
  }

  /// As `text(limit:)`, with every run of white space as one space and none at the ends.
  func collapsedText(limit: Int = 512) -> String {
    var units: [UInt8] = []
    var pending = false
    for index in 0..<byteCount {
      let byte = u8(index)
      if byte == 0x20 || byte &- 0x09 < 5 {
        pending = !units.isEmpty
        continue
      }
      if units.count + (pending ? 1 : 0) >= limit { break }
      if pending { units.append(0x20) }
      pending = false
      units.append(byte)
    }
    return unsafe units.span.bytes.text(limit: limit)
  }

  /// The first place of ASCII `text` (lower case) without regard to case.
  func firstIndexIgnoringCase(of text: StaticString, from start: Int = 0) -> Int? {
    var index = Swift.max(0, start)
    while index + text.utf8CodeUnitCount <= byteCount {
      if startsIgnoringCase(text, at: index) { return index }
      index += 1
    }
    return nil
  }
}
