import Capture
import Detection
import Documents

/// `alert.json` of a report about captures: the alerts and the devices that the report describes, and nobody else's.
public struct RecordingDocument: Encodable, Sendable {
  let alerts: [AlertDocument]
  let coverage: CoverageDocument
  let devices: [DeviceDocument]
  let schema: String
  let source: SourceDocument

  public init(_ report: ReplayReport, about devices: [Device]) {
    let ids = Set(devices.map(\.id))
    let paths = report.files.map(\.path)
    let named = Dictionary(report.alerts.map { ($0.device.id, $0.alert) }, uniquingKeysWith: { _, last in last })
    alerts = report.alerts.filter { ids.contains($0.device.id) }.map { AlertDocument($0, sensor: nil, makers: report.makers, files: paths) }
    coverage = CoverageDocument(report.coverage)
    self.devices = devices.map { DeviceDocument($0, alert: $0.group ?? named[$0.id], makers: report.makers, files: paths) }
    schema = SourceDocument.schema
    source = SourceDocument(files: report.files)
  }
}
