import Detection

/// Something that whoever relies on a live capture must know: of an interface, not of a device.
public struct HealthNotice: Equatable, Sendable {
  public enum Kind: Equatable, Sendable {
    /// It could not be opened when the watch began, or is no longer to be read; it is tried again.
    case away(LiveCaptureError)
    /// It is there, and still cannot be opened.
    case refused(LiveCaptureError)
    /// It is read again, or for the first time where it was not there at the start.
    case opened(LinkType, former: LinkType?, after: Duration)
    /// The name that it had; `interface` has the new one.
    case renamed(from: String)
    case linkDown
    case noCarrier
    case linkUp
    /// Packets were lost; told at most once an hour.
    case dropped(Drops)
    /// What it shows, from its first seconds.
    case sees(TrafficSample)
    /// No frame between others came any more; the time of the last.
    case othersStopped(since: Timestamp)
    case othersBack(after: Duration)
  }

  public let time: Timestamp
  /// As it is called at this time.
  public let interface: String
  public let kind: Kind

  public init(time: Timestamp, interface: String, kind: Kind) {
    self.time = time
    self.interface = interface
    self.kind = kind
  }
}
