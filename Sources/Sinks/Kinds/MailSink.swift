import CCurl
import ConfigurationFiles
import Detection
import Dispatch
import Foundation
import Synchronization

/// Sends each message as a mail by SMTP, with TLS from the first byte or after STARTTLS, without TLS only to this machine.
///
/// It sends text and HTML, or text alone (Formats/MailMessage.swift). The server's reply of 250 to the mail confirms it. Limits: a hundred
/// recipients, thirty seconds for a reply, ninety for a mail. Source: RFC 5321, RFC 3207 (STARTTLS), RFC 8314 (TLS from the first byte).
///
/// Each recipient gets a mail of his own, so that one whose mailbox is full keeps it from no other. A retry leaves out those who had it.
final class MailSink: Sink {
  /// Recipients of one sink.
  static let recipientLimit = 100
  /// Longest time until the server answers a command. Some let strangers wait on purpose.
  static let replySeconds = 30
  static let transferLimit = Duration.seconds(90)

  private struct Server: Sendable {
    let url: String
    let host: String
    let tls: SinkSettings.TLS
    let caFile: String?
    let user: String?
    let password: String?
  }

  /// Who had a parcel that was not delivered to all.
  private struct Progress {
    var uid = ""
    var done: Set<String> = []
    var refused: Set<String> = []
  }

  private let server: Server
  private let from: Mailbox
  private let to: [Mailbox]
  private let withHTML: Bool
  private let replySeconds: Int
  private let queue = DispatchQueue(label: "lenscap.mail")
  private let progress = Mutex(Progress())

