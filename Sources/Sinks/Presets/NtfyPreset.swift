import ConfigurationFiles
import Detection
import Foundation

/// ntfy, on ntfy.sh or self-hosted: a message as JSON (docs.ntfy.sh/publish, "Publish as JSON") with a button that posts to the
/// acknowledgement topic, which is polled (docs.ntfy.sh/subscribe/api, "Polling for messages").
struct NtfyPreset: Preset {
  /// Of one message. A longer one would become an attachment.
  static let messageLimit = 4096
  static let titleLimit = 250
  /// Of the request, twice that of a message.
  static let documentLimit = 8192
  /// Between two looks for answers. ntfy.sh allows one request in five seconds for long.
  static let pollInterval = Duration.seconds(10)
  /// Answers that came while this program did not run.
  static let firstLookBack = "10m"
  /// Message ids that are remembered, so that no answer counts twice.
  static let rememberedAnswers = 1000
  /// One poll may return all that the server keeps.
  static let answerLimit = 1 << 20

  private let address: WebAddress
  private let topic: String
  private let ackTopic: String
  private let authorization: String?
  private let style: MessageStyle
  private let pollInterval: Duration

  /// - Throws: for an address whose path is not a topic, or an acknowledgement topic that is none.
  init(_ settings: SinkSettings, pollInterval: Duration = NtfyPreset.pollInterval) throws(SinkConfigurationError) {
    address = try WebAddress(settings.url)
    guard address.path.count == 1, let topic = address.path.first, Self.isTopic(topic) else {
      throw SinkConfigurationError(
        "url", "has no topic: expected an address such as https://ntfy.sh/TOPIC, TOPIC of at most 64 letters, digits, - and _")
    }
    self.topic = topic
    ackTopic = settings.ackTopic ?? topic.prefix(60) + "-ack"
    guard Self.isTopic(ackTopic) else {
      throw SinkConfigurationError("ack_topic", "is no topic: expected at most 64 letters, digits, - and _")
    }
    authorization = settings.secrets.first.map { secret in
      guard let user = settings.user else { return "Bearer \(secret)" }
      return "Basic " + Data("\(user):\(secret)".utf8).base64EncodedString()
    }
    style = MessageStyle(settings)
    self.pollInterval = pollInterval
  }

  static func isTopic(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { ASCII.isAlphanumeric($0) || "-_".utf8.contains($0) }
  }

  func request(for parcel: Parcel) -> HTTPRequest {
    let message = parcel.message
    var document: JSONValue = [
      "topic": .string(topic), "title": .string(message.subject.oneLine.cut(utf8: Self.titleLimit)),
      "priority": .integer(priority(of: parcel)), "tags": .array(tags(of: parcel).map { .string($0) }),
    ]
    if let alert = message.alert {
      document["actions"] = [
        [
          "action": "http", "label": "Acknowledge", "method": "POST", "url": .string(address.with(path: [ackTopic])),
          "body": .string("ack \(alert)"), "clear": true,
        ]
      ]
    }
    // Quotation marks take two bytes in JSON, so that the whole can be too long where the message is not.
    var limit = NtfyPreset.messageLimit
    repeat {
      document["message"] = .string(style.body(of: message).cut(utf8: limit))
      limit /= 2
    } while document.bytes.count > Self.documentLimit && limit > 0
    var request = HTTPRequest.json(document, to: address.with(path: []), host: address.host)
    if let authorization { request.set("Authorization", authorization) }
    return request
  }

  /// 5 makes a phone ring through "do not disturb" where its owner allowed that; 3 is the default, 2 makes no sound.
  private func priority(of parcel: Parcel) -> Int64 {
    if parcel.event.kind.isByPerson && !parcel.isGathered { return 2 }
    return parcel.message.isUrgent ? 5 : 3
  }

  /// Names of emoji that the app shows before the title.
  private func tags(of parcel: Parcel) -> [String] {
    switch parcel.event.kind {
    case .raised, .surer, .changed, .silent, .back: [parcel.message.isUrgent ? "rotating_light" : "camera"]
    case .acknowledged, .dismissed, .declared: ["white_check_mark"]
    case .reopened, .health: ["warning"]
    case .report: ["bar_chart"]
    case .test: ["test_tube"]
    }
  }

  func check(_ response: HTTPResponse) throws(DeliveryError) {
    switch response.status {
    case 413: throw .refused("\(address.host) found the message too long (HTTP 413)")
    default: try response.checkStatus(host: address.host)
    }
  }

  func listen(_ inbox: Inbox, client: HTTPClient) async {
    var since = NtfyPreset.firstLookBack
    var seen = RecentSet(limit: Self.rememberedAnswers)
    var pause = ListeningPause()
    while !Task.isCancelled {
      do throws(DeliveryError) {
        let response = try await client.send(pollRequest(since: since))
        try response.checkStatus(host: address.host)
        pause.succeeded()
        for answer in NtfyAnswer.read(response.body) where seen.insert(answer.id) {
          since = answer.id
          if let alert = answer.alert { _ = await inbox.acknowledge(alert, answer.who) }
        }
        try? await Task.sleep(for: pollInterval)
      } catch {
        if case .temporary(_, let retryAfter) = error { await pause.afterFailure(atLeast: retryAfter) } else { await pause.afterFailure() }
      }
    }
  }

  func pollRequest(since: String) -> HTTPRequest {
    let url = "\(address.with(path: [ackTopic, "json"]))?poll=1&since=\(since.percentEncoded)"
    var request = HTTPRequest(method: "GET", url: url, host: address.host)
    request.bodyLimit = NtfyPreset.answerLimit
    if let authorization { request.set("Authorization", authorization) }
    return request
  }
}

/// A message on the acknowledgement topic.
struct NtfyAnswer: Equatable {
  /// Longest id of a message, and longest id of an alert.
  static let idLimit = 128

  let id: String
  /// Nil if the message does not say `ack ALERT`.
  let alert: String?
  /// The title, if somebody gave one, else `ntfy`, which knows nobody.
  let who: String

  /// Reads one JSON object a line; what is no message is left out.
  static func read(_ body: [UInt8]) -> [NtfyAnswer] {
    body.split(separator: UInt8(ascii: "\n")).compactMap { line in
      guard let document = try? JSONValue(Data(line)), document["event"]?.string == "message",
        let id = document["id"]?.string, (1...idLimit).contains(id.utf8.count)
      else { return nil }
      let words = document["message"]?.string?.split(whereSeparator: \.isWhitespace) ?? []
      let isAcknowledgement = words.count == 2 && words[0].lowercased() == "ack" && words[1].utf8.count <= idLimit
      let title = document["title"]?.string?.oneLine ?? ""
      return NtfyAnswer(id: id, alert: isAcknowledgement ? String(words[1]) : nil, who: title.isEmpty ? "ntfy" : title.cut(utf8: 64))
    }
  }
}

/// The last so many texts.
struct RecentSet {
  private let limit: Int
  private var members: Set<String> = []
  private var order: [String] = []

  init(limit: Int) { self.limit = limit }

  /// False if the text is there already.
  mutating func insert(_ text: String) -> Bool {
    guard members.insert(text).inserted else { return false }
    order.append(text)
    if order.count > limit { members.remove(order.removeFirst()) }
    return true
  }
}
