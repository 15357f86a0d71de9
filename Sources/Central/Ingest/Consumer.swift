import ChainMessages
import Dispatch
import Foundation
import Synchronization

/// Takes from the broker what gateways send, stores it, and acknowledges it. One of several processes does so: the one that holds an
/// advisory lock of PostgreSQL. All of it happens on one thread:
///
///     read some messages ─▶ one transaction ─▶ COMMIT ─▶ publish acknowledgements ─▶ read on
///
/// While PostgreSQL works, nothing is read, and the broker keeps what comes. Where it fails, the session with the broker ends, too, and
/// nothing of what was under way is acknowledged: boxes send it again.
final class Consumer: Sendable {
  /// Messages and bytes that one transaction stores.
  private static let batchLimit = 2000
  private static let batchBytes = 8 << 20
  /// How long the first message of a batch waits for others.
  private static let gathering = 0.05
  private static let maintenance = 3600.0
  /// A broker that is gone for this long may be there for the standby.
  private static let brokerPatience = 10.0
  private static let longestPause = 15.0
  /// Refusals that are logged in a minute.
  private static let linesInMinute = 20

  struct Figures: Sendable, Equatable {
    var isActive = false
    var isConnected = false
    var stored = 0
    var duplicates = 0
    var holes = 0
    var refused = 0
  }

  private let address: String
  private let settings: BrokerSettings
  private let certificate: BrokerCertificate?
  private let keepDays: Int
  private let remark: @Sendable (String) -> Void
  private let state = Mutex((figures: Figures(), isEnding: false))
  private let ended = DispatchSemaphore(value: 0)

  init(
    _ address: String, _ settings: BrokerSettings, certificate: BrokerCertificate?, keepDays: Int,
    remark: @escaping @Sendable (String) -> Void
  ) {
    self.address = address
    self.settings = settings
    self.certificate = certificate
    self.keepDays = keepDays
    self.remark = remark
  }

  var figures: Figures { state.withLock(\.figures) }

  func start() {
    let thread = Thread { [self] in
      var all = sigset_t()
      unsafe sigfillset(&all)
      unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
      work()
      ended.signal()
    }
    thread.name = "lenscap consume"
    thread.start()
  }

  /// Returns once the last batch is committed.
  func stop() {
    state.withLock { $0.isEnding = true }
    _ = ended.wait(timeout: .now() + 8)
  }

  private var isEnding: Bool { state.withLock(\.isEnding) }

  private func note(_ change: (inout Figures) -> Void) { state.withLock { change(&$0.figures) } }

  // MARK: The thread

  private func work() {
    var pause = 0.5
    var said = ""
    while !isEnding {
      let began = Date()
      do {
        try beActive()
      } catch {
        // The same trouble is said once.
        let text = "\(error)"
        if text != said, !isEnding { remark("central: \(text)") }
        said = text
      }
      note { ($0.isActive, $0.isConnected) = (false, false) }
      if Date().timeIntervalSince(began) > 60 { (pause, said) = (0.5, "") }
      sleep(pause * Double.random(in: 0.5...1))
      pause = min(Self.longestPause, pause * 2)
    }
  }

  private func sleep(_ seconds: Double) {
    let until = Date().addingTimeInterval(seconds)
    while !isEnding, Date() < until { Thread.sleep(forTimeInterval: min(0.1, max(0.001, until.timeIntervalSinceNow))) }
  }

  /// Waits for its turn, and consumes until something fails.
  private func beActive() throws {
    let connection = try PostgresConnection(address, role: CentralRole.ingest)
    // The server ends the connection of a process that hangs, and with it the lock.
    try connection.run("SET idle_session_timeout = '20s'")
    try connection.run("SET idle_in_transaction_session_timeout = '20s'")
    var isStandby = false
    while try connection.run("SELECT pg_try_advisory_lock($1) AS it", [PostgresValue(AdvisoryLock.active)]).first?.flag("it") != true {
      if !isStandby { remark("central: standby: another central is active") }
      isStandby = true
      sleep(1)
      if isEnding { return }
    }
    note { $0.isActive = true }
    remark("central: active")
    var lastSession = Date()
    var pause = 0.25
    var said = ""
    while !isEnding {
      do {
        let session = try BrokerSession(
          settings, certificate: certificate, password: try password(), subscription: ChainTopic.filterUp)
        (pause, said) = (0.25, "")
        note { $0.isConnected = true }
        remark("central: connected to \(settings.host):\(settings.port)")
        defer {
          session.close()
          lastSession = Date()
          note { $0.isConnected = false }
        }
        try consume(session, connection)
      } catch let error as BrokerError {
        if error.description != said { remark("central: \(error)") }
        said = error.description
        if Date().timeIntervalSince(lastSession) > Self.brokerPatience { throw error }
      }
      // Keeps the lock, and notices if it is lost.
      try connection.run("SELECT 1")
      sleep(pause * Double.random(in: 0.5...1))
      pause = min(4, pause * 2)
    }
  }

