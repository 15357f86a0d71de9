import Capture
import Detection
import Glibc

extension Timestamp {
  /// RFC 3339 in UTC with microseconds: `2026-11-24T14:03:11.123456Z`.
  public var rfc3339: String {
    let (date, micros) = unsafe broken(utc: true)
    // Digit by digit, because a flood has hundreds of thousands of times. A timestamp has four digits of the year.
    return unsafe String(unsafeUninitializedCapacity: 27) { text in
      var end = 0
      func add(_ number: Int, _ width: Int, _ mark: Unicode.Scalar) {
        var rest = number
        for place in (end..<end + width).reversed() {
          unsafe text[place] = UInt8(ascii: "0") + UInt8(rest % 10)
          rest /= 10
        }
        unsafe text[end + width] = UInt8(ascii: mark)
        end += width + 1
      }
      unsafe add(Int(date.tm_year) + 1900, 4, "-")
      unsafe add(Int(date.tm_mon) + 1, 2, "-")
      unsafe add(Int(date.tm_mday), 2, "T")
      unsafe add(Int(date.tm_hour), 2, ":")
      unsafe add(Int(date.tm_min), 2, ":")
      unsafe add(Int(date.tm_sec), 2, ".")
      add(micros, 6, "Z")
      return end
    }
  }

  private func broken(utc: Bool) -> (tm, Int) {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let (whole, nanos) = rest < 0 ? (seconds - 1, rest + 1_000_000_000) : (seconds, rest)
    var time = time_t(whole)
    var date = unsafe tm()
    if utc { unsafe gmtime_r(&time, &date) } else { unsafe localtime_r(&time, &date) }
    return unsafe (date, Int(nanos / 1000))
  }

  /// `CET, UTC+01:00`: the zone and its offset at this time.
  public func zone(utc: Bool) -> String {
    let (date, _) = unsafe broken(utc: utc)
    if unsafe utc || date.tm_gmtoff == 0 && date.tm_zone.map({ unsafe String(cString: $0) }) == "UTC" { return "UTC" }
    let minutes = unsafe Int32(abs(date.tm_gmtoff) / 60)
    let offset = unsafe "UTC\(date.tm_gmtoff < 0 ? "-" : "+")\(pad(minutes / 60)):\(pad(minutes % 60))"
    return unsafe (date.tm_zone.map { unsafe String(cString: $0) + ", " } ?? "") + offset
  }

  /// `14:03:11`
  public func clock(utc: Bool) -> String {
    let (date, _) = unsafe broken(utc: utc)
    return unsafe "\(pad(date.tm_hour)):\(pad(date.tm_min)):\(pad(date.tm_sec))"
  }

  /// `24 Nov 2026`
  public func day(utc: Bool) -> String {
    let (date, _) = unsafe broken(utc: utc)
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return unsafe "\(date.tm_mday) \(months[Int(date.tm_mon)]) \(Int(date.tm_year) + 1900)"
  }

  /// `14:00:02 to 17:12:40 UTC on 24 Nov 2026`, or with both days if they differ.
  public static func span(_ first: Timestamp, _ last: Timestamp, utc: Bool) -> String {
    let zone = utc ? " UTC" : ""
    let (firstDay, lastDay) = (first.day(utc: utc), last.day(utc: utc))
    if firstDay == lastDay { return "\(first.clock(utc: utc)) to \(last.clock(utc: utc))\(zone) on \(lastDay)" }
    return "\(first.clock(utc: utc)) on \(firstDay) to \(last.clock(utc: utc))\(zone) on \(lastDay)"
  }
}

extension Timestamp {
  /// `24 Nov 14:03`, with the year if it is not the present one.
  public func dayAndTime(utc: Bool) -> String {
    let day = day(utc: utc)
    let year = " " + (Timestamp.now.day(utc: utc).split(separator: " ").last.map(String.init) ?? "")
    return "\(day.hasSuffix(year) ? String(day.dropLast(year.count)) : day) \(clock(utc: utc).prefix(5))"
  }
}

private func pad(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
