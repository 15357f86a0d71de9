import Detection
import Foundation
import YAMLReading

/// What a value of the configuration may look like.
struct ValueForm<Value> {
  /// For messages: "expected …".
  let expected: String
  /// Words to suggest where one is misspelt.
  var words: [String] = []
  /// True if a message must not show a wrong value, which may hold a secret.
  var isHidden = false
  /// True if it may have several lines.
  var mayHaveLines = false
  /// Nil if the text is not such a value.
  let parse: (String) -> Value?
}

extension ValueForm where Value == String {
  static var text: ValueForm { ValueForm(expected: "text") { $0.contains { !$0.isWhitespace } ? $0 : nil } }
  static var lines: ValueForm { ValueForm(expected: "text", mayHaveLines: true) { $0.contains { !$0.isWhitespace } ? $0 : nil } }

  static func text(bytes: ClosedRange<Int>) -> ValueForm {
    ValueForm(expected: "text of \(bytes.lowerBound) to \(bytes.upperBound) bytes") { bytes.contains($0.utf8.count) ? $0 : nil }
  }

  /// A path, made absolute with the folder of the configuration.
  static func path(in folder: String) -> ValueForm {
    ValueForm(expected: "the path of a file", isHidden: true) { text in
      guard !text.isEmpty, !text.contains("whsec_"), text.utf8.count < Int(PATH_MAX) else { return nil }
      return absolute(text, in: folder)
    }
  }

  static func absolute(_ path: String, in folder: String) -> String {
    path.hasPrefix("/") || folder.isEmpty ? path : folder == "/" ? "/" + path : "\(folder)/\(path)"
  }

  /// Letters, digits and some marks, and nothing else.
  static func name(_ expected: String, marks: String, longest: Int) -> ValueForm {
    ValueForm(expected: expected) { text in
      let isName = text.utf8.allSatisfy { ASCII.isAlphanumeric($0) || marks.utf8.contains($0) }
      return isName && (1...longest).contains(text.utf8.count) ? text : nil
    }
  }

  static var sinkName: ValueForm { name("1 to 64 letters, digits, -, _ and .", marks: "-_.", longest: 64) }
  static var ntfyTopic: ValueForm { name("1 to 64 letters, digits, - and _", marks: "-_", longest: 64) }
  static var mqttPrefix: ValueForm { name("1 to 64 letters, digits, -, _ and /", marks: "-_/", longest: 64) }
  static var language: ValueForm {
    ValueForm(expected: "one of " + Settings.languages.joined(separator: ", "), words: Settings.languages) {
      Settings.languages.contains($0) ? $0 : nil
    }
  }
  static var variable: ValueForm {
    ValueForm(expected: "the name of an environment variable, such as LENSCAP_TOKEN", isHidden: true) { text in
      let isName = text.utf8.allSatisfy { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
      return isName && (1...128).contains(text.utf8.count) && !text.utf8.prefix(1).contains { ASCII.isDigit($0) } ? text : nil
    }
  }

  /// An address on the web, RFC 3986, of printable ASCII and without a user or password.
  static var url: ValueForm {
    ValueForm(expected: "an address such as https://host/path, without a user and password", isHidden: true) {
      HTTPAddress(of: $0) != nil ? $0 : nil
    }
  }
  /// Without query, fragment, and slash at the end.
  static var baseURL: ValueForm {
    ValueForm(expected: "an address such as https://host/path, without a user, a password and ?", isHidden: true) { text in
      guard HTTPAddress(of: text) != nil, !text.contains("?"), !text.contains("#") else { return nil }
      return String(text.reversed().drop { $0 == "/" }.reversed())
    }
  }

  static var host: ValueForm { ValueForm(expected: "a host's name or IP address") { HTTPAddress.isHost($0) ? $0 : nil } }
  /// `porter@example.com` or `Night porter <porter@example.com>`.
  static var mailbox: ValueForm {
    ValueForm(expected: "a mail address such as porter@example.com") { text in
      guard text.hasSuffix(">"), let start = text.lastIndex(of: "<") else { return isMailAddress(text) ? text : nil }
      return isMailAddress(String(text[text.index(after: start)...].dropLast())) ? text : nil
    }
  }

  private static func isMailAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"<>(),;:\"\\[]".utf8.contains($0) }
    return isPlain && parts.count == 2 && (1...64).contains(parts[0].utf8.count) && HTTPAddress.isHost(String(parts[1]))
  }

  static var timeZone: ValueForm {
    ValueForm(
      expected: "a name of the time zone database such as Europe/Lisbon", words: TimeZone.knownTimeZoneIdentifiers
    ) { TimeZoneFile.exists($0) ? $0 : nil }
  }

  static var digestTime: ValueForm { ValueForm(expected: "a time of day such as 07:00") { TimeOfDayText.minutes($0) == nil ? nil : $0 } }

  /// An address of this machine and a port to listen at; `http://` before one that only this machine reaches.
  static var pageListener: ValueForm {
    let expected = "an IP address with a port, such as 192.0.2.10:8443, or without TLS a loopback address such as http://127.0.0.1:8080"
    return ValueForm(expected: expected) { text in
      let plain = DashboardSettings.plainScheme
      let isPlain = text.hasPrefix(plain)
      return listener(loopbackOnly: isPlain).parse(isPlain ? String(text.dropFirst(plain.count)) : text) == nil ? nil : text
    }
  }

  /// An address of this machine and a port to listen at; port 0 for any.
  static func listener(loopbackOnly: Bool) -> ValueForm {
    let expected =
      loopbackOnly ? "a loopback address with a port, such as 127.0.0.1:9476" : "an IP address with a port, such as 0.0.0.0:8443"
    return ValueForm(expected: expected) { text in
      guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port),
        text[text.index(after: colon)...].utf8.allSatisfy(ASCII.isDigit)
      else { return nil }
      var host = text[..<colon]
      if host == "localhost" { return text }
      if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() } else if host.contains(":") { return nil }
      guard let address = IPAddress(String(host)), !loopbackOnly || address.isLoopback else { return nil }
      return text
    }
  }
}

