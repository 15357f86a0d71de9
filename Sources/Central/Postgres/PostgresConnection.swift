import CPostgreSQL

/// One connection to PostgreSQL, over libpq. Its calls wait for the server, so it belongs to one thread or queue, never to an event loop.
@safe final class PostgresConnection {
  /// Seconds until an attempt to connect is given up, for each address of the server.
  private static let connectLimit = "5"
  /// Seconds of silence after which a lost peer is noticed, by either side.
  private static let silenceLimit = 15

  private let connection: OpaquePointer

  /// - Parameters:
  ///   - address: as libpq takes it: `host=… dbname=…` or `postgresql://…`; empty for its own variables and defaults.
  ///   - role: what the connection is from then on; nil for the user that it signed in as.
  init(_ address: String, role: String? = nil) throws(PostgresError) {
    // What comes after `dbname` counts instead of what stands in the address (PQconnectdbParams).
    let options: [(String, String)] = [
      ("dbname", address), ("fallback_application_name", "lenscap-central"), ("client_encoding", "UTF8"),
      ("connect_timeout", Self.connectLimit), ("keepalives_idle", "5"), ("keepalives_interval", "3"), ("keepalives_count", "3"),
      ("tcp_user_timeout", "\(Self.silenceLimit * 1000)"),
    ]
    guard let connection = unsafe Self.connect(options) else { throw .disconnected("no memory for a connection") }
    guard unsafe PQstatus(connection) == CONNECTION_OK else {
      let reason = unsafe Self.line(PQerrorMessage(connection))
      unsafe PQfinish(connection)
      throw .disconnected(reason)
    }
    unsafe self.connection = unsafe connection
    unsafe PQsetNoticeProcessor(connection, { _, _ in }, nil)
    try run("SET search_path = lenscap, pg_temp")
    try run("SET timezone = 'UTC'")
    try run("SET statement_timeout = '30s'")
    try run("SET tcp_keepalives_idle = 5")
    try run("SET tcp_keepalives_interval = 3")
    try run("SET tcp_keepalives_count = 3")
    if let role { try run("SET ROLE \(role)") }
  }

  deinit { unsafe PQfinish(connection) }

  /// False once the server is gone.
  var isConnected: Bool { unsafe PQstatus(connection) == CONNECTION_OK }

  /// Runs one statement.
  @discardableResult
  func run(_ statement: String, _ values: [PostgresValue] = []) throws(PostgresError) -> PostgresResult {
    let result = unsafe Self.withCStrings(values.map(\.bytes)) {
      unsafe PQexecParams(connection, statement, Int32(values.count), nil, $0, nil, nil, 0)
    }
    return try unsafe take(result)
  }

  /// Runs several statements without values, as migrations have them.
  func runScript(_ script: String) throws(PostgresError) { _ = try unsafe take(PQexec(connection, script)) }

  /// All of it or nothing. Whatever the body leaves behind, a failed statement included, is undone when it throws.
  func transaction<Value>(_ body: (PostgresConnection) throws -> Value) throws -> Value {
    try run("BEGIN")
    do {
      let value = try body(self)
      // A statement may have failed inside the body without an error reaching this place: then COMMIT rolls back, and says so only here.
      guard unsafe PQtransactionStatus(connection) == PQTRANS_INTRANS else { throw PostgresError.unexpected("the transaction had failed") }
      try run("COMMIT")
      return value
    } catch {
      if isConnected, unsafe PQtransactionStatus(connection) != PQTRANS_IDLE { _ = try? run("ROLLBACK") }
      throw error
    }
  }

  /// True if no transaction is left open.
  var isIdle: Bool { unsafe isConnected && PQtransactionStatus(connection) == PQTRANS_IDLE }

  private func take(_ result: OpaquePointer?) throws(PostgresError) -> PostgresResult {
    guard let result = unsafe result else { throw unsafe .disconnected(Self.line(PQerrorMessage(connection))) }
    defer { unsafe PQclear(result) }
    switch unsafe PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return unsafe PostgresResult(result)
    default:
      let message = unsafe Self.line(PQresultErrorMessage(result))
      guard isConnected, let state = unsafe PQresultErrorField(result, Int32(UInt8(ascii: "C"))) else { throw .disconnected(message) }
      throw unsafe .refused(state: String(cString: state), message: message)
    }
  }

  private static func connect(_ options: [(String, String)]) -> OpaquePointer? {
    unsafe withCStrings(options.map { Array($0.0.utf8) } + [nil]) { keys in
      unsafe withCStrings(options.map { Array($0.1.utf8) } + [nil]) { values in unsafe PQconnectdbParams(keys, values, 1) }
    }
  }

  /// The first line of a message.
  private static func line(_ message: UnsafePointer<CChar>?) -> String {
    guard let message = unsafe message else { return "no reason given" }
    let text = unsafe String(cString: message)
    return text.split(whereSeparator: \.isNewline).first.map { String($0.prefix(300)) } ?? "no reason given"
  }

  private static func withCStrings<Value>(
    _ texts: [[UInt8]?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
  ) -> Value {
    // One block of memory for all of them: batches have megabytes.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(texts.reduce(0) { $0 + ($1?.count ?? 0) + 1 })
    var starts: [Int?] = []
    for text in texts {
      starts.append(text == nil ? nil : bytes.count)
      guard let text else { continue }
      bytes.append(contentsOf: text)
      bytes.append(0)
    }
    return unsafe bytes.withUnsafeBytes { bytes in
      let characters = unsafe bytes.bindMemory(to: CChar.self)
      let pointers = unsafe starts.map { start in unsafe start.flatMap { unsafe characters.baseAddress?.advanced(by: $0) } }
      return unsafe pointers.withUnsafeBufferPointer { pointers in
        guard let first = pointers.baseAddress else {
          var none: UnsafePointer<CChar>?
          return unsafe body(&none)
        }
        return unsafe body(first)
      }
    }
  }
}
