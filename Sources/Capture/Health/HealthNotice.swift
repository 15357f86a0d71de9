import Detection

/// An event that affects a live capture: about an interface, not about a device.
public struct HealthNotice: Equatable, Sendable {
  public enum Kind: Equatable, Sendable {
    /// The interface could not be opened at the start, or reading it failed; it will be tried again.
    case away(LiveCaptureError)
    /// The interface exists again but still cannot be opened.
    case refused(LiveCaptureError)
    /// The interface can be read again, or for the first time if it was absent at the start.
    case opened(LinkType, former: LinkType?, after: Duration)
    /// The interface has a new name, which is in `interface`.
    case renamed(from: String)
    case linkDown
    case noCarrier
    case linkUp
    /// Packets were lost; reported at most once an hour.
    case dropped(Drops)
    /// The traffic that the interface receives, sampled in its first seconds.
    case sees(TrafficSample)
    /// Frames between other devices no longer arrive.
    ///
    /// - Parameters:
    ///   - since: time of the last such frame.
    ///   - isSilent: true if no frames of any kind arrive.
    case foreignTrafficStopped(since: Timestamp, isSilent: Bool)
    case foreignTrafficBack(after: Duration)
    /// The number of notices about a flapping interface that were left out in the last hour.
    case suppressed(Int)
  }

  public let time: Timestamp
  /// The interface's name at this time.
  public let interface: String
  public let kind: Kind

  public init(time: Timestamp, interface: String, kind: Kind) {
    self.time = time
    self.interface = interface
    self.kind = kind
  }
}
