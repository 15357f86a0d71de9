import Store
import Testing

@testable import Detection
@testable import Watch

@Suite struct ReportPolicyTests {
  private static let start = Timestamp(seconds: 1_700_000_000, nanoseconds: 0)

  private static func event(_ kind: AlertEvent.Kind) -> AlertEvent {
    AlertEvent(id: "a", alert: "a", number: 1, kind: kind, severity: .high, time: start, device: Sample.device())
  }

  @Test(arguments: [
    (AlertEvent.Kind.surer, StoredAlert.Status.snoozed, ReportPolicy.Decision.suppress), (.changed, .dismissed, .suppress),
    (.silent, .snoozed, .suppress), (.changed, .acknowledged, .full), (.back, .open, .full), (.changed, .declared, .full),
    // A new alert about the same device is another matter.
    (.raised, .dismissed, .full), (.raised, .snoozed, .full),
  ])
  func operatorsWantNoNews(kind: AlertEvent.Kind, status: StoredAlert.Status, decision: ReportPolicy.Decision) {
    #expect(ReportPolicy().decide(Self.event(kind), status: status) == decision)
  }

  @Test func firstMinutesAreBrief() {
    var policy = ReportPolicy()
    policy.beginsAnew(at: Self.start)
    #expect(policy.decide(Self.event(.raised), status: nil) == .brief)
    #expect(policy.decide(Self.event(.changed), status: .snoozed) == .suppress)
    let tooEarly = policy.endsFirstReport(at: Self.start + .seconds(599), isEnd: false)
    let inTime = policy.endsFirstReport(at: Self.start + .seconds(600), isEnd: false)
    let again = policy.endsFirstReport(at: Self.start + .seconds(700), isEnd: true)
    #expect(!tooEarly && inTime && !again)
    #expect(policy.decide(Self.event(.raised), status: nil) == .full)
  }

  /// That somebody watches now must not wait for the end of the first report, nor that it ended.
  @Test(arguments: [true, false]) func watchingIsReportedAtOnce(isWatched: Bool) {
    var policy = ReportPolicy()
    policy.beginsAnew(at: Self.start)
    let event = Sample.watched(isWatched)
    #expect(policy.decide(event, status: .open) == .full && policy.decide(event, status: .acknowledged) == .full)
    #expect(policy.decide(event, status: .dismissed) == .suppress && policy.decide(event, status: .snoozed) == .suppress)
  }

  @Test func theEndOfARunEndsTheFirstMinutes() {
    var policy = ReportPolicy()
    let withoutBeginning = policy.endsFirstReport(at: Self.start, isEnd: true)
    policy.beginsAnew(at: Self.start)
    let atTheEnd = policy.endsFirstReport(at: Self.start, isEnd: true)
    #expect(!withoutBeginning && atTheEnd)
  }
}

@Suite struct TimersTests {
  @Test func dueTimersComeOnceAndInOrder() {
    var timers = Timers()
    timers.set(.digest, at: Timestamp(nanoseconds: 30))
    timers.set(.operators, at: Timestamp(nanoseconds: 10))
    timers.set(.retention, at: Timestamp(nanoseconds: 50))
    let early = timers.take(at: Timestamp(nanoseconds: 9))
    let due = timers.take(at: Timestamp(nanoseconds: 30))
    let again = timers.take(at: Timestamp(nanoseconds: 30))
    #expect(early == [] && due == [.operators, .digest] && again == [])
    timers.set(.retention, at: nil)
    let removed = timers.take(at: .distantFuture)
    #expect(removed == [])
  }
}
