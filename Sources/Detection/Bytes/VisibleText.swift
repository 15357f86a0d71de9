/// What people see of a text from devices and strangers, on a terminal, in a page and in a message.
///
/// A name may steer the terminal (U+009B begins a control sequence), turn the line around, hide letters, or pile marks over the lines above.
/// People get it without all that; JSON keeps it, written as `\u…`.
public struct VisibleText {
  /// Longest name, in characters.
  public static let nameLimit = 80
  /// Unicode scalars that are looked at.
  static let inputLimit = 16_384
  /// Combining marks in a row. Letters of some scripts need two.
  static let markLimit = 2

  public enum Look: Sendable {
    case shown
    /// A control character or a break: a space in its place.
    case space
    case hidden
  }

  private var marks = 0
  private var isAfterEmoji = false

  public init() {}

  /// Looks at the scalars of a text in their order.
  ///
  /// - Parameter next: the scalar after it; nil at the end.
  public mutating func look(at scalar: Unicode.Scalar, before next: Unicode.Scalar?) -> Look {
    if scalar.isASCII {
      (marks, isAfterEmoji) = (0, false)
      return scalar.value >= 0x20 && scalar.value < 0x7F ? .shown : .space
    }
    switch scalar {
    case "\u{200D}": return isAfterEmoji && next?.isPictograph == true ? .shown : .hidden  // joins emoji to one
    case "\u{FE0E}", "\u{FE0F}": return isAfterEmoji ? .shown : .hidden  // choose between the two looks of an emoji
    case "\u{2800}": return space()  // a braille cell without dots
    default: break
    }
    switch scalar.properties.generalCategory {
    case .control, .spaceSeparator, .lineSeparator, .paragraphSeparator: return space()
    case .format, .surrogate, .privateUse, .unassigned: return .hidden
    case _ where scalar.properties.isDefaultIgnorableCodePoint: return .hidden
    case .nonspacingMark, .spacingMark, .enclosingMark:
      marks += 1
      return marks <= Self.markLimit ? .shown : .hidden
    default:
      (marks, isAfterEmoji) = (0, scalar.isPictograph)
      return .shown
    }
  }

  private mutating func space() -> Look {
    (marks, isAfterEmoji) = (0, false)
    return .space
  }
}

extension Unicode.Scalar {
  fileprivate var isPictograph: Bool { value > 0xFF && properties.isEmoji }

  /// Four or six digits for each unit of UTF-16: RFC 8259, section 7.
  fileprivate var escapedForJSON: String {
    UTF16.encode(self).map { units in
      units.reduce(into: "") { text, unit in
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    } ?? ""
  }
}

extension String {
  /// One line that shows people what the text says, of at most `limit` characters.
  public func forPeople(limit: Int = VisibleText.nameLimit) -> String {
    if utf8.count <= limit, utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return self }
    var line = String.UnicodeScalarView()
    unicodeScalars.prefix(VisibleText.inputLimit).forEachLook { scalar, look, _ in
      switch look {
      case .shown: line.append(scalar)
      case .space: line.append(" ")
      case .hidden: break
      }
      return 0
    }
    let text = String(line)
    return text.count > limit ? String(text.prefix(Swift.max(0, limit - 1))) + "…" : text
  }

  /// A whole text for a terminal: its lines, tabs and colours (`ESC [ 1 m`) stay.
  public var forTerminal: String {
    if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A || $0 == 0x09 }) { return self }
    var text = String.UnicodeScalarView()
    unicodeScalars[...].forEachLook { scalar, look, rest in
      if scalar == "\u{1B}", let length = rest.colourLength {
        text.append(contentsOf: rest.prefix(length))
        return length - 1
      }
      switch look {
      case .shown: text.append(scalar)
      case .space: text.append(scalar == "\n" || scalar == "\t" ? scalar : " ")
      case .hidden: break
      }
      return 0
    }
    return String(text)
  }

  /// Text for elements and quoted attributes of HTML and XML.
  public var htmlEscaped: String {
    unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }

  /// JSON in which everything that people would not see is escaped. Some readers of JSON Lines take U+2028 for the end of a line.
  public var withInvisibleEscaped: String {
    utf8.allSatisfy { $0 < 0x7F } ? self : mapInvisible { $0.value < 0x7F ? String($0) : $0.escapedForJSON }
  }

  /// The text with something else in place of each scalar that people would not see, and of spaces that are not of ASCII.
  public func mapInvisible(_ body: (Unicode.Scalar) -> String) -> String {
    var text = String.UnicodeScalarView()
    unicodeScalars[...].forEachLook { scalar, look, _ in
      if look == .shown { text.append(scalar) } else { text.append(contentsOf: body(scalar).unicodeScalars) }
      return 0
    }
    return String(text)
  }
}

extension Substring.UnicodeScalarView {
  /// - Parameter body: gets each scalar, its look, and the text from it on; returns how many of the next to leave out.
  fileprivate func forEachLook(_ body: (Unicode.Scalar, VisibleText.Look, Self) -> Int) {
    var visible = VisibleText()
    var index = startIndex
    while index < endIndex {
      let next = self.index(after: index)
      let look = visible.look(at: self[index], before: next < endIndex ? self[next] : nil)
      let skipped = body(self[index], look, self[index...])
      index = self.index(next, offsetBy: skipped, limitedBy: endIndex) ?? endIndex
    }
  }

  /// Scalars of the sequence that begins here and sets a colour; nil for any other.
  fileprivate var colourLength: Int? {
    guard prefix(2).elementsEqual(["\u{1B}", "["]) else { return nil }
    let parameters = dropFirst(2).prefix { $0 == ";" || $0.value >= 0x30 && $0.value <= 0x39 }
    guard dropFirst(2 + parameters.count).first == "m" else { return nil }
    return parameters.count + 3
  }
}
