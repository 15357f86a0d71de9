// Values in the text answers of makers' own discovery: looked for by name wherever they stand, without parsing the document. Bounded.

extension RawSpan {
  /// Bytes of an answer that are looked at, and of a value that are kept.
  static var answerLimit: Int { 4096 }
  static var answerValueLimit: Int { 64 }

  /// Text, number or word of the first JSON member with this name, given with its quotes: `"model"`.
  func jsonValue(_ name: StaticString) -> String? {
    let bytes = slice(0, Self.answerLimit)
    guard let at = bytes.firstIndex(of: name) else { return nil }
    var position = bytes.pastBlanks(at + name.utf8CodeUnitCount)
    guard position < bytes.byteCount, bytes.u8(position) == 0x3A else { return nil }
    position = bytes.pastBlanks(position + 1)
    guard position < bytes.byteCount else { return nil }
    let isQuoted = bytes.u8(position) == 0x22
    if isQuoted { position += 1 }
    return bytes.value(from: position) { byte in
      isQuoted ? byte == 0x22 : !isASCIIAlphanumeric(byte) && byte != 0x2D && byte != 0x2E
    }
  }

  /// The innermost JSON object that this place is in, from `{` to `}`, as far as it is there. Braces within texts are not told apart.
  @_lifetime(copy self)
  func jsonObject(around position: Int) -> RawSpan {
    var (start, depth) = (Swift.min(position, byteCount), 0)
    while start > 0 {
      start -= 1
      if u8(start) == 0x7D { depth += 1 }
      if u8(start) == 0x7B {
        if depth == 0 { break }
        depth -= 1
      }
    }
    var end = position
    depth = 0
    while end < byteCount {
      if u8(end) == 0x7B { depth += 1 }
      if u8(end) == 0x7D {
        if depth == 0 { break }
        depth -= 1
      }
      end += 1
    }
    return slice(start, end - start + 1)
  }

  /// Text between a start tag, given whole as `<Name>`, and the next `<`.
  func xmlValue(_ tag: StaticString) -> String? {
    let bytes = slice(0, Self.answerLimit)
    guard let at = bytes.firstIndex(of: tag) else { return nil }
    return bytes.value(from: at + tag.utf8CodeUnitCount) { $0 == 0x3C }
  }

  /// What stands behind `name=` or `name:` up to the end of the line; `name` in lower case, found in any.
  func lineValue(_ name: StaticString) -> String? {
    let bytes = slice(0, Self.answerLimit)
    var start = 0
    while start < bytes.byteCount {
      let end = bytes.firstIndex(of: 0x0A, from: start) ?? bytes.byteCount
      let mark = start + name.utf8CodeUnitCount
      if mark < end, bytes.startsIgnoringCase(name, at: start), bytes.u8(mark) == 0x3D || bytes.u8(mark) == 0x3A {
        return bytes.value(from: bytes.pastBlanks(mark + 1)) { $0 == 0x0D || $0 == 0x0A }
      }
      start = end + 1
    }
    return nil
  }

  private func pastBlanks(_ start: Int) -> Int {
    var position = start
    while position < byteCount, u8(position) == 0x20 || u8(position) == 0x09 { position += 1 }
    return position
  }

  private func value(from start: Int, until isEnd: (UInt8) -> Bool) -> String? {
    var end = start
    while end < byteCount, end - start < Self.answerValueLimit, !isEnd(u8(end)) { end += 1 }
    let text = slice(start, end - start).trimmed.text(limit: Self.answerValueLimit)
    return text.isEmpty ? nil : text
  }
}

/// Stands for a value that an answer does not give.
let notSaid = "not said"