  /// Uses `host`, `port` (nil: 465 with implicit TLS, 25 without TLS, else 587), `tls` (nil: implicit on port 465, else STARTTLS), `user`, the
  /// first secret as the password, `from`, `to`, `caFile`, and `format` (`short` or `long`: text alone).
  /// - Throws: for a host or an address that is none, and for `tls: none` to another machine.
  init(_ settings: SinkSettings, replySeconds: Int = MailSink.replySeconds) throws(SinkConfigurationError) {
    guard let host = settings.host, !host.isEmpty,
      host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"/@?#\\".utf8.contains($0) })
    else { throw SinkConfigurationError("host", "is missing or no host: expected the name of a mail server, such as smtp.example.org") }
    let tls = settings.tls ?? (settings.port == 465 ? .implicit : .starttls)
    guard tls != .none || host == "localhost" || IPAddress(host)?.isLoopback == true else {
      throw SinkConfigurationError("tls", "is none, which is only for a mail server on this machine: expected starttls or implicit")
    }
    let port = settings.port ?? (tls == .implicit ? 465 : tls == .none ? 25 : 587)
    guard (1...65_535).contains(port) else { throw SinkConfigurationError("port", "is no port: expected 1 to 65535") }
    guard let from = settings.from.flatMap(Mailbox.init) else {
      throw SinkConfigurationError("from", "is missing or no mail address: expected one such as Lenscap <box@example.org>")
    }
    guard !settings.to.isEmpty, settings.to.count <= MailSink.recipientLimit else {
      throw SinkConfigurationError("to", "is missing: expected one to \(Self.recipientLimit) mail addresses")
    }
    var to: [Mailbox] = []
    for text in settings.to {
      guard let mailbox = Mailbox(text) else { throw SinkConfigurationError("to", "has an entry that is no mail address") }
      to.append(mailbox)
    }
    self.replySeconds = replySeconds
    self.from = from
    self.to = to
    withHTML = settings.format == nil || settings.format == "html"
    let name = host.contains(":") ? "[\(host)]" : host
    server = Server(
      url: "\(tls == .implicit ? "smtps" : "smtp")://\(name):\(port)", host: host, tls: tls, caFile: settings.caFile, user: settings.user,
      password: settings.secrets.first)
  }

  func deliver(_ parcel: Parcel) async throws(DeliveryError) {
    let message = message(for: parcel).bytes
    var (done, refused) = progress.withLock { progress in
      if progress.uid != parcel.uid { progress = Progress(uid: parcel.uid) }
      return (progress.done, progress.refused)
    }
    var failure: DeliveryError?
    loop: for mailbox in to where !done.contains(mailbox.address.text) && !refused.contains(mailbox.address.text) {
      let address = mailbox.address
      let outcome = try await CancellableWork.run(on: queue) { [self] isCancelled throws(DeliveryError) in
        try send(message, to: address, isCancelled: isCancelled)
      }
      switch outcome {
      case .delivered: done.insert(address.text)
      case .refused: refused.insert(address.text)
      case .later(let reason): failure = .temporary(reason)
      case .failed(let reason):
        failure = .temporary(reason)
        break loop
      }
      progress.withLock { [done, refused] in ($0.done, $0.refused) = (done, refused) }
    }
    if let failure { throw failure }
    if done.isEmpty { throw .refused("\(server.host) refused the mail or every recipient") }
  }

  func message(for parcel: Parcel) -> MailMessage {
    let text = parcel.message
    return MailMessage(
      from: from, to: to, subject: text.subject, date: parcel.time, id: parcel.uid, thread: parcel.isGathered ? nil : parcel.event.alert,
      beginsThread: parcel.event.kind == .raised, isUrgent: text.isUrgent && !parcel.event.kind.isByPerson,
      text: text.withLink(text.long), html: withHTML ? Self.page(text) : nil)
  }

  /// The message as a whole page, with a link that acknowledges where the text has none.
  private static func page(_ message: Message) -> String {
    var body = message.html
    if let url = message.acknowledgeURL, !body.contains(url.htmlEscaped) {
      body += "\n<p><a href=\"\(url.htmlEscaped)\">Acknowledge</a></p>"
    }
    guard !body.lowercased().hasPrefix("<!doctype"), !body.lowercased().hasPrefix("<html") else { return body }
    return "<!doctype html>\n<html>\n<head><meta charset=\"utf-8\"></head>\n<body>\n\(body)\n</body>\n</html>"
  }

  private func send(_ message: [UInt8], to recipient: MailAddress, isCancelled: () -> Bool) throws(DeliveryError) -> MailOutcome {
    let handle = try CurlHandle(protocols: "smtp,smtps", caFile: server.caFile, transferLimit: Self.transferLimit)
    try handle.set(CURLOPT_URL, server.url)
    try handle.set(CURLOPT_USE_SSL, server.tls == .none ? Int(CURLUSESSL_NONE.rawValue) : Int(CURLUSESSL_ALL.rawValue))
    if let user = server.user { try handle.set(CURLOPT_USERNAME, user) }
    if let password = server.password { try handle.set(CURLOPT_PASSWORD, password) }
    try handle.set(CURLOPT_MAIL_FROM, from.address.path)
    try handle.set(CURLOPT_MAIL_RCPT, lines: [recipient.path])
    try handle.upload(message)
    try handle.watchCommands()
    // A connection that stays open would be ended later, by libcurl's own time limit of two minutes for the answer to QUIT.
    try handle.set(CURLOPT_FORBID_REUSE, 1)
    try handle.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, replySeconds)
    let code = handle.perform(in: CurlLoop(), isCancelled: isCancelled)
    let status = unsafe lenscap_curl_response_code(handle.pointer)
    return MailOutcome(code, status: status, command: handle.lastCommand, host: server.host)
  }
}

/// What became of a mail to one recipient.
enum MailOutcome: Equatable {
  case delivered
  /// For good.
  case refused
  /// This recipient for now, such as one whose mailbox is full.
  case later(String)
  /// The server for now.
  case failed(String)

  /// Replies of 500 and above to RCPT or DATA are final (RFC 5321, section 4.2.1), unless they are about authentication (RFC 4954, section 6),
  /// which a person can correct, as is a sender that the server does not like.
  ///
  /// Parameters: what libcurl says; the last reply; the command that it answers.
  init(_ code: CURLcode, status: Int, command: String, host: String) {
    let isAnswer = [CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_WEIRD_SERVER_REPLY].contains(code) && (400..<600).contains(status)
    let isAboutAccess = [530, 534, 535, 538].contains(status)
    switch command {
    case _ where code == CURLE_OK: self = .delivered
    case _ where !isAnswer: self = .failed(DeliveryError.transfer(code, host: host).reason)
    case _ where isAboutAccess: self = .failed("\(host) wants another user or password (SMTP \(status))")
    case "RCPT", "DATA":
      self = status >= 500 ? .refused : .later("\(host) does not take the mail of a recipient at the moment (SMTP \(status))")
    default: self = .failed("\(host) does not take mail at the moment (SMTP \(status))")
    }
  }
}
