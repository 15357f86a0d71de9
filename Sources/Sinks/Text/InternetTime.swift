import Detection
import Foundation

/// Times as protocols and documents write them.
extension Timestamp {
  /// RFC 3339 in UTC with microseconds, as in every document of schema lenscap/1.
  var rfc3339: String {
    let (date, fraction) = unsafe calendarUTC
    return unsafe "\(pad(Int(date.tm_year) + 1900, 4))-\(pad(Int(date.tm_mon) + 1))-\(pad(Int(date.tm_mday)))T"
      + "\(pad(Int(date.tm_hour))):\(pad(Int(date.tm_min))):\(pad(Int(date.tm_sec))).\(pad(Int(fraction / 1000), 6))Z"
  }

  /// RFC 3339 in UTC, with a fraction of at most nine digits or none: `2026-11-24T14:03:11.123456Z`. Nil for any other form.
  init?(rfc3339 text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes.count <= 30, bytes.last == UInt8(ascii: "Z") else { return nil }
    for (place, sign) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")] as [(Int, Unicode.Scalar)]
    where bytes[place] != UInt8(ascii: sign) { return nil }
    func number(_ range: Range<Int>) -> Int64? {
      var value: Int64 = 0
      for byte in bytes[range] {
        guard ASCII.isDigit(byte) else { return nil }
        value = value * 10 + Int64(byte - UInt8(ascii: "0"))
      }
      return value
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), (1...12).contains(month), (1...31).contains(day),
      let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19), hour < 24, minute < 60, second < 61
    else { return nil }
    var fraction: Int64 = 0
    if bytes.count > 20 {
      let digits = 20..<(bytes.count - 1)
      guard bytes[19] == UInt8(ascii: "."), let value = number(digits) else { return nil }
      fraction = (digits.count..<9).reduce(value) { value, _ in value * 10 }
    }
    // Days since 1970-01-01 in the Gregorian calendar; the year begins with March, so that the leap day is the last.
    let (years, months) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
    let days = 365 * years + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + day - 1 - 719_468
    self.init(seconds: ((days * 24 + hour) * 60 + minute) * 60 + second, nanoseconds: fraction)
  }

  /// RFC 5322, section 3.3: `Tue, 24 Nov 2026 14:03:11 +0000`.
  var rfc5322UTC: String {
    let (date, _) = unsafe calendarUTC
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return unsafe "\(days[Int(date.tm_wday)]), \(date.tm_mday) \(months[Int(date.tm_mon)]) \(pad(Int(date.tm_year) + 1900, 4)) "
      + "\(pad(Int(date.tm_hour))):\(pad(Int(date.tm_min))):\(pad(Int(date.tm_sec))) +0000"
  }

  /// Whole seconds since 1970, rounded down.
  var unixSeconds: Int64 { calendar(dividing: 1_000_000_000).whole }
  /// Whole milliseconds since 1970, rounded down.
  var unixMilliseconds: Int64 { calendar(dividing: 1_000_000).whole }

  private func calendar(dividing unit: Int64) -> (whole: Int64, rest: Int64) {
    let (quotient, rest) = nanoseconds.quotientAndRemainder(dividingBy: unit)
    return rest < 0 ? (quotient - 1, rest + unit) : (quotient, rest)
  }

  private var calendarUTC: (tm, Int64) {
    let (seconds, fraction) = calendar(dividing: 1_000_000_000)
    var time = time_t(seconds)
    var date = unsafe tm()
    unsafe gmtime_r(&time, &date)
    return unsafe (date, fraction)
  }
}

private func pad(_ number: Int, _ width: Int = 2) -> String {
  let text = String(number)
  return String(repeating: "0", count: max(0, width - text.count)) + text
}
