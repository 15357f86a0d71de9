import ArgumentParser
import Detection

/// A time that comes every day: `07:00`.
struct TimeOfDay: Equatable, ExpressibleByArgument {
  private let moment: TimeArgument
  /// Half a day away from where days end, whatever their length.
  private static let noon = TimeArgument("12:00")

  init?(argument: String) {
    guard let moment = TimeArgument(argument), moment.isOfAnyDay else { return nil }
    self.moment = moment
  }

  /// The first time after another that it is. Days are the calendar's: they may have 23 or 25 hours.
  func first(after time: Timestamp, utc: Bool) -> Timestamp {
    let today = moment.time(onDayOf: time, utc: utc)
    if today > time { return today }
    let noon = Self.noon?.time(onDayOf: time, utc: utc) ?? time
    return moment.time(onDayOf: noon + Digest.day, utc: utc)
  }
}
