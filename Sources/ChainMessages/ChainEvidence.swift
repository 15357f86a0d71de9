import Foundation

/// Evidence packs on their way to central.
public enum EvidenceLimits {
  /// Bytes of a pack. Those without others than a camera have some hundred packets at most; central verifies one at a time in memory.
  public static let packBytes = 32 << 20
  /// Seconds until nobody waits any more: boxes keep packets for a week.
  public static let life = 7 * 86_400
  /// Bytes of a reason.
  public static let reason = 1000
}

/// `POST /gateway/1/evidence/ID`: why there is no pack. The pack itself is `PUT` to the same address.
public struct EvidenceAnswer: ChainMessage, Equatable {
  public enum State: String, Codable, Sendable {
    /// The box gives none of this alert.
    case refused
    /// It could not make it.
    case failed
  }

  public static let byteLimit = 4 << 10

  public var state: State
  public var reason: String

  public init(state: State, reason: String) { (self.state, self.reason) = (state, reason) }

  public func check() throws(ChainError) {
    guard (1...EvidenceLimits.reason).contains(reason.utf8.count) else { throw .wrong("reason") }
  }
}

extension GatewayAddress {
  /// Where a gateway brings the pack that the command with this id asked for.
  public static func evidencePath(_ id: String) -> String { "/gateway/1/evidence/\(id)" }
}
