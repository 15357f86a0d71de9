import ConfigurationFiles
import Detection
import Foundation

/// A bot of Telegram (core.telegram.org/bots/api): `sendMessage` with a button under the message, and `getUpdates` for its presses.
///
/// Messages are sent without `parse_mode`, so that no text can become markup.
struct TelegramPreset: Preset {
  static let server = "https://api.telegram.org"
  /// Of `text`, in units of UTF-16.
  static let textLimit = 4096
  /// Of `callback_data`, in bytes.
  static let callbackLimit = 64
  /// Of the text that `answerCallbackQuery` shows, in characters.
  static let noticeLimit = 200
  /// How long the server keeps a request for updates open.
  static let pollSeconds: Int64 = 25
  static let updatesAtOnce: Int64 = 20
  /// An update holds the whole message whose button was pressed.
  static let updatesLimit = 1 << 20

  private let address: WebAddress
  private let token: String
  private let chat: TelegramChat
  private let style: MessageStyle

  /// - Throws: for a chat or a token that is missing or none, and for an address that is none.
  init(_ settings: SinkSettings) throws(SinkConfigurationError) {
    address = try WebAddress(settings.url ?? Self.server)
    guard let token = settings.secrets.first, Self.isToken(token) else {
      throw SinkConfigurationError("secret_file", "holds no token of a bot: expected what BotFather gave, such as 123456:ABC…")
    }
    guard let chat = settings.chat.flatMap(TelegramChat.init) else {
      throw SinkConfigurationError("chat", "is no chat: expected its number, such as -1001234567890, or @name")
    }
    self.token = token
    self.chat = chat
    style = MessageStyle(settings)
  }

  /// Digits, a colon, and letters, digits, `-` and `_`: it becomes a part of a path.
  private static func isToken(_ text: String) -> Bool {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count == 2 && parts[0].utf8.allSatisfy(ASCII.isDigit) && !parts[0].isEmpty
      && !parts[1].isEmpty && String(parts[1]).percentEncoded == parts[1]
  }

  func request(for parcel: Parcel) -> HTTPRequest {
    let text = style.text(of: parcel.message).cut(utf16: Self.textLimit)
    var document: JSONValue = ["chat_id": chat.value, "text": .string(text), "link_preview_options": ["is_disabled": true]]
    if let alert = parcel.message.alert, let data = TelegramUpdate.callbackData(alert: alert) {
      document["reply_markup"] = ["inline_keyboard": [[["text": "Acknowledge", "callback_data": .string(data)]]]]
    }
    if parcel.event.kind.isByPerson && !parcel.isGathered { document["disable_notification"] = true }
    return call("sendMessage", document)
  }

  private func call(_ method: String, _ document: JSONValue) -> HTTPRequest {
    // The colon of the token stays as it is, as in Telegram's own examples.
    let url = address.appending(path: []).trimmingSlash + "/bot\(token)/\(method)"
    return HTTPRequest.json(document, to: url, host: address.host)
  }

  func check(_ response: HTTPResponse) throws(DeliveryError) { _ = try result(of: response) }

  /// What the service returned.
  /// - Throws: for `"ok": false` also in an answer of status 200. What it says about a message that it will never take is `.refused`.
  private func result(of response: HTTPResponse) throws(DeliveryError) -> JSONValue {
    guard let document = response.document, let isOK = document["ok"] else {
      try response.checkStatus(host: address.host)
      throw .temporary("\(address.host) did not answer as Telegram does")
    }
    if isOK == .bool(true) { return document["result"] ?? .null }
    let code = document["error_code"]?.integer ?? Int64(response.status)
    let description = vendorText(document["description"], without: [token])
    // A group that becomes a supergroup gets another number.
    let moved = document["parameters"]?["migrate_to_chat_id"]?.integer.map { ", the chat is now \($0)" } ?? ""
    let reason = "Telegram: \(description) (error \(code))\(moved)"
    if code == 400, ["message is too long", "text must be", "message text is empty"].contains(where: description.contains) {
      throw .refused(reason)
    }
    let asked = document["parameters"]?["retry_after"]?.integer.map { min(.seconds(max(0, $0)), HTTPResponse.longestRetryAfter) }
    throw .temporary(reason, retryAfter: asked ?? response.retryAfter)
  }

