import Detection
import Foundation
import WebDesk

/// An item of a list, as pages read it. What boxes sent may be of any type: a wrong one counts as missing.
struct ListItem {
  private static let textLimit = 80

  private let value: [String: Any]

  init(_ json: String) { self.init((try? JSONSerialization.jsonObject(with: Data(json.utf8))) as? [String: Any] ?? [:]) }

  private init(_ value: [String: Any]) { self.value = value }

  /// As it stands there.
  func plain(_ key: String) -> String? { value[key] as? String }
  /// For people.
  func text(_ key: String, limit: Int = textLimit) -> String? {
    plain(key).flatMap { $0.isEmpty ? nil : $0.forPeople(limit: limit) }
  }
  func number(_ key: String) -> Int? {
    guard let number = value[key] as? NSNumber, number.doubleValue.magnitude < 1e15 else { return nil }
    return number.intValue
  }
  func flag(_ key: String) -> Bool { value[key] as? Bool ?? false }
  func item(_ key: String) -> ListItem { ListItem(value[key] as? [String: Any] ?? [:]) }
  func items(_ key: String) -> [ListItem] { (value[key] as? [Any] ?? []).compactMap { ($0 as? [String: Any]).map { ListItem($0) } } }
  func texts(_ key: String) -> [String] { (value[key] as? [Any] ?? []).compactMap { ($0 as? String)?.forPeople() } }
  /// Keys and texts of an object.
  var pairs: [(key: String, text: String)] {
    value.compactMap { key, value in (value as? String).map { (key.forPeople(), $0.forPeople(limit: 160)) } }.sorted { $0.0 < $1.0 }
  }
  var keys: [String] { value.keys.sorted() }

  /// `2026-11-24 08:15 UTC`, on one line; nil for what is no time.
  func time(_ key: String) -> String? {
    guard let text = plain(key), text.asTime != nil else { return nil }
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC".replacing(" ", with: "\u{A0}")
  }

  /// How long ago, in the largest unit that has two of it.
  func ago(_ key: String, _ now: Timestamp) -> String? {
    guard let text = plain(key), let time = TimeText.time(text, zone: .gmt) else { return nil }
    let seconds = Int(min(max(0, now.seconds(since: time)), 1e9))
    for (unit, length) in [("days", 86_400), ("hours", 3600), ("minutes", 60)] where seconds >= 2 * length {
      return "\(seconds / length) \(unit)"
    }
    return "\(seconds) s"
  }
}
