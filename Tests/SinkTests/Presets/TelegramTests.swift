import ConfigurationFiles
import Foundation
import Testing

@testable import Sinks

/// Against core.telegram.org/bots/api: `sendMessage`, `InlineKeyboardMarkup`, `getUpdates`, `answerCallbackQuery`, "Making requests".
@Suite struct TelegramTests {
  static let token = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"
  static let success = #"{"ok":true,"result":{"message_id":1}}"#

  private func sink(_ server: TestServer, chat: String? = "-1001234567890", _ change: (inout SinkSettings) -> Void = { _ in }) throws
    -> HTTPSink
  {
    try HTTPSink(
      Sample.settings(.http) {
        ($0.preset, $0.url, $0.secrets, $0.chat) = ("telegram", server.url, [Self.token], chat)
        change(&$0)
      }, version: "1")
  }

  private func document(_ parcel: Parcel) async throws -> JSONValue {
    let server = try TestServer(.json(Self.success))
    try await sink(server).deliver(parcel)
    return try JSONValue(Data(#require(server.requests.first).body))
  }

  @Test func sendsAMessageWithAButton() async throws {
    let server = try TestServer(.json(Self.success))
    try await sink(server).deliver(Sample.parcel())
    let request = try #require(server.requests.first)
    #expect(request.method == "POST" && request.target == "/bot\(Self.token)/sendMessage" && request["Content-Type"] == "application/json")
    let expected: JSONValue = [
      "chat_id": -1_001_234_567_890,
      "text": "Camera in Room 12\n\nRoom 12: IPC-C22\nDo not touch it.\nCall the manager.",
      "link_preview_options": ["is_disabled": true],
      "reply_markup": ["inline_keyboard": [[["text": "Acknowledge", "callback_data": .string("ack:\(Sample.alert)")]]]],
    ]
    #expect(try JSONValue(Data(request.body)) == expected)
  }

  @Test func aChatMayHaveAName() async throws {
    let server = try TestServer(.json(Self.success))
    try await sink(server, chat: "@hotel_desk").deliver(Sample.parcel())
    #expect(try JSONValue(Data(server.requests[0].body))["chat_id"] == "@hotel_desk")
  }

  @Test func anIdThatDoesNotFitHasNoButton() async throws {
    let fits = Sample.message(alert: String(repeating: "x", count: 60))
    #expect(try await document(Sample.parcel(message: fits))["reply_markup"] != nil)
    let long = Sample.message(alert: String(repeating: "x", count: 61))
    #expect(try await document(Sample.parcel(message: long))["reply_markup"] == nil)
  }

  @Test(arguments: Sample.hostileNames + [String(repeating: "📷", count: 3000)]) func messagesKeepTheLimit(name: String) async throws {
    let document = try await document(Sample.parcel(name: name))
    let text = try #require(document["text"]?.string)
    #expect(text.utf16.count <= 4096 && document["parse_mode"] == nil && document["entities"] == nil)
    #expect(text.hasSuffix("Call the manager.") || text.hasSuffix("…"))
  }

  @Test func errorsInsideAnAnswerAreErrors() async throws {
    let answers: [TestServer.Answer] = [
      .json(#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}"#),
      .status(400, body: #"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#),
      .status(400, body: #"{"ok":false,"error_code":400,"description":"Bad Request: message is too long"}"#),
      .status(401, body: #"{"ok":false,"error_code":401,"description":"Unauthorized \#(Self.token)\r\nX"}"#),
      .status(
        400,
        body: #"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","#
          + #""parameters":{"migrate_to_chat_id":-1009}}"#), .status(502, body: "<html>"), .status(200, body: "[]"),
    ]
    let server = try TestServer { _, number in answers[number] }
    let sink = try sink(server)
    #expect(try await sink.failure() == .temporary("Telegram: Too Many Requests: retry after 35 (error 429)", retryAfter: .seconds(35)))
    #expect(try await sink.failure() == .temporary("Telegram: Bad Request: chat not found (error 400)"))
    #expect(try await sink.failure() == .refused("Telegram: Bad Request: message is too long (error 400)"))
    #expect(try await sink.failure() == .temporary("Telegram: Unauthorized *** X (error 401)"))
    #expect(try await sink.failure().reason.hasSuffix("upgraded to a supergroup chat (error 400), the chat is now -1009"))
    #expect(try await sink.failure() == .temporary("127.0.0.1 answered with HTTP 502"))
    #expect(try await sink.failure() == .temporary("127.0.0.1 did not answer as Telegram does"))
  }

  private static func press(_ update: Int, chat: String, data: String, from: String = #""first_name":"Ana","last_name":"Sousa""#) -> String
  {
    #"{"update_id":\#(update),"callback_query":{"id":"q\#(update)","from":{"id":7,"is_bot":false,\#(from)},"#
      + #""message":{"message_id":5,"date":1,"chat":{"id":\#(chat),"type":"supergroup"},"text":"x"},"chat_instance":"1","data":"\#(data)"}}"#
  }

  @Test func acknowledgesPressesInItsChatOnly() async throws {
    let updates = [
      Self.press(10, chat: "-1001234567890", data: "ack:a-1"), Self.press(11, chat: "42", data: "ack:a-2"),
      Self.press(12, chat: "-1001234567890", data: "other:a-3"),
      Self.press(13, chat: "-1001234567890", data: "ack:unknown", from: #""username":"x\n""#),
      #"{"update_id":14,"message":{"text":"ack:a-4"}}"#,
    ]
    let server = try TestServer { request, number in
      if request.path.hasSuffix("/answerCallbackQuery") { return .json(#"{"ok":true,"result":true}"#) }
      return number == 0 ? .json(#"{"ok":true,"result":[\#(updates.joined(separator: ","))]}"#) : .stall
    }
    let got = Answers()
    try await running(sink(server), got.inbox) { _ = await eventually { server.requests.count >= 4 } }
    try #require(server.requests.count >= 4)
    #expect(got.list == ["a-1 by Ana Sousa (Telegram)", "unknown by x (Telegram)"])
    let calls = try server.requests.map { (String($0.path.split(separator: "/")[1]), try JSONValue(Data($0.body))) }
    #expect(calls.map(\.0) == ["getUpdates", "answerCallbackQuery", "answerCallbackQuery", "getUpdates"])
    let first: JSONValue = ["offset": 0, "limit": 20, "timeout": 25, "allowed_updates": ["callback_query"]]
    #expect(calls[0].1 == first && calls[3].1["offset"] == 15)
    #expect(calls[1].1["callback_query_id"] == "q10" && calls[1].1["text"]?.string?.hasPrefix("Acknowledged") == true)
    #expect(calls[2].1["callback_query_id"] == "q13" && calls[2].1["text"]?.string?.hasPrefix("This alert is not known") == true)
  }

  @Test(arguments: ["", "token", "123:", ":abc", "123:abc/../x", "123:a b", "a:b", "1:2:3"]) func takesNoOtherToken(token: String) throws {
    let server = try TestServer(.stall)
    let error = #expect(throws: SinkConfigurationError.self) { try sink(server) { $0.secrets = [token] } }
    #expect(error?.key == "secret_file")
  }

  @Test(arguments: [nil, "", "desk", "@", "@a/b", "1.5"]) func takesNoOtherChat(chat: String?) throws {
    let server = try TestServer(.stall)
    #expect(throws: SinkConfigurationError.self) { try sink(server, chat: chat) }
  }
}
