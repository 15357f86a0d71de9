import Dispatch
import Foundation
import Synchronization
import Testing

@testable import Sinks

@Suite struct StreamConnectionTests {
  private func text(_ descriptor: Int32, count: Int) -> String {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = recv(descriptor, &bytes, count, Int32(MSG_WAITALL))
    return String(decoding: bytes.prefix(max(0, got)), as: UTF8.self)
  }

  @Test func sendsAndConnectsAgainAfterThePeerClosed() async throws {
    let (listener, port) = try TestServer.listen()
    defer { close(listener) }
    let connection = StreamConnection(host: "127.0.0.1", port: port, tls: false, caFile: nil)
    try await onQueue { [self] in
      #expect(connection.isClosed)
      try connection.send(Array("one".utf8))
      let first = accept(listener, nil, nil)
      #expect(text(first, count: 3) == "one")
      try connection.send(Array("two".utf8))
      #expect(text(first, count: 3) == "two" && !connection.isClosed)
      close(first)
      for _ in 0..<100 where !connection.isClosed { usleep(10_000) }
      #expect(connection.isClosed)
      try connection.send(Array("three".utf8))
      let second = accept(listener, nil, nil)
      #expect(text(second, count: 5) == "three")
      connection.close()
      #expect(connection.isClosed && text(second, count: 1).isEmpty)
      close(second)
    }
  }

  @Test func sendsMoreThanThePeerReadsAtOnce() async throws {
    let (listener, port) = try TestServer.listen()
    defer { close(listener) }
    let connection = StreamConnection(host: "127.0.0.1", port: port, tls: false, caFile: nil)
    let size = 32 << 20
    let received = try await onQueue { [self] in
      let count = Mutex(0)
      let done = DispatchSemaphore(value: 0)
      // A thread of its own: a task may have to wait longer than the connection does.
      DispatchQueue(label: "peer").async {
        let peer = accept(listener, nil, nil)
        count.withLock { $0 = self.text(peer, count: size).utf8.count }
        close(peer)
        done.signal()
      }
      try connection.send([UInt8](repeating: UInt8(ascii: "x"), count: size))
      done.wait()
      return count.withLock { $0 }
    }
    #expect(received == size)
  }

  @Test func failsWhereNobodyListens() async throws {
    let port = try TestServer.unusedPort()
    let connection = StreamConnection(host: "127.0.0.1", port: port, tls: false, caFile: nil)
    await #expect(throws: DeliveryError.temporary("127.0.0.1 refused the connection or cannot be reached")) {
      try await onQueue { try connection.send([1]) }
    }
  }

  @Test(arguments: [("", 1), ("a/b", 1), ("user@host", 1), ("host", 0), ("host", 65_536), ("a\r\nb", 1)])
  func takesNoHostThatWouldBeAnAddress(host: String, port: Int) async throws {
    let connection = StreamConnection(host: host, port: port, tls: true, caFile: nil)
    await #expect(throws: DeliveryError.temporary("the host or the port is not one that can be connected to")) {
      try await onQueue { try connection.send([1]) }
    }
  }

  @Test func endsWhenItIsClosedByAnother() async throws {
    let (listener, port) = try TestServer.listen()
    defer { close(listener) }
    let connection = StreamConnection(host: "127.0.0.1", port: port, tls: false, caFile: nil)
    let writing = Task { try await onQueue { try connection.send([UInt8](repeating: 0, count: 64 << 20)) } }
    // The peer reads one byte and no more: the call waits until the connection is closed under it.
    let peer = try await onQueue { [self] in
      let peer = accept(listener, nil, nil)
      _ = text(peer, count: 1)
      return peer
    }
    defer { close(peer) }
    try await onQueue { connection.close() }
    await #expect(throws: DeliveryError.temporary("the delivery was cancelled")) { try await writing.value }
  }

  @Test(.needs(.openssl)) func speaksTLSOnlyToWhomItTrusts() async throws {
    let authority = try Authority()
    defer { authority.remove() }
    let server = try Program(
      "/usr/bin/env", ["openssl", "s_server", "-accept", "0", "-cert", authority.certificate, "-key", authority.key])
    defer { server.stop() }
    let port = try #require(server.line(with: "ACCEPT")?.split(separator: ":").last.flatMap { Int($0) })
    let strange = StreamConnection(host: "localhost", port: port, tls: true, caFile: nil)
    await #expect(throws: DeliveryError.temporary("the certificate of localhost is not trusted")) {
      try await onQueue { try strange.send([1]) }
    }
    let trusted = StreamConnection(host: "localhost", port: port, tls: true, caFile: authority.file)
    try await onQueue {
      try trusted.send(Array("first line\n".utf8))
      try trusted.send(Array("second line\n".utf8))
      #expect(!trusted.isClosed)
    }
    #expect(server.line(with: "first line") != nil && server.line(with: "second line") != nil)
    trusted.close()
  }
}
