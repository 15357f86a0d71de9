import Foundation

/// Releases go to boxes in stages, go on by themselves, and stop by themselves.
enum Staging {
  /// Alerts in so many hours of watching, of some boxes together.
  struct Rate: Sendable, Equatable {
    var alerts = 0
    var hours = 0.0

    /// Alerts for each box and hour.
    var value: Double { hours > 0 ? Double(alerts) / hours : 0 }
  }

  /// How the boxes of a stage fare.
  struct Facts: Sendable, Equatable {
    /// Boxes that get it at this stage, and those that refused it.
    var chosen = 0
    var refused = 0
    /// One of the reasons.
    var refusal: String?
    /// Boxes that have it in force, and those that have had it for the soak time.
    var taken = 0
    var soaked = 0
    /// Of boxes that have it: alerts since; of the same boxes: alerts in the week before; of boxes that do not have it: alerts since.
    var since = Rate()
    var before = Rate()
    var others = Rate()
    /// Of boxes that have it, those that are away or do not watch; and all others, and how many of those.
    var blind = 0
    var otherBoxes = 0
    var otherBlind = 0
    /// False shortly after the broker or central was away itself: then silence says nothing about boxes.
    var isCalm = true
  }

  enum Verdict: Sendable, Equatable {
    case wait
    case goOn
    case stop(String)
  }

  enum Rule {
    /// Percent of the gateways whose `accept` names the kind; at least one.
    static let stages: [Int64] = [1, 10, 100]
    /// A stage goes on when so many of its boxes have had the release for the soak time.
    static let enough = 0.8
    /// A jump: this many times the alerts that were to be expected, and five more. What was to be expected is the larger of the rate of the
    /// same boxes before and of the others now. From nothing, five alerts are a jump; from two expected, eleven.
    static let jumpFactor = 3.0
    static let jumpFloor = 5.0
    /// Days of the rate before.
    static let daysBefore = 7
    /// Boxes went blind: the share of the boxes that have it exceeds twice the share of the others by a tenth.
    static let blindFactor = 2.0
    static let blindFloor = 0.1

    static func verdict(_ facts: Facts) -> Verdict {
      if facts.refused > 0 {
        return .stop("\(facts.refused) of \(facts.chosen) boxes refused it" + (facts.refusal.map { ": \($0)" } ?? ""))
      }
      guard facts.taken > 0 else { return .wait }
      let expected = max(facts.before.value, facts.others.value) * facts.since.hours
      if Double(facts.since.alerts) >= jumpFactor * expected + jumpFloor {
        let rounded = (expected * 10).rounded() / 10
        return .stop("alerts jumped: \(facts.since.alerts) of \(facts.taken) boxes that have it, \(rounded) were to be expected")
      }
      let share = Double(facts.blind) / Double(facts.taken)
      let otherShare = facts.otherBoxes > 0 ? Double(facts.otherBlind) / Double(facts.otherBoxes) : 0
      if facts.isCalm, facts.blind > 0, share > blindFactor * otherShare + blindFloor {
        return .stop(
          "\(facts.blind) of \(facts.taken) boxes that have it are away or do not watch; of the others \(facts.otherBlind) of \(facts.otherBoxes)"
        )
      }
      return Double(facts.soaked) >= enough * Double(facts.chosen) ? .goOn : .wait
    }
  }
}
