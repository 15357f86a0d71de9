import CMosquitto
import Foundation
import Glibc

/// A message that came from the broker.
struct BrokerMessage: Sendable {
  let topic: String
  let payload: Data
  /// True if the broker kept it from earlier.
  let isRetained: Bool
}

struct BrokerError: Error, CustomStringConvertible {
  let description: String
}

/// A persistent session with the broker (MQTT 3.1.1, `clean session` off), over libmosquitto. It belongs to one thread, which calls
/// `turn` again and again; nothing happens between the calls, so whoever does not read holds up the broker and no memory fills.
///
/// libmosquitto's own loop is not used: it reads whether or not there is room.
@safe final class BrokerSession {
  static let keepAlive: Int32 = 30
  /// Longest time until the broker accepted the session.
  static let openLimit = 15.0
  /// Messages that the broker has not acknowledged; as many as libmosquitto sends before it queues them.
  static let unacknowledgedLimit = 1000
  /// Packets that are read in one turn.
  private static let packetsInTurn = 500
  private static let bytesInTurn = 8 << 20
  /// Payloads beyond it are cut off here: no message of the chain is as long, and what is longer is refused for its length.
  private static let payloadLimit = UpMessage.eventLimit + 1

  private let client: OpaquePointer
  private let host: String
  private let subscription: String
  private(set) var received: [BrokerMessage] = []
  private(set) var receivedBytes = 0
  private var unacknowledged = 0
  private var isAccepted = false
  private var refusal: String?

  private static let isReady = mosquitto_lib_init() == MOSQ_ERR_SUCCESS.code

  /// - Throws: `BrokerError` if the broker does not accept the session.
  init(_ settings: BrokerSettings, certificate: BrokerCertificate?, password: String?, subscription: String) throws(BrokerError) {
    guard Self.isReady, let client = unsafe mosquitto_new(settings.client, false, nil) else {
      throw BrokerError(description: "libmosquitto cannot be used")
    }
    unsafe self.client = unsafe client
    self.subscription = subscription
    host = "\(settings.host):\(settings.port)"
    unsafe mosquitto_user_data_set(client, Unmanaged.passUnretained(self).toOpaque())
    unsafe mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1)
    unsafe mosquitto_max_inflight_messages_set(client, UInt32(Self.unacknowledgedLimit))
    if let certificate {
      let status = unsafe mosquitto_tls_set(client, certificate.ca, nil, certificate.certificate, certificate.key, nil)
      guard status == MOSQ_ERR_SUCCESS.code else { throw problem("the certificates cannot be used") }
      unsafe mosquitto_tls_opts_set(client, 1, nil, nil)
    }
    if let user = settings.user { unsafe mosquitto_username_pw_set(client, user, password) }
    unsafe mosquitto_connect_callback_set(client) { unsafe BrokerSession.of($1)?.accepted($2) }
    unsafe mosquitto_message_callback_set(client) { unsafe BrokerSession.of($1)?.arrived($2) }
    unsafe mosquitto_publish_callback_set(client) { _, context, _ in unsafe BrokerSession.of(context)?.unacknowledged -= 1 }
    try unsafe check(mosquitto_connect(client, settings.host, Int32(settings.port), Self.keepAlive))
    let deadline = Date().addingTimeInterval(Self.openLimit)
    while !isAccepted {
      guard Date() < deadline else { throw problem("does not answer") }
      try turn(wait: 200)
    }
  }

  deinit { unsafe mosquitto_destroy(client) }

  /// Moves bytes in both directions, and waits at most so many milliseconds for some.
  ///
  /// - Throws: `BrokerError` once the connection is lost.
  func turn(wait: Int32) throws(BrokerError) {
    var packets = 0
    repeat {
      let socket = unsafe mosquitto_socket(client)
      guard socket >= 0 else { throw problem("the connection was lost") }
      let events = unsafe POLLIN | (mosquitto_want_write(client) ? POLLOUT : 0)
      var state = pollfd(fd: socket, events: Int16(events), revents: 0)
      let isFirst = packets == 0
      guard unsafe poll(&state, 1, isFirst ? wait : 0) > 0 else { break }
      let came = Int32(state.revents)
      if came & POLLOUT != 0 { try unsafe check(mosquitto_loop_write(client, 1)) }
      guard came & (POLLIN | POLLHUP | POLLERR) != 0 else { break }
      try unsafe check(mosquitto_loop_read(client, 1))
      packets += 1
    } while packets < Self.packetsInTurn && receivedBytes < Self.bytesInTurn
    try unsafe check(mosquitto_loop_misc(client))
    if let refusal { throw problem(refusal) }
  }

  /// False while the broker has so much to acknowledge that more would only lie in memory.
  var mayPublish: Bool { unacknowledged < Self.unacknowledgedLimit }

  /// Hands a message over, to be acknowledged by the broker.
  func publish(_ topic: String, _ payload: Data) throws(BrokerError) {
    try unsafe check(
      payload.withUnsafeBytes { unsafe mosquitto_publish(client, nil, topic, Int32(clamping: $0.count), $0.baseAddress, 1, false) })
    unacknowledged += 1
  }

  /// Gives away what came.
  func take() -> [BrokerMessage] {
    defer { (received, receivedBytes) = ([], 0) }
    return received
  }

  /// Says goodbye, so that the broker keeps the session for whoever comes next.
  func close() { unsafe mosquitto_disconnect(client) }

  private static func of(_ context: UnsafeMutableRawPointer?) -> BrokerSession? {
    unsafe context.map { unsafe Unmanaged<BrokerSession>.fromOpaque($0).takeUnretainedValue() }
  }

  private func accepted(_ code: Int32) {
    guard code == 0 else {
      refusal = unsafe String(cString: mosquitto_connack_string(code))
      return
    }
    isAccepted = true
    // Each time: the broker then sends again what gateways said of themselves last.
    unsafe mosquitto_subscribe(client, nil, subscription, 1)
  }

  private func arrived(_ message: UnsafePointer<mosquitto_message>?) {
    guard let message = unsafe message?.pointee, let topic = unsafe message.topic else { return }
    let length = unsafe min(Int(message.payloadlen), Self.payloadLimit)
    let payload = unsafe message.payload.map { unsafe Data(bytes: $0, count: length) } ?? Data()
    unsafe received.append(BrokerMessage(topic: String(cString: topic), payload: payload, isRetained: message.retain))
    receivedBytes += length
  }

  private func check(_ status: Int32) throws(BrokerError) {
    guard status != MOSQ_ERR_SUCCESS.code else { return }
    let reason = unsafe status == MOSQ_ERR_ERRNO.code ? strerror(errno) : UnsafeMutablePointer(mutating: mosquitto_strerror(status))
    throw unsafe problem(refusal ?? reason.map { unsafe String(cString: $0) } ?? "unknown error")
  }

  private func problem(_ reason: String) -> BrokerError { BrokerError(description: "broker \(host): \(reason)") }
}

extension mosq_err_t {
  fileprivate var code: Int32 { Int32(rawValue) }
}
