/// Recognizes names of values that must never be recorded, and removes such values from text.
enum Secrets {
  /// Whole names that mark a secret, and parts of names that do.
  private static let names = ["user", "usr", "username", "key", "sid", "psk", "ssid"]
  private static let parts = ["pass", "pwd", "psw", "token", "auth", "secret", "session", "nonce"]

  static func isSecret(_ name: String) -> Bool {
    let name = name.lowercased()
    return names.contains(name) || parts.contains { part in name.indices.contains { name[$0...].hasPrefix(part) } }
  }

  /// The text without the values of secrets: `"token":"…"`, `<Password>…`, `pwd=…`.
  static func removed(from text: String) -> String {
    let units = Array(text.utf8)
    var kept: [UInt8] = []
    var word: [UInt8] = []
    var index = 0
    while index < units.count {
      let unit = units[index]
      if ASCII.isAlphanumeric(unit) || unit == ASCII.underscore {
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
      let quote = isQuote(units[value - 1]) ? units[value - 1] : nil
      while index < units.count, !endsValue(units[index], quote) { index += 1 }
    }
    return String(decoding: kept, as: UTF8.self)
  }

  /// The start of the value that belongs to the name ending at `index`: behind `=`, `:` or `>`, spaces and an opening quote.
  private static func valueStart(_ units: [UInt8], _ index: Int) -> Int? {
    var index = index
    let skip = { (set: [UInt8]) in while index < units.count, set.contains(units[index]) { index += 1 } }
    skip([ASCII.quote, ASCII.apostrophe, ASCII.space])
    guard index < units.count, [ASCII.equals, ASCII.colon, ASCII.greaterThan].contains(units[index]) else { return nil }
    index += 1
    skip([ASCII.space])
    if index < units.count, isQuote(units[index]) { index += 1 }
    return index
  }

  private static func endsValue(_ unit: UInt8, _ quote: UInt8?) -> Bool {
    if let quote { return unit == quote }
    switch unit {
    case ASCII.space, ASCII.ampersand, ASCII.comma, ASCII.semicolon, ASCII.lessThan, ASCII.closeBrace, ASCII.quote: return true
    default: return false
    }
  }

  private static func isQuote(_ unit: UInt8) -> Bool { unit == ASCII.quote || unit == ASCII.apostrophe }
}
