import ArgumentParser
import Detection

/// A time that comes every day: `07:00`.
struct DailyTime: Equatable, ExpressibleByArgument {
  private let moment: Moment

  init?(argument: String) {
    guard let moment = Moment(argument), moment.isOfAnyDay else { return nil }
    self.moment = moment
  }

  /// The first time after another that it is. Days are the calendar's: they may have 23 or 25 hours.
  func first(after time: Timestamp, utc: Bool) -> Timestamp {
    let today = moment.time(onDayOf: time, utc: utc)
    return today > time ? today : moment.time(onDayOf: today + .seconds(26 * 3600), utc: utc)
  }
}
