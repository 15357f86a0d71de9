/// How to capture on an interface; the same each time that it is opened.
public struct CaptureOptions: Hashable, Sendable {
  /// An expression of pcap-filter(7), run in the kernel.
  public var filter: String?
  /// Bytes kept of each packet.
  public var snapLength: Int
  /// The kernel's memory for packets that wait.
  public var bufferBytes: Int
  /// Also packets for other stations.
  public var isPromiscuous: Bool

  /// All frames on the air, where the card can listen so.
  public var monitors: Bool

  public init(
    filter: String? = nil, snapLength: Int = 262_144, bufferBytes: Int = 64 << 20, isPromiscuous: Bool = true, monitors: Bool = false
  ) {
    self.filter = filter
    self.snapLength = snapLength
    self.bufferBytes = bufferBytes
    self.isPromiscuous = isPromiscuous
    self.monitors = monitors
  }
}
