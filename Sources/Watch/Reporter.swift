import Detection
import Documents
import Store

/// Formats reports, for people or for programs.
public protocol ReportFormat: Sendable {
  /// The text for standard output; nil for none.
  func text(_ report: Report) -> String?
  /// One line about a health event for standard error.
  func remark(_ health: HealthEvent) -> String
}

/// A report of a watch.
public enum Report: Sendable {
  /// - Parameter line: the event as a line of JSON.
  case event(AlertEvent, line: String, isBrief: Bool)
  case health(HealthEvent, line: String)
  /// An alert stored by a run that ended before reporting it.
  case late(StoredAlert)
  case digest(Digest)
  case coverage(CoverageDocument)
}

/// Sends reports to standard output, and remarks to standard error.
struct Reporter: Sendable {
  let format: any ReportFormat
  let output: StandardOutput
  let remark: @Sendable (String) -> Void

  /// - Parameter alert: id of the stored alert, if any.
  /// - Returns: false if it must be reported later.
  @discardableResult
  func send(_ report: Report, alert: String? = nil) -> Bool {
    if case .health(let health, _) = report { remark(format.remark(health)) }
    return format.text(report).map { output.write($0, alert: alert) } ?? true
  }
}
