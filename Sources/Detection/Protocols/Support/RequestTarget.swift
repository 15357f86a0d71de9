/// What of a request's target may be kept. Addresses of cameras carry names and passwords in the query, and some in the path.
enum RequestTarget {
  static let limit = 256
  /// Keys whose values are commands or models, never secrets.
  private static let openKeys = ["cmd", "action", "batch", "cgi", "subtype", "custom"]

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
        let key = String(decoding: kept[word..<kept.count - 1], as: UTF8.self)
        word = kept.count
        if Secrets.isSecret(key) {
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

/// Names of values that must not be kept.
enum Secrets {
  private static let names = ["user", "usr", "username", "key", "sid", "psk", "ssid"]
  private static let parts = ["pass", "pwd", "psw", "token", "auth", "secret", "session", "nonce"]

  static func isSecret(_ name: String) -> Bool {
    let name = name.lowercased()
    return names.contains(name) || parts.contains { part in name.indices.contains { name[$0...].hasPrefix(part) } }
  }

  /// The text without the values of secret names: `"token":"…"`, `<Password>…`, `pwd=…`.
  static func removed(from text: String) -> String {
    let units = Array(text.utf8)
    var kept: [UInt8] = []
    var word: [UInt8] = []
    var index = 0
    while index < units.count {
      let unit = units[index]
      if isASCIIAlphanumeric(unit) || unit == 0x5F {
        word.append(unit)
        kept.append(unit)
        index += 1
        continue
      }
      let isSecret = !word.isEmpty && isSecret(String(decoding: word, as: UTF8.self))
      word = []
      guard isSecret, let value = valueStart(units, index) else {
        kept.append(unit)
        index += 1
        continue
      }
      kept += units[index..<value]
      index = value
      let quote = units[value - 1] == 0x22 || units[value - 1] == 0x27 ? units[value - 1] : nil
      while index < units.count, !endsValue(units[index], quote) { index += 1 }
    }
    return String(decoding: kept, as: UTF8.self)
  }

  /// Where the value begins behind a name that ends at `index`: after `=`, `:` or `>`, spaces and an opening quote.
  private static func valueStart(_ units: [UInt8], _ index: Int) -> Int? {
    var index = index
    let skip = { (set: [UInt8]) in while index < units.count, set.contains(units[index]) { index += 1 } }
    skip([0x22, 0x27, 0x20])
    guard index < units.count, [0x3D, 0x3A, 0x3E].contains(units[index]) else { return nil }
    index += 1
    skip([0x20])
    if index < units.count, units[index] == 0x22 || units[index] == 0x27 { index += 1 }
    return index
  }

  private static func endsValue(_ unit: UInt8, _ quote: UInt8?) -> Bool {
    if let quote { return unit == quote }
    return [0x20, 0x26, 0x2C, 0x3B, 0x3C, 0x7D, 0x22].contains(unit)
  }
}
