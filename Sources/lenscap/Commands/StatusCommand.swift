import ArgumentParser
import Capture
import ConfigurationFiles
import Detection
import Documents
import Serve
import Store

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show whether `watch` is running, and count devices, cameras and open alerts.")

  @OptionGroup var list: ListOptions
  @OptionGroup var database: DatabaseOptions

  func run() throws {
    let store = try database.openToRead()
    let status = try withStoreErrors { () throws(StoreError) in try PropertyStatus(of: store, at: .now) }
    let uplink = try uplink(store, at: .now)
    if list.printJSON([StatusDocument(status, uplink: uplink)]) { return }
    printOut(text(status, uplink))
  }

  /// Nil where the configuration has none.
  private func uplink(_ store: PropertyStore, at now: Timestamp) throws -> UplinkStatus? {
    let settings = try database.configuration.load().settings
    guard let accept = settings.uplink?.accept else { return nil }
    // Who may not read the database of `serve` sees that there is an uplink, and no more.
    let (row, applied, refused) = (try? ServeStore(readingOnly: database.servePath(settings)).uplinkState()) ?? (nil, [:], [:])
    let signatures = accept.contains(.signatures) ? try withStoreErrors { () throws(StoreError) in try store.signatureRelease() } : nil
    return UplinkStatus(
      state: (row?.state(at: now) ?? .offline).rawValue, pending: row?.pending ?? 0, ackedSeq: row?.acked ?? 0, lastAck: row?.lastAckTime,
      problem: row?.problem, applied: applied.filter { kind in accept.contains { $0.rawValue == kind.key } }, signatures: signatures,
      refused: refused)
  }

  private func text(_ status: PropertyStatus, _ uplink: UplinkStatus?) -> String {
    func time(_ time: Timestamp?) -> String { time.map { $0.dayAndTime(utc: list.utc) } ?? "never" }
    let watching =
      status.isWatching ? "watching since \(time(status.started))" : "not running; last write: \(time(status.lastWrite))"
    let name = status.sensor.map { "\($0.name) (sensor \($0.id ?? "-"))" } ?? "no sensor yet"
    let lines = [
      watching,
      "name: \(name)",
      "last packet: \(time(status.lastPacket))",
      "devices: \(status.devices), \(status.devicesToday) of them seen within a day",
      "cameras and recorders: \(status.cameras), \(status.declared) of them declared",
      "open alerts: \(status.openAlerts); raised within a day: \(status.alertsToday)",
      "database: \(status.database), \(size(UInt64(status.bytes)))",
    ]
    return (lines + (uplink.map(central) ?? []) + rooms(status)).joined(separator: "\n")
  }

  private func central(_ uplink: UplinkStatus) -> [String] {
    let last = uplink.lastAck.map { ", last acknowledged \($0)" } ?? ""
    let head = "central: \(uplink.state), \(plural(Int(clamping: uplink.pending), "event") ?? "no event") waiting\(last)"
    return [head + (uplink.problem.map { "; \($0.forPeople(limit: 300))" } ?? "")]
      + uplink.applied.sorted { $0.key < $1.key }.filter { $0.key != UplinkSettings.Kind.signatures.rawValue }.map {
        "  \($0.key) of central: \($0.value)"
      }
      + (uplink.signatures.map {
        ["  signatures of central: \($0.number == 0 ? "the installed ones again" : "release \($0.number)"), \($0.id), since \($0.since)"]
      } ?? [])
      + uplink.refused.sorted { $0.key < $1.key }.map { "  refused \($0.key): \($0.value.forPeople(limit: 300))" }
  }

  private func rooms(_ status: PropertyStatus) -> [String] {
    guard !status.rooms.isEmpty else { return [] }
    let blind = status.rooms.filter { $0.reason != nil }
    let head = "rooms watched in each of the last 24 hours: \(status.rooms.count - blind.count) of \(status.rooms.count)"
    return [head]
      + blind.map { room in
        let last = room.lastFrame.map { ", last packet \($0.dayAndTime(utc: list.utc))" } ?? ""
        return "  \(room.room): \(room.hoursWatched) of \(room.hours) hours (\(room.reason?.wording ?? "")\(last))"
      }
  }
}

extension RoomHour.Reason {
  fileprivate var wording: String {
    switch self {
    case .neverSeen: "never seen"
    case .quiet: "no traffic"
    case .interfaceGone: "interface gone"
    case .packetsLost: "packets lost"
    case .notRunning: "not running"
    }
  }
}
