import Capture
import Detection
import Documents
import Foundation

/// Writes a replay's result as JSON, one device at a time, because a flood has a hundred thousand. Keys are sorted.
struct JSONReport {
  private let report: ReplayReport
  private let paths: [String]
  private let json = JSON()
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
    var output = BufferedOutput()
    func list<Item>(_ name: String, _ items: [Item], _ body: (Item) -> some Encodable) throws {
      output.append("\"\(name)\":[")
      for (index, item) in items.enumerated() {
        output.append(index == 0 ? newline : "," + newline)
        try json.withBytes(body(item)) { output.append($0) }
      }
      output.append((items.isEmpty ? "" : newline) + "]," + newline)
    }
    output.append("{" + newline)
    try list("alerts", items, document)
    output.append("\"coverage\":")
    try json.withBytes(CoverageDocument(report.coverage)) { output.append($0) }
    output.append("," + newline)
    try list("devices", report.devices, document)
    output.append("\"schema\":\"\(SourceDocument.schema)\"," + newline + "\"source\":")
    try json.withBytes(SourceDocument(files: report.files)) { output.append($0) }
    output.append(newline + "}\n")
    output.flush()
  }

  func writeLines() throws {
    var output = BufferedOutput()
    func line(_ type: String, _ body: some Encodable) throws {
      try json.withBytes(Line(type, body)) { output.append($0) }
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
  private var buffer: [UInt8] = []

  mutating func append(_ text: String) {
    buffer.append(contentsOf: text.utf8)
  }

  mutating func append(_ bytes: [UInt8]) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.limit { flush() }
  }

  mutating func flush() {
    writeOut(buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}
