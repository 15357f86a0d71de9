/// Start lines of HTTP (RFC 9112 section 3 and 4) and RTSP (RFC 2326 section 6.1 and 7.1).
extension MessageReader.Syntax {
  /// Recognizes a complete start line: a request line or a status line.
  func isStartLine(_ line: RawSpan) -> Bool {
    if isStatusLine(line) { return true }
    guard let space = line.firstIndex(of: ASCII.space), space > 2 else { return false }
    // A request line ends with the version, which a cut line has lost.
    if line.byteCount >= MessageReader.lineLimit { return isTarget(line, at: space + 1) }
    let end = line.trimmed.byteCount
    var version = end
    while version > space + 1, line.u8(version - 1) != ASCII.space { version -= 1 }
    // Some firmware writes longer versions, `HTTP/1.0.8`.
    guard (8...12).contains(end - version) else { return false }
    switch self {
    case .http: return line.starts(with: "HTTP/1.", at: version)
    case .rtsp: return line.starts(with: "RTSP/1.0", at: version) || line.starts(with: "RTSP/2.0", at: version)
    }
  }

  /// Recognizes a line that begins like a status line: `HTTP/1.1 200 OK`.
  func isStatusLine(_ line: RawSpan) -> Bool {
    guard isVersion(line), line.byteCount >= 12, line.u8(8) == ASCII.space, let status = line.slice(9, 3).decimal else { return false }
    return (100...999).contains(status) && (line.byteCount == 12 || line.u8(12) == ASCII.space || line.u8(12) == ASCII.carriageReturn)
  }

  /// Accepts bytes that could become a start line: a method or a version, which is a token of capitals and a few other characters,
  /// and then a space.
  func mayBegin(_ bytes: RawSpan) -> Bool {
    for index in 0..<Swift.min(24, bytes.byteCount) {
      let byte = bytes.u8(index)
      if byte == ASCII.space {
        if bytes.starts(with: "HTTP/") || bytes.starts(with: "RTSP/") { return isVersion(bytes) }
        return index > 2 && (index + 1 == bytes.byteCount || mayBeginTarget(bytes, at: index + 1))
      }
      if byte == ASCII.carriageReturn, index == 0 { return true }
      // Capitals, digits and `-`, `.`, `/`, `_`.
      guard ASCII.isUppercase(byte) || byte &- ASCII.hyphen < 13 || byte == ASCII.underscore else { return false }
    }
    return bytes.byteCount < 24
  }

  /// Accepts only bytes that certainly begin a message. For streams that are out of step.
  func beginsMessage(_ bytes: RawSpan) -> Bool {
    if isVersion(bytes) { return bytes.byteCount >= 9 && bytes.u8(8) == ASCII.space }
    guard let space = bytes.slice(0, 24).firstIndex(of: ASCII.space), space > 2 else { return false }
    for index in 0..<space {
      let byte = bytes.u8(index)
      guard ASCII.isUppercase(byte) || byte == ASCII.underscore || byte == ASCII.hyphen else { return false }
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
    if byte == ASCII.slash || byte == ASCII.asterisk { return true }
    switch self {
    case .http: return ASCII.lowercased(byte) == UInt8(ascii: "h") || bytes.starts(with: "CONNECT ")
    case .rtsp: return ASCII.lowercased(byte) == UInt8(ascii: "r")
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

  /// Judges the first bytes of a direction by their start line.
  func disposition(ofStart bytes: RawSpan) -> Disposition {
    var start = 0
    while start < bytes.byteCount, ASCII.isLineEnd(bytes.u8(start)) { start += 1 }
    let line = bytes.slice(start)
    guard mayBegin(line) else { return .notMine }
    if let end = line.firstIndex(of: ASCII.lineFeed) { return isStartLine(line.slice(0, end).trimmed) ? .mine : .notMine }
    return line.byteCount < MessageReader.startLimit ? .needMore : beginsMessage(line) ? .mine : .notMine
  }
}
