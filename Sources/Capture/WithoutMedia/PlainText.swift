/// Text within a payload. Pictures in Base64 are no text.
enum PlainText {
  /// Characters without a break of which Base64 consists: longer than names, tokens and parameter sets in SDP.
  static let runLimit = 240
  /// Lines of Base64 as mail has them, one after the other.
  private static let lineLength = 60
  private static let lineLimit = 4
  /// A text may end with as many other bytes: line ends, zeros, check sums.
  static let endLimit = 4

  /// The number of bytes of text that the bytes begin with.
  static func length(_ bytes: ArraySlice<UInt8>) -> Int {
    var index = bytes.startIndex
    var run = bytes.startIndex
    var lines = 0
    var firstLine = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      if isBase64(byte) {
        if index - run >= runLimit { return (lines > 0 ? firstLine : run) - bytes.startIndex }
        index += 1
        continue
      }
      let length = characterLength(bytes[index...])
      guard length > 0 else { break }
      if byte == 0x0A || byte == 0x0D {
        if index - run >= lineLength {
          if lines == 0 { firstLine = run }
          lines += 1
          if lines >= lineLimit { return firstLine - bytes.startIndex }
        } else if index > run {
          lines = 0
        }
      } else {
        lines = 0
      }
      index += length
      run = index
    }
    let count = index - bytes.startIndex
    return bytes.count - count <= endLimit && count > endLimit ? bytes.count : count
  }

  private static func isBase64(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "_"),
      UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// 0 if no character of a text stands there: a control character, or no UTF-8.
  private static func characterLength(_ bytes: ArraySlice<UInt8>) -> Int {
    guard let first = bytes.first else { return 0 }
    let length: Int
    switch first {
    case 0x09, 0x0A, 0x0D, 0x20...0x7E: return 1
    case 0xC2...0xDF: length = 2
    case 0xE0...0xEF: length = 3
    case 0xF0...0xF4: length = 4
    default: return 0
    }
    let rest = bytes.dropFirst().prefix(length - 1)
    return rest.count == length - 1 && rest.allSatisfy { $0 & 0xC0 == 0x80 } ? length : 0
  }
}

/// A payload of unknown form: the protocols of camera makers, for example.
enum UnknownPayload {
  /// The bytes that signatures cite, but no more than up to the first mark of a picture. Text behind a short header is kept, too: messages
  /// of several makers consist of both.
  static func kept(_ bytes: ArraySlice<UInt8>) -> Int {
    let limit = min(bytes.count, MediaCut.unknownLimit)
    let text = PlainText.length(bytes)
    if text >= limit { return text }
    if let mark = MediaStart.end(in: bytes) { return min(limit, mark) }
    let behind = limit / 2
    let length = PlainText.length(bytes.dropFirst(behind))
    return length >= limit - behind ? behind + length : limit
  }
}