  func listen(_ inbox: Inbox, client: HTTPClient) async {
    var next: Int64 = 0
    var pause = ListeningPause()
    while !Task.isCancelled {
      do throws(DeliveryError) {
        let updates = try result(of: await client.send(updatesRequest(from: next)))
        pause.succeeded()
        for update in (updates.array ?? []) {
          guard let id = update["update_id"]?.integer else { continue }
          next = max(next, id < .max ? id + 1 : id)
          guard let answer = TelegramUpdate(update), chat.matches(answer) else { continue }
          let isKnown = await inbox.acknowledge(answer.alert, answer.who)
          let notice = isKnown ? "Acknowledged: others see that you take care of it." : "This alert is not known any more."
          _ = try? await client.send(
            call(
              "answerCallbackQuery",
              ["callback_query_id": .string(answer.query), "text": .string(String(notice.prefix(Self.noticeLimit)))]))
        }
      } catch {
        if case .temporary(_, let retryAfter) = error { await pause.afterFailure(atLeast: retryAfter) } else { await pause.afterFailure() }
      }
    }
  }

  func updatesRequest(from next: Int64) -> HTTPRequest {
    var request = call(
      "getUpdates",
      [
        "offset": .integer(next), "limit": .integer(Self.updatesAtOnce), "timeout": .integer(Self.pollSeconds),
        "allowed_updates": ["callback_query"],
      ])
    request.timeLimit = .seconds(Self.pollSeconds + 15)
    request.bodyLimit = TelegramPreset.updatesLimit
    return request
  }
}

/// A chat by its number or by its public name.
enum TelegramChat: Sendable, Equatable {
  case number(Int64)
  case name(String)

  init?(_ text: String) {
    if let number = Int64(text) {
      self = .number(number)
    } else if text.hasPrefix("@"), text.utf8.count > 1, String(text.dropFirst()).percentEncoded == text.dropFirst() {
      self = .name(String(text.dropFirst()))
    } else {
      return nil
    }
  }

  var value: JSONValue {
    switch self {
    case .number(let number): .integer(number)
    case .name(let name): .string("@\(name)")
    }
  }

  /// True if the button that was pressed is in this chat.
  func matches(_ answer: TelegramUpdate) -> Bool {
    switch self {
    case .number(let number): answer.chatNumber == number
    case .name(let name): answer.chatName?.lowercased() == name.lowercased()
    }
  }
}

/// A press of the button under a message.
struct TelegramUpdate: Equatable {
  private static let prefix = "ack:"

  let query: String
  let alert: String
  let who: String
  let chatNumber: Int64?
  let chatName: String?

  /// Nil for what is not a press of this program's button.
  init?(_ update: JSONValue) {
    guard let callback = update["callback_query"], let query = callback["id"]?.string, let data = callback["data"]?.string,
      data.hasPrefix(Self.prefix), data.utf8.count > Self.prefix.utf8.count
    else { return nil }
    self.query = query
    alert = String(data.dropFirst(Self.prefix.count))
    let chat = callback["message"]?["chat"]
    chatNumber = chat?["id"]?.integer
    chatName = chat?["username"]?.string
    let from = callback["from"]
    let names = ["first_name", "last_name"].compactMap { from?[$0]?.string?.oneLine }.filter { !$0.isEmpty }
    let name = names.isEmpty ? from?["username"]?.string?.oneLine ?? "" : names.joined(separator: " ")
    who = name.isEmpty ? "Telegram" : "\(name.cut(utf8: 128)) (Telegram)"
  }

  /// Nil if the id does not fit.
  static func callbackData(alert: String) -> String? {
    let data = prefix + alert
    return data.utf8.count <= TelegramPreset.callbackLimit ? data : nil
  }
}

extension String {
  fileprivate var trimmingSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}
