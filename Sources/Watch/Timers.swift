import Detection

/// The timers of a watch, in one queue.
struct Timers {
  enum Name: CaseIterable {
    /// Check the database for operators' decisions.
    case operators
    case digest
    case retention
    case forgetting
    /// Look whether this machine's clock is set by a time server.
    case clock
    /// The run has lasted: it did not end by what it started with.
    case life
  }

  private var due: [Name: Timestamp] = [:]

  mutating func set(_ name: Name, at time: Timestamp?) { due[name] = time }

  /// Removes and returns the timers that are due, earliest first.
  mutating func take(at now: Timestamp) -> [Name] {
    let names = due.filter { $0.value <= now }.sorted { $0.value < $1.value }.map(\.key)
    for name in names { due[name] = nil }
    return names
  }
}
