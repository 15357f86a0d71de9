import Detection
import Documents
import Foundation
import Services
import Sinks
import Store

/// What the page reads and writes, one after the other on a queue of its own: the database of `serve`, and that of the watch, read-only.
actor DeskDatabase {
  private let executor = QueueExecutor(label: "lenscap.desk")
  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  nonisolated let store: ServeStore
  nonisolated let clock: @Sendable () -> Timestamp
  private let watch: WatchDatabase
  /// Where `watch` puts papers.
  nonisolated let paperFolder: String
  var makers = OUIRegistry(of: [])
  /// What the watch's database said last of the whole, until it changes.
  var overview: Overview?

  init(store: ServeStore, watchDatabase: String, clock: @escaping @Sendable () -> Timestamp) {
    self.store = store
    self.clock = clock
    watch = WatchDatabase(path: watchDatabase)
    paperFolder = watchDatabase + "-papers"
  }

  func perform<Value: Sendable>(_ body: @Sendable (isolated DeskDatabase) throws -> Value) throws -> Value { try body(self) }

  /// The database of the watch; nil if there is none, or it cannot be read.
  var log: PropertyStore? {
    watch.openIfNeeded()
    return watch.store
  }

  var sensor: Sensor? { (try? log?.sensor()) ?? nil }

  /// Makers of these devices' network cards.
  func makers(of devices: [DeviceSnapshot]) -> OUIRegistry {
    makers.add(devices.map(\.id.mac))
    return makers
  }
}
