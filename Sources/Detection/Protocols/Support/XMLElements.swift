/// Reads the elements of XML text with their local names and texts, without a tree, namespaces, or entities beyond the five of XML 1.0
/// section 4.6. Malformed parts are skipped.
struct XMLElements: ~Escapable {
  private let bytes: RawSpan
  private var position = 0

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) { self.bytes = bytes }

  /// A start tag, and the text up to the next tag.
  struct Element {
    /// The name without the prefix of a namespace.
    let name: Range<Int>
    let text: Range<Int>
  }

  /// Reads up to the next start tag.
  mutating func next() -> Element? {
    while let open = bytes.firstIndex(of: ASCII.lessThan, from: position) {
      position = open + 1
      if bytes.starts(with: "!--", at: position) {
        position = bytes.firstIndex(of: "-->", from: position + 3).map { $0 + 3 } ?? bytes.byteCount
        continue
      }
      guard let close = bytes.firstIndex(of: ASCII.greaterThan, from: position) else { return nil }
      position = close + 1
      guard let name = localName(from: open + 1, to: close) else { continue }
      let text = bytes.u8(close - 1) == ASCII.slash ? position..<position : text(from: position)
      position = text.upperBound
      return Element(name: name, text: text)
    }
    return nil
  }

  func isNamed(_ element: Element, _ name: StaticString) -> Bool {
    element.name.count == name.utf8CodeUnitCount && bytes.starts(with: name, at: element.name.lowerBound)
  }

  /// The text of an element, with entities resolved and white space collapsed.
  func text(_ element: Element, limit: Int = 256) -> String {
    let text = bytes.slice(element.text.lowerBound, element.text.count).collapsedText(limit: limit)
    return text.utf8.contains(ASCII.ampersand) ? Self.resolved(text) : text
  }

  private func localName(from start: Int, to end: Int) -> Range<Int>? {
    var index = start
    var name = start
    while index < end {
      let byte = bytes.u8(index)
      if byte == ASCII.colon { name = index + 1 }
      guard ASCII.isAlphanumeric(byte) || byte == ASCII.colon || byte == ASCII.underscore || byte == ASCII.hyphen || byte == ASCII.period
      else { break }
      index += 1
    }
    return index > name ? name..<index : nil
  }

  private func text(from start: Int) -> Range<Int> {
    if bytes.starts(with: "<![CDATA[", at: start) {
      return start + 9..<(bytes.firstIndex(of: "]]>", from: start + 9) ?? bytes.byteCount)
    }
    return start..<(bytes.firstIndex(of: ASCII.lessThan, from: start) ?? bytes.byteCount)
  }

  private static func resolved(_ text: String) -> String {
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")]
    var result = ""
    var rest = text[...]
    while let ampersand = rest.firstIndex(of: "&") {
      result += rest[..<ampersand]
      rest = rest[ampersand...]
      if let (name, value) = entities.first(where: { rest.hasPrefix($0.0) }) {
        result += value
        rest = rest.dropFirst(name.count)
      } else {
        result += "&"
        rest = rest.dropFirst()
      }
    }
    return result + rest
  }
}
