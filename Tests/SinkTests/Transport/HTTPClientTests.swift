import Foundation
import Testing

@testable import Sinks

@Suite struct HTTPClientTests {
  private let client = HTTPClient(label: "test", caFile: nil, version: "1.2.3")

  private func get(_ url: String) -> HTTPRequest { HTTPRequest(method: "GET", url: url, host: "127.0.0.1") }

  @Test func sendsMethodHeadersAndBody() async throws {
    let server = try TestServer(.status(201, body: "made"))
    var request = HTTPRequest(method: "PUT", url: server.url + "/a?b=c", host: "127.0.0.1", body: Array("text".utf8))
    request.set("X-One", "first")
    request.set("X-Empty", "")
    let response = try await client.send(request)
    #expect(response.status == 201 && String(decoding: response.body, as: UTF8.self) == "made")
    let got = try #require(server.requests.first)
    #expect(got.method == "PUT" && got.target == "/a?b=c" && got.text == "text")
    #expect(got["X-One"] == "first" && got["X-Empty"] == "" && got["User-Agent"] == "lenscap/1.2.3" && got["Expect"] == nil)
  }

  @Test func keepsItsConnection() async throws {
    let server = try TestServer(.status(204))
    for _ in 0..<3 { _ = try await client.send(get(server.url)) }
    #expect(server.requests.count == 3 && server.connections == 1)
  }

  /// A server that closed a connection meanwhile, as it does when it is started anew, costs no attempt.
  @Test func connectsAgainWhereTheServerClosed() async throws {
    let server = try TestServer(.raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
    var request = get(server.url)
    request.method = "POST"
    request.body = Array("text".utf8)
    for _ in 0..<5 { #expect(try await client.send(request).status == 200) }
    #expect(server.requests.map(\.text) == Array(repeating: "text", count: 5))
  }

  @Test(arguments: Sample.hostileNames) func headersCannotBeForged(name: String) async throws {
    let server = try TestServer(.status(200))
    var request = get(server.url)
    request.set("X-Name", name)
    _ = try await client.send(request)
    let got = try #require(server.requests.first)
    #expect(server.requests.count == 1 && got["Bcc"] == nil && got.body.isEmpty)
    #expect(got["X-Name"]?.utf8.allSatisfy { (0x20...0x7E).contains($0) } == true)
  }

  @Test func refusesHeadersThatAreNoHTTP() async throws {
    let server = try TestServer(.status(200))
    var request = get(server.url)
    request.headers = [.init(name: "Bad Name", value: "x")]
    #expect(try await client.failure(request) == .refused("a header has a name that HTTP does not allow"))
    #expect(server.requests.isEmpty)
  }

  @Test func doesNotFollowRedirects() async throws {
    let other = try TestServer(.status(200))
    let server = try TestServer(.status(302, headers: ["Location": other.url]))
    #expect(try await client.send(get(server.url)).status == 302)
    #expect(other.requests.isEmpty)
  }

  @Test func cutsLongAnswers() async throws {
    let server = try TestServer(.endless)
    let response = try await client.send(get(server.url))
    #expect(response.status == 200 && response.body.count == HTTPResponse.bodyLimit)
  }

  @Test func readsRetryAfterInSecondsAndAsADate() async throws {
    let date = DateFormatter()
    date.locale = Locale(identifier: "en_US_POSIX")
    date.timeZone = TimeZone(identifier: "GMT")
    date.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    let later = date.string(from: Date(timeIntervalSinceNow: 3600))
    let server = try TestServer { _, number in
      .status(503, headers: ["Retry-After": ["120", later, "soon", "99999999"][number]])
    }
    #expect(try await client.send(get(server.url)).retryAfter == .seconds(120))
    let pause = try #require(try await client.send(get(server.url)).retryAfter)
    #expect(pause > .seconds(3000) && pause <= .seconds(3600))
    #expect(try await client.send(get(server.url)).retryAfter == nil)
    #expect(try await client.send(get(server.url)).retryAfter == HTTPResponse.longestRetryAfter)
  }

  @Test func saysWhyThereIsNoAnswer() async throws {
    let port = try TestServer.unusedPort()
    let refused = try await client.failure(get("http://127.0.0.1:\(port)/SECRET?token=SECRET"))
    #expect(refused == .temporary("127.0.0.1 refused the connection or cannot be reached"))
    for answer in [TestServer.Answer.cut, .raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"), .raw("no HTTP at all\r\n\r\n")] {
      let server = try TestServer(answer)
      let error = try await client.failure(get(server.url + "/SECRET"))
      #expect(error.isTemporary && error.reason.contains("127.0.0.1") && !error.reason.contains("SECRET"))
    }
    var unknown = get("http://no-such-host.invalid/SECRET")
    unknown.host = "no-such-host.invalid"
    let error = try await client.failure(unknown)
    #expect(error == .temporary("the name no-such-host.invalid was not found"))
  }

  @Test(arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "smtp://127.0.0.1/"])
  func speaksNoOtherProtocol(url: String) async throws {
    #expect(try await client.failure(get(url)).isTemporary)
  }

  @Test func endsWhenItsTaskIsCancelled() async throws {
    let server = try TestServer(.stall)
    let task = Task { [client, get] in try await client.failure(get(server.url)) }
    #expect(await eventually { !server.requests.isEmpty })
    task.cancel()
    // Where it waited for its time limit, it would say so.
    #expect(try await task.value == .temporary("the delivery was cancelled"))
  }

  @Test func endsAtItsTimeLimit() async throws {
    let server = try TestServer(.stall)
    var request = get(server.url)
    request.timeLimit = .milliseconds(200)
    #expect(try await client.failure(request) == .temporary("127.0.0.1 did not answer in time"))
  }

  @Test(.needs(.openssl)) func verifiesCertificates() async throws {
    let authority = try Authority()
    defer { authority.remove() }
    let server = try Program(
      "/usr/bin/env", ["openssl", "s_server", "-accept", "0", "-cert", authority.certificate, "-key", authority.key, "-www"])
    defer { server.stop() }
    let port = try #require(server.line(with: "ACCEPT")?.split(separator: ":").last)
    let trusting = HTTPClient(label: "test", caFile: authority.file, version: "1")
    #expect(try await trusting.send(get("https://localhost:\(port)/")).status == 200)
    let error = try await client.failure(get("https://localhost:\(port)/"))
    #expect(error == .temporary("the certificate of 127.0.0.1 is not trusted"))
    let missing = HTTPClient(label: "test", caFile: "/nonexistent/ca.pem", version: "1")
    let broken = try await missing.failure(get("https://localhost:\(port)/"))
    #expect(broken == .temporary("the file of certificate authorities cannot be read"))
  }
}
