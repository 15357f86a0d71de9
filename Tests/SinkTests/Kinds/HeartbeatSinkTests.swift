import ConfigurationFiles
import Foundation
import Testing

@testable import Sinks

@Suite struct HeartbeatSinkTests {
  private let inbox = Inbox { _, _ in true }

  private func sink(_ server: TestServer, fail: String? = nil) throws -> HeartbeatSink {
    try HeartbeatSink(
      Sample.settings(.heartbeat) {
        $0.url = server.url + "/ping"
        $0.every = .milliseconds(20)
        if let fail { $0.template = ["fail": server.url + fail] }
      }, version: "1")
  }

  private func state(watching: Bool, delivering: Bool = true) -> BoxState {
    var state = BoxState()
    (state.isWatching, state.isDelivering) = (watching, delivering)
    return state
  }

  @Test func fetchesAgainAndAgainWhileAllIsWell() async throws {
    let server = try TestServer(.status(200))
    let sink = try sink(server)
    try await running(sink, inbox) {
      await sink.update(state(watching: true))
      #expect(await eventually { server.requests.count >= 3 })
    }
    #expect(server.requests.allSatisfy { $0.method == "GET" && $0.target == "/ping" && $0.body.isEmpty })
  }

  @Test(arguments: [(false, true), (true, false)]) func fetchesNothingWhileSomethingIsWrong(watching: Bool, delivering: Bool) async throws {
    let server = try TestServer(.status(200))
    let sink = try sink(server)
    try await running(sink, inbox) {
      await sink.update(state(watching: watching, delivering: delivering))
      try await Task.sleep(for: .milliseconds(200))
      #expect(server.requests.isEmpty)
      await sink.update(state(watching: true))
      #expect(await eventually { !server.requests.isEmpty })
    }
  }

  @Test func fetchesTheOtherAddressWhereOneIsSet() async throws {
    let server = try TestServer(.status(200))
    let sink = try sink(server, fail: "/ping/fail")
    try await running(sink, inbox) {
      await sink.update(state(watching: false))
      #expect(await eventually { !server.requests.isEmpty })
    }
    #expect(server.requests.first?.target == "/ping/fail")
  }

  @Test func goesOnAfterAFailure() async throws {
    let server = try TestServer { _, number in number < 2 ? .status(500) : .status(200) }
    let sink = try sink(server)
    try await running(sink, inbox) {
      await sink.update(state(watching: true))
      #expect(await eventually { server.requests.count >= 4 })
    }
  }

  @Test func sendsNoEvents() async throws {
    let server = try TestServer(.status(200))
    let sink = try sink(server)
    try await sink.deliver(Sample.parcel())
    #expect(server.requests.isEmpty)
    try await sink.deliver(Sample.parcel(.test))
    #expect(server.requests.map(\.target) == ["/ping"])
  }
}
