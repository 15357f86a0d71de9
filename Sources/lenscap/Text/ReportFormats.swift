import Detection
import Documents
import Store
import Watch

/// Reports for people: one line, then the camera with its reasons.
struct TextFormat: ReportFormat {
  let utc: Bool

  func text(_ report: Report) -> String? {
    let text: String? =
      switch report {
      case .event(let event, _, let isBrief): event.isFolded ? nil : text(event, isBrief: isBrief)
      case .late(let alert): "\(alert.updatedTime.rfc3339) \(alert.shownSummary) (\(alert.id))"
      case .digest(let digest): digest.text(utc: utc) + "\n"
      case .health, .coverage: nil
      }
    return text?.forTerminal
  }

  func remark(_ health: HealthEvent) -> String { "\(health.time.clock(utc: utc)) HEALTH \(health.summary)" }

  private func text(_ event: AlertEvent, isBrief: Bool) -> String {
    let makers = OUIRegistry(of: [event.device.id.mac])
    let line = line(event, makers)
    guard !isBrief, event.group == nil, [.raised, .surer, .changed].contains(event.kind) else { return line }
    return line + "\n" + DeviceBlock(event.device, context: .init(files: [], makers: makers, utc: utc, style: .forOutput)).text + "\n"
  }

  /// `14:03:19 CAMERA 192.168.1.37 D-Link DCS-935L Room 12 (first seen 14:03:11)`
  private func line(_ event: AlertEvent, _ makers: OUIRegistry) -> String {
    let device = event.device
    if let group = event.group, event.kind == .raised {
      let first = device.addresses.first?.description ?? device.id.description
      return "\(event.time.clock(utc: utc)) INVENTED \(group.wording) (the first one: \(first))"
    }
    let name = [device.vendor ?? makers.name(of: device.id.mac), device.model].compactMap { $0 }.joined(separator: " ").forPeople()
    let address = device.addresses.first?.description ?? device.id.mac.description
    let remark =
      switch event.kind {
      case .changed: listed(event.changes.filter(\.isReported).map(\.wording)) + (event.watching.map { "; \($0)" } ?? "")
      case .silent: event.lastSeen.map { "last seen \($0.clock(utc: utc))" } ?? "not seen"
      case .back: "seen again"
      case .raised: "first seen \(device.firstSeen.clock(utc: utc))"
      case .surer: "first seen \(device.firstSeen.clock(utc: utc))" + (device.verdict == .camera ? ", now certain" : "")
      }
    return [event.time.clock(utc: utc), word(event), address, name, device.room?.forPeople() ?? "", "(\(remark))"].filter { !$0.isEmpty }
      .joined(separator: " ")
  }

  private func word(_ event: AlertEvent) -> String {
    switch event.kind {
    case .raised, .surer: event.device.shortLabel
    case .changed, .silent, .back: event.kind.rawValue.uppercased()
    }
  }
}

/// Reports for programs: one JSON object a line, with a `type`.
struct JSONLinesFormat: ReportFormat {
  let utc: Bool

  func text(_ report: Report) -> String? {
    switch report {
    case .event(_, let line, _), .health(_, let line): line
    case .late(let alert): alert.document.withInvisibleEscaped
    case .digest(let digest): line("digest", DigestDocument(digest))
    case .coverage(let coverage): line("coverage", coverage)
    }
  }

  func remark(_ health: HealthEvent) -> String { TextFormat(utc: utc).remark(health) }

  private func line(_ type: String, _ body: some Encodable) -> String? { try? JSON.text(Line(type, body)) }
}
