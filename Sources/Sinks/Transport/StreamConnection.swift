import CCurl
import Foundation
import Synchronization

/// A TCP connection, with or without TLS, that bytes are written to. It connects when the first bytes are sent, and again after it was cut.
///
/// Its calls wait: for a queue or an executor of one's own, never for the shared pool. Calls from several threads take turns.
final class StreamConnection: @unchecked Sendable {
  /// Longest time in which all bytes of a call must be taken by the peer.
  static let writeLimit = Duration.seconds(30)

  private struct Connection {
    let loop: CurlLoop
    let handle: CurlHandle
  }

  private let host: String
  private let port: Int
  private let tls: Bool
  private let caFile: String?
  // What follows is only touched while the lock is held.
  private let lock = NSLock()
  private var connection: Connection?
  private let isClosing = Atomic(false)

  /// Parameters: name or address of the peer; its port; true for TLS from the first byte, whose certificate is always verified; a PEM file of
  /// certificate authorities instead of the system's.
  init(host: String, port: Int, tls: Bool, caFile: String?) {
    self.host = host
    self.port = port
    self.tls = tls
    self.caFile = caFile
  }

  deinit { disconnect() }

  /// Writes all bytes, connecting first where there is no connection or the peer closed it.
  ///
  /// Ends within half a second after the task that calls it was cancelled, or `close` was called.
  /// - Throws: `.temporary`. How much the peer got is unknown then, and the next call connects anew.
  func send(_ bytes: [UInt8]) throws(DeliveryError) {
    lock.lock()
    defer { lock.unlock() }
    do throws(DeliveryError) {
      if let connection, !hasEnded(connection) {
        try write(bytes, to: connection)
      } else {
        disconnect()
        try write(bytes, to: connect())
      }
    } catch {
      disconnect()
      throw error
    }
  }

  /// True if there is no connection, or the peer closed it.
  var isClosed: Bool {
    lock.lock()
    defer { lock.unlock() }
    return connection.map(hasEnded) ?? true
  }

  /// Bytes that the peer's system did not acknowledge yet (SIOCOUTQ of tcp(7)); 0 without a connection.
  var unacknowledged: Int {
    lock.lock()
    defer { lock.unlock() }
    var count: Int32 = 0
    guard let connection, unsafe ioctl(lenscap_curl_socket(connection.handle.pointer), UInt(TIOCOUTQ), &count) == 0 else { return 0 }
    return Int(count)
  }

  /// Ends the connection. A call of `send` that is under way fails; a later one connects again.
  func close() {
    isClosing.store(true, ordering: .relaxed)
    lock.lock()
    defer { lock.unlock() }
    isClosing.store(false, ordering: .relaxed)
    disconnect()
  }

  private var isCancelled: Bool { isClosing.load(ordering: .relaxed) || Task.isCancelled }

  private func connect() throws(DeliveryError) -> Connection {
    let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
    guard (1...65_535).contains(port), !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && !"/@?#\\".utf8.contains($0) }) else {
      throw .temporary("the host or the port is not one that can be connected to")
    }
    let new = Connection(loop: CurlLoop(), handle: try CurlHandle(protocols: tls ? "https" : "http", caFile: caFile))
    try new.handle.set(CURLOPT_URL, "\(tls ? "https" : "http")://\(name):\(port)")
    try new.handle.set(CURLOPT_CONNECT_ONLY, 1)
    // The peer speaks no HTTP, whose name TLS would announce, and a proxy for HTTP does not lead to it.
    try new.handle.set(CURLOPT_SSL_ENABLE_ALPN, 0)
    try new.handle.set(CURLOPT_PROXY, "")
    try new.handle.set(CURLOPT_TCP_KEEPALIVE, 1)
    let code = new.loop.start(new.handle, isCancelled: { isCancelled })
    guard code == CURLE_OK else {
      new.loop.finish(new.handle)
      throw .transfer(code, host: host)
    }
    connection = new
    return new
  }

  private func disconnect() {
    guard let connection else { return }
    connection.loop.finish(connection.handle)
    self.connection = nil
  }

  private func write(_ bytes: [UInt8], to connection: Connection) throws(DeliveryError) {
    let clock = ContinuousClock()
    let end = clock.now + Self.writeLimit
    var rest = bytes[...]
    while !rest.isEmpty {
      var written = 0
      let code = unsafe rest.withUnsafeBytes { unsafe curl_easy_send(connection.handle.pointer, $0.baseAddress, $0.count, &written) }
      switch code {
      case CURLE_OK: rest = rest.dropFirst(written)
      case CURLE_AGAIN: wait(connection, for: POLLOUT)
      default: throw .transfer(CURLE_SEND_ERROR, host: host)
      }
      if isCancelled { throw .transfer(CURLE_ABORTED_BY_CALLBACK, host: host) }
      if clock.now > end { throw .transfer(CURLE_OPERATION_TIMEDOUT, host: host) }
    }
  }

  private func wait(_ connection: Connection, for event: Int32) {
    var waiting = unsafe pollfd(fd: lenscap_curl_socket(connection.handle.pointer), events: Int16(event), revents: 0)
    unsafe poll(&waiting, 1, Int32(CurlLoop.pollInterval.milliseconds))
  }

  /// Reads what the peer sent, which means nothing here, up to the end of its stream.
  private func hasEnded(_ connection: Connection) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4096)
    // More than this from a peer that has nothing to say is no reason to go on reading.
    for _ in 0..<16 {
      var count = 0
      switch unsafe curl_easy_recv(connection.handle.pointer, &buffer, buffer.count, &count) {
      case CURLE_AGAIN: return false
      case CURLE_OK where count > 0: continue
      default: return true
      }
    }
    return true
  }
}
