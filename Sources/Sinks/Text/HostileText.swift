import Detection

/// Texts from devices and strangers, made harmless for the place where they stand.
///
/// `oneLine` and `plainText` are for protocols: they take away what would break a line or reorder it, and keep all else as it was written.
/// `shown`, `unlinked` and `quoted` are for names in messages for people: they also take away what hides, imitates or leads elsewhere.
enum HostileText {
  /// Longest name in a message, in characters.
  static let nameLimit = 80
  /// Longest text in a message that a person wrote, in characters.
  static let noteLimit = 300
  /// Unicode scalars in one character: enough for each letter and emoji, too few to paint over the lines above.
  static let scalarsInCharacter = 12
}

extension String {
  /// One line: every control character, line separator and direction override becomes a space, and runs of spaces become one.
  var oneLine: String { squeezed { $0 == " " || $0.isLayout ? .space : .kept } }

  /// Several lines that end with LF: other control characters and direction overrides are removed.
  var plainText: String {
    var text = String.UnicodeScalarView()
    for scalar in replacing("\r\n", with: "\n").unicodeScalars where scalar == "\n" || scalar == "\t" || !scalar.isLayout {
      text.append(scalar)
    }
    return String(text)
  }

  /// One line without control characters, characters that reorder or hide text, and runs of spaces; at most `limit` characters.
  func shown(limit: Int = HostileText.noteLimit) -> String {
    let line = forPeople(limit: .max).squeezed { $0 == " " ? .space : .kept }
    var thin = String.UnicodeScalarView()
    for character in line { thin.append(contentsOf: character.unicodeScalars.prefix(HostileText.scalarsInCharacter)) }
    return String(thin).cut(characters: limit)
  }

  /// The same, without an address of the web that phones and mail programs would turn into a link.
  func unlinked(limit: Int = HostileText.noteLimit) -> String {
    var rest = Substring(shown(limit: limit))
    var result = ""
    while let character = rest.first {
      if rest.hasPrefix("://") {
        result += "[:]//"
        rest = rest.dropFirst(3)
      } else if character == "w" || character == "W", rest.prefix(4).lowercased() == "www." {
        result += rest.prefix(3) + "[.]"
        rest = rest.dropFirst(4)
      } else {
        result.append(character)
        rest = rest.dropFirst()
      }
    }
    return result
  }

  /// The same in quotation marks that the text itself cannot close: `“lobby 1”`. Nil if nothing readable is left.
  func quoted(limit: Int = HostileText.nameLimit) -> String? {
    let line = unlinked(limit: limit)
    guard !line.isEmpty else { return nil }
    // By scalar: a mark that joins a quotation mark on the screen makes another character of it.
    return "“" + String(String.UnicodeScalarView(line.unicodeScalars.map { "“”„‟«»〝〞＂❝❞".unicodeScalars.contains($0) ? "'" : $0 })) + "”"
  }

  /// The scalars that are kept, with one space for each run of spaces between them.
  private func squeezed(_ look: (Unicode.Scalar) -> Unicode.Scalar.Look) -> String {
    var line = String.UnicodeScalarView()
    var isAfterSpace = false
    for scalar in unicodeScalars {
      switch look(scalar) {
      case .space: isAfterSpace = !line.isEmpty
      case .kept:
        if isAfterSpace { line.append(" ") }
        isAfterSpace = false
        line.append(scalar)
      }
    }
    return String(line)
  }

  /// At most `limit` bytes of UTF-8, cut between two characters, with an ellipsis if something is missing.
  func cut(utf8 limit: Int) -> String { cut(limit) { $0.utf8.count } }

  /// At most `limit` units of UTF-16, in the same way.
  func cut(utf16 limit: Int) -> String { cut(limit) { $0.utf16.count } }

  /// At most `limit` characters, in the same way.
  func cut(characters limit: Int) -> String { count > limit ? String(prefix(Swift.max(0, limit - 1))) + "…" : self }

  private func cut(_ limit: Int, size: (Substring) -> Int) -> String {
    guard size(self[...]) > limit else { return self }
    let ellipsis = "…"
    var room = limit - size(ellipsis[...])
    guard room >= 0 else { return "" }
    var end = startIndex
    while end < endIndex {
      let next = index(after: end)
      let cost = size(self[end..<next])
      if cost > room { break }
      room -= cost
      end = next
    }
    // A character may be thousands of combining marks: then it is cut between two of them.
    let next = end < endIndex ? index(after: end) : end
    if size(self[end..<next]) > 64 {
      while end < next {
        let mark = unicodeScalars.index(after: end)
        let cost = size(self[end..<mark])
        if cost > room { break }
        room -= cost
        end = mark
      }
    }
    return String(self[..<end]) + ellipsis
  }
}

extension Unicode.Scalar {
  fileprivate enum Look { case kept, space }

  /// Moves or breaks text instead of showing something: controls, line and paragraph separators, embeddings, overrides and isolates
  /// (Unicode Standard Annex 9), and the byte order mark.
  fileprivate var isLayout: Bool {
    switch value {
    case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }
}
