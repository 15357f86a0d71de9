import ConfigurationFiles
import Foundation
import Testing

@testable import Sinks

/// Against the examples of open.dingtalk.com ("Custom robot access", "Customize robot security settings"), restated here.
@Suite struct DingTalkTests {
  static let success = #"{"errcode":0,"errmsg":"ok"}"#

  private func sink(_ server: TestServer, path: String = "/robot/send", secrets: [String]) throws -> HTTPSink {
    try HTTPSink(
      Sample.settings(.http) { ($0.preset, $0.url, $0.secrets) = ("dingtalk", server.url + path, secrets) }, version: "1")
  }

  /// The document's example, with the time that it names; computed with Python's hmac.
  @Test func signsTimeAndSecret() {
    #expect(
      DingTalkPreset.signature(milliseconds: 1_577_262_236_757, secret: "this is secret") == "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM=")
  }

  @Test func sendsSignedText() async throws {
    let server = try TestServer(.json(Self.success))
    try await sink(server, secrets: ["XXXXXX", "this is secret"]).deliver(Sample.parcel())
    let request = try #require(server.requests.first)
    let sign = DingTalkPreset.signature(milliseconds: 1_795_529_000_000, secret: "this is secret").percentEncoded
    #expect(request.target == "/robot/send?access_token=XXXXXX&timestamp=1795529000000&sign=\(sign)")
    let expected: JSONValue = [
      "msgtype": "text", "text": ["content": "Camera in Room 12\n\nRoom 12: IPC-C22\nDo not touch it.\nCall the manager."],
      "at": ["isAtAll": false],
    ]
    #expect(try JSONValue(Data(request.body)) == expected)
  }

  @Test func takesTheAddressAsDingTalkShowsIt() async throws {
    let server = try TestServer(.json(Self.success))
    try await sink(server, path: "/robot/send?access_token=T", secrets: ["SEC1"]).deliver(Sample.parcel())
    try await sink(server, path: "/robot/send?access_token=T", secrets: []).deliver(Sample.parcel())
    try await sink(server, path: "/", secrets: [server.url + "/robot/send?access_token=T", "SEC1"]).deliver(Sample.parcel())
    let targets = server.requests.map(\.target)
    #expect(targets[0].hasPrefix("/robot/send?access_token=T&timestamp=1795529000000&sign="))
    #expect(targets[1] == "/robot/send?access_token=T" && targets[2] == targets[0])
    #expect(throws: SinkConfigurationError.self) { try sink(server, secrets: []) }
  }

  @Test func errorsInsideAnAnswerAreErrors() async throws {
    let server = try TestServer { _, number in
      .json(
        [
          #"{"errcode":310000,"errmsg":"keywords not in content, more: [https://open.dingtalk.com/doc]"}"#,
          #"{"errcode":130101,"errmsg":"send too fast"}"#, #"{"errcode":300001,"errmsg":"token T0KEN is not exist"}"#, "<html>",
        ][number])
    }
    let sink = try sink(server, secrets: ["T0KEN"])
    #expect(
      try await sink.failure() == .temporary("DingTalk: keywords not in content, more: [https://open.dingtalk.com/doc] (error 310000)"))
    #expect(try await sink.failure() == .temporary("DingTalk: send too fast (error 130101)", retryAfter: .seconds(600)))
    #expect(try await sink.failure() == .temporary("DingTalk: token *** is not exist (error 300001)"))
    #expect(try await sink.failure() == .temporary("127.0.0.1 did not answer as DingTalk does"))
  }

  @Test(arguments: Sample.hostileNames) func messagesKeepTheLimit(name: String) async throws {
    let server = try TestServer(.json(Self.success))
    try await sink(server, secrets: ["T"]).deliver(Sample.parcel(name: name))
    let body = server.requests[0].body
    #expect(body.count <= 20_000)
    #expect(try JSONValue(Data(body))["msgtype"] == "text" && JSONValue(Data(body))["at"] == ["isAtAll": false])
  }

  @Test func theAddressThatAcknowledgesIsInTheText() async throws {
    let server = try TestServer(.json(Self.success))
    var message = Sample.message()
    message.acknowledgeURL = "https://box.example/ack/T"
    try await sink(server, secrets: ["T"]).deliver(Sample.parcel(message: message))
    #expect(try JSONValue(Data(server.requests[0].body))["text"]?["content"]?.string?.hasSuffix("\n\nhttps://box.example/ack/T") == true)
  }
}

