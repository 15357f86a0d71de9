import CMosquitto
import Detection
import Foundation
import Services
import Synchronization

/// Where a broker is, and who this program is to it.
package struct MQTTBroker: Sendable {
  var host: String
  var port: Int
  var usesTLS: Bool
  /// PEM file of certificate authorities instead of the system's.
  var caFile: String?
  var user: String?
  var password: String?
  /// PEM files by which this program shows who it is.
  var certificate: (file: String, key: String)?
  /// The name by which the broker knows this client, and keeps what it has for it while it is away; nil for a name of this connection alone.
  var session: String?
  /// Longest payload that is read. Answers of people are a few bytes.
  var receiveLimit = 4096

  init(host: String, port: Int, usesTLS: Bool, caFile: String? = nil, user: String? = nil, password: String? = nil) {
    (self.host, self.port, self.usesTLS) = (host, port, usesTLS)
    (self.caFile, self.user, self.password) = (caFile, user, password)
  }

  /// A broker at which this client has a session.
  package init(
    host: String, port: Int, usesTLS: Bool, caFile: String?, certificate: (file: String, key: String)?, session: String, receiveLimit: Int
  ) {
    self.init(host: host, port: port, usesTLS: usesTLS, caFile: caFile)
    (self.certificate, self.session, self.receiveLimit) = (certificate, session, receiveLimit)
  }
}

package struct MQTTMessage: Sendable, Equatable {
  package var topic: String
  /// Empty and retained: removes what the broker keeps for the topic.
  package var payload: Data
  package var isRetained: Bool

  package init(topic: String, payload: Data, isRetained: Bool) {
    (self.topic, self.payload, self.isRetained) = (topic, payload, isRetained)
  }
}

