import ConfigurationFiles

/// What one service wants in a request, and what its answers mean.
protocol Preset: Sendable {
  /// - Throws: `.refused` for a parcel that can never be written as a request.
  func request(for parcel: Parcel) throws(DeliveryError) -> HTTPRequest

  /// Reads an answer of any status.
  /// - Throws: also where the service reports an error inside a successful answer.
  func check(_ response: HTTPResponse) throws(DeliveryError)

  /// Reads people's answers until its task is cancelled. The default returns at once.
  func listen(_ inbox: Inbox, client: HTTPClient) async
}

extension Preset {
  func listen(_ inbox: Inbox, client: HTTPClient) async {}
}

/// Which text of a message a person's service shows.
enum MessageStyle: Sendable {
  case short
  case long

  init(_ settings: SinkSettings) { self = settings.format == "short" ? .short : .long }

  /// Subject and text in one, for services without a title.
  func text(of message: Message) -> String {
    switch self {
    case .short: message.short.oneLine
    case .long: "\(message.subject.oneLine)\n\n\(message.long.plainText)"
    }
  }

  /// The text below a title.
  func body(of message: Message) -> String {
    switch self {
    case .short: message.short.oneLine
    case .long: message.long.plainText
    }
  }
}

extension Message {
  /// `text`, and the address that acknowledges the alert on a line of its own where the text has it not.
  func withLink(_ text: String) -> String {
    guard let acknowledgeURL, !text.contains(acknowledgeURL) else { return text }
    return "\(text)\n\n\(acknowledgeURL)"
  }
}

/// Waits between attempts to read answers: longer after each failure, short again after a success.
struct ListeningPause {
  static let shortest = Duration.seconds(5)
  static let longest = Duration.seconds(60)

  private var next = ListeningPause.shortest

  mutating func succeeded() { next = ListeningPause.shortest }

  /// Waits after a failure, at least as long as the service asked for. Returns at once when the task is cancelled.
  mutating func afterFailure(atLeast asked: Duration? = nil) async {
    try? await Task.sleep(for: max(next, asked ?? .zero))
    next = min(next * 2, Self.longest)
  }
}