extension ValueForm where Value == Int {
  static func number(_ range: ClosedRange<Int>) -> ValueForm {
    ValueForm(expected: "a number from \(range.lowerBound) to \(range.upperBound)") { text in
      guard text.utf8.allSatisfy(ASCII.isDigit), let number = Int(text), range.contains(number) else { return nil }
      return number
    }
  }

  static var port: ValueForm { number(1...65_535) }

  /// MiB, as a number, or with a unit.
  static func size(_ range: ClosedRange<Int>) -> ValueForm {
    ValueForm(expected: "a size from \(range.lowerBound) to \(range.upperBound) MiB, such as 256 or 2 GiB") { text in
      let digits = text.prefix { $0.isASCII && $0.isNumber }
      let units = ["": 1, "MiB": 1, "GiB": 1024]
      guard let number = Int(digits), let unit = units[String(text.dropFirst(digits.count).drop { $0 == " " })] else { return nil }
      let (size, isTooLarge) = number.multipliedReportingOverflow(by: unit)
      return !isTooLarge && range.contains(size) ? size : nil
    }
  }
}

extension ValueForm where Value == Bool {
  static var flag: ValueForm {
    ValueForm(expected: "true or false") { text in
      switch text {
      case "true", "True", "TRUE", "yes", "on": true
      case "false", "False", "FALSE", "no", "off": false
      default: nil
      }
    }
  }
}

extension ValueForm where Value == Duration {
  static func duration(_ range: ClosedRange<Duration>) -> ValueForm {
    let (shortest, longest) = (DurationText.text(range.lowerBound), DurationText.text(range.upperBound))
    return ValueForm(expected: "a time from \(shortest) to \(longest), such as 30s, 5m, 12h or 30d") { text in
      DurationText.duration(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }
}

extension ValueForm where Value == IPNetwork {
  static var network: ValueForm { ValueForm(expected: "a network such as 203.0.113.0/24 or 2001:db8::/32") { IPNetwork($0) } }
}

extension ValueForm where Value == SinkSettings.Hours {
  static var hours: ValueForm {
    ValueForm(expected: "two times of day such as \"22:00-06:30\"") { text in
      let ends = text.split(separator: "-", omittingEmptySubsequences: false).map {
        TimeOfDayText.minutes($0.trimmingCharacters(in: .whitespaces))
      }
      guard ends.count == 2, let from = ends[0], let to = ends[1], from != to else { return nil }
      return SinkSettings.Hours(from: from, to: to)
    }
  }
}

extension ValueForm where Value: RawRepresentable<String> & CaseIterable {
  static func word(_: Value.Type = Value.self) -> ValueForm {
    let words = Value.allCases.map(\.rawValue)
    return ValueForm(expected: "one of " + words.joined(separator: ", "), words: words) { Value(rawValue: $0) }
  }
}

extension ValueForm where Value == String {
  static func word(of words: [String]) -> ValueForm {
    ValueForm(expected: "one of " + words.joined(separator: ", "), words: words) { words.contains($0) ? $0 : nil }
  }
}
