import Detection

/// Reads a capture made by another machine from standard input.
public final class PipedCapture: FrameSource {
  /// Frames between two turns if they arrive without a pause.
  private static let framesPerTurn: UInt64 = 4096
  private static let path = "-"

  private let interfaces: CaptureInterfaces
  private let filters: LinkFilters?

  /// - Parameters:
  ///   - interfaces: assigns numbers to the interfaces that the stream names.
  ///   - filter: an expression of pcap-filter(7).
  public init(interfaces: CaptureInterfaces, filter: String? = nil) {
    self.interfaces = interfaces
    filters = filter.map(LinkFilters.init)
  }

  public func run(frame: (borrowing Frame) -> Void, turn: (_ isQuiet: Bool) -> Bool) throws {
    var isEnded = false
    do {
      try withoutActuallyEscaping(turn) { turn in
        let file = try CaptureFile(path: Self.path, index: 0, interfaces: interfaces) {
          isEnded = isEnded || !turn(true)
          return !isEnded
        }
        while try file.advance(), !isEnded {
          try file.withFrame { current in
            if try filters?.matches(current) ?? true { frame(current) }
          }
          if file.packets % Self.framesPerTurn == 0 { isEnded = isEnded || !turn(false) }
        }
      }
    } catch is CaptureError where isEnded {
      // Whoever ends the run does not mind that the last packet was cut, or that the stream had not begun.
    }
  }

  public var quietTime: Timestamp? { nil }
  public func drainNotices() -> [HealthNotice] { [] }
  public var statistics: CaptureStatistics { CaptureStatistics() }
  public var ownAddresses: Set<MACAddress> { [] }
  public var away: [String] { [] }
  public var summary: String { "standard input" }
}
