import Detection
import Foundation
import Sinks
import Store

/// What people decide.
extension Deliverer {
  /// The watch applies a command within this time, if it runs.
  private static let applied = Duration.seconds(10)

  /// Writes what a person decided for the watch to apply.
  ///
  /// - Parameter link: the hash of the link that the person used, which is used up with it.
  /// - Returns: false if there is no such alert, or the link was used before.
  func acknowledge(_ alert: String, who: String, origin: String, note: String? = nil, using link: String? = nil) -> Bool {
    guard let log = watch.store, let stored = try? log.alert(alert), stored.isCase else { return false }
    let now = clock()
    acknowledged = acknowledged.filter { $0.value <= now && $0.value + Self.applied > now }
    // A second tap on the button is no second decision, and nothing is to acknowledge behind a dismissal.
    let isNews = [.open, .snoozed].contains(stored.status(at: now)) && acknowledged[alert] == nil
    let command = isNews ? OperatorCommand(.acknowledge, alert: alert, who: who.bounded(to: 200), origin: origin, note: note, at: now) : nil
    var isDone = true
    let isStored = attempt { () throws(StoreError) in
      if let link {
        isDone = try self.store.useLink(link, for: command, at: now)
      } else if let command {
        try self.store.add(command)
      }
    }
    guard isStored, isDone else { return false }
    if isNews {
      acknowledged[alert] = now
      nudge.sendToWatch()
    }
    return true
  }

  /// Follows what `lenscap sinks retry` and `enable` wrote.
  func followRequests() {
    attempt { () throws(StoreError) in
      let version = try self.store.version()
      guard version != self.storeVersion else { return }
      self.storeVersion = version
      for row in try self.store.sinks() { self.couriers[row.name]?.queue?.follow(row) }
    }
  }
}

extension String {
  /// Without control characters, cut at a character, at most `count` bytes.
  func bounded(to count: Int) -> String {
    var text = String(unicodeScalars.filter { $0.properties.generalCategory != .control }.map(Character.init))
    while text.utf8.count > count { text.removeLast() }
    return text
  }
}
