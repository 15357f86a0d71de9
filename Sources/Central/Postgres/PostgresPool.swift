import Dispatch

/// A fixed number of connections, each on a queue of its own, so that no event loop waits for PostgreSQL. Connections are opened when they
/// are first needed, and again after the server went away.
actor PostgresPool {
  /// Requests that may wait for a connection.
  private static let waitingLimit = 256

  private let address: String
  private let role: String?
  private var idle: [PoolConnection]
  private var waiting: [CheckedContinuation<PoolConnection, Never>] = []

  init(_ address: String, role: String?, connections: Int) {
    self.address = address
    self.role = role
    idle = (0..<connections).map { PoolConnection(number: $0) }
  }

  /// Runs a transaction as the pool's role, for no tenant.
  func transaction<Value: Sendable>(_ body: @escaping @Sendable (PostgresConnection) throws -> Value) async throws -> Value {
    let connection: PoolConnection
    if let free = idle.popLast() {
      connection = free
    } else {
      guard waiting.count < Self.waitingLimit else { throw PostgresError.busy }
      connection = await withCheckedContinuation { waiting.append($0) }
    }
    defer { if waiting.isEmpty { idle.append(connection) } else { waiting.removeFirst().resume(returning: connection) } }
    return try await connection.transaction(address, role, body)
  }

  /// Runs a transaction that sees nothing but this tenant's rows: the policies compare with `lenscap.tenant`, which ends with the
  /// transaction.
  func transaction<Value: Sendable>(
    tenant: String, _ body: @escaping @Sendable (PostgresConnection) throws -> Value
  ) async throws -> Value {
    try await transaction { connection in
      // As `SET LOCAL`, which takes no values.
      try connection.run("SELECT set_config('lenscap.tenant', $1, true)", [PostgresValue(tenant)])
      return try body(connection)
    }
  }
}

/// A connection that is used on its queue alone.
private final class PoolConnection: @unchecked Sendable {
  private let queue: DispatchQueue
  private var connection: PostgresConnection?

  init(number: Int) { queue = DispatchQueue(label: "lenscap.postgres.\(number)") }

  func transaction<Value: Sendable>(
    _ address: String, _ role: String?, _ body: @escaping @Sendable (PostgresConnection) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try self.run(address, role, body) }) }
    }
  }

  private func run<Value>(_ address: String, _ role: String?, _ body: (PostgresConnection) throws -> Value) throws -> Value {
    let open = try connected(address, role)
    // One that cannot be brought back to where it began is not lent again.
    defer { if !open.isIdle { connection = nil } }
    return try open.transaction(body)
  }

  /// The server may have been restarted since the connection was last used.
  private func connected(_ address: String, _ role: String?) throws(PostgresError) -> PostgresConnection {
    if let connection {
      do {
        try connection.run("SELECT 1")
        return connection
      } catch {
        self.connection = nil
      }
    }
    let new = try PostgresConnection(address, role: role)
    connection = new
    return new
  }
}
