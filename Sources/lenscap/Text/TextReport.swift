import Capture
import Detection

/// The answer for people: first how many cameras, then each with its reasons and packets, then the rest, then what could not be seen.
struct TextReport {
  private let report: Report
  private let utc: Bool
  private let style: Style

  init(_ report: Report, utc: Bool, style: Style) {
    self.report = report
    self.utc = utc
    self.style = style
  }

  var text: String {
    var blocks = [headline + "\n" + sources]
    let told = told
    blocks += told.map { DeviceBlock($0, context: context).text }
    let toldIDs = Set(told.map(\.id))
    let others = report.devices.filter { !toldIDs.contains($0.id) }
    if !others.isEmpty { blocks.append(table(others)) }
    if let limits { blocks.append(limits) }
    return blocks.joined(separator: "\n\n")
  }

  private var context: DeviceBlock.Context {
    .init(files: report.files.map(\.path), makers: report.makers, utc: utc, style: style)
  }

  /// Devices that get a block of their own: surest first.
  private var told: [Device] {
    let alerted = Set(report.alerts.map(\.device.id))
    return report.devices
      .filter { $0.verdict >= .probable || alerted.contains($0.id) }
      .sorted { ($0.isKnown ? 1 : 0, -$0.weighing.sum) < ($1.isKnown ? 1 : 0, -$1.weighing.sum) }
  }

  // MARK: Headline

  private var headline: String {
    let unknown = told.filter { !$0.isKnown }
    let counts = [
      count(unknown, .camera, .camera, "camera"), count(unknown, .recorder, .camera, "recorder"),
      count(unknown, .camera, .probable, "probable camera"), count(unknown, .recorder, .probable, "probable recorder"),
      plural(unknown.filter { $0.role == .relay }.count, "base station"),
    ].compactMap { $0 }
    let devices = plural(report.devices.count, "device") ?? "no devices"
    let known = plural(told.count - unknown.count, "declared one").map { "; \($0) seen" } ?? ""
    if counts.isEmpty { return style.strong("No undeclared camera among \(devices)") + known }
    return style.alarm(listed(counts) + " that nobody declared, among \(devices)") + known
  }

  private func count(_ devices: [Device], _ role: Role, _ verdict: Verdict, _ noun: String) -> String? {
    plural(devices.filter { $0.role == role && $0.verdict == verdict }.count, noun)
  }

  private var sources: String {
    let shown = report.files.prefix(20).map { file -> String in
      let span = file.firstSeen.flatMap { first in file.lastSeen.map { ", " + Timestamp.span(first, $0, utc: utc) } } ?? ""
      let error = file.error == nil ? "" : "; not read to its end"
      return style.faint("\(file.path): \(grouped(file.packets)) packets\(span)\(error)")
    }
    let rest = report.files.count > 20 ? ["… and \(report.files.count - 20) files more"] : []
    let all = report.files.reduce(0) { $0 + $1.packets }
    let chosen =
      report.coverage.packets < all ? [style.faint("\(grouped(report.coverage.packets)) of \(grouped(all)) packets were chosen")] : []
    return (shown + rest + chosen).joined(separator: "\n")
  }

  // MARK: The rest

  private func table(_ devices: [Device]) -> String {
    let header = ["address", "MAC", "maker", "name", "what it is", "packets", "bytes", "seen"]
    let rows = devices.map { device in
      [
        device.addresses.first?.description ?? "-", device.id.mac.isNone ? "-" : device.id.mac.description.uppercased(),
        (report.makers.name(of: device.id.mac) ?? (device.id.mac.isLocallyAdministered ? "(random)" : "-")).cut(24),
        (device.hostname ?? "-").cut(24), what(device).cut(28), grouped(device.packetsSent), size(device.bytesSent),
        "\(device.firstSeen.clock(utc: utc))–\(device.lastSeen.clock(utc: utc))",
      ]
    }
    let lines = TextTable(header: header, numbers: [5, 6], rows: rows).lines(style)
    return style.strong("Others") + "\n" + lines.map { "  " + $0 }.joined(separator: "\n")
  }

  private func what(_ device: Device) -> String {
    let kind = device.kind ?? (device.role == .other ? nil : device.role.rawValue)
    let doubt = device.verdict == .possible ? "possibly a camera" : nil
    let parts = [doubt, kind == doubt ? nil : kind, device.vendor].compactMap { $0 }
    return parts.isEmpty ? "-" : parts.joined(separator: ", ")
  }

