import Detection

/// Slows down who guesses passwords. Whoever fails often for one account from one address waits, up to a minute; who fails for many accounts
/// from one address, too. No number of failures from elsewhere keeps a person out: they only make an answer for that account slower.
public struct SignInThrottle: Sendable {
  private struct Failures {
    var count = 0
    var last = Timestamp.distantPast
  }

  /// Failures that cost nothing: people mistype.
  private static let free = 5
  private static let freeOfAddress = 20
  private static let longest = 60
  /// Failures are forgotten after this time.
  private static let memory = Duration.seconds(3600)
  private static let limit = 10_000
  private static let longestDelay = Duration.seconds(2)

  private var pairs: [String: Failures] = [:]
  private var addresses: [String: Failures] = [:]
  private var accounts: [String: Failures] = [:]

  public init() {}

  /// How many failures are remembered.
  public var size: Int { pairs.count + addresses.count + accounts.count }

  /// Seconds until the next attempt is looked at; nil if it is looked at now.
  public func wait(account: String, address: String, at now: Timestamp) -> Int? {
    let waits = [
      Self.wait(pairs[Self.pair(account, address)], free: Self.free, at: now),
      Self.wait(addresses[address], free: Self.freeOfAddress, at: now),
    ].compactMap { $0 }
    return waits.max()
  }

  /// How much later an attempt for this account is looked at.
  public func delay(account: String, at now: Timestamp) -> Duration {
    guard let failures = accounts[account], failures.count > Self.free, now < failures.last + Self.memory else { return .zero }
    return min(Self.longestDelay, .milliseconds(100 * (failures.count - Self.free)))
  }

  public mutating func failed(account: String, address: String, at now: Timestamp) {
    Self.add(&pairs, Self.pair(account, address), at: now)
    Self.add(&addresses, address, at: now)
    Self.add(&accounts, account, at: now)
  }

  public mutating func succeeded(account: String, address: String) {
    pairs[Self.pair(account, address)] = nil
    accounts[account] = nil
    addresses[address]?.count -= 1
  }

  private static func pair(_ account: String, _ address: String) -> String { "\(address) \(account)" }

  private static func wait(_ failures: Failures?, free: Int, at now: Timestamp) -> Int? {
    guard let failures, failures.count >= free, now < failures.last + memory else { return nil }
    let span = min(longest, 1 << min(6, failures.count - free + 1))
    let left = (failures.last + .seconds(span)).seconds(since: now)
    // A clock that was set back holds nobody up for longer than that.
    return left > 0 ? min(longest, Int(left.rounded(.up))) : nil
  }

  private static func add(_ table: inout [String: Failures], _ key: String, at now: Timestamp) {
    if table.count >= limit, table[key] == nil {
      table = table.filter { now < $0.value.last + memory }
      if table.count >= limit, let oldest = table.min(by: { $0.value.last < $1.value.last })?.key { table[oldest] = nil }
    }
    var failures = table[key] ?? Failures()
    if now >= failures.last + memory { failures.count = 0 }
    failures.count += 1
    failures.last = now
    table[key] = failures
  }
}
