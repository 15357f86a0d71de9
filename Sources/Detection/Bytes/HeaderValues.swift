// Header lines of HTTP and the protocols that share its message format (RFC 9110 section 5).

extension RawSpan {
  /// The value of this header line if its name is `name`, which must be in lower case.
  @_lifetime(copy self)
  func header(_ name: StaticString) -> RawSpan? {
    guard startsIgnoringCase(name) else { return nil }
    var index = name.utf8CodeUnitCount
    while index < byteCount, ASCII.isBlank(u8(index)) { index += 1 }
    guard index < byteCount, u8(index) == ASCII.colon else { return nil }
    return slice(index + 1).trimmed
  }

  /// The first `limit` bytes of a parameter in a header's value: `name=value` or `name="value"`, separated from others by `;`, `,` or
  /// blanks. `name` must be in lower case.
  func parameter(_ name: StaticString, limit: Int = 256) -> String? {
    let count = name.utf8CodeUnitCount
    var index = 0
    var quoted = false
    while index + count < byteCount {
      let byte = u8(index)
      if byte == ASCII.quote { quoted.toggle() }
      let isBoundary = index == 0 || separatesParameters(u8(index - 1))
      if !quoted, isBoundary, startsIgnoringCase(name, at: index), u8(index + count) == ASCII.equals {
        return parameterValue(at: index + count + 1, limit: limit)
      }
      index += 1
    }
    return nil
  }

  private func parameterValue(at start: Int, limit: Int) -> String {
    var units: [UInt8] = []
    var index = start
    let isQuoted = index < byteCount && u8(index) == ASCII.quote
    if isQuoted { index += 1 }
    while index < byteCount, units.count < limit {
      let byte = u8(index)
      if isQuoted {
        if byte == ASCII.quote { break }
        if byte == ASCII.backslash, index + 1 < byteCount { index += 1 }
      } else if separatesParameters(byte) {
        break
      }
      units.append(u8(index))
      index += 1
    }
    return unsafe units.span.bytes.text(limit: limit)
  }
}

private func separatesParameters(_ byte: UInt8) -> Bool {
  ASCII.isBlank(byte) || byte == ASCII.comma || byte == ASCII.semicolon
}
