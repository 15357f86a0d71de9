import Detection
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import Serve

/// Connections on which no request comes, and strangers with many.
@Suite struct RequestDeadlineTests {
  private static let request = HTTPRequestPart.head(HTTPRequest(method: .get, scheme: "https", authority: "desk.example", path: "/"))

  private func connect(from address: String = "192.0.2.7", _ crowd: Crowd = Crowd(limit: 2)) throws -> EmbeddedChannel {
    let channel = EmbeddedChannel(handler: RequestDeadline(patience: .seconds(15), crowd: crowd))
    let peer = try SocketAddress(ipAddress: address, port: 4242)
    channel.remoteAddress = peer
    try channel.connect(to: peer).wait()
    return channel
  }

  @Test func aConnectionWithoutARequestEnds() throws {
    let channel = try connect()
    channel.embeddedEventLoop.advanceTime(by: .seconds(14))
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    #expect(!channel.isActive)
  }

  /// Events are an answer that goes on for hours.
  @Test func anAnswerMayTakeLong() throws {
    let channel = try connect()
    try channel.writeInbound(Self.request)
    channel.embeddedEventLoop.advanceTime(by: .hours(1))
    #expect(channel.isActive)
    try channel.writeOutbound(HTTPResponsePart.end(nil))
    channel.embeddedEventLoop.advanceTime(by: .seconds(14))
    try channel.writeInbound(Self.request)
    channel.embeddedEventLoop.advanceTime(by: .seconds(14))
    #expect(channel.isActive, "a further request in time")
    try channel.writeOutbound(HTTPResponsePart.end(nil))
    channel.embeddedEventLoop.advanceTime(by: .seconds(15))
    #expect(!channel.isActive)
  }

  @Test func oneNetworkHasItsShare() throws {
    let crowd = Crowd(limit: 2)
    let first = try connect(from: "192.0.2.7", crowd)
    #expect(try connect(from: "192.0.2.7", crowd).isActive && !connect(from: "192.0.2.7", crowd).isActive)
    #expect(try connect(from: "198.51.100.1", crowd).isActive)
    _ = try? first.finish()
    #expect(try connect(from: "192.0.2.7", crowd).isActive, "one has left")
    for _ in 0..<5 { #expect(try connect(from: "127.0.0.1", crowd).isActive, "there may be a server in front") }
    #expect(Crowd.network(IPAddress("2001:db8::1")) == Crowd.network(IPAddress("2001:db8::2")))
    #expect(Crowd.network(IPAddress("2001:db8::1")) != Crowd.network(IPAddress("2001:db9::1")))
  }
}
