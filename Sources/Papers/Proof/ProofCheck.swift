import Capture
import Detection
import Documents

/// What a file of proving packets shows by itself: it has one packet for each reason, and media was cut from it.
public struct ProofCheck: Sendable {
  /// A device about which the file shows less than the report says.
  public struct Loss: Sendable {
    public let device: DeviceID
    /// The verdict of the report.
    public let stated: Verdict
    public let reached: Verdict
    /// The reasons of the report that the file does not show.
    public let reasons: [String]

    /// `mac:…: FILE alone shows “probable”, not “camera”; not in it: …`
    public func sentence(file: String) -> String {
      let reasons = reasons.isEmpty ? "" : "; it takes more packets, or the media that was cut, to show: " + listed(reasons)
      return "\(device): \(file) alone gives the verdict \(reached.rawValue), not \(stated.rawValue)\(reasons)"
    }
  }

  /// Reasons that are named.
  private static let reasonLimit = 3

  public let losses: [Loss]

  /// Replays the file as the report's captures were replayed.
  public init(path: String, devices: [Device], engine: Engine) {
    let sequence = CaptureSequence(paths: [path], interfaces: engine.interfaces)
    sequence.run { engine.ingest($0) }
    engine.finish()
    let shown = Dictionary(engine.devices().map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var seen: Set<DeviceID> = []
    losses = devices.compactMap { device in
      guard seen.insert(device.id).inserted else { return nil }
      let found = shown[device.id]
      guard device.verdict > found?.verdict ?? .none else { return nil }
      let again = Set(found?.evidence.map(\.signature.id) ?? [])
      let missing = device.evidence.filter { $0.weight > 0 && !again.contains($0.signature.id) }
      return Loss(
        device: device.id, stated: device.verdict, reached: found?.verdict ?? .none,
        reasons: missing.prefix(Self.reasonLimit).map { $0.reason.forPeople(limit: 120) })
    }
  }
}
