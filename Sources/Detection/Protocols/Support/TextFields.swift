// Values in the text of proprietary discovery protocols, found by name anywhere in the text and without parsing it. Bounded.

extension RawSpan {
  /// Bytes of a text that are searched, and bytes of a value.
  static var answerLimit: Int { 4096 }
  static var answerValueLimit: Int { 64 }

  /// The text, number or word of the first JSON member with this name. `name` includes its quotes: `"model"`.
  func jsonValue(_ name: StaticString) -> String? {
    let bytes = slice(0, Self.answerLimit)
    guard let at = bytes.firstIndex(of: name) else { return nil }
    var position = bytes.pastBlanks(at + name.utf8CodeUnitCount)
    guard position < bytes.byteCount, bytes.u8(position) == ASCII.colon else { return nil }
    position = bytes.pastBlanks(position + 1)
    guard position < bytes.byteCount else { return nil }
    let isQuoted = bytes.u8(position) == ASCII.quote
    if isQuoted { position += 1 }
    return bytes.value(from: position) { byte in
      isQuoted ? byte == ASCII.quote : !ASCII.isAlphanumeric(byte) && byte != ASCII.hyphen && byte != ASCII.period
    }
  }

  /// The innermost JSON object around this position, from `{` to `}`, as far as it was captured. Braces in strings count too.
  @_lifetime(copy self)
  func jsonObject(around position: Int) -> RawSpan {
    var (start, depth) = (Swift.min(position, byteCount), 0)
    while start > 0 {
      start -= 1
      if u8(start) == ASCII.closeBrace { depth += 1 }
      if u8(start) == ASCII.openBrace {
        if depth == 0 { break }
        depth -= 1
      }
    }
    var end = position
    depth = 0
    while end < byteCount {
      if u8(end) == ASCII.openBrace { depth += 1 }
      if u8(end) == ASCII.closeBrace {
        if depth == 0 { break }
        depth -= 1
      }
      end += 1
    }
    return slice(start, end - start + 1)
  }

  /// The text between a start tag and the next `<`. `tag` is the whole tag: `<Name>`.
  func xmlValue(_ tag: StaticString) -> String? {
    let bytes = slice(0, Self.answerLimit)
    guard let at = bytes.firstIndex(of: tag) else { return nil }
    return bytes.value(from: at + tag.utf8CodeUnitCount) { $0 == ASCII.lessThan }
  }

  /// The rest of the line behind `name=` or `name:`, ignoring the case of the name; `name` must be in lower case.
  func lineValue(_ name: StaticString) -> String? {
    let bytes = slice(0, Self.answerLimit)
    var start = 0
    while start < bytes.byteCount {
      let end = bytes.firstIndex(of: ASCII.lineFeed, from: start) ?? bytes.byteCount
      let mark = start + name.utf8CodeUnitCount
      if mark < end, bytes.startsIgnoringCase(name, at: start), bytes.u8(mark) == ASCII.equals || bytes.u8(mark) == ASCII.colon {
        return bytes.value(from: bytes.pastBlanks(mark + 1), until: ASCII.isLineEnd)
      }
      start = end + 1
    }
    return nil
  }

  private func pastBlanks(_ start: Int) -> Int {
    var position = start
    while position < byteCount, ASCII.isBlank(u8(position)) { position += 1 }
    return position
  }

  private func value(from start: Int, until isEnd: (UInt8) -> Bool) -> String? {
    var end = start
    while end < byteCount, end - start < Self.answerValueLimit, !isEnd(u8(end)) { end += 1 }
    let text = slice(start, end - start).trimmed.text(limit: Self.answerValueLimit)
    return text.isEmpty ? nil : text
  }
}

/// The value of a field that an answer lacks.
let notSaid = "not said"
