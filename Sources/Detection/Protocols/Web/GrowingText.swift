/// Follows a text body as it grows, in segments of any size, and looks at each byte once.
struct GrowingText {
  /// Bytes of the name of a root element; longer ones are not looked for.
  static let nameLimit = 128

  /// Bytes that were looked at.
  private(set) var count = 0
  /// The first and the last byte that is no white space.
  private var first: Int?
  private var last = 0
  /// Of an object in JSON.
  private var depth = 0
  private var isInString = false
  private var isEscaped = false
  /// The name of the root element in XML.
  private var nameStart: Int?
  private var nameEnd: Int?
  /// The first word with which devices describe themselves, in text of another form.
  private var word: Int?

  /// - Parameter text: the whole text so far.
  mutating func grow(_ text: RawSpan) {
    let start = count
    while count < text.byteCount {
      let byte = text.u8(count)
      if !ASCII.isWhitespace(byte) {
        first = first ?? count
        last = count
      }
      if let first {
        switch text.u8(first) {
        case ASCII.lessThan: growElement(text, byte)
        case ASCII.openBrace: growObject(byte)
        default: break
        }
      }
      count += 1
    }
    guard let first, word == nil, text.u8(first) != ASCII.lessThan, text.u8(first) != ASCII.openBrace else { return }
    word = DeviceText.word(in: text, from: Swift.max(0, start - DeviceText.wordLimit))
  }

  private mutating func growElement(_ text: RawSpan, _ byte: UInt8) {
    if nameStart == nil {
      if count > 0, text.u8(count - 1) == ASCII.lessThan, ASCII.isAlphanumeric(byte) { nameStart = count }
    } else if nameEnd == nil, byte <= ASCII.space || byte == ASCII.greaterThan || byte == ASCII.slash {
      nameEnd = count
    }
  }

  private mutating func growObject(_ byte: UInt8) {
    if isEscaped {
      isEscaped = false
      return
    }
    switch byte {
    case ASCII.backslash where isInString: isEscaped = true
    case ASCII.quote: isInString.toggle()
    case ASCII.openBrace where !isInString: depth += 1
    case ASCII.closeBrace where !isInString: depth -= 1
    default: break
    }
  }

  /// The text is a page. Servers of old cameras send no content type, and begin anywhere in the page.
  func isPage(_ text: RawSpan) -> Bool {
    guard let first, text.u8(first) == ASCII.lessThan else { return false }
    return text.startsIgnoringCase("<html", at: first) || text.startsIgnoringCase("<!doctype html", at: first)
      || text.startsIgnoringCase("<head", at: first) || text.startsIgnoringCase("<title", at: first)
      || text.startsIgnoringCase("<meta", at: first)
  }

  /// The text is complete though only the end of the connection ends it: its root element or object is closed, or there is enough
  /// for the excerpt.
  func isWhole(_ text: RawSpan) -> Bool {
    guard let first, last > first else { return false }
    switch text.u8(first) {
    case ASCII.lessThan: return text.u8(last) == ASCII.greaterThan && closesRoot(text)
    case ASCII.openBrace: return text.u8(last) == ASCII.closeBrace && depth == 0
    default: return word.map { text.byteCount >= $0 + DeviceText.excerptLimit } ?? false
    }
  }

  private func closesRoot(_ text: RawSpan) -> Bool {
    guard let nameStart, let nameEnd, nameEnd - nameStart <= Self.nameLimit else { return false }
    let length = nameEnd - nameStart
    let tail = last - length - 2
    guard tail > nameEnd, text.u8(tail) == ASCII.lessThan, text.u8(tail + 1) == ASCII.slash else { return false }
    for index in 0..<length where text.u8(nameStart + index) != text.u8(tail + 2 + index) { return false }
    return true
  }
}

/// Finds the title of a page as it grows, and looks at each byte once.
struct TitleSearch {
  private enum Stage { case tag, open, close }

  private var stage = Stage.tag
  /// Nothing before it is of interest any more.
  private(set) var position = 0
  private var start = 0

  /// - Parameter page: the whole page so far.
  mutating func find(in page: RawSpan) -> Range<Int>? {
    if stage == .tag {
      guard let tag = page.firstIndexIgnoringCase(of: "<title", from: position) else {
        position = Swift.max(position, page.byteCount - 5)
        return nil
      }
      (stage, position) = (.open, tag)
    }
    if stage == .open {
      guard let open = page.firstIndex(of: ASCII.greaterThan, from: position) else {
        position = page.byteCount
        return nil
      }
      (stage, position, start) = (.close, open, open + 1)
    }
    guard let close = page.firstIndexIgnoringCase(of: "</title", from: position) else {
      position = Swift.max(position, page.byteCount - 6)
      return nil
    }
    return start..<Swift.max(start, close)
  }
}
