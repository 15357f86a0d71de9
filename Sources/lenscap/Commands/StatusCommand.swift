import ArgumentParser
import Capture
import Detection
import Documents
import Store

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show whether `watch` is running, and count devices, cameras and open alerts.")

  @OptionGroup var list: ListOptions
  @OptionGroup var database: DatabaseOptions

  func run() throws {
    let store = try database.openToRead()
    let status = try withStoreErrors { () throws(StoreError) in try PropertyStatus(of: store, at: .now) }
    if list.printJSON([StatusDocument(status)]) { return }
    printOut(text(status))
  }

  private func text(_ status: PropertyStatus) -> String {
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
    return (lines + rooms(status)).joined(separator: "\n")
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
