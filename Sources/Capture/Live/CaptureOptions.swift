/// Options for capturing on an interface; the same each time it is opened.
public struct CaptureOptions: Hashable, Sendable {
  /// An expression of pcap-filter(7), run in the kernel.
  public var filter: String?
  /// Bytes captured of each packet.
  public var snapLength: Int
  /// Size of the kernel's buffer.
  public var bufferBytes: Int
  /// Capture packets for other stations, too.
  public var isPromiscuous: Bool

  /// Capture all frames on the air, if the card can.
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
