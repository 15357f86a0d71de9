import ArgumentParser
import Capture
import Detection

/// A time of the wall clock as users write it: a span such as `30m`, `12h`, `3d` or `2w`, a day, or a moment.
enum TimeOrDuration: Equatable {
  case span(Duration)
  case moment(TimeArgument)

  /// So far in the past.
  func before(_ now: Timestamp, utc: Bool = false) -> Timestamp {
    switch self {
    case .span(let span): now - span
    case .moment(let moment): moment.time(onDayOf: now, utc: utc)
    }
  }

  /// So far in the future.
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
}

extension Timestamp {
  /// `24 Nov 14:03`, or with the year where it is not this one's.
  func dayAndTime(utc: Bool) -> String {
    let day = day(utc: utc)
    let year = " " + (Timestamp.now.day(utc: utc).split(separator: " ").last.map(String.init) ?? "")
    return "\(day.hasSuffix(year) ? String(day.dropLast(year.count)) : day) \(clock(utc: utc).prefix(5))"
  }
}
