import Detection
import Documents
import Store

extension StoredAlert {
  /// Longest summary: names of 80 characters for the device and its room, with what is around them.
  private static let summaryLimit = 240

  var shownSummary: String { summary.forPeople(limit: Self.summaryLimit) }
}

extension Digest {
  /// Lines of one section; `lenscap alerts list` has the rest.
  private static let rowLimit = 20

  func text(utc: Bool) -> String {
    var lines = ["DIGEST \(from.dayAndTime(utc: utc)) to \(to.dayAndTime(utc: utc)): \(headline)"]
    func section(_ title: String, _ rows: [String]) {
      guard !rows.isEmpty else { return }
      lines += [title] + rows.prefix(Self.rowLimit).map { "  " + $0 }
      if rows.count > Self.rowLimit { lines.append("  … and \(rows.count - Self.rowLimit) more: lenscap alerts list --all") }
    }
    func row(_ alert: StoredAlert, _ id: String) -> String {
      let name = alert.device.flatMap { names[$0] }?.filter { !alert.summary.contains($0) }.joined(separator: ", ").forPeople()
      return ["\(alert.raisedTime.dayAndTime(utc: utc))  \(id.prefix(8))  \(alert.shownSummary)", name ?? ""].filter { !$0.isEmpty }.joined(
        separator: "; ")
    }
    section("Raised:", raised.map { row($0, $0.id) + " (\($0.status(at: to).rawValue))" })
    section("Since then:", followed.map { row($0, $0.follows ?? $0.id) })
    section("Still open from before:", waiting.map { row($0, $0.id) })
    section(
      "Declared cameras that sent nothing:",
      silent.map { "last seen \($0.device.lastSeen.dayAndTime(utc: utc))  \(Self.names($0.device).joined(separator: ", ").forPeople())" })
    section(
      "Send as cameras do, class unknown, no alert:",
      uploads.map { upload in
        Self.names(upload.device).joined(separator: ", ").forPeople() + ": " + (upload.device.traffic?.sentence(utc: utc, at: to) ?? "")
      })
    section("Problems of the watch:", health.map { "\($0.raisedTime.dayAndTime(utc: utc))  \($0.shownSummary)" })
    let new = newDevices == 0 ? "none of them new" : "\(newDevices) of them new"
    lines.append(devices == 0 ? "No devices seen." : "\(plural(devices, "device") ?? "") seen, \(new).")
    if let sentence = MakerCount.sentence(embedded) { lines.append(sentence + ".") }
    return lines.joined(separator: "\n")
  }

  private var headline: String {
    let parts = [
      plural(raised.count, "alert"), plural(followed.count, "change"), plural(waiting.count, "alert still open", "alerts still open"),
    ].compactMap { $0 }
    return parts.isEmpty ? "nothing to report" : listed(parts)
  }
}
