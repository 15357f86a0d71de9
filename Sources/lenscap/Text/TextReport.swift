import Capture
import Detection
import Documents

/// A replay's result for people: the number of cameras, each camera with its reasons and packets, the other devices, and the gaps in the
/// capture.
struct TextReport {
  private let report: ReplayReport
  private let utc: Bool
  private let style: Style

  init(_ report: ReplayReport, utc: Bool, style: Style) {
    self.report = report
    self.utc = utc
    self.style = style
  }

  var text: String {
    var blocks = [headline + "\n" + sources]
    let cameras = cameras
    blocks += cameras.map { DeviceBlock($0, context: context).text }
    blocks += report.alerts.filter { $0.kind == .raised }.compactMap { event in event.group.map { block(event, $0) } }
    blocks += report.health.map { style.warning($0.flood == nil ? "HEALTH" : "FLOOD") + "     " + $0.summary }
    let ids = Set(cameras.map(\.id))
    let others = report.devices.filter { !ids.contains($0.id) && $0.group == nil }
    if !others.isEmpty { blocks.append(table(others)) }
    if let limits { blocks.append(limits) }
    return blocks.joined(separator: "\n\n")
  }

  private var context: DeviceBlock.Context {
    .init(files: report.files.map(\.path), makers: report.makers, utc: utc, style: style)
  }

  private func block(_ event: AlertEvent, _ group: CameraGroup) -> String {
    let indent = String(repeating: " ", count: 10)
    let examples = group.examples.count < group.count ? group.examples + ["…"] : group.examples
    return style.warning("INVENTED") + "  " + group.wording + "\n" + indent + "since \(event.time.clock(utc: utc)): "
      + examples.joined(separator: ", ")
  }

  private var cameras: [Device] { report.cameras }

  private var headline: String {
    let headline = report.headline
    return (headline.isClear ? style.strong(headline.finding) : style.alarm(headline.finding)) + headline.declared
  }

  private var sources: String {
    let shown = report.files.prefix(20).map { file -> String in
      let span = file.firstSeen.flatMap { first in file.lastSeen.map { ", " + Timestamp.span(first, $0, utc: utc) } } ?? ""
      let error = file.error == nil ? "" : "; not read to the end"
      return style.faint("\(file.path): \(grouped(file.packets)) packets\(span)\(error)")
    }
    let rest = report.files.count > 20 ? ["… and \(report.files.count - 20) more files"] : []
    let all = report.files.reduce(0) { $0 + $1.packets }
    let chosen =
      report.coverage.packets < all ? [style.faint("\(grouped(report.coverage.packets)) of \(grouped(all)) packets were selected")] : []
    return (shown + rest + chosen).joined(separator: "\n")
  }

  // MARK: Other devices

  private func table(_ devices: [Device]) -> String {
    let header = ["address", "MAC", "maker", "name", "class", "what it is", "packets", "bytes", "seen"]
    let rows = devices.map { device in
      [
        device.addresses.first?.description ?? "-", device.id.mac.isNone ? "-" : device.id.mac.description.uppercased(),
        (report.makers.name(of: device.id.mac) ?? (device.id.mac.isLocallyAdministered ? "(random)" : "-")).cut(24),
        (device.hostname ?? "-").forPeople(limit: 24), device.shortClass, device.shortDescription(device.vendor).forPeople(limit: 28),
        grouped(device.packetsSent), size(device.bytesSent),
        "\(device.firstSeen.clock(utc: utc))–\(device.lastSeen.clock(utc: utc))",
      ]
    }
    let lines = TextTable(header: header, numbers: [6, 7], rows: rows).lines(style)
    let uploads = devices.compactMap { device in
      device.traffic.map { traffic in
        "  \(device.addresses.first?.description ?? device.id.description): \(traffic.sentence(utc: utc, at: device.lastSeen))"
      }
    }
    let sending = uploads.isEmpty ? [] : [style.strong("Send as cameras do")] + uploads
    return ([style.strong("Others")] + lines.map { "  " + $0 } + sending).joined(separator: "\n")
  }

  // MARK: Gaps in the capture

  private var limits: String? {
    let gaps = report.coverage.gaps
    return gaps.isEmpty ? nil : style.faint("Not judged: " + gaps.joined(separator: "; "))
  }
}
