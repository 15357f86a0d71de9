import ConfigurationFiles
import Foundation
import Testing

@testable import Sinks

/// Against the examples of docs.ntfy.sh ("Publish as JSON", "Send HTTP request", "Polling for messages"), restated here.
@Suite struct NtfyTests {
  private func settings(_ server: TestServer, _ change: (inout SinkSettings) -> Void = { _ in }) -> SinkSettings {
    Sample.settings(.http) {
      ($0.preset, $0.url) = ("ntfy", server.url + "/front-desk")
      change(&$0)
    }
  }

  private func document(_ parcel: Parcel, _ change: (inout SinkSettings) -> Void = { _ in }) async throws -> JSONValue {
    let server = try TestServer(.json("{}"))
    try await HTTPSink(settings(server, change), version: "1").deliver(parcel)
    return try JSONValue(Data(#require(server.requests.first).body))
  }

  @Test func publishesAsJSONToTheRoot() async throws {
    let server = try TestServer(.json("{}"))
    try await HTTPSink(settings(server) { $0.secrets = ["tk_secret"] }, version: "1").deliver(Sample.parcel())
    let request = try #require(server.requests.first)
    #expect(request.method == "POST" && request.target == "/" && request["Authorization"] == "Bearer tk_secret")
    let expected: JSONValue = [
      "topic": "front-desk", "title": "Camera in Room 12", "message": "Room 12: IPC-C22\nDo not touch it.\nCall the manager.",
      "priority": 5,
      "tags": ["rotating_light"],
      "actions": [
        [
          "action": "http", "label": "Acknowledge", "method": "POST", "url": .string(server.url + "/front-desk-ack"),
          "body": .string("ack \(Sample.alert)"), "clear": true,
        ]
      ],
    ]
    #expect(try JSONValue(Data(request.body)) == expected)
  }

  @Test func aUserHasAPassword() async throws {
    let server = try TestServer(.json("{}"))
    let sink = try HTTPSink(settings(server) { ($0.user, $0.secrets) = ("box", ["secret"]) }, version: "1")
    try await sink.deliver(Sample.parcel())
    #expect(server.requests.first?["Authorization"] == "Basic " + Data("box:secret".utf8).base64EncodedString())
  }

  @Test func whatPeopleDoMakesNoNoiseAndHasNoButton() async throws {
    let message = Sample.message(alert: nil)
    let document = try await document(Sample.parcel(.acknowledged, message: message))
    #expect(document["priority"] == 2 && document["actions"] == nil && document["tags"] == ["white_check_mark"])
  }

  @Test func shortFormatIsOneLine() async throws {
    #expect(try await document(Sample.parcel()) { $0.format = "short" }["message"] == "Room 12: IPC-C22")
  }

  @Test(arguments: Sample.hostileNames + [String(repeating: "\"", count: 9000)]) func messagesKeepTheLimits(name: String) async throws {
    var message = Sample.message(name: name)
    message.subject = name
    let document = try await document(Sample.parcel(name: name, message: message))
    let text = try #require(document["message"]?.string)
    #expect(document["topic"] == "front-desk" && document["title"]?.string?.contains("\n") == false)
    #expect(text.utf8.count <= 4096 && (document["title"]?.string?.utf8.count ?? 0) <= 250 && document.bytes.count <= 8192)
    #expect(text.hasPrefix("Room 12: ") && (text.hasSuffix("Call the manager.") || text.hasSuffix("…")))
    #expect(!text.unicodeScalars.contains { $0.value == 0x202E || $0.value == 0 || $0 == "\r" })
  }

  @Test(arguments: [
    "https://ntfy.sh", "https://ntfy.sh/", "https://ntfy.sh/a/b", "https://ntfy.sh/to%20pic",
    "https://ntfy.sh/" + String(repeating: "x", count: 65),
  ])
  func anAddressNeedsATopic(url: String) {
    #expect(throws: SinkConfigurationError.self) {
      try HTTPSink(Sample.settings(.http) { ($0.preset, $0.url) = ("ntfy", url) }, version: "1")
    }
  }

  @Test func aTooLongMessageIsRefusedAndOthersAreTriedAgain() async throws {
    let server = try TestServer { _, number in .status([413, 429, 403, 507][number], headers: ["Retry-After": "9"]) }
    let sink = try HTTPSink(settings(server), version: "1")
    #expect(try await sink.failure() == .refused("127.0.0.1 found the message too long (HTTP 413)"))
    #expect(try await sink.failure() == .temporary("127.0.0.1 wants fewer requests (HTTP 429)", retryAfter: .seconds(9)))
    #expect(try await sink.failure().isTemporary)
    #expect(try await sink.failure().isTemporary)
  }

  @Test func readsAnswers() {
    let lines = [
      #"{"id":"SLiKI64DOt","time":1635528757,"event":"open","topic":"front-desk-ack"}"#,
      #"{"id":"hwQ2YpKdmg","time":1635528741,"event":"message","topic":"front-desk-ack","message":"ack 6f1d2c3b4a596877"}"#,
      #"{"id":"b","event":"message","title":"Maria\r\nadmin","message":" ACK  6f1d2c3b4a596877\n"}"#,
      #"{"id":"c","event":"message","message":"thank you, ack it"}"#, #"{"id":"DGUDShMCsc","event":"keepalive"}"#, "[", "", "{}",
      #"{"event":"message","message":"ack x"}"#,
    ]
    #expect(
      NtfyAnswer.read(Array(lines.joined(separator: "\n").utf8)) == [
        NtfyAnswer(id: "hwQ2YpKdmg", alert: Sample.alert, who: "ntfy"), NtfyAnswer(id: "b", alert: Sample.alert, who: "Maria admin"),
        NtfyAnswer(id: "c", alert: nil, who: "ntfy"),
      ])
  }

  @Test func acknowledgesOncePerMessage() async throws {
    let message = #"{"id":"m1","event":"message","message":"ack a-1"}"# + "\n"
    let later = #"{"id":"m2","event":"message","message":"ack a-2"}"# + "\n"
    let server = try TestServer { _, number in
      switch number {
      case 0: .status(500)
      case 1: .status(200, body: message)
      // A server that forgot the message begins again.
      default: .status(200, body: message + later)
      }
    }
    let got = Answers()
    let preset = try NtfyPreset(settings(server) { ($0.secrets, $0.ackTopic) = (["tk"], "answers") }, pollInterval: .milliseconds(10))
    try await running(HTTPSink(preset: preset, caFile: nil, version: "1"), got.inbox) {
      _ = await eventually { server.requests.count >= 5 }
    }
    try #require(server.requests.count >= 5)
    #expect(got.list == ["a-1 by ntfy", "a-2 by ntfy"])
    let targets = server.requests.map(\.target)
    #expect(targets[0...1] == ["/answers/json?poll=1&since=10m", "/answers/json?poll=1&since=10m"])
    #expect(targets[2] == "/answers/json?poll=1&since=m1" && targets[3] == "/answers/json?poll=1&since=m2")
    #expect(server.requests.allSatisfy { $0.method == "GET" && $0["Authorization"] == "Bearer tk" })
  }
}
