/// What of a request's target may be kept. Addresses of cameras carry names and passwords in the query, and some in the path.
enum RequestTarget {
  static let limit = 256
  /// Keys whose values are commands or models, never secrets.
  private static let openKeys = ["cmd", "action", "batch", "cgi", "subtype", "custom"]
  private static let secretKeys = [
    "user", "usr", "username", "pass", "passwd", "password", "pwd", "psw", "token", "auth", "key", "secret", "session", "sid",
  ]

  /// Path and keys of a target in origin form or absolute form (RFC 9112 section 3.2), without values that could be secrets.
  static func kept(_ target: RawSpan, query keepsQuery: Bool) -> String {
    let path = target.slice(pathStart(target), limit)
    let end = path.firstIndex(of: 0x3F) ?? path.byteCount
    let text = withoutSecrets(path.slice(0, end).text(limit: limit))
    guard keepsQuery, end < path.byteCount else { return text }
    let query = path.slice(end + 1).text(limit: limit)
    return text + "?" + query.split(separator: "&").map(kept(parameter:)).joined(separator: "&")
  }

  /// The authority of a target in absolute form, without user and port.
  static func host(_ target: RawSpan) -> String? {
    guard let scheme = target.slice(0, 10).firstIndex(of: "://") else { return nil }
    let authority = target.slice(scheme + 3, 256)
    var end = 0
    while end < authority.byteCount, authority.u8(end) != 0x2F, authority.u8(end) != 0x3F { end += 1 }
    return hostName(authority.slice(0, end))
  }

  /// `[user@]host[:port]` as a lower-case host; brackets of an IPv6 address are dropped.
  static func hostName(_ authority: RawSpan) -> String {
    var text = authority.trimmed.text(limit: 256).lowercased()[...]
    if let at = text.lastIndex(of: "@") { text = text[text.index(after: at)...] }
    if text.first == "[" {
      text = text.dropFirst()
      return String(text[..<(text.firstIndex(of: "]") ?? text.endIndex)])
    }
    return String(text[..<(text.firstIndex(of: ":") ?? text.endIndex)])
  }

  private static func pathStart(_ target: RawSpan) -> Int {
    guard let scheme = target.slice(0, 10).firstIndex(of: "://") else { return 0 }
    return target.firstIndex(of: 0x2F, from: scheme + 3) ?? target.byteCount
  }

  private static func kept(parameter: Substring) -> String {
    guard let equals = parameter.firstIndex(of: "=") else { return String(parameter.prefix(32)) }
    let key = parameter[..<equals].prefix(32)
    let isOpen = openKeys.contains(key.lowercased())
    return isOpen ? String(parameter.prefix(96)) : key + "="
  }

  /// Some firmware puts `user=…&password=…` or `user=…_password=…` into the path itself; and `;jsessionid=…`.
  private static func withoutSecrets(_ path: String) -> String {
    guard path.utf8.contains(0x3D) || path.utf8.contains(0x3B) else { return path }
    let units = Array(path.utf8)
    var kept: [UInt8] = []
    var index = 0
    var word = 0
    while index < units.count {
      let unit = units[index]
      if unit == 0x3B { break }
      kept.append(unit)
      index += 1
      if unit == 0x3D {
        let key = String(decoding: kept[word..<kept.count - 1], as: UTF8.self).lowercased()
        word = kept.count
        if secretKeys.contains(key) {
          while index < units.count, !endsValue(units, index) { index += 1 }
        }
      } else if !isASCIIAlphanumeric(unit) {
        word = kept.count
      }
    }
    return String(decoding: kept, as: UTF8.self)
  }

  /// `&`, `/` and `;` end a value; `_` does where a further `key=` follows.
  private static func endsValue(_ units: [UInt8], _ index: Int) -> Bool {
    if units[index] == 0x26 || units[index] == 0x2F || units[index] == 0x3B { return true }
    guard units[index] == 0x5F else { return false }
    var end = index + 1
    while end < units.count, isASCIIAlphanumeric(units[end]) { end += 1 }
    return end > index + 1 && end < units.count && units[end] == 0x3D
  }
}
