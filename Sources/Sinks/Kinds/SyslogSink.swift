import ConfigurationFiles
import Glibc
import Synchronization

/// Sends messages to a syslog server: to the local socket, or over TCP with TLS or without.
///
/// It sends the short text and the ids of each parcel (Formats/SyslogMessage.swift). Limits: thirty seconds until the peer's system has a
/// message; the latest 256 messages are kept for sending again. Source: RFC 5424 (messages), RFC 5425 (TLS), RFC 6587 (TCP, octet counting).
///
/// Syslog confirms nothing. Over TCP a message counts as delivered when the peer's system has it. For `doubtTime` after that it is sent
/// again, with the same uid, on the next connection if this one ends. What remains: a server that takes messages and loses them without
/// closing its connection in that time, and a local socket, whose reader may be killed with messages unread.
final class SyslogSink: Sink {
  /// How long a message may be lost by a server that ends.
  static let doubtTime = Duration.seconds(5)
  /// Messages that are kept for that long.
  static let doubtLimit = 256
  /// Longest time until the peer's system has a message.
  static let deliveryLimit = Duration.seconds(30)
  static let acknowledgeLimit = Duration.seconds(5)

  private let path: String?
  private let session: SyslogSession?

  /// Uses `host`: over TCP, to `port` or else 6514 with TLS and 514 without (`tls: none`), trusting `caFile`; or else `path`, the local socket,
  /// by default /dev/log.
  /// - Throws: for a path of a socket that is not absolute, and for `starttls`, which syslog has not.
  init(_ settings: SinkSettings) throws(SinkConfigurationError) {
    if settings.tls == .starttls { throw SinkConfigurationError("tls", "none or implicit is expected") }
    if let host = settings.host, !host.isEmpty {
      let hasTLS = settings.tls != SinkSettings.TLS.none
      session = SyslogSession(
        StreamConnection(host: host, port: settings.port ?? (hasTLS ? 6514 : 514), tls: hasTLS, caFile: settings.caFile))
      path = nil
    } else {
      session = nil
      let path = settings.path ?? "/dev/log"
      guard path.hasPrefix("/") else { throw SinkConfigurationError("path", "an absolute path of a socket is expected") }
      self.path = path
    }
  }

  func deliver(_ parcel: Parcel) async throws(DeliveryError) {
    let message = SyslogMessage(parcel)
    let completion = Completion()
    let path = path ?? ""
    let session = session
    OwnThread.start("lenscap syslog") {
      let result: Result<Void, DeliveryError>
      do throws(DeliveryError) {
        if let session { try session.send(message) } else { try LocalSocket.send(message.bytes, to: path) }
        result = .success(())
      } catch { result = .failure(error) }
      completion.finish(result)
    }
    try await completion.wait(limit: Self.deliveryLimit, late: "the server took nothing for \(Self.deliveryLimit)")
  }

  /// Notices a server that ended, and sends it again what it may have lost.
  func run(_ inbox: Inbox) async {
    guard let session else { return }
    while (try? await Task.sleep(for: .seconds(1))) != nil {
      await OwnThread.run("lenscap syslog") { session.look() }
    }
    await reopen()
  }

  func reopen() async {
    guard let session else { return }
    await OwnThread.run("lenscap syslog") { session.close() }
  }
}

/// The connection to a server, and what it may lose. Its calls wait, and take turns.
private final class SyslogSession: Sendable {
  private struct State {
    var isOpen = false
    /// Sent on connections that seemed to be open, latest last.
    var doubtful: [(sent: ContinuousClock.Instant, frame: [UInt8])] = []
  }

  private let connection: StreamConnection
  private let state = Mutex(State())

  init(_ connection: StreamConnection) { self.connection = connection }

  func send(_ message: SyslogMessage) throws(DeliveryError) {
    // RFC 5425 section 4.3, RFC 6587 section 3.4.1.
    let frame = Array("\(message.bytes.count) ".utf8) + message.bytes
    let outcome = state.withLock { state -> Result<Void, DeliveryError> in
      do throws(DeliveryError) {
        try open(&state)
        try write(frame, &state)
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    try outcome.get()
  }

  func look() {
    state.withLock { state in
      if state.isOpen, !connection.isClosed { return forget(&state) }
      if !state.doubtful.isEmpty { try? open(&state) }
    }
  }

  func close() {
    connection.close()
    state.withLock { $0.isOpen = false }
  }

  /// Connects if there is no connection, and then sends first what the last one may have lost.
  private func open(_ state: inout State) throws(DeliveryError) {
    if state.isOpen, !connection.isClosed { return forget(&state) }
    state.isOpen = true
    let again = state.doubtful
    state.doubtful = []
    for (index, message) in again.enumerated() {
      do throws(DeliveryError) { try write(message.frame, &state) } catch {
        state.doubtful += again[index...]
        throw error
      }
    }
  }

  private func write(_ frame: [UInt8], _ state: inout State) throws(DeliveryError) {
    do throws(DeliveryError) {
      try connection.send(frame)
      try waitForAcknowledgement()
    } catch {
      state.isOpen = false
      connection.close()
      throw error
    }
    state.doubtful.append((ContinuousClock.now, frame))
    if state.doubtful.count > SyslogSink.doubtLimit { state.doubtful.removeFirst() }
  }

  /// The peer's system has all bytes once TCP acknowledged them; and its program has not closed the connection.
  private func waitForAcknowledgement() throws(DeliveryError) {
    let end = ContinuousClock.now + SyslogSink.acknowledgeLimit
    while connection.unacknowledged > 0 {
      if ContinuousClock.now > end { throw .temporary("the server's system does not acknowledge what it is sent") }
      usleep(2000)
    }
    if connection.isClosed { throw .temporary("the server closed the connection") }
  }

  /// What was sent long enough before a look at which the connection is still open has arrived.
  private func forget(_ state: inout State) {
    let now = ContinuousClock.now
    state.doubtful.removeAll { now - $0.sent > SyslogSink.doubtTime }
  }
}
