import ConfigurationFiles
import Detection

/// When to try again.
struct RetrySchedule: Sendable {
  /// Fast at first: most troubles of a network last seconds, and somebody waits for the message.
  static let standard: [Duration] = [
    .seconds(1), .seconds(5), .seconds(15), .seconds(30), .seconds(60), .seconds(120), .seconds(300), .seconds(600),
  ]
  /// A receiver that names a later time is not obeyed beyond this.
  static let longestWait = Duration.seconds(6 * 3600)

  private let waits: [Duration]
  private let giveUpAfter: Duration

  init(_ settings: SinkSettings) {
    waits = settings.retry.isEmpty ? Self.standard : settings.retry
    giveUpAfter = settings.giveUpAfter
  }

  /// No next attempt is planned further ahead.
  var longest: Duration { max(Self.longestWait, (waits.max() ?? .zero) * 1.1) + .seconds(60) }

  /// The time of the next attempt; nil to give up.
  ///
  /// - Parameters:
  ///   - attempts: made so far, at least 1.
  ///   - jitter: 0 to 1; spreads the attempts of many boxes over a tenth of the wait.
  func next(after attempts: Int, firstAttempt: Timestamp, at now: Timestamp, retryAfter: Duration?, jitter: Double) -> Timestamp? {
    guard now < firstAttempt + giveUpAfter else { return nil }
    let wait = waits[min(attempts, waits.count) - 1]
    let spread = wait + .milliseconds(Int64(Double(wait.components.seconds) * 100 * jitter))
    return now + max(spread, min(retryAfter ?? .zero, Self.longestWait))
  }
}

/// Limits the messages that a person gets. What comes beyond the limit waits and is gathered into one.
struct Ceiling: Sendable {
  private let limit: SinkSettings.Limit
  private var sent: [Timestamp] = []
  /// The last gathered message; at most one in the time of the limit.
  private var gathered: Timestamp?

  /// - Parameter former: the times of the messages of earlier runs, in order. A program that is started over and over must not begin anew.
  init(_ limit: SinkSettings.Limit, former: [Timestamp] = []) {
    self.limit = limit
    for time in former { count(at: time) }
  }

  var window: Duration { limit.per }

  func allowsMessage(at now: Timestamp) -> Bool { sent.count { isWithin($0, now) } < limit.messages && !isGathered(at: now) }
  /// A gathered message may go beyond the limit once.
  func allowsGathered(at now: Timestamp) -> Bool { !isGathered(at: now) }

  private func isGathered(at now: Timestamp) -> Bool { gathered.map { isWithin($0, now) } ?? false }
  /// A time that lies ahead is from before the clock was set back.
  private func isWithin(_ time: Timestamp, _ now: Timestamp) -> Bool { time <= now && time + limit.per > now }

  /// Counts a message that was delivered. One beyond the limit is a gathered one, however few events it holds.
  mutating func count(at now: Timestamp) {
    if allowsMessage(at: now) { sent.append(now) } else { gathered = now }
    sent = sent.filter { isWithin($0, now) }
  }
}
