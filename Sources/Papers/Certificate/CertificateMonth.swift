import Detection
import Foundation

/// A month of the calendar, as `2026-11`.
public struct CertificateMonth: Sendable, Equatable {
  private static let names = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
  ]

  let year: Int
  let month: Int

  /// Nil if it is no month of the years 1970 to 9999.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 4, parts[1].utf8.count == 2, text.utf8.allSatisfy({ $0 == 0x2D || ASCII.isDigit($0) }),
      let year = Int(parts[0]), let month = Int(parts[1]), year >= 1970, (1...12).contains(month)
    else { return nil }
    (self.year, self.month) = (year, month)
  }

  /// `2026-11`
  var text: String { "\(year)-\(month < 10 ? "0" : "")\(month)" }
  /// `November 2026`
  public var name: String { "\(Self.names[month - 1]) \(year)" }

  /// Its first moment, and that of the next month.
  ///
  /// - Parameter utc: false for the local zone.
  public func span(utc: Bool) -> (from: Timestamp, to: Timestamp) {
    func start(_ month: Int) -> Timestamp {
      var date = unsafe tm()
      unsafe (date.tm_year, date.tm_mon, date.tm_mday, date.tm_isdst) = (Int32(year - 1900), Int32(month - 1), 1, -1)
      return unsafe Timestamp(seconds: Int64(utc ? timegm(&date) : mktime(&date)), nanoseconds: 0)
    }
    return (start(month), start(month + 1))
  }
}
