/// Reads elements of the Distinguished Encoding Rules (X.690 section 10) one after another from borrowed bytes, each within the bounds of
/// its parent. The caller descends, so hostile nesting costs nothing.
struct DERReader: ~Escapable {
  /// Octets of a length: contents stay below 16 MiB.
  static let lengthOctetLimit = 3

  /// An element's identifier octet.
  struct Tag: RawRepresentable, Equatable {
    let rawValue: UInt8
    static let objectIdentifier = Tag(rawValue: 0x06)
    static let octetString = Tag(rawValue: 0x04)
    static let integer = Tag(rawValue: 0x02)
    static let boolean = Tag(rawValue: 0x01)
    static let utf8String = Tag(rawValue: 0x0C)
    static let printableString = Tag(rawValue: 0x13)
    static let t61String = Tag(rawValue: 0x14)
    static let ia5String = Tag(rawValue: 0x16)
    static let bmpString = Tag(rawValue: 0x1E)
    static let sequence = Tag(rawValue: 0x30)
    static let set = Tag(rawValue: 0x31)

    /// A tag whose meaning depends on its context.
    static func context(_ number: UInt8, isConstructed: Bool = false) -> Tag {
      Tag(rawValue: (isConstructed ? 0xA0 : 0x80) | number & 0x1F)
    }
  }

  struct Element: ~Escapable {
    let tag: Tag
    let contents: RawSpan

    @_lifetime(copy contents)
    init(tag: Tag, contents: RawSpan) {
      self.tag = tag
      self.contents = contents
    }

    /// The element's text; nil if its type is not a string that certificates use.
    func text(limit: Int) -> String? {
      switch tag {
      case .utf8String, .printableString, .ia5String: contents.text(limit: limit)
      case .t61String: contents.latinText(limit: limit)
      case .bmpString: contents.wideText(limit: limit)
      default: nil
      }
    }
  }

  private var cursor: Cursor

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) { cursor = Cursor(bytes) }

  var isAtEnd: Bool { cursor.isAtEnd }

  @_lifetime(copy self)
  mutating func next() throws(DecodeError) -> Element {
    let start = cursor.position
    let tag = Tag(rawValue: try cursor.u8())
    // Tag numbers above 30 take more octets; certificates do not use them.
    guard tag.rawValue & 0x1F != 0x1F else { throw DecodeError(.unsupported, at: start) }
    var length = Int(try cursor.u8())
    if length >= 0x80 {
      let octets = length & 0x7F
      // No octets mean the indefinite form, which DER forbids.
      guard octets > 0 else { throw DecodeError(.malformed, at: start) }
      guard octets <= Self.lengthOctetLimit else { throw DecodeError(.limit, at: start) }
      length = 0
      for _ in 0..<octets { length = length << 8 | Int(try cursor.u8()) }
    }
    return Element(tag: tag, contents: try cursor.take(length))
  }

  /// Reads the next element, which must have the tag, and returns its contents.
  @_lifetime(copy self)
  mutating func next(_ tag: Tag) throws(DecodeError) -> RawSpan {
    let start = cursor.position
    let element = try next()
    guard element.tag == tag else { throw DecodeError(.malformed, at: start) }
    return element.contents
  }

  /// Skips the next element if it has the tag.
  mutating func skip(_ tag: Tag) throws(DecodeError) {
    guard !isAtEnd, cursor.rest.u8(0) == tag.rawValue else { return }
    _ = try next()
  }
}

extension RawSpan {
  /// The bytes as ISO 8859-1, which is what T61String holds in practice.
  fileprivate func latinText(limit: Int) -> String {
    var scalars = String.UnicodeScalarView()
    for index in 0..<Swift.min(byteCount, limit) {
      let byte = u8(index)
      if byte == 0 { break }
      scalars.append(byte & 0x7F < 0x20 || byte == 0x7F ? "\u{FFFD}" : Unicode.Scalar(byte))
    }
    return String(scalars)
  }

  /// The bytes as UTF-16 in network order.
  fileprivate func wideText(limit: Int) -> String {
    var units: [UInt16] = []
    var index = 0
    while index + 1 < Swift.min(byteCount, limit) {
      let unit = u16(index)
      if unit == 0 { break }
      units.append(unit < 0x20 || unit == 0x7F ? 0xFFFD : unit)
      index += 2
    }
    return String(decoding: units, as: UTF16.self)
  }
}