/// Against the examples of open.feishu.cn ("Custom bot usage guide"), restated here.
@Suite struct FeishuTests {
  static let success = #"{"code":0,"data":{},"msg":"success"}"#

  private func sink(_ server: TestServer, path: String = "/open-apis/bot/v2/hook", secrets: [String]) throws -> HTTPSink {
    try HTTPSink(Sample.settings(.http) { ($0.preset, $0.url, $0.secrets) = ("feishu", server.url + path, secrets) }, version: "1")
  }

  /// The document's time; computed with Python's hmac. Time and secret are the key, and what is signed is empty.
  @Test func signsNothingWithTimeAndSecret() {
    #expect(FeishuPreset.signature(seconds: 1_599_360_473, secret: "demo") == "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=")
  }

  @Test func sendsSignedText() async throws {
    let server = try TestServer(.json(Self.success))
    try await sink(server, secrets: ["7f1e", "demo"]).deliver(Sample.parcel())
    let request = try #require(server.requests.first)
    #expect(request.target == "/open-apis/bot/v2/hook/7f1e")
    let expected: JSONValue = [
      "timestamp": "1795529000", "sign": .string(FeishuPreset.signature(seconds: 1_795_529_000, secret: "demo")), "msg_type": "text",
      "content": ["text": "Camera in Room 12\n\nRoom 12: IPC-C22\nDo not touch it.\nCall the manager."],
    ]
    #expect(try JSONValue(Data(request.body)) == expected)
  }

  @Test func takesTheAddressAsFeishuShowsIt() async throws {
    let server = try TestServer(.json(Self.success))
    try await sink(server, path: "/open-apis/bot/v2/hook/7f1e", secrets: []).deliver(Sample.parcel())
    try await sink(server, secrets: [server.url + "/open-apis/bot/v2/hook/7f1e", "demo"]).deliver(Sample.parcel())
    #expect(server.requests.map(\.target) == ["/open-apis/bot/v2/hook/7f1e", "/open-apis/bot/v2/hook/7f1e"])
    #expect(try JSONValue(Data(server.requests[0].body))["sign"] == nil && JSONValue(Data(server.requests[1].body))["sign"] != nil)
  }

  @Test func errorsInsideAnAnswerAreErrors() async throws {
    let server = try TestServer { _, number in
      .json(
        [
          #"{"code":19021,"data":{},"msg":"sign match fail or timestamp is not within one hour from current time"}"#,
          #"{"code":11232,"msg":"frequency limited"}"#, #"{"Extra":null,"StatusCode":0,"StatusMessage":"success"}"#, "[]",
        ][number])
    }
    let sink = try sink(server, secrets: ["T"])
    #expect(
      try await sink.failure() == .temporary("Feishu: sign match fail or timestamp is not within one hour from current time (error 19021)"))
    #expect(try await sink.failure() == .temporary("Feishu: frequency limited (error 11232)", retryAfter: .seconds(60)))
    try await sink.deliver(Sample.parcel())
    #expect(try await sink.failure() == .temporary("127.0.0.1 did not answer as Feishu does"))
  }

  @Test(arguments: Sample.hostileNames) func nobodyIsCalledByAName(name: String) async throws {
    let server = try TestServer(.json(Self.success))
    try await sink(server, secrets: ["T"]).deliver(Sample.parcel(name: name))
    let body = server.requests[0].body
    #expect(body.count <= 20_000)
    #expect(try JSONValue(Data(body))["content"]?["text"]?.string?.contains("<") == false)
  }
}
