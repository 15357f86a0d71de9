import Capture
import Detection

extension ReplayReport {
  /// Devices with a block of their own: those that took part in an exchange first, then the most certain. Invented ones have none.
  public var cameras: [Device] {
    let alerted = Set(alerts.map(\.device.id))
    return
      devices
      .filter { ($0.isCamera || alerted.contains($0.id)) && $0.group == nil }
      .sorted { Self.rank($0) < Self.rank($1) }
  }

  private static func rank(_ device: Device) -> (Int, Int, Double) {
    (device.isDeclared ? 1 : 0, device.isCorroborated ? 0 : 1, -device.weighing.sum)
  }

  /// The first words of a report.
  public struct Headline: Sendable {
    /// `1 camera that nobody declared, among 5 devices`
    public let finding: String
    /// `; 2 declared ones seen`; empty if there are none.
    public let declared: String
    /// There is no undeclared camera.
    public let isClear: Bool
  }

  public var headline: Headline {
    let cameras = cameras
    let unknown = cameras.filter { !$0.isDeclared }
    let counts = [
      count(unknown, .camera, .camera, "camera"), count(unknown, .recorder, .camera, "recorder"),
      count(unknown, .camera, .probable, "probable camera"), count(unknown, .recorder, .probable, "probable recorder"),
      plural(unknown.filter { $0.role == .relay }.count, "base station"),
      plural(devices.count { $0.group != nil }, "invented camera"),
    ].compactMap { $0 }
    let all = plural(devices.count, "device") ?? "no devices"
    let declared = plural(cameras.count - unknown.count, "declared one").map { "; \($0) seen" } ?? ""
    if counts.isEmpty { return Headline(finding: "No undeclared camera among \(all)", declared: declared, isClear: true) }
    return Headline(finding: listed(counts) + " that nobody declared, among \(all)", declared: declared, isClear: false)
  }

  private func count(_ devices: [Device], _ role: Role, _ verdict: Verdict, _ noun: String) -> String? {
    plural(devices.filter { $0.role == role && $0.verdict == verdict }.count, noun)
  }
}

extension Coverage {
  /// What could not be judged, a phrase for each kind.
  public var gaps: [String] {
    var items = undecoded.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(6)
      .map { "\($0.value == 1 ? "1 packet" : "\(grouped($0.value)) packets") of \($0.key)" }
    if let flows = plural(oneSidedFlows, "conversation") { items.append("\(flows) captured from one side only") }
    if let gaps = plural(streamGaps, "gap") { items.append("\(gaps) in TCP streams") }
    if truncated > 0 { items.append("\(grouped(truncated)) packets cut by the snap length") }
    return items + evicted.sorted { $0.key < $1.key }.map { "\(grouped(UInt64($0.value))) \($0.key) dropped for lack of memory" }
  }
}
