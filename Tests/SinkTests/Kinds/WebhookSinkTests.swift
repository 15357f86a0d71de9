import ConfigurationFiles
import Detection
import Foundation
import Testing

@testable import Sinks

@Suite struct WebhookSinkTests {
  /// `whsec_` and the bytes 0 to 31 in base64.
  static let secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
  static let otherSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

  private func sink(_ server: TestServer, secrets: [String] = [secret], path: String = "/hook") throws -> WebhookSink {
    try WebhookSink(Sample.settings(.webhook) { ($0.url, $0.secrets) = (server.url + path, secrets) }, version: "1")
  }

  /// Computed with Python's hmac, hashlib and base64.
  @Test func signsIdTimeAndBody() throws {
    let one = try WebhookSigner(secrets: [Self.secret])
    #expect(one.signature(id: "evt-1", seconds: 1_700_000_000, body: Array("{}".utf8)) == "v1,R6I5pTgMmeFm/Uh7nhNllmZZmmgsp5tCxTETilcXhGc=")
    let other = try WebhookSigner(secrets: [Self.otherSecret])
    #expect(
      other.signature(id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    let both = try WebhookSigner(secrets: [Self.secret, Self.otherSecret])
    #expect(both.signature(id: "a", seconds: 1, body: [])?.split(separator: " ").map { $0.prefix(3) } == ["v1,", "v1,"])
  }

  @Test(arguments: ["whsec_not base64", "whsec_%%", "whsec_c2hvcnQ=", "password"]) func takesNoOtherSecret(secret: String) throws {
    let error = #expect(throws: SinkConfigurationError.self) { try WebhookSigner(secrets: [secret]) }
    #expect(error?.key == "secret_file" && error?.problem.contains(secret) == false)
  }

  @Test func postsTheEvent() async throws {
    let server = try TestServer(.status(204))
    try await sink(server).deliver(Sample.parcel())
    let request = try #require(server.requests.first)
    #expect(request.method == "POST" && request.target == "/hook" && request["Content-Type"] == "application/json")
    #expect(request["webhook-id"] == "6f1d2c3b4a596877.1" && request["webhook-timestamp"] == "1795529000")
    let body = try JSONValue(Data(request.body))
    #expect(body["type"] == "alert.raised" && body["timestamp"] == "2026-11-24T14:03:11.123456Z")
    #expect(body["data"] == Sample.event().document)
  }

  @Test func aRetryHasTheSameIdAndItsOwnTime() async throws {
    let server = try TestServer { _, number in .status(number == 0 ? 500 : 200) }
    let sink = try sink(server)
    let first = Sample.parcel()
    _ = try await sink.failure(first)
    try await sink.deliver(Parcel(events: first.events, uid: first.uid, message: first.message, time: first.time + .seconds(60)))
    #expect(server.requests.map { $0["webhook-id"] } == [first.uid, first.uid])
    #expect(server.requests.map { $0["webhook-timestamp"] } == ["1795529000", "1795529060"])
    #expect(server.requests[0].body == server.requests[1].body)
  }

  @Test func aGatheredParcelIsOneReport() async throws {
    let server = try TestServer(.status(200))
    try await sink(server).deliver(Sample.gathered())
    let request = try #require(server.requests.first)
    let body = try JSONValue(Data(request.body))
    #expect(request["webhook-id"] == "gathered-1" && body["type"] == "report")
    #expect(body["data"]?["gathered"] == true && body["data"]?["count"] == 2)
    #expect(body["data"]?["events"]?.array?.map { $0["type"] } == ["alert.raised", "alert.silent"])
  }

  @Test func withoutASecretThereIsNoSignature() async throws {
    let server = try TestServer(.status(200))
    try await sink(server, secrets: []).deliver(Sample.parcel())
    #expect(server.requests.first?["webhook-signature"] == nil && server.requests.first?["webhook-id"] != nil)
  }

  @Test(arguments: [200, 201, 202, 204, 299]) func everyStatusOfSuccessIsDelivered(status: Int) async throws {
    let server = try TestServer(.status(status))
    try await sink(server).deliver(Sample.parcel())
    #expect(server.requests.count == 1)
  }

  @Test(arguments: [301, 302, 307, 308, 400, 401, 403, 404, 408, 413, 422, 425, 429, 500, 502, 503, 504])
  func everyOtherStatusIsTriedAgain(status: Int) async throws {
    let server = try TestServer(.status(status, headers: ["Location": "/SECRET"], body: "SECRET"))
    let sink = try sink(server, path: "/SECRET?token=SECRET")
    let error = try await sink.failure()
    #expect(error.isTemporary && error.retryAfter == nil)
    #expect(error.reason.contains(String(status)) && error.reason.contains("127.0.0.1") && !error.reason.contains("SECRET"))
    #expect(server.requests.count == 1)
  }

  @Test func goneDisables() async throws {
    let server = try TestServer(.status(410))
    let sink = try sink(server)
    let error = try await sink.failure()
    #expect(error == .disabled("127.0.0.1 wants no more events (HTTP 410)"))
  }

  @Test(arguments: [429, 503]) func waitsAsLongAsItIsTold(status: Int) async throws {
    let server = try TestServer(.status(status, headers: ["Retry-After": "77"]))
    let sink = try sink(server)
    let error = try await sink.failure()
    #expect(error.isTemporary && error.retryAfter == .seconds(77))
  }

  @Test(arguments: Sample.hostileNames) func namesStayInsideTheirString(name: String) async throws {
    let server = try TestServer(.status(200))
    try await sink(server).deliver(Sample.parcel(name: name))
    let request = try #require(server.requests.first)
    #expect(server.requests.count == 1 && request.headers.allSatisfy { $0.name.lowercased() != "bcc" })
    #expect(try JSONValue(Data(request.body))["data"]?["subject"]?["hostname"] == .string(name))
  }

  @Test(arguments: [
    nil, "", "no address", "ftp://example.org/", "http://", "https://exa mple.org/", "http://example.org/\r\nX: y",
    "https://user:secret@example.org/",
  ])
  func takesNoOtherAddress(url: String?) {
    #expect(throws: SinkConfigurationError.self) { try WebhookSink(Sample.settings(.webhook) { $0.url = url }, version: "1") }
  }

  @Test(.needs(.standardwebhooks), arguments: [[secret], [otherSecret, secret]]) func standardwebhooksVerifiesIt(secrets: [String])
    async throws
  {
    let server = try TestServer(.status(200))
    let now = Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9))
    let parcel = Parcel(events: [Sample.event(name: "日本語 \"📷\"")], uid: "uid-1", message: Sample.message(), time: now)
    try await sink(server, secrets: secrets).deliver(parcel)
    let request = try #require(server.requests.first)
    let headers = Dictionary(request.headers.map { ($0.name, JSONValue.string($0.value)) }, uniquingKeysWith: { a, _ in a })
    func verify(_ body: [UInt8]) -> (status: Int32, output: String) {
      let input: JSONValue = [
        "secret": .string(Self.secret), "headers": .object(headers), "body": .string(Data(body).base64EncodedString()),
      ]
      return run(Tool.labPython, Tool.programs + "/verify_webhook.py", input: Array(input.bytes))
    }
    let (status, output) = verify(request.body)
    #expect(status == 0)
    #expect(try JSONValue(Data(output.utf8)) == parcel.event.machineDocument)
    #expect(verify(request.body + [0x20]).status != 0)
  }
}
