import Detection

/// The head of a message of HTTP, RTSP or SIP: its first line and its header lines.
struct MessageHead {
  /// Bytes of a head.
  static let limit = 16_384
  private static let methods = [
    "GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "DESCRIBE ", "SETUP ", "PLAY ", "PAUSE ", "TEARDOWN ",
    "ANNOUNCE ", "RECORD ", "GET_PARAMETER ", "SET_PARAMETER ", "REDIRECT ", "NOTIFY ", "SUBSCRIBE ", "M-SEARCH ", "REGISTER ", "INVITE ",
    "ACK ", "BYE ", "MESSAGE ", "PROPFIND ",
  ]
  private static let answers = ["HTTP/1.", "RTSP/1.", "RTSP/2.", "SIP/2.0 ", "ICY "]
  /// Bodies that describe: pages, documents, SDP, SOAP. Pictures drawn in XML are no description.
  private static let texts = ["text/", "json", "xml", "application/sdp", "form-urlencoded", "javascript", "application/x-rtsp-tunnelled"]

  private(set) var isComplete = false
  /// It is no head after all.
  private(set) var isBroken = false
  private var text: [UInt8] = []

  /// Also where so little is there that more must follow: some devices send a head byte by byte.
  static func begins(_ bytes: ArraySlice<UInt8>) -> Bool {
    (methods + answers).contains { bytes.starts(with: $0.utf8) || bytes.count < $0.utf8.count && $0.utf8.starts(with: bytes) }
  }

  /// Reads up to the empty line that ends a head. Returns the number of bytes that belong to it.
  mutating func read(_ bytes: ArraySlice<UInt8>) -> Int {
    for (count, byte) in bytes.enumerated() {
      guard byte >= 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09, text.count < Self.limit else {
        isBroken = true
        return count
      }
      text.append(byte)
      if byte == 0x0A, text.hasEmptyLine {
        isComplete = true
        return count + 1
      }
    }
    return bytes.count
  }

  private var lines: [Substring] { String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline) }

  /// In lower case, without spaces around it; empty if there is none.
  private func value(_ name: String) -> String {
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else { continue }
      return line[line.index(after: colon)...].lowercased().filter { $0 != " " && $0 != "\t" }
    }
    return ""
  }

  private var firstLine: String { lines.first.map(String.init) ?? "" }
  private var isAnswer: Bool { Self.answers.contains { firstLine.hasPrefix($0) } }
  private var isHTTP: Bool { firstLine.contains("HTTP/1.") || firstLine.hasPrefix("ICY ") }

  var isRTSP: Bool { firstLine.contains("RTSP/") || isTunnel }
  var isMultipart: Bool { value("content-type").hasPrefix("multipart/") }
  /// RTSP within HTTP: what follows is a connection of its own.
  var isTunnel: Bool { value("content-type").contains("x-rtsp-tunnelled") || value("accept").contains("x-rtsp-tunnelled") }

  var isText: Bool {
    let type = value("content-type")
    guard value("content-encoding").isEmpty, !type.contains("svg") else { return false }
    return Self.texts.contains { type.contains($0) }
  }

  /// An answer that has none, or the end of HTTP on this connection: RFC 9112, section 6.3.
  var hasNoBody: Bool {
    let status = firstLine.split(separator: " ").dropFirst().first ?? ""
    if isAnswer { return status.hasPrefix("1") || status == "204" || status == "304" || bodyLength == nil && !isHTTP }
    return bodyLength == nil && value("transfer-encoding").isEmpty
  }

  /// Nil up to the end of the connection, or in pieces of which each has a length.
  var bodyLength: Int? {
    let length = value("content-length")
    return value("transfer-encoding").contains("chunked") ? nil : Int(length).flatMap { $0 >= 0 ? $0 : nil }
  }
}

/// The head of a part of a multipart body: RFC 2046, section 5.1.
enum PartHead {
  static let limit = 1024

  /// The number of bytes up to the end of a part's head, if they begin with its boundary; otherwise 0. A chunk's size may stand before it:
  /// RFC 9112, section 7.1.
  static func length(_ bytes: ArraySlice<UInt8>) -> Int {
    var rest = bytes.droppingBreaks
    let digits = rest.prefix(8).prefix { isHexadecimal($0) }.count
    if digits > 0, rest.dropFirst(digits).starts(with: [0x0D, 0x0A]) { rest = rest.dropFirst(digits).droppingBreaks }
    guard rest.starts(with: [0x2D, 0x2D]) || isHeader(rest) else { return 0 }
    let begin = bytes.count - rest.count
    var text: [UInt8] = []
    for byte in rest.prefix(limit) {
      guard byte >= 0x20 && byte < 0x7F || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return 0 }
      text.append(byte)
      if byte == 0x0A, text.hasEmptyLine { return begin + text.count }
    }
    return text.count == rest.count ? bytes.count : 0
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
    default: false
    }
  }

  /// Some cameras send boundary and header lines in segments of their own.
  private static func isHeader(_ bytes: ArraySlice<UInt8>) -> Bool {
    let name = String(decoding: bytes.prefix(8), as: UTF8.self).lowercased()
    return name == "content-"
  }
}

extension [UInt8] {
  /// It ends with an empty line.
  fileprivate var hasEmptyLine: Bool { suffix(2).elementsEqual([0x0A, 0x0A]) || suffix(4).elementsEqual([0x0D, 0x0A, 0x0D, 0x0A]) }
}

extension ArraySlice<UInt8> {
  /// Without the line ends that it begins with, of which there may be two.
  fileprivate var droppingBreaks: Self { dropFirst(prefix(4).prefix { $0 == 0x0D || $0 == 0x0A }.count) }
}