  // MARK: What could not be seen

  private var limits: String? {
    let coverage = report.coverage
    var items = coverage.undecoded.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(6)
      .map { "\($0.value == 1 ? "1 packet" : "\(grouped($0.value)) packets") of \($0.key)" }
    if let flows = plural(coverage.oneSidedFlows, "conversation") { items.append("\(flows) seen from one side only") }
    if let gaps = plural(coverage.streamGaps, "gap") { items.append("\(gaps) in TCP streams") }
    if coverage.truncated > 0 { items.append("\(grouped(coverage.truncated)) packets cut by the snap length") }
    items += coverage.evicted.sorted { $0.key < $1.key }.map { "\(grouped(UInt64($0.value))) \($0.key) dropped for lack of room" }
    return items.isEmpty ? nil : style.faint("Not judged: " + items.joined(separator: "; "))
  }
}

/// One camera: what, where, since when, and the reasons with the packets to look up.
struct DeviceBlock {
  struct Context {
    let files: [String]
    let makers: OUIRegistry
    let utc: Bool
    let style: Style
  }

  /// Reasons that are shown; the JSON output has all.
  private static let reasonLimit = 12
  private static let reasonWidth = 96

  private let device: Device
  private let context: Context

  init(_ device: Device, context: Context) {
    self.device = device
    self.context = context
  }

  var text: String {
    let reasons = device.evidence.filter { $0.signature.says != .vendor }
    let width = reasons.prefix(Self.reasonLimit).map { $0.reason.cut(Self.reasonWidth).count }.max() ?? 0
    let shown = reasons.prefix(Self.reasonLimit).map { reason($0, width: width) }
    let more = reasons.count > shown.count ? [indent + "… and \(reasons.count - shown.count) reasons more (--format json has all)"] : []
    return ([title, indent + presence] + shown + more).joined(separator: "\n")
  }

  private let indent = String(repeating: " ", count: 10)

  private var label: String {
    if device.isKnown { return context.style.faint("DECLARED") }
    switch (device.verdict, device.role) {
    case (_, .relay): return context.style.warning("RELAY   ")
    case (.camera, .recorder): return context.style.alarm("RECORDER")
    case (.camera, _): return context.style.alarm("CAMERA  ")
    default: return context.style.warning("PROBABLE")
    }
  }

  private var title: String {
    let address = device.addresses.first?.description ?? "no address"
    let mac = device.id.mac.isNone ? "" : "  " + device.id.mac.description.uppercased()
    let place =
      (device.id.segment == .untagged ? "" : "  on \(device.id.segment)") + (device.room.map { "  in \(context.style.strong($0))" } ?? "")
    let percent = String(((device.weighing.probability * 1000).rounded(.down) / 10))
    return "\(label)  \(context.style.strong(address))\(mac)\(place)  \(name)  \(percent) %"
  }

  private var name: String {
    let maker = device.vendor ?? context.makers.name(of: device.id.mac) ?? "maker unknown"
    let kind = device.kind.flatMap { ["camera", "recorder"].contains($0) ? nil : "(\($0))" }
    return [maker, device.model, kind].compactMap { $0 }.joined(separator: " ")
  }

  private var presence: String {
    let since = "here since \(device.firstSeen.clock(utc: context.utc))"
    let name = device.hostname.map { ", calls itself “\($0)”" } ?? ""
    let streams = device.streams.sorted { $0.bytes > $1.bytes }.prefix(3).map { stream -> String in
      let seconds = Swift.max(stream.lastSeen.seconds(since: stream.firstSeen), 0)
      let rate = seconds >= 1 ? ", \(bitRate(Double(stream.bytes) * 8 / seconds))" : ""
      return "; streaming to \(stream.peer) for \(duration(seconds)) (\(stream.name)\(rate))"
    }
    return since + name + streams.joined()
  }

  private func reason(_ evidence: Evidence, width: Int) -> String {
    let file =
      context.files.count > 1 && Int(evidence.packet.file) < context.files.count ? " of \(context.files[Int(evidence.packet.file)])" : ""
    let times = evidence.count > 1 ? ", \(evidence.count) times" : ""
    let strength =
      (evidence.signature.strength?.rawValue ?? (evidence.signature.says == .notCamera ? "against" : evidence.signature.says.rawValue))
    let words = evidence.reason.cut(Self.reasonWidth)
    return indent + words.padded(right: width) + "  " + strength.padded(right: 8) + "  packet \(evidence.packet.number)\(file)\(times)"
  }
}
