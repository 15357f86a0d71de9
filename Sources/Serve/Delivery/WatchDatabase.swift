import Detection
import Documents
import Sinks
import Store

/// The database of the watch, read-only. It may not exist yet, and may be replaced.
final class WatchDatabase {
  let path: String
  private(set) var store: PropertyStore?
  private(set) var sensor: Sensor?
  private(set) var figures: PropertyFigures?
  private(set) var problem: String?

  init(path: String) { self.path = path }

  /// The last sign of life.
  var alive: Timestamp? { (try? store?.signOfLife())?.time }

  /// Opens the file, again if another has its name: the watch puts a damaged one aside, and people restore copies.
  ///
  /// - Returns: true if it was opened just now.
  @discardableResult
  func openIfNeeded() -> Bool {
    if store?.isReplaced == true { store = nil }
    guard store == nil else { return false }
    do {
      store = try PropertyStore(readingOnly: path)
      sensor = try store?.sensor()
      problem = nil
      return true
    } catch {
      store = nil
      problem = "\(error)"
      return false
    }
  }

  /// Reads the figures.
  func refresh(at now: Timestamp) {
    guard let store else { return }
    do throws(StoreError) {
      sensor = try store.sensor()
      figures = try store.figures(at: now)
      problem = nil
    } catch {
      problem = "\(error)"
      self.store = nil
    }
  }

  func state(isWatching: Bool, version: String) -> BoxState {
    var state = BoxState()
    state.sensorID = sensor?.id
    state.sensorName = sensor?.name ?? ""
    state.version = version
    state.isWatching = isWatching
    guard let figures else { return state }
    state.lastPacket = figures.lastPacket
    state.openAlerts = figures.openAlerts
    state.openAlertIDs = figures.openAlertIDs
    state.roomsWatched = figures.roomsWatched
    state.roomsBlind = figures.rooms - figures.roomsWatched
    state.undeclaredCameras = max(0, figures.cameras - figures.declared)
    return state
  }
}
