import Detection
import Foundation

/// A length of time as people write it: a whole number from 1 to 10,000 with `s`, `m`, `h`, `d` or `w`.
public enum DurationText {
  private static let units: [(letter: Character, seconds: Int64)] = [("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]
  private static let largest = 10_000

  public static func duration(_ text: String) -> Duration? {
    guard let unit = text.last.flatMap({ letter in units.first { $0.letter == letter } }),
      text.dropLast().utf8.allSatisfy(ASCII.isDigit), let count = Int(text.dropLast()), (1...largest).contains(count)
    else { return nil }
    return .seconds(Int64(count) * unit.seconds)
  }

  /// In the largest unit that needs no fraction; weeks only where they were many.
  public static func text(_ duration: Duration) -> String {
    let seconds = duration.components.seconds
    let unit = units.first { $0.letter != "w" && seconds % $0.seconds == 0 && seconds != 0 } ?? (letter: "s", seconds: 1)
    return "\(seconds / unit.seconds)\(unit.letter)"
  }
}

enum TimeOfDayText {
  /// Minutes since midnight of a time such as `07:00`.
  static func minutes(_ text: String) -> Int? {
    let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy(ASCII.isDigit) }) else { return nil }
    guard let hour = Int(String(parts[0]) ?? ""), let minute = Int(String(parts[1]) ?? ""), hour < 24, minute < 60 else { return nil }
    return hour * 60 + minute
  }
}

/// The files from which the C library takes time zones.
enum TimeZoneFile {
  private static let folder = "/usr/share/zoneinfo/"
  private static let longest = 64

  static func exists(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isName = parts.allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { ASCII.isAlphanumeric($0) || "-_+".utf8.contains($0) }
    }
    guard isName, name.utf8.count <= longest, let file = FileHandle(forReadingAtPath: folder + name) else { return false }
    // RFC 8536 section 3.1: such a file begins with "TZif". Others lie beside them.
    return (try? file.read(upToCount: 4)) == Data("TZif".utf8)
  }
}

/// An `http` or `https` address.
package struct HTTPAddress: Equatable, Sendable {
  private static let longest = 2048
  private static let longestHost = 253

  /// `https://host:port`.
  package let origin: String
  /// What follows, with the slash.
  package let rest: String

  /// Nil if the text is no such address, or contains a user or password.
  package init?(of text: String) {
    guard text.utf8.count <= Self.longest, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"\"<>\\^`".utf8.contains($0) }),
      let scheme = ["https://", "http://"].first(where: { text.lowercased().hasPrefix($0) })
    else { return nil }
    let tail = text.dropFirst(scheme.count)
    let authority = tail.prefix { !"/?#".contains($0) }
    guard !authority.contains("@") else { return nil }
    var host = authority
    if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
      let digits = authority[authority.index(after: colon)...]
      guard digits.utf8.allSatisfy(ASCII.isDigit), let port = Int(digits), (1...65_535).contains(port) else { return nil }
      host = authority[..<colon]
    }
    if host.hasPrefix("["), host.hasSuffix("]") {
      guard let address = IPAddress(String(host.dropFirst().dropLast())), !address.isV4 else { return nil }
    } else {
      guard !host.contains(":"), Self.isHost(String(host)) else { return nil }
    }
    (origin, rest) = (scheme + authority, String(tail.dropFirst(authority.count)))
  }

  /// A name of letters, digits, hyphens, underscores and dots, or an IP address.
  static func isHost(_ text: String) -> Bool {
    if IPAddress(text) != nil { return true }
    return (1...longestHost).contains(text.utf8.count)
      && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
        (1...63).contains(label.utf8.count) && label.utf8.allSatisfy { ASCII.isAlphanumeric($0) || "-_".utf8.contains($0) }
      }
  }
}
