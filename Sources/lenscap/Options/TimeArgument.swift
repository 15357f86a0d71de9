import ArgumentParser
import Capture
import Detection
import Documents
import Glibc

/// A time as users write it: RFC 3339, without a zone for local time, or a time of day alone.
struct TimeArgument: Equatable, Sendable {
  private enum Zone: Equatable {
    case unspecified
    /// Seconds east of UTC.
    case offset(Int)
  }

  private struct Day: Equatable {
    let year, month, day: Int
  }

  /// Nil for the day of the first packet.
  private let day: Day?
  private let hour, minute, second: Int
  private let nanoseconds: Int
  private let zone: Zone

  /// A time of day alone, without a zone.
  var isOfAnyDay: Bool { day == nil && zone == .unspecified }

  init(argument: String) throws {
    guard let moment = TimeArgument(argument) else {
      throw ValidationError("write it as 2026-11-24T14:00:00Z, 2026-11-24T14:00:00+01:00, 2026-11-24T14:00:00, 14:00 or 14:00:05.")
    }
    self = moment
  }

  /// RFC 3339 section 5.6; seconds may be left out.
  init?(_ text: String) {
    var scanner = Scanner(text)
    if text.utf8.dropFirst(4).first == UInt8(ascii: "-") {
      guard let year = scanner.number(4), scanner.take("-"), let month = scanner.number(2), scanner.take("-"), let day = scanner.number(2),
        (1...12).contains(month), (1...Self.days(month, year)).contains(day), scanner.take("T") || scanner.take("t") || scanner.take(" ")
      else { return nil }
      self.day = Day(year: year, month: month, day: day)
    } else {
      day = nil
    }
    guard let hour = scanner.number(2), hour < 24, scanner.take(":"), let minute = scanner.number(2), minute < 60 else { return nil }
    (self.hour, self.minute) = (hour, minute)
    guard scanner.take(":") else {
      (second, nanoseconds) = (0, 0)
      guard let zone = Self.zone(&scanner), scanner.isAtEnd else { return nil }
      self.zone = zone
      return
    }
    guard let second = scanner.number(2), second <= 60 else { return nil }
    self.second = second
    if scanner.take(".") {
      guard let fraction = scanner.fraction() else { return nil }
      nanoseconds = fraction
    } else {
      nanoseconds = 0
    }
    guard let zone = Self.zone(&scanner), scanner.isAtEnd else { return nil }
    self.zone = zone
  }

  private static func zone(_ scanner: inout Scanner) -> Zone? {
    if scanner.isAtEnd { return .unspecified }
    if scanner.take("Z") || scanner.take("z") { return .offset(0) }
    let isWest = scanner.take("-")
    guard isWest || scanner.take("+"), let hours = scanner.number(2), hours < 24, scanner.take(":"), let minutes = scanner.number(2),
      minutes < 60
    else { return nil }
    return .offset((hours * 3600 + minutes * 60) * (isWest ? -1 : 1))
  }

  private static func days(_ month: Int, _ year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// The packet time. An unspecified zone is UTC or the local one.
  func time(onDayOf first: Timestamp, utc: Bool) -> Timestamp {
    let offset: Int? = if case .offset(let seconds) = zone { seconds } else { utc ? 0 : nil }
    var date = unsafe tm()
    if let day {
      unsafe (date.tm_year, date.tm_mon, date.tm_mday) = (Int32(day.year - 1900), Int32(day.month - 1), Int32(day.day))
    } else {
      var start = time_t(first.nanoseconds / 1_000_000_000) + (offset ?? 0)
      if offset == nil { unsafe localtime_r(&start, &date) } else { unsafe gmtime_r(&start, &date) }
    }
    unsafe (date.tm_hour, date.tm_min, date.tm_sec, date.tm_isdst) = (Int32(hour), Int32(minute), Int32(second), -1)
    let seconds = unsafe offset.map { unsafe timegm(&date) - $0 } ?? mktime(&date)
    return Timestamp(seconds: Int64(seconds), nanoseconds: Int64(nanoseconds))
  }
}

/// A wall-clock time as users write it: a span such as `30m`, `12h`, `3d` or `2w`, a day, or a moment.
enum TimeOrDuration: Equatable {
  case span(Duration)
  case moment(TimeArgument)

  /// This far in the past.
  func before(_ now: Timestamp, utc: Bool = false) -> Timestamp {
    switch self {
    case .span(let span): now - span
    case .moment(let moment): moment.time(onDayOf: now, utc: utc)
    }
  }

  /// This far in the future.
  func after(_ now: Timestamp, utc: Bool = false) -> Timestamp {
    switch self {
    case .span(let span): now + span
    case .moment(let moment): moment.time(onDayOf: now, utc: utc)
    }
  }
}

extension TimeOrDuration: ExpressibleByArgument {
  init?(argument: String) {
    let units: [Character: Int] = ["m": 60, "h": 3600, "d": 86_400, "w": 604_800]
    if let unit = argument.last.flatMap({ units[$0] }), let count = Int(argument.dropLast()), (1...10_000).contains(count) {
      self = .span(.seconds(count * unit))
    } else if let moment = TimeArgument(argument) ?? TimeArgument(argument + "T00:00") {
      self = .moment(moment)
    } else {
      return nil
    }
  }

  var defaultValueDescription: String {
    switch self {
    case .span(let span): Span(span).description
    case .moment: "\(self)"
    }
  }
}

/// A time of day: `07:00`.
struct TimeOfDay: Equatable, ExpressibleByArgument {
  let text: String
  private let moment: TimeArgument
  /// Half a day away from midnight, whatever the length of the day.
  private static let noon = TimeArgument("12:00")

  init?(argument: String) {
    guard let moment = TimeArgument(argument), moment.isOfAnyDay else { return nil }
    (text, self.moment) = (argument, moment)
  }

  /// The next time of day after a time. Days are the calendar's: they may have 23 or 25 hours.
  func first(after time: Timestamp, utc: Bool) -> Timestamp {
    let today = moment.time(onDayOf: time, utc: utc)
    if today > time { return today }
    let noon = Self.noon?.time(onDayOf: time, utc: utc) ?? time
    return moment.time(onDayOf: noon + .seconds(86_400), utc: utc)
  }
}

/// A length of time as users write it: `30m`, `12h`, `3d`, `2w`.
struct Span: ExpressibleByArgument, CustomStringConvertible {
  let duration: Duration

  init(_ duration: Duration) { self.duration = duration }

  init?(argument: String) {
    guard case .span(let duration) = TimeOrDuration(argument: argument) else { return nil }
    self.duration = duration
  }

  var description: String {
    let hours = duration.components.seconds / 3600
    return hours % 24 == 0 ? "\(hours / 24)d" : "\(hours)h"
  }
  var defaultValueDescription: String { description }
}

private struct Scanner {
  private var rest: Substring.UTF8View

  init(_ text: String) { rest = text[...].utf8 }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest.removeFirst()
    return true
  }

  /// Reads exactly this many digits.
  mutating func number(_ digits: Int) -> Int? {
    let taken = rest.prefix(digits)
    guard taken.count == digits, taken.allSatisfy(Self.isDigit) else { return nil }
    rest.removeFirst(digits)
    return taken.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  /// Reads the digits after the point as nanoseconds; digits beyond nine are ignored.
  mutating func fraction() -> Int? {
    let taken = rest.prefix(while: Self.isDigit)
    guard !taken.isEmpty else { return nil }
    rest.removeFirst(taken.count)
    let nine = Array(taken.prefix(9)) + Array(repeating: UInt8(ascii: "0"), count: max(0, 9 - taken.count))
    return nine.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
