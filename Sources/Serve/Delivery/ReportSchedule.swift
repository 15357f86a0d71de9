import ConfigurationFiles
import Detection
import Foundation

/// When the scheduled reports are due, in the property's time zone.
struct ReportSchedule: Sendable {
  /// A report that is later than this, because nobody served, is not sent: the next one covers its time.
  static let patience = Duration.seconds(12 * 3600)

  /// Days.
  private static let longestMonth = 31

  struct Due: Sendable, Equatable {
    let report: ReportSettings
    let from: Timestamp
    let to: Timestamp
    /// Names the report in the database: the same settings give the same key.
    let key: String
  }

  let reports: [ReportSettings]
  private let calendar: Calendar

  init(_ reports: [ReportSettings], zone: TimeZone) {
    self.reports = reports
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    self.calendar = calendar
  }

  /// Reports that fell due and were not made.
  ///
  /// - Parameter last: the end of the last report of a key, in nanoseconds since 1970.
  func due(at now: Timestamp, last: (String) -> Timestamp?) -> [Due] {
    zip(reports, keys()).compactMap { report, key in
      guard let from = last(key), let end = latest(of: report, before: now), from < end, now < end + Self.patience else { return nil }
      return Due(report: report, from: from, to: end, key: key)
    }
  }

  /// Names of the reports in the database, in their order.
  func keys() -> [String] { reports.enumerated().map { "report.\($0).\($1.every.rawValue)" } }

  /// The latest time at or before now at which the report was due: once on its day, also where clocks go back over it, and at the next time
  /// that exists where they go forward.
  func latest(of report: ReportSettings, before now: Timestamp) -> Timestamp? {
    let today = calendar.startOfDay(for: now.date)
    for days in 0...Self.longestMonth {
      guard let day = calendar.date(byAdding: .day, value: -days, to: today).map(calendar.startOfDay), isDay(of: report, day),
        let date = calendar.date(
          bySettingHour: report.hour, minute: report.minute, second: 0, of: day, matchingPolicy: .nextTime, repeatedTimePolicy: .first),
        date <= now.date
      else { continue }
      return Timestamp(nanoseconds: Int64(date.timeIntervalSince1970 * 1e9))
    }
    return nil
  }

  private func isDay(of report: ReportSettings, _ day: Date) -> Bool {
    switch report.every {
    case .daily: true
    case .weekly: calendar.component(.weekday, from: day) == 2  // Monday
    case .monthly: calendar.component(.day, from: day) == 1
    }
  }
}

extension PropertySettings {
  /// The property's time zone; this machine's where none is set.
  public var zone: TimeZone { timeZone.flatMap(TimeZone.init(identifier:)) ?? .current }
}
