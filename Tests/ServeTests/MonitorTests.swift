import ConfigurationFiles
import Detection
import Testing

@testable import Serve

@Suite struct WatchMonitorTests {
  /// Looks every five seconds, and answers with what changed.
  private func looks(_ monitor: inout WatchMonitor, _ times: ClosedRange<Int>, alive: (Int) -> Timestamp?) -> [WatchMonitor.Change] {
    stride(from: times.lowerBound, through: times.upperBound, by: 5).compactMap { monitor.check(alive: alive($0), at: at(Double($0))) }
  }

  @Test func aSilentWatchIsToldOnceAndSoIsItsReturn() {
    var monitor = WatchMonitor()
    #expect(looks(&monitor, 5...60) { _ in at(0) }.isEmpty, "it has a minute from the first look")
    #expect(looks(&monitor, 65...200) { _ in at(0) } == [.silent(since: at(0))])
    #expect(looks(&monitor, 205...300) { at(Double($0 / 10 * 10)) } == [.back])
  }

  @Test func aWatchThatNeverRanIsSilent() {
    var monitor = WatchMonitor()
    #expect(looks(&monitor, 0...70) { _ in nil } == [.silent(since: nil)])
  }

  @Test func aStepOfTheClockIsNoSilence() {
    var monitor = WatchMonitor()
    #expect(monitor.check(alive: at(0), at: at(1)) == nil)
    #expect(monitor.check(alive: at(0), at: at(1e6)) == nil, "forwards, as on a box without a clock of its own")
    #expect(monitor.check(alive: at(1e6), at: at(1e6 + 1)) == nil)
    #expect(monitor.check(alive: at(1e6), at: at(5)) == nil, "backwards")
    #expect(looks(&monitor, 10...70) { _ in at(1e6) } == [.silent(since: at(1e6))], "and it still notices")
  }

  @Test func aRestartDoesNotTellAgainButTellsTheReturn() {
    var monitor = WatchMonitor(isTold: true)
    #expect(looks(&monitor, 1000...1100) { _ in at(0) }.isEmpty)
    #expect(monitor.check(alive: at(1105), at: at(1106)) == .back)
    var second = WatchMonitor(isTold: true)
    #expect(second.check(alive: at(1000), at: at(1001)) == .back)
  }
}

@Suite struct RetryScheduleTests {
  private func schedule(_ waits: [Duration]) -> RetrySchedule {
    RetrySchedule(.sample { $0.retry = waits })
  }

  @Test func theLastWaitRepeats() {
    let schedule = schedule([.seconds(1), .seconds(20)])
    func next(_ attempts: Int) -> Timestamp? {
      schedule.next(after: attempts, firstAttempt: at(0), at: at(100), retryAfter: nil, jitter: 0)
    }
    #expect(next(1) == at(101))
    #expect(next(2) == at(120))
    #expect(next(9) == at(120))
  }

  @Test func theReceiverMayAskForMoreTime() {
    let schedule = schedule([.seconds(1)])
    #expect(schedule.next(after: 1, firstAttempt: at(0), at: at(0), retryAfter: .seconds(30), jitter: 0) == at(30))
    let year = schedule.next(after: 1, firstAttempt: at(0), at: at(0), retryAfter: .seconds(31_536_000), jitter: 0)
    #expect(year == at(6 * 3600), "but not for a year")
  }

  @Test func itEndsAfterThreeDays() {
    let schedule = schedule([])
    #expect(schedule.next(after: 99, firstAttempt: at(0), at: at(3 * 86_400 - 1), retryAfter: nil, jitter: 0) != nil)
    #expect(schedule.next(after: 99, firstAttempt: at(0), at: at(3 * 86_400), retryAfter: nil, jitter: 0) == nil)
  }
}
