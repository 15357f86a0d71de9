import Detection
import Store

/// What happened on the property in a span of time, and what still waits for somebody.
struct Digest {
  let from: Timestamp
  let to: Timestamp
  /// Alerts that were raised in the span, whatever has become of them.
  let raised: [StoredAlert]
  /// What changed about alerts since: moved, silent, back.
  let followed: [StoredAlert]
  /// How the watching itself went.
  let health: [StoredAlert]
  /// Raised before the span, and dealt with by nobody.
  let waiting: [StoredAlert]
  /// The property's own cameras that sent nothing in the span.
  let silent: [StoredDevice]
  /// What the devices of alerts are called by now, by their id.
  private let names: [String: [String]]
  let devices: Int
  /// Of those, how many were never seen before.
  let newDevices: Int

  /// How far one looks back that is not told otherwise.
  static let day = Duration.seconds(86_400)

  /// - Parameter to: now; what happens at this very moment is the next one's.
  init(of store: PropertyStore, from: Timestamp, to: Timestamp) throws(StoreError) {
    let (alerts, seen) = (try store.alerts(), try store.devices())
    let news = alerts.filter { $0.raisedTime >= from && $0.raisedTime < to }
    self.from = from
    self.to = to
    health = news.filter { $0.kind == Alert.Kind.health.rawValue }
    followed = news.filter { $0.follows != nil }
    raised = news.filter { $0.kind == Alert.Kind.unknownCamera.rawValue }
    waiting = alerts.filter { $0.kind == Alert.Kind.unknownCamera.rawValue && $0.raisedTime < from && $0.status(at: to) == .open }
    silent = seen.filter { $0.isDeclared && $0.isCamera && $0.lastSeenTime < from }
    names = Dictionary(seen.map { ($0.id, $0.names) }, uniquingKeysWith: { first, _ in first })
    devices = seen.count { $0.lastSeenTime >= from }
    newDevices = seen.count { $0.firstSeenTime >= from }
  }

  func text(utc: Bool) -> String {
    var lines = ["DIGEST \(from.dayAndTime(utc: utc)) to \(to.dayAndTime(utc: utc)): \(headline)"]
    func section(_ title: String, _ rows: [String]) {
      guard !rows.isEmpty else { return }
      lines += [title] + rows.prefix(Self.rowLimit).map { "  " + $0 }
      if rows.count > Self.rowLimit { lines.append("  … and \(rows.count - Self.rowLimit) more: lenscap alerts list --all") }
    }
    func row(_ alert: StoredAlert, _ id: String) -> String {
      let name = alert.device.flatMap { names[$0] }?.filter { !alert.summary.contains($0) }.joined(separator: ", ")
      return ["\(alert.raisedTime.dayAndTime(utc: utc))  \(id.prefix(8))  \(alert.summary)", name ?? ""].filter { !$0.isEmpty }.joined(
        separator: "; ")
    }
    section("raised:", raised.map { row($0, $0.id) + " (\($0.status(at: to).rawValue))" })
    section("since then:", followed.map { row($0, $0.follows ?? $0.id) })
    section("waiting from before:", waiting.map { row($0, $0.id) })
    section(
      "declared cameras that were not heard:", silent.map { "\($0.lastSeenTime.dayAndTime(utc: utc))  \($0.names.joined(separator: ", "))" }
    )
    section("the watching itself:", health.map { "\($0.raisedTime.dayAndTime(utc: utc))  \($0.summary)" })
    let known = newDevices == 0 ? "all of them seen before" : "\(newDevices) of them for the first time"
    lines.append(devices == 0 ? "no device was heard" : "\(plural(devices, "device") ?? "") heard, \(known)")
    return lines.joined(separator: "\n")
  }

  /// Lines of one kind; a flood is in the list of alerts.
  private static let rowLimit = 20

  private var headline: String {
    let parts = [
      plural(raised.count, "alert"), plural(followed.count, "change"),
      plural(waiting.count, "alert waiting from before", "alerts waiting from before"),
    ].compactMap { $0 }
    return parts.isEmpty ? "nothing to report" : listed(parts)
  }
}

struct DigestDocument: Encodable {
  struct Camera: Encodable {
    let id: String
    @OrNull var hostname: String?
    @OrNull var model: String?
    @OrNull var room: String?
    let lastSeen: String
  }

  let from: String
  let to: String
  let raised: [StoredAlertDocument]
  let followed: [StoredAlertDocument]
  let waiting: [StoredAlertDocument]
  let health: [StoredAlertDocument]
  let silentCameras: [Camera]
  let devices: Int
  let newDevices: Int

  init(_ digest: Digest) {
    func documents(_ alerts: [StoredAlert]) -> [StoredAlertDocument] { alerts.map { StoredAlertDocument($0, history: [], at: digest.to) } }
    from = digest.from.rfc3339
    to = digest.to.rfc3339
    raised = documents(digest.raised)
    followed = documents(digest.followed)
    waiting = documents(digest.waiting)
    health = documents(digest.health)
    silentCameras = digest.silent.map {
      Camera(id: $0.id, hostname: $0.hostname, model: $0.model, room: $0.room, lastSeen: $0.lastSeenTime.rfc3339)
    }
    devices = digest.devices
    newDevices = digest.newDevices
  }
}

extension StoredDevice {
  /// A camera, recorder or base station, as far as is known.
  var isCamera: Bool { Verdict(rawValue: verdict).map { $0 >= .probable } == true || role == Role.relay.rawValue }

  /// What people call it: its name, model and address as far as they are known.
  fileprivate var names: [String] { [hostname, vendor, model, ips.first ?? id, room].compactMap { $0 } }
}
