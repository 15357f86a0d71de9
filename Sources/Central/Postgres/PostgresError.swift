/// What PostgreSQL, or the way to it, did not do.
public enum PostgresError: Error, Equatable, CustomStringConvertible {
  /// There is no server, or it went away. What was under way may have been done or not.
  case disconnected(String)
  /// The server refused a statement; `state` is its SQLSTATE.
  case refused(state: String, message: String)
  /// An answer is not what the statement promised.
  case unexpected(String)
  /// All connections are in use, and too many wait for one.
  case busy

  /// True if one of the values is at fault and not the server: what cannot be stored as it is now can never be (classes 22, 23 and 54).
  var isAboutValues: Bool {
    guard case .refused(let state, _) = self else { return false }
    return state.hasPrefix("22") || state.hasPrefix("54") || state == "23514" && !isWithoutPartition
  }

  /// No partition exists for a row. PostgreSQL gives a check violation (23514) without a constraint's name.
  var isWithoutPartition: Bool {
    guard case .refused("23514", let message) = self else { return false }
    return message.contains("no partition of relation")
  }

  var isDuplicate: Bool {
    guard case .refused("23505", _) = self else { return false }
    return true
  }

  public var description: String {
    switch self {
    case .disconnected(let reason): "PostgreSQL: \(reason)"
    case .refused(let state, let message): "PostgreSQL: \(message) (\(state))"
    case .unexpected(let what): "PostgreSQL: unexpected answer: \(what)"
    case .busy: "PostgreSQL: all connections are in use"
    }
  }
}
