import Testing

@testable import Central

/// When a release goes on, and when it stops.
@Suite struct StagingRuleTests {
  /// Ten boxes of a stage that have had it for a day, and nothing happened.
  private func facts(_ change: (inout Staging.Facts) -> Void = { _ in }) -> Staging.Facts {
    var facts = Staging.Facts()
    (facts.chosen, facts.taken, facts.soaked) = (10, 10, 10)
    (facts.since, facts.before, facts.others) = (.init(hours: 240), .init(hours: 1680), .init(hours: 24_000))
    facts.otherBoxes = 990
    change(&facts)
    return facts
  }

  private func stops(_ change: (inout Staging.Facts) -> Void) -> Bool {
    if case .stop = Staging.Rule.verdict(facts(change)) { true } else { false }
  }

  @Test func itGoesOnWhenEnoughBoxesHaveHadItLongEnough() {
    #expect(Staging.Rule.verdict(facts()) == .goOn)
    #expect(Staging.Rule.verdict(facts { $0.soaked = 8 }) == .goOn, "two are in a cellar")
    #expect(Staging.Rule.verdict(facts { $0.soaked = 7 }) == .wait)
    #expect(Staging.Rule.verdict(facts { ($0.taken, $0.soaked) = (0, 0) }) == .wait)
    #expect(Staging.Rule.verdict(Staging.Facts()) == .wait, "no box takes it")
  }

  @Test func aRefusalStopsIt() {
    #expect(stops { ($0.refused, $0.refusal) = (1, "no") })
    #expect(stops { ($0.refused, $0.taken, $0.soaked) = (1, 0, 0) }, "also where no box has it")
  }

  /// Ten boxes for a day: ten box-days. Seven alerts of them in the week before make one that is to be expected.
  @Test(arguments: [
    (4, 0, 0, false), (5, 0, 0, true), (7, 7, 0, false), (8, 7, 0, true), (10, 14, 0, false), (11, 14, 0, true),
    // The others: a thousand box-days. A hundred alerts make one that is to be expected.
    (7, 0, 100, false), (8, 0, 100, true), (34, 0, 1000, false), (35, 0, 1000, true), (34, 7, 1000, false), (34, 70, 10, false),
  ])
  func aJumpOfAlertsStopsIt(since: Int, before: Int, others: Int, isJump: Bool) {
    let isStopped = stops { ($0.since.alerts, $0.before.alerts, $0.others.alerts) = (since, before, others) }
    #expect(isStopped == isJump)
  }

  @Test func whatHappensEverywhereIsNoJump() {
    #expect(!stops { ($0.since.alerts, $0.others.alerts) = (30, 3000) })
    #expect(stops { ($0.since.alerts, $0.others) = (30, .init()) }, "nobody to compare with, and nothing before")
  }

  @Test func boxesThatWentBlindStopIt() {
    #expect(stops { $0.blind = 2 })
    #expect(!stops { $0.blind = 1 }, "a tenth")
    #expect(!stops { ($0.blind, $0.otherBlind) = (4, 198) }, "a fifth of the others is away, too")
    #expect(!stops { ($0.blind, $0.otherBlind) = (10, 990) }, "the broker is gone")
    #expect(!stops { ($0.blind, $0.isCalm) = (10, false) }, "central has just begun")
    #expect(stops { ($0.blind, $0.otherBoxes) = (2, 0) }, "all have it")
  }
}
