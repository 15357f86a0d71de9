import Detection
import Synchronization

/// Tells people, or programs, of alerts as they happen.
final class AlertTeller: Sendable {
  let format: Watch.Format
  let utc: Bool
  private let cameras = Atomic<Bool>(false)

  /// An undeclared camera was told of.
  var toldOfCamera: Bool { cameras.load(ordering: .relaxed) }

  init(format: Watch.Format, utc: Bool) {
    self.format = format
    self.utc = utc
  }

  /// - Parameter brief: in one line, for there may be many.
  func tell(_ alert: Alert, brief: Bool = false) {
    if alert.kind == .unknownCamera { cameras.store(true, ordering: .relaxed) }
    switch format {
    case .text: printOut(text(alert, brief: brief))
    case .jsonl: printLine("alert", AlertDocument(alert, files: []))
    }
  }

  /// What went wrong with the watching, or is right again.
  func tell(_ health: HealthDocument, at time: Timestamp) {
    remark(health, at: time)
    if format == .jsonl { printLine("alert", health) }
  }

  /// The same for people only.
  func remark(_ health: HealthDocument, at time: Timestamp) {
    printError("\(time.clock(utc: utc)) HEALTH \(health.summary)")
  }

  func tell(_ digest: Digest) {
    switch format {
    case .text: printOut(digest.text(utc: utc) + "\n")
    case .jsonl: printLine("digest", DigestDocument(digest))
    }
  }

  func tell(_ coverage: CoverageDocument) {
    if format == .jsonl { printLine("coverage", coverage) }
  }

  private func printLine(_ type: String, _ body: some Encodable) {
    do {
      printOut(try JSON.text(Line(type: type, body: body)))
    } catch {
      printError("lenscap: an alert could not be written as JSON: \(error)")
    }
  }

  private func line(_ alert: Alert, _ makers: OUIRegistry) -> String {
    let device = alert.device
    let word =
      switch alert.kind {
      case .unknownCamera, .health:
        device.role == .relay ? "RELAY" : device.verdict == .camera ? device.role.rawValue.uppercased() : "PROBABLE"
      case .changed, .silent, .back: alert.kind.rawValue.uppercased()
      }
    let name = [device.vendor ?? makers.name(of: device.id.mac), device.model].compactMap { $0 }.joined(separator: " ")
    let address = device.addresses.first?.description ?? device.id.mac.description
    let remark =
      switch alert.kind {
      case .changed: alert.changes.map(\.description).joined(separator: ", ")
      case .silent: alert.lastSeen.map { "last seen \($0.clock(utc: utc))" } ?? "not seen"
      case .back: "seen again"
      case .unknownCamera, .health:
        "first seen \(device.firstSeen.clock(utc: utc))" + (alert.isUpdate && device.verdict == .camera ? ", now sure" : "")
      }
    return [alert.time.clock(utc: utc), word, address, name, device.room ?? "", "(\(remark))"].filter { !$0.isEmpty }.joined(separator: " ")
  }

  private func text(_ alert: Alert, brief: Bool) -> String {
    let makers = OUIRegistry(of: [alert.device.id.mac])
    guard !brief, alert.kind == .unknownCamera || alert.kind == .changed else { return line(alert, makers) }
    let block = DeviceBlock(alert.device, context: .init(files: [], makers: makers, utc: utc, style: .forOutput)).text
    return line(alert, makers) + "\n" + block + "\n"
  }
}
