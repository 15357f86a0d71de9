import Capture
import Detection
import Documents
import Foundation

/// Writes a replay's result as JSON, one device at a time, because a flood has a hundred thousand. Keys are sorted.
struct JSONReport {
  private let report: ReplayReport
  private let paths: [String]
  /// The id of each device's alert.
  private let alerts: [DeviceID: String]

  init(_ report: ReplayReport) {
    self.report = report
    paths = report.files.map(\.path)
    alerts = Dictionary(report.alerts.map { ($0.device.id, $0.alert) }, uniquingKeysWith: { _, last in last })
  }

  /// - Parameter onOneLine: the document is one of several, each on a line of its own; otherwise each element has a line.
  func writeDocument(onOneLine: Bool) throws {
    let newline = onOneLine ? "" : "\n"
    let output = BufferedOutput()
    func list<Item>(_ name: String, _ items: [Item], _ body: (Item) -> some Encodable) throws {
      output.append("\"\(name)\":[")
      for (index, item) in items.enumerated() {
        output.append(index == 0 ? newline : "," + newline)
        try output.append(body(item))
      }
      output.append((items.isEmpty ? "" : newline) + "]," + newline)
    }
    output.append("{" + newline)
    try list("alerts", items, document)
    output.append("\"coverage\":")
    try output.append(CoverageDocument(report.coverage))
    output.append("," + newline)
    try list("devices", report.devices, document)
    output.append("\"schema\":\"\(SourceDocument.schema)\"," + newline + "\"source\":")
    try output.append(SourceDocument(files: report.files))
    output.append(newline + "}\n")
    output.flush()
  }

  func writeLines() throws {
    let output = BufferedOutput()
    func line(_ type: String, _ body: some Encodable) throws {
      try output.append(Line(type, body))
      output.append("\n")
    }
    try line("source", SourceDocument(files: report.files))
    for device in report.devices { try line("device", document(device)) }
    for item in items { try line("alert", document(item)) }
    try line("coverage", CoverageDocument(report.coverage))
    output.flush()
  }

  private func document(_ device: Device) -> DeviceDocument {
    DeviceDocument(device, alert: device.group ?? alerts[device.id], makers: report.makers, files: paths)
  }

  private enum Item {
    case event(AlertEvent)
    case health(HealthEvent)
  }

  private var items: [Item] { report.alerts.map(Item.event) + report.health.map(Item.health) }

  private func document(_ item: Item) -> AlertDocument {
    switch item {
    case .event(let event): AlertDocument(event, sensor: nil, makers: report.makers, files: paths)
    case .health(let health): AlertDocument(health, sensor: nil)
    }
  }
}

/// Buffers standard output.
private struct BufferedOutput {
  private static let limit = 1 << 16
  private let json = JSONText()

  func append(_ text: String) { json.append(text) }

  func append(_ document: some Encodable) throws {
    try json.append(document)
    if json.count >= Self.limit { flush() }
  }

  func flush() { writeOut(json.take()) }
}
