import ConfigurationFiles
import Detection
import Foundation
import Sinks
import Testing

@testable import Serve

@Suite struct EventFilterTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let change: @Sendable (inout SinkSettings.When) -> Void
    let waiting: Waiting
    let decision: EventFilter.Decision

    init(
      _ name: String, _ waiting: Waiting, _ decision: EventFilter.Decision, _ change: @escaping @Sendable (inout SinkSettings.When) -> Void
    ) {
      testDescription = name
      self.change = change
      self.waiting = waiting
      self.decision = decision
    }
  }

  static let cases = [
    Case("no condition", .sample(1), .send) { _ in },
    Case("event", .sample(1), .send) { $0.events = ["alert.raised"] },
    Case("other event", .sample(1, .changed), .skip) { $0.events = ["alert.raised"] },
    Case("alert stands for all of them", .sample(1, .silent), .send) { $0.events = ["alert"] },
    Case("health is no alert", .sample(1, .health), .skip) { $0.events = ["alert"] },
    Case("severity", .sample(1, severity: "medium"), .skip) { $0.severity = ["high"] },
    Case("verdict", .sample(1, verdict: "probable"), .skip) { $0.verdict = ["camera"] },
    Case("room", .sample(1, room: "Room 12"), .send) { $0.rooms = ["room 1*"] },
    Case("other room", .sample(1, room: "Room 22"), .skip) { $0.rooms = ["Room 1*"] },
    Case("no room", .sample(1), .skip) { $0.rooms = ["Room 1*"] },
    Case("health has no room", .sample(1, .health), .send) { $0.rooms = ["Room 1*"] },
    Case("hours", .sample(1, recorded: at(3600 * 9)), .send) { $0.hours = .init(from: 8 * 60, to: 17 * 60) },
    Case("other hours", .sample(1, recorded: at(3600 * 17)), .skip) { $0.hours = .init(from: 8 * 60, to: 17 * 60) },
    Case("night, before midnight", .sample(1, recorded: at(3600 * 23)), .send) { $0.hours = .init(from: 22 * 60, to: 6 * 60) },
    Case("night, after midnight", .sample(1, recorded: at(3600 * 5)), .send) { $0.hours = .init(from: 22 * 60, to: 6 * 60) },
    Case("by day", .sample(1, recorded: at(3600 * 12)), .skip) { $0.hours = .init(from: 22 * 60, to: 6 * 60) },
    Case("what a person did", .sample(1, .acknowledged), .sendIfAlertWasSent) { $0.rooms = ["Room 1*"] },
    Case("what a person did, unwanted", .sample(1, .acknowledged), .skip) { $0.events = ["alert.raised"] },
  ]

  @Test(arguments: cases) func decides(_ test: Case) {
    var when = SinkSettings.When()
    test.change(&when)
    #expect(EventFilter(when, zone: .gmt).decide(test.waiting) == test.decision)
  }

  @Test func hoursAreThoseOfTheProperty() throws {
    var when = SinkSettings.When()
    when.hours = .init(from: 8 * 60, to: 9 * 60)
    let tokyo = EventFilter(when, zone: try #require(TimeZone(identifier: "Asia/Tokyo")))
    #expect(tokyo.decide(.sample(1, recorded: at(3600 * 23))) == .send)
  }
}

@Suite struct ReportScheduleTests {
  private func schedule(_ every: ReportSettings.Period, _ zone: String = "Europe/Lisbon") throws -> (ReportSchedule, ReportSettings) {
    var report = ReportSettings(every: every)
    (report.hour, report.minute) = (7, 30)
    return (ReportSchedule([report], zone: try #require(TimeZone(identifier: zone))), report)
  }

  @Test func aDailyReportIsDueOnceADay() throws {
    let (schedule, _) = try schedule(.daily)
    let due = at(7.5 * 3600)
    #expect(schedule.due(at: due - .seconds(1), last: { _ in at(-3600) }).isEmpty)
    let found = schedule.due(at: due + .seconds(1), last: { _ in at(-3600) })
    #expect(found.map(\.to) == [due])
    #expect(found.map(\.from) == [at(-3600)])
    #expect(schedule.due(at: due + .seconds(2), last: { _ in due }).isEmpty, "it was sent")
  }

  @Test func aWeekBeginsOnMondayAndAMonthOnItsFirst() throws {
    // 1 January 2026 is a Thursday.
    let (weekly, week) = try schedule(.weekly)
    #expect(weekly.latest(of: week, before: at(86_400 * 5)) == at(86_400 * 4 + 7.5 * 3600))
    let (monthly, month) = try schedule(.monthly)
    #expect(monthly.latest(of: month, before: at(86_400 * 20)) == at(7.5 * 3600))
  }

  @Test func summerTimeMovesTheHourNotTheClock() throws {
    let (schedule, report) = try schedule(.daily)
    // On 29 March 2026 clocks in Lisbon go forward.
    let day = 86_400.0 * 90
    #expect(schedule.latest(of: report, before: at(day)) == at(86_400 * 89 + 6.5 * 3600))
  }

  @Test func aDayOnWhichClocksChangeHasOneReport() throws {
    let zone = try #require(TimeZone(identifier: "Europe/Lisbon"))
    var report = ReportSettings(every: .daily)
    (report.hour, report.minute) = (1, 30)
    let schedule = ReportSchedule([report], zone: zone)
    // On 29 March 2026, 01:30 does not exist; on 25 October it comes twice.
    for day in [87.0, 297.0] {
      let times = stride(from: day * 86_400 - 7200, to: (day + 1) * 86_400 - 7200, by: 600)
      let due = times.compactMap { schedule.latest(of: report, before: at($0)) }
      #expect(Set(due.map(\.nanoseconds)).count == 2, "the day before, and the day itself")
    }
  }

  @Test func aReportThatIsHalfADayLateIsNotSent() throws {
    let (schedule, _) = try schedule(.daily)
    #expect(schedule.due(at: at(20 * 3600), last: { _ in at(-3600) }).isEmpty)
  }
}
