import ChainMessages
import ConfigurationFiles
import Detection
import Documents
import Foundation
import Sinks
import Store

/// `up/state`: counters, rooms and cameras by number. Nothing in it names a device.
enum UplinkState {
  static func message(
    of watch: WatchDatabase, _ downloads: Downloads, _ identity: GatewayIdentity, epoch: String, version: String, at now: Timestamp
  ) throws(StoreError) -> Data? {
    guard let store = watch.store else { return nil }
    let sign = try store.signOfLife()
    let alive = sign.map { now < $0.time + WatchMonitor.patience } ?? false
    let coverage: JSONValue? = sign.map {
      ["packets": .integer(Int64(clamping: $0.packets)), "dropped_by_kernel": .integer(Int64(clamping: $0.dropped))]
    }
    let rooms = try RoomCoverage.of(store, from: now - .seconds(23 * 3600), to: now).map(RoomDocument.init)
    let document = try? JSONValue(try JSON().bytes(rooms))
    let state = StateMessage(
      epoch: epoch, time: now.rfc3339, version: version, watching: alive, accept: downloads.accept.map(\.rawValue), coverage: coverage,
      rooms: document, devices: try store.cameraCounts(), applied: downloads.applied, refused: downloads.refused,
      certificateExpires: identity.validUntil.rfc3339)
    if let bytes = try? state.bytes() { return bytes }
    // A property with thousands of rooms.
    var short = state
    short.rooms = nil
    return try? short.bytes()
  }
}
