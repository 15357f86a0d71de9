import ConfigurationFiles
import Detection
import Foundation

public enum TimeText {
  /// `2026-12-31`, the end of that day, or a time as in RFC 3339; nil for anything else.
  public static func time(_ text: String, zone: TimeZone) -> Timestamp? {
    if text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil {
      let parts = text.split(separator: "-").compactMap { Int($0) }
      var calendar = Calendar(identifier: .gregorian)
      calendar.timeZone = zone
      let day = DateComponents(year: parts[0], month: parts[1], day: parts[2], hour: 23, minute: 59, second: 59)
      guard day.isValidDate(in: calendar), let date = calendar.date(from: day) else { return nil }
      return Timestamp(date)
    }
    let form = ISO8601DateFormatter()
    for options: ISO8601DateFormatter.Options in [[.withInternetDateTime], [.withInternetDateTime, .withFractionalSeconds]] {
      form.formatOptions = options
      if let date = form.date(from: text) { return Timestamp(date) }
    }
    return nil
  }

  /// A time, or how long ago: `24h`.
  public static func since(_ text: String, zone: TimeZone, at now: Timestamp) -> Timestamp? {
    if let span = DurationText.duration(text) { return now - span }
    if text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil { return time(text, zone: zone).map { $0 - .seconds(86_399) } }
    return time(text, zone: zone)
  }
}

extension Timestamp {
  init(_ date: Date) { self.init(nanoseconds: Int64((min(max(date.timeIntervalSince1970, -9e9), 9e9)) * 1e9)) }
}
