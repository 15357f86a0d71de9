import ArgumentParser
import Capture
import Detection
import Store

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Says whether the property is watched, and how things stand.")

  @OptionGroup var list: ListOptions
  @OptionGroup var memory: DatabaseOptions

  /// A watching that is well keeps something more often than this.
  private static let patience = Duration.seconds(60)

  struct Document: Encodable {
    let database: String
    let bytes: Int
    let watching: Bool
    @OrNull var started: String?
    @OrNull var lastKept: String?
    @OrNull var lastPacket: String?
    let devices: Int
    let devicesToday: Int
    let cameras: Int
    let declared: Int
    let openAlerts: Int
    let alertsToday: Int
  }

  func run() throws {
    let (store, now) = (try memory.open(), Timestamp.now)
    try withStoreErrors { () throws(StoreError) in
      let devices = try store.devices()
      let alerts = try store.alerts().filter { $0.follows == nil && $0.kind != Alert.Kind.health.rawValue }
      let kept = try store.value(.lastKept)
      let day = (now - .seconds(86_400))
      let started = try store.value(.started)
      let isStopped = try store.value(.stopped).map { $0 > started ?? .distantPast } ?? false
      let lastPacket = try store.value(.lastPacket)
      let document = Document(
        database: store.path, bytes: try store.size(), watching: !isStopped && kept.map { $0 > now - Self.patience } == true,
        started: started?.rfc3339, lastKept: kept?.rfc3339, lastPacket: lastPacket?.rfc3339, devices: devices.count,
        devicesToday: devices.count { $0.lastSeenTime > day }, cameras: devices.count(where: \.isCamera),
        declared: devices.count { $0.isCamera && $0.isDeclared }, openAlerts: alerts.count { $0.status(at: now) == .open },
        alertsToday: alerts.count { $0.raisedTime > day })
      if (try? list.printJSON([document])) == true { return }
      let times = (started: started, kept: kept, packet: lastPacket)
      printOut(text(document, times))
    }
  }

  private func text(_ document: Document, _ times: (started: Timestamp?, kept: Timestamp?, packet: Timestamp?)) -> String {
    func time(_ time: Timestamp?) -> String { time.map { $0.dayAndTime(utc: list.utc) } ?? "never" }
    let watching =
      document.watching ? "watching since \(time(times.started))" : "not watching; a watching last kept something: \(time(times.kept))"
    return """
      \(watching)
      last packet: \(time(times.packet))
      devices: \(document.devices), \(document.devicesToday) of them seen within a day
      cameras and recorders: \(document.cameras), \(document.declared) of them declared
      open alerts: \(document.openAlerts); raised within a day: \(document.alertsToday)
      database: \(document.database), \(size(UInt64(document.bytes)))
      """
  }
}