  private func consume(_ session: BrokerSession, _ connection: PostgresConnection) throws {
    var reception = Reception()
    var waiting = AckQueue()
    var lists: [ConfigurationKey: Data] = [:]
    var changes = ConfigurationChanges()
    var (looked, pushed) = (Date.distantPast, Date.distantPast)
    var log = RefusalLog(limit: Self.linesInMinute)
    var (maintained, asked) = (Date.distantPast, Date())
    var first: Date?
    while !isEnding {
      let now = Date()
      if now.timeIntervalSince(maintained) > Self.maintenance || now < maintained {
        try maintain(connection)
        maintained = now
      }
      while session.mayPublish, let (topic, acknowledgement) = waiting.next() {
        try session.publish("\(topic)", try acknowledgement.bytes())
      }
      while session.mayPublish, let (key, message) = lists.popFirst() { try session.publish("\(key.topic)", message) }
      if session.mayPublish, abs(now.timeIntervalSince(looked)) >= EvidenceCommands.interval {
        for (topic, command) in try EvidenceCommands.due(connection) {
          if let bytes = try? command.bytes() { try session.publish("\(topic)", bytes) }
        }
        (looked, asked) = (now, now)
      }
      if session.mayPublish, abs(now.timeIntervalSince(pushed)) >= ConfigurationChanges.interval {
        lists.merge(try changes.due(connection)) { $1 }
        (pushed, asked) = (now, now)
      }
      try session.turn(wait: session.received.isEmpty && waiting.isEmpty && lists.isEmpty ? 200 : 10)
      guard !session.received.isEmpty else {
        if abs(now.timeIntervalSince(asked)) > 5 {
          try connection.run("SELECT 1")
          asked = now
        }
        continue
      }
      let begin = first ?? now
      first = begin
      guard
        abs(Date().timeIntervalSince(begin)) >= Self.gathering || session.received.count >= Self.batchLimit
          || session.receivedBytes >= Self.batchBytes
      else { continue }
      first = nil
      let outcome = try store(session.take(), &reception, connection)
      asked = now
      waiting.add(outcome.acknowledgements)
      lists.merge(outcome.configurations) { $1 }
      note { figures in
        figures.stored += outcome.stored
        figures.duplicates += outcome.duplicates
        figures.holes += outcome.holes
        figures.refused += outcome.refused.count
      }
      if outcome.lost > 0 { remark("central: \(outcome.lost) boxes have no longer all events that are missing here") }
      for (gateway, refusal) in outcome.refused where log.admits(gateway, at: now) {
        remark("central: refused: \(gateway) \(refusal.rawValue)")
      }
    }
  }

  private func store(
    _ messages: [BrokerMessage], _ reception: inout Reception, _ connection: PostgresConnection
  ) throws -> Reception.Outcome {
    do {
      return try reception.store(messages, connection)
    } catch let error as PostgresError where error.isWithoutPartition {
      // The day changed, and the hour of maintenance did not come.
      try maintain(connection)
      return try reception.store(messages, connection)
    }
  }

  /// Makes the partitions of the next days, and drops what is too old.
  private func maintain(_ connection: PostgresConnection) throws {
    try connection.run(
      "SELECT keep_partitions((now() AT TIME ZONE 'UTC')::date, 3, $1)", [PostgresValue(keepDays)])
    try connection.transaction { try Retention.apply($0, keepDays: keepDays) }
  }

  private func password() throws(BrokerError) -> String? {
    guard let path = settings.passwordFile else { return nil }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw BrokerError(description: "broker.password_file: \(path) cannot be read")
    }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

/// Which refusals are logged: one a minute of each gateway, and so many in all.
private struct RefusalLog {
  let limit: Int
  private var minute = Date.distantPast
  private var named: Set<String> = []

  init(limit: Int) { self.limit = limit }

  mutating func admits(_ gateway: String, at now: Date) -> Bool {
    if abs(now.timeIntervalSince(minute)) > 60 { (minute, named) = (now, []) }
    return named.count < limit && named.insert(gateway).inserted
  }
}
