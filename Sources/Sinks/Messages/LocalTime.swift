import Detection
import Foundation

/// Times as people at the property read them.
struct LocalTime: Sendable {
  private let zone: TimeZone
  private let calendar: Calendar

  /// - Parameter name: of the time zone database; nil or unknown: this machine's.
  init(_ name: String?) {
    zone = name.flatMap(TimeZone.init(identifier:)) ?? .current
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    self.calendar = calendar
  }

  var zoneName: String { ["GMT", "Etc/UTC", "Etc/GMT"].contains(zone.identifier) ? "UTC" : zone.identifier }

  /// `24 Nov 2026, 14:03 (Europe/Lisbon)`
  func text(_ time: Timestamp, _ texts: Texts) -> String { texts(.timeAndZone, ["time": short(time, texts), "zone": zoneName]) }

  /// `24 Nov 2026, 14:03`, for lists whose head names the zone.
  func short(_ time: Timestamp, _ texts: Texts) -> String {
    let date = Date(timeIntervalSince1970: Double(time.nanoseconds) / 1e9)
    let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute], from: date)
    let months = texts.list(.timeMonths)
    let month = (parts.month ?? 1) - 1
    return texts(
      .time,
      [
        "year": String(parts.year ?? 0), "month": months.indices.contains(month) ? months[month] : String(month + 1),
        "day": String(parts.day ?? 0), "hour": Self.pad(parts.hour ?? 0), "minute": Self.pad(parts.minute ?? 0),
      ])
  }

  private static func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
