import ConfigurationFiles
import Detection
import Documents
import Store

/// `lenscap privacy report` for people.
struct PrivacyText {
  let report: PrivacyReport
  let utc: Bool

  var lines: [String] {
    stored + [""] + sent + ["", "in these files:"] + files + [""] + held + erased
      + ["Not counted: copies that somebody made, such as backups, reports and evidence packs."]
  }

  private var stored: [String] {
    report.holdings.flatMap { holding -> [String] in
      guard holding.count > 0 else { return ["\(holding.kind.name): none"] }
      let span = [holding.oldest, holding.newest].compactMap { $0?.dayAndTime(utc: utc) }.joined(separator: " to ")
      let kept = report.kept(holding.kind)
      let keptFor = kept.span.map { "kept \(DurationText.text($0)) \(kept.from)" } ?? "kept \(kept.from)"
      let fields = holding.fields.keys.sorted().map { name in
        let count = holding.fields[name] ?? 0
        return count == holding.count ? Self.words(name) : "\(Self.words(name)) (\(count))"
      }
      return ["\(holding.kind.name): \(holding.count), \(span)", "  \(keptFor); \(holding.kind.purpose)"]
        + (fields.isEmpty ? [] : ["  stored: \(fields.joined(separator: ", "))"])
    }
  }

  private static func words(_ field: String) -> String {
    switch field {
    case "mac": "MAC address"
    case "ips": "IP addresses"
    case "hostname": "name"
    case "stays": "rooms and times"
    case "viewers": "receivers of its video"
    case "traffic": "an upload"
    case "traffic_over_time": "bytes sent and received every five minutes"
    case "class_reasons": "reasons of the class"
    case "values": "observed values"
    default: field
    }
  }

  private var sent: [String] {
    guard let messages = report.messages else { return ["messages that left the house: not known"] }
    guard !messages.isEmpty else { return ["messages that left the house: none"] }
    return ["messages that left the house, of the last 30 days:"]
      + messages.map { sink in
        "  \(sink.sink.forPeople()): \(sink.delivered) delivered, \(sink.waiting) waiting, \(sink.failed) failed, until \(sink.newest.dayAndTime(utc: utc))"
      }
  }

  private var files: [String] {
    report.files.map { "  \($0.what): \($0.path.forPeople(limit: 300)), \($0.bytes.map(size) ?? "not there, or not readable here")" }
  }

  private var held: [String] {
    report.held.isEmpty ? [] : ["on hold, kept until released: \(listed(report.held))"]
  }

  private var erased: [String] {
    report.erasures.map { erasure in
      "erased on \(erasure.at.dayAndTime(utc: utc)) by \(erasure.who.forPeople()): \(plural(erasure.devices, "device") ?? "no device"), "
        + "\(plural(erasure.alerts, "alert") ?? "no alert"), \(erasure.addressHash)"
    }
  }
}
