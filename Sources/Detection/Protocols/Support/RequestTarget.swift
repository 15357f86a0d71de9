/// Reduces the target of a request to what may be recorded. Camera URLs carry user names and passwords in the query, and some in the path.
enum RequestTarget {
  static let limit = 256
  /// Keys whose values are commands or models, never secrets.
  private static let openKeys: [StaticString] = ["cmd", "action", "batch", "cgi", "subtype", "custom"]

  /// The path and keys of a target in origin or absolute form (RFC 9112 section 3.2), without values that could be secrets.
  static func redacted(_ target: RawSpan, query keepsQuery: Bool) -> String {
    let path = target.slice(pathStart(target), limit)
    let end = path.firstIndex(of: ASCII.questionMark) ?? path.byteCount
    let text = withoutSecrets(path.slice(0, end).text(limit: limit))
    guard keepsQuery, end < path.byteCount else { return text }
    return text + "?" + redacted(query: Array(path.slice(end + 1).text(limit: limit).utf8))
  }

  private static func redacted(query: [UInt8]) -> String {
    var kept: [UInt8] = []
    for parameter in query.split(separator: ASCII.ampersand) {
      if !kept.isEmpty { kept.append(ASCII.ampersand) }
      add(parameter, to: &kept)
    }
    return String(decoding: kept, as: UTF8.self)
  }

  /// Adds a parameter: without a value, unless that is never a secret.
  private static func add(_ parameter: ArraySlice<UInt8>, to kept: inout [UInt8]) {
    guard let equals = parameter.firstIndex(of: ASCII.equals) else {
      kept += beginning(of: parameter, 32)
      return
    }
    let key = beginning(of: parameter[..<equals], 32)
    if unsafe isOne(of: openKeys, key.span.bytes) {
      kept += beginning(of: parameter, 96)
    } else {
      kept += key
      kept.append(ASCII.equals)
    }
  }

  /// Keys whose values only keep a picture from being cached.
  private static let cacheKeys: [StaticString] = [
    "_", "_cb", "cb", "cache", "nocache", "no-cache", "cachebust", "t", "ts", "tm", "time", "timestamp", "date", "now", "r", "rnd", "rand",
    "random", "dummy", "seq", "counter", "uniq", "unique", "v",
  ]

  /// A hash of a target in origin form that stays the same where only a value against caching changes: `/shot.jpg?t=1`, `/shot.jpg?0.52`.
  static func key(_ target: RawSpan) -> UInt64 {
    let target = target.slice(pathStart(target), 1024)
    let end = target.firstIndex(of: ASCII.questionMark) ?? target.byteCount
    var hash = FNV1a()
    hash.add(target.slice(0, end))
    var start = end + 1
    while start < target.byteCount {
      let part = target.slice(start, (target.firstIndex(of: ASCII.ampersand, from: start) ?? target.byteCount) - start)
      start += part.byteCount + 1
      if part.byteCount == 0 || isNumber(part) || isOne(of: cacheKeys, part.slice(0, part.firstIndex(of: ASCII.equals) ?? 0)) { continue }
      hash.add(part)
      hash.add(ASCII.ampersand)
    }
    return hash.value
  }

  private static func isNumber(_ part: RawSpan) -> Bool {
    for index in 0..<part.byteCount where !ASCII.isDigit(part.u8(index)) && part.u8(index) != ASCII.period { return false }
    return true
  }

  private static func isOne(of keys: [StaticString], _ key: RawSpan) -> Bool {
    keys.contains { $0.utf8CodeUnitCount == key.byteCount && key.startsIgnoringCase($0) }
  }

  /// A hash of the place that a target in origin form names: its path without numbers, as uploads count or date their files.
  static func place(_ target: RawSpan) -> UInt64 {
    var hash = FNV1a()
    for unit in target.slice(pathStart(target), 1024).array {
      if unit == ASCII.questionMark { break }
      if !ASCII.isDigit(unit) { hash.add(unit) }
    }
    return hash.value
  }

  /// The host of a target in absolute form, without user and port.
  static func host(_ target: RawSpan) -> String? {
    guard let scheme = target.slice(0, 10).firstIndex(of: "://") else { return nil }
    let authority = target.slice(scheme + 3, 256)
    var end = 0
    while end < authority.byteCount, authority.u8(end) != ASCII.slash, authority.u8(end) != ASCII.questionMark { end += 1 }
    return hostName(authority.slice(0, end))
  }

  /// The host in `[user@]host[:port]`, in lower case and without the brackets of an IPv6 address.
  static func hostName(_ authority: RawSpan) -> String {
    let text = authority.trimmed.text(limit: 256).lowercased()
    var host = text.utf8[...]
    if let at = host.lastIndex(of: ASCII.at) { host = host[host.index(after: at)...] }
    let isBracketed = host.first == ASCII.openBracket
    if isBracketed { host = host.dropFirst() }
    return String(Substring(host.prefix { $0 != (isBracketed ? ASCII.closeBracket : ASCII.colon) }))
  }

  private static func pathStart(_ target: RawSpan) -> Int {
    guard let scheme = target.slice(0, 10).firstIndex(of: "://") else { return 0 }
    return target.firstIndex(of: ASCII.slash, from: scheme + 3) ?? target.byteCount
  }

  /// So many characters, which are not looked for where there are no more bytes.
  private static func beginning(of text: ArraySlice<UInt8>, _ limit: Int) -> ArraySlice<UInt8> {
    text.count <= limit ? text : text.prefix(String(decoding: text, as: UTF8.self).prefix(limit).utf8.count)
  }

  /// Removes secrets that some firmware puts into the path: `user=…&password=…`, `user=…_password=…`, `;jsessionid=…`.
  private static func withoutSecrets(_ path: String) -> String {
    guard path.utf8.contains(ASCII.equals) || path.utf8.contains(ASCII.semicolon) else { return path }
    let units = Array(path.utf8)
    var kept: [UInt8] = []
    var index = 0
    var word = 0
    while index < units.count {
      let unit = units[index]
      if unit == ASCII.semicolon { break }
      kept.append(unit)
      index += 1
      if unit == ASCII.equals {
        let key = String(decoding: kept[word..<kept.count - 1], as: UTF8.self)
        word = kept.count
        if Secrets.isSecret(key) {
          while index < units.count, !endsValue(units, index) { index += 1 }
        }
      } else if !ASCII.isAlphanumeric(unit) {
        word = kept.count
      }
    }
    return String(decoding: kept, as: UTF8.self)
  }

  /// The value ends at `&`, `/` or `;`, or at `_` if another `key=` follows.
  private static func endsValue(_ units: [UInt8], _ index: Int) -> Bool {
    if units[index] == ASCII.ampersand || units[index] == ASCII.slash || units[index] == ASCII.semicolon { return true }
    guard units[index] == ASCII.underscore else { return false }
    var end = index + 1
    while end < units.count, ASCII.isAlphanumeric(units[end]) { end += 1 }
    return end > index + 1 && end < units.count && units[end] == ASCII.equals
  }
}
