import Foundation
import Synchronization

/// An HTTP server on the loopback interface that answers as a test says: late, badly, or not at all.
final class TestServer: Sendable {
  struct Request: Sendable {
    let method: String
    let target: String
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    /// The value of the only header of this name; nil if there is none or several.
    subscript(_ name: String) -> String? {
      let found = headers.filter { $0.name.lowercased() == name.lowercased() }
      return found.count == 1 ? found[0].value : nil
    }

    var path: String { target.split(separator: "?", omittingEmptySubsequences: false).first.map(String.init) ?? target }
    var text: String { String(decoding: body, as: UTF8.self) }
  }

  enum Answer: Sendable {
    case status(Int, headers: [String: String] = [:], body: String = "")
    /// Exactly these bytes, then the end of the connection.
    case raw(String)
    /// Nothing, until the client goes.
    case stall
    /// The end of the connection at once.
    case cut
    /// A body that never ends.
    case endless

    static func json(_ text: String) -> Answer { .status(200, headers: ["Content-Type": "application/json"], body: text) }
  }

  /// What the server's threads share with it; they end when the server goes.
  private final class Core: Sendable {
    let state = Mutex(State())
    let handler: @Sendable (Request, Int) -> Answer

    init(_ handler: @escaping @Sendable (Request, Int) -> Answer) { self.handler = handler }
  }

  private struct State {
    var requests: [Request] = []
    var connections = 0
    var open: Set<Int32> = []
    var isStopped = false
  }

  let port: Int
  private let listener: Int32
  private let core: Core

  /// Parameters: gives the answer to a request, and which one since the start it is, from 0.
  init(_ handler: @escaping @Sendable (Request, Int) -> Answer) throws {
    core = Core(handler)
    let (descriptor, port) = try TestServer.listen()
    (listener, self.port) = (descriptor, port)
    Thread.detachNewThread { [core] in TestServer.accept(descriptor, core) }
  }

  convenience init(_ answer: Answer) throws { try self.init { _, _ in answer } }

  deinit { stop() }

  var url: String { "http://127.0.0.1:\(port)" }
  var requests: [Request] { core.state.withLock { $0.requests } }
  /// Connections that were accepted since the start.
  var connections: Int { core.state.withLock { $0.connections } }

  /// Ends every connection, and accepts no more.
  func stop() {
    core.state.withLock { state in
      for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) }
      // Its thread closes it, so that no other socket gets its number before that thread has ended.
      if !state.isStopped { shutdown(listener, Int32(SHUT_RDWR)) }
      state.isStopped = true
    }
  }

  /// A socket that listens on a port of 127.0.0.1; by default on any that the system gives out.
  static func listen(on port: Int = 0) throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var name = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
        withLoopback(port) { bind(descriptor, $0, $1) } == 0 && Glibc.listen(descriptor, 64) == 0
          && getsockname(descriptor, name, &size) == 0
      }
    }
    guard isListening else {
      let code = errno
      close(descriptor)
      throw POSIXError(.init(rawValue: code) ?? .EIO)
    }
    return (descriptor, Int(UInt16(bigEndian: name.sin_port)))
  }

  /// The address of a port of 127.0.0.1.
  static func withLoopback(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }

  /// A port of 127.0.0.1 on which nobody listens, and which the system gives to no other test while nobody does: it gives out those from
  /// 32768 (`net.ipv4.ip_local_port_range`).
  static func unusedPort() throws -> Int {
    while true {
      guard let (descriptor, port) = try? listen(on: .random(in: 10_000..<32_768)) else { continue }
      close(descriptor)
      return port
    }
  }

  private static func accept(_ listener: Int32, _ core: Core) {
    while true {
      let descriptor = Glibc.accept(listener, nil, nil)
      guard descriptor >= 0 else {
        close(listener)
        return
      }
      let isStopped = core.state.withLock { state in
        state.open.insert(descriptor)
        state.connections += 1
        return state.isStopped
      }
      if isStopped { shutdown(descriptor, Int32(SHUT_RDWR)) }
      Thread.detachNewThread {
        serve(descriptor, core)
        core.state.withLock { _ = $0.open.remove(descriptor) }
        close(descriptor)
      }
    }
  }

  private static func serve(_ descriptor: Int32, _ core: Core) {
    var buffer: [UInt8] = []
    while let request = TestServer.read(descriptor, &buffer) {
      let number = core.state.withLock { state in
        state.requests.append(request)
        return state.requests.count - 1
      }
      switch core.handler(request, number) {
      case .status(let status, let headers, let body):
        let lines = headers.map { "\($0.key): \($0.value)\r\n" }.joined()
        guard TestServer.write(descriptor, "HTTP/1.1 \(status) Test\r\nContent-Length: \(body.utf8.count)\r\n\(lines)\r\n\(body)") else {
          return
        }
      case .raw(let text):
        _ = TestServer.write(descriptor, text)
        return
      case .stall:
        var byte: UInt8 = 0
        while recv(descriptor, &byte, 1, 0) > 0 {}
        return
      case .cut: return
      case .endless:
        guard TestServer.write(descriptor, "HTTP/1.1 200 OK\r\n\r\n") else { return }
        while TestServer.write(descriptor, String(repeating: "x", count: 65_536)) {}
        return
      }
    }
  }

  private static func read(_ descriptor: Int32, _ buffer: inout [UInt8]) -> Request? {
    let end = Array("\r\n\r\n".utf8)
    while true {
      if let head = buffer.firstRange(of: end) {
        let lines = String(decoding: buffer[..<head.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let start = lines[0].split(separator: " ")
        let headers = lines.dropFirst().map { line -> (name: String, value: String) in
          let parts = line.split(separator: ":", maxSplits: 1)
          return (String(parts[0]), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
        }
        let length = headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } ?? 0
        if buffer.count >= head.upperBound + length {
          let body = Array(buffer[head.upperBound..<head.upperBound + length])
          buffer.removeFirst(head.upperBound + length)
          return Request(method: String(start[0]), target: String(start[1]), headers: headers, body: body)
        }
      }
      var part = [UInt8](repeating: 0, count: 65_536)
      let count = recv(descriptor, &part, part.count, 0)
      guard count > 0 else { return nil }
      buffer += part.prefix(count)
    }
  }

  private static func write(_ descriptor: Int32, _ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