/// One connection to a broker, from its beginning to its end, over libmosquitto. What was not acknowledged when it ends is forgotten, so that
/// whoever sends it again on the next connection keeps the order.
///
/// A thread of its own moves the bytes: it may be held up by the look-up of the broker's name, and nothing else is.
package final class MQTTConnection: Sendable {
  /// Longest time until the broker accepted the connection.
  static let openLimit = Duration.seconds(30)
  /// Seconds after which a silent connection is tested, and after another half of which the broker publishes the last will.
  static let keepAlive: Int32 = 30
  /// How long the thread waits for bytes before it looks whether it shall end, in milliseconds.
  static let pollInterval: Int32 = 100
  /// What the broker sends for the subscriptions. It ends with the connection.
  package let messages: AsyncStream<MQTTMessage>

  private struct State {
    var client: Client?
    var pending: [Int32: Acknowledgements] = [:]
    var isEnding = false
  }

  private let broker: MQTTBroker
  private let will: MQTTMessage?
  private let subscriptions: [String]
  private let opened = Completion()
  private let arrived: AsyncStream<MQTTMessage>.Continuation
  private let state = Mutex(State())
  /// Why it ended. Has a lock of its own: libmosquitto calls back with errors while it holds locks that `publish` waits for.
  private let failure = Mutex<String?>(nil)

  private static let isReady = mosquitto_lib_init() == MOSQ_ERR_SUCCESS.code

  private init(_ broker: MQTTBroker, will: MQTTMessage?, subscriptions: [String]) {
    self.broker = broker
    self.will = will
    self.subscriptions = subscriptions
    (messages, arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(64))
  }

  /// Connects.
  ///
  /// Parameters: what the broker publishes when this connection ends in whatever way; topics to receive, with at least one delivery of each.
  /// - Throws: `.temporary` if the broker does not accept the connection within the limit.
  package static func open(_ broker: MQTTBroker, will: MQTTMessage?, subscriptions: [String]) async throws(DeliveryError) -> MQTTConnection
  {
    let connection = MQTTConnection(broker, will: will, subscriptions: subscriptions)
    OwnThread.start("lenscap mqtt") { connection.work() }
    do throws(DeliveryError) {
      try await connection.opened.wait(limit: openLimit, late: "\(broker.host) does not answer")
    } catch {
      connection.close()
      throw error
    }
    return connection
  }

  /// Hands messages to the connection, in order and without waiting. The result finishes when the broker acknowledged all of them.
  @discardableResult
  package func publish(_ messages: [MQTTMessage]) -> Completion {
    let acknowledgements = Acknowledgements(messages.count)
    state.withLock { state -> Void in
      guard let client = unsafe state.client?.pointer, !state.isEnding else {
        return acknowledgements.fail(.temporary(failure.withLock { $0 } ?? "not connected to \(broker.host)"))
      }
      for message in messages {
        var id: Int32 = 0
        let status = unsafe message.payload.withUnsafeBytes {
          unsafe mosquitto_publish(client, &id, message.topic, Int32(clamping: $0.count), $0.baseAddress, 1, message.isRetained)
        }
        switch mosq_err_t(status) {
        case MOSQ_ERR_SUCCESS: state.pending[id] = acknowledgements
        case MOSQ_ERR_INVAL, MOSQ_ERR_MALFORMED_UTF8, MOSQ_ERR_PAYLOAD_SIZE, MOSQ_ERR_OVERSIZE_PACKET:
          return acknowledgements.fail(.refused("MQTT cannot carry this message: \(Self.words(status))"))
        default: return acknowledgements.fail(.temporary(Self.words(status)))
        }
      }
    }
    return acknowledgements.completion
  }

  /// Ends the connection soon, without a farewell: then the broker publishes the last will at once.
  package func close() { state.withLock { $0.isEnding = true } }

  // MARK: The thread

  private func work() {
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    let name = broker.session ?? "lenscap-" + UInt64.random(in: 0 ... .max).hexDigits
    guard Self.isReady, let client = unsafe mosquitto_new(name, broker.session == nil, context) else {
      return end("libmosquitto cannot be used")
    }
    defer { unsafe mosquitto_destroy(client) }
    if let failure = unsafe configure(client) { return end(failure) }
    var status = unsafe mosquitto_connect_async(client, broker.host, Int32(broker.port), Self.keepAlive)
    if status == MOSQ_ERR_CONN_PENDING.code { status = MOSQ_ERR_SUCCESS.code }
    while status == MOSQ_ERR_SUCCESS.code, !state.withLock({ $0.isEnding }) {
      // libmosquitto waits with select(2), which knows no higher numbers.
      guard unsafe mosquitto_socket(client) < FD_SETSIZE else { return end("too many files are open") }
      status = unsafe mosquitto_loop(client, Self.pollInterval, 1)
      // libmosquitto does not notice it while TLS begins.
      if status == MOSQ_ERR_SUCCESS.code, unsafe Self.isCut(mosquitto_socket(client)) {
        status = (state.withLock { $0.client == nil } ? MOSQ_ERR_CONN_REFUSED : MOSQ_ERR_CONN_LOST).code
      }
    }
    end(status == MOSQ_ERR_SUCCESS.code ? "the connection was ended" : "\(broker.host): \(Self.words(status))")
  }

  /// True if the peer refused or reset the connection.
  private static func isCut(_ socket: Int32) -> Bool {
    var state = pollfd(fd: socket, events: 0, revents: 0)
    return unsafe socket >= 0 && poll(&state, 1, 0) > 0
  }

  /// Returns what is wrong.
  private func configure(_ client: OpaquePointer) -> String? {
    unsafe mosquitto_threaded_set(client, true)
    unsafe mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1)
    if broker.usesTLS {
      let (file, key) = (broker.certificate?.file, broker.certificate?.key)
      if let authorities = broker.caFile {
        guard unsafe mosquitto_tls_set(client, authorities, nil, file, key, nil) == MOSQ_ERR_SUCCESS.code else {
          return "\([authorities, file, key].compactMap { $0 }.joined(separator: ", ")) cannot be read"
        }
      } else {
        // The name of a folder is wanted, though what counts is the next option.
        unsafe mosquitto_tls_set(client, nil, "/etc/ssl/certs", file, key, nil)
        unsafe mosquitto_int_option(client, MOSQ_OPT_TLS_USE_OS_CERTS, 1)
      }
      unsafe mosquitto_tls_opts_set(client, 1, nil, nil)
    }
    if let user = broker.user { unsafe mosquitto_username_pw_set(client, user, broker.password) }
    if let will {
      let status = unsafe will.payload.withUnsafeBytes {
        unsafe mosquitto_will_set(client, will.topic, Int32(clamping: $0.count), $0.baseAddress, 1, will.isRetained)
      }
      guard status == MOSQ_ERR_SUCCESS.code else { return Self.words(status) }
    }
    unsafe mosquitto_connect_callback_set(client) { unsafe MQTTConnection.of($1)?.accepted($0, $2) }
    unsafe mosquitto_publish_callback_set(client) { unsafe MQTTConnection.of($1)?.acknowledged($2) }
    unsafe mosquitto_message_callback_set(client) { unsafe MQTTConnection.of($1)?.received($2) }
    unsafe mosquitto_log_callback_set(client) { _, context, level, text in
      guard level == MOSQ_LOG_ERR, let text = unsafe text else { return }
      unsafe MQTTConnection.of(context)?.note(String(cString: text))
    }
    return nil
  }

  private static func of(_ context: UnsafeMutableRawPointer?) -> MQTTConnection? {
    unsafe context.map { unsafe Unmanaged<MQTTConnection>.fromOpaque($0).takeUnretainedValue() }
  }

  private func accepted(_ client: OpaquePointer?, _ code: Int32) {
    guard code == 0, let client = unsafe client else {
      let reason = unsafe String(cString: mosquitto_connack_string(code))
      failure.withLock { $0 = "\(broker.host): \(reason)" }
      return state.withLock { $0.isEnding = true }
    }
    for topic in subscriptions { unsafe mosquitto_subscribe(client, nil, topic, 1) }
    let known = unsafe Client(pointer: client)
    state.withLock { $0.client = known }
    opened.finish(.success(()))
  }

  private func acknowledged(_ id: Int32) {
    state.withLock { $0.pending.removeValue(forKey: id) }?.count()
  }

  private func received(_ message: UnsafePointer<mosquitto_message>?) {
    guard let message = unsafe message?.pointee, let topic = unsafe message.topic, unsafe 0...broker.receiveLimit ~= Int(message.payloadlen)
    else { return }
    let payload = unsafe message.payload.map { unsafe Data(bytes: $0, count: Int(message.payloadlen)) } ?? Data()
    unsafe arrived.yield(MQTTMessage(topic: String(cString: topic), payload: payload, isRetained: message.retain))
  }

  /// Keeps the first error that libmosquitto tells: it says more than the status, such as why a certificate is not trusted.
  private func note(_ text: String) {
    failure.withLock { if $0 == nil { $0 = "\(broker.host): \(text.oneLine.cut(utf8: 200))" } }
  }

  private func end(_ reason: String) {
    let failure = failure.withLock { failure in
      failure = failure ?? reason
      return failure ?? reason
    }
    let pending = state.withLock { state in
      state.isEnding = true
      state.client = nil
      defer { state.pending = [:] }
      return Array(state.pending.values)
    }
    for acknowledgements in pending { acknowledgements.fail(.temporary(failure)) }
    opened.finish(.failure(.temporary(failure)))
    arrived.finish()
  }

  private static func words(_ status: Int32) -> String {
    unsafe status == MOSQ_ERR_ERRNO.code ? SystemError.number(errno).reason : String(cString: mosquitto_strerror(status))
  }
}

/// libmosquitto locks what several threads use of a client.
@safe private struct Client: @unchecked Sendable {
  let pointer: OpaquePointer
}

extension mosq_err_t {
  fileprivate var code: Int32 { Int32(rawValue) }

  fileprivate init(_ status: Int32) { self.init(rawValue: RawValue(status)) }
}

/// Counts the acknowledgements of messages that were published together.
private final class Acknowledgements: Sendable {
  let completion = Completion()
  private let missing: Atomic<Int>

  init(_ count: Int) {
    missing = Atomic(count)
    if count == 0 { completion.finish(.success(())) }
  }

  func count() {
    if missing.subtract(1, ordering: .relaxed).newValue == 0 { completion.finish(.success(())) }
  }

  func fail(_ error: DeliveryError) { completion.finish(.failure(error)) }
}
