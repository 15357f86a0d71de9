import ConfigurationFiles
import Foundation
import Testing

@testable import Sinks

/// Against aiosmtpd, a mail server that is not this project's.
@Suite(.needs(.aiosmtpd), .needs(.openssl)) struct MailSinkTests {
  /// A mail server of its own.
  private final class Server {
    let program: Program
    let port: Int
    let authority: Authority

    init(_ mode: String, user: String? = nil) throws {
      authority = try Authority()
      let account = user.map { [$0, "secret"] } ?? []
      program = try Program(
        "/usr/bin/python3", [Tool.programs + "/smtp_server.py", mode, authority.certificate, authority.key] + account)
      port = try #require(program.line(with: "PORT ")?.split(separator: " ").last.flatMap { Int($0) })
    }

    deinit {
      program.stop()
      authority.remove()
    }

    /// The next mail that it took.
    func mail() throws -> JSONValue { try JSONValue(Data(#require(program.line()).utf8)) }
  }

  private func sink(_ server: Server, _ tls: SinkSettings.TLS, _ change: (inout SinkSettings) -> Void = { _ in }) throws -> MailSink {
    try MailSink(
      Sample.settings(.mail) {
        ($0.host, $0.port, $0.tls, $0.caFile) = ("localhost", server.port, tls, server.authority.file)
        ($0.from, $0.to) = ("Lenscap <box@hotel.example>", ["porter@hotel.example"])
        change(&$0)
      })
  }

  @Test(arguments: [SinkSettings.TLS.starttls, .implicit, .none]) func sends(tls: SinkSettings.TLS) async throws {
    let server = try Server(tls.rawValue)
    let sink = try sink(server, tls)
    try await sink.deliver(Sample.parcel())
    let mail = try server.mail()
    #expect(mail["from"] == "box@hotel.example" && mail["to"] == ["porter@hotel.example"] && mail["tls"] == .bool(tls != .none))
    let sent = sink.message(for: Sample.parcel()).bytes
    #expect(mail["data"]?.string.flatMap { Data(base64Encoded: $0) } == Data(sent))
    try await sink.deliver(Sample.parcel(uid: "second"))
    _ = try server.mail()
  }

  @Test(arguments: [SinkSettings.TLS.starttls, .implicit]) func logsIn(tls: SinkSettings.TLS) async throws {
    let server = try Server(tls.rawValue, user: "box")
    try await sink(server, tls) { ($0.user, $0.secrets) = ("box", ["secret"]) }.deliver(Sample.parcel())
    #expect(try server.mail()["user"] == true)
    let wrong = try await sink(server, tls) { ($0.user, $0.secrets) = ("box", ["S3CRET-WRONG"]) }.failure()
    #expect(wrong.isTemporary && wrong.reason.contains("password") && !wrong.reason.contains("S3CRET"))
    let nobody = try await sink(server, tls).failure()
    #expect(nobody == .temporary("localhost wants another user or password (SMTP 530)"))
  }

  @Test func sendsNothingToAServerThatItDoesNotTrust() async throws {
    for tls in [SinkSettings.TLS.starttls, .implicit] {
      let server = try Server(tls.rawValue)
      #expect(try await sink(server, tls) { $0.caFile = nil }.failure() == .temporary("the certificate of localhost is not trusted"))
    }
  }

  @Test func sendsNothingWithoutTLSWhereItIsWanted() async throws {
    let server = try Server("none")
    #expect(try await sink(server, .starttls).failure() == .temporary("localhost offers no TLS"))
    #expect(try await sink(server, .implicit).failure().isTemporary)
  }

  @Test func oneRecipientKeepsItFromNoOther() async throws {
    let server = try Server("starttls")
    let sink = try sink(server, .starttls) { $0.to = ["full@hotel.example", "gone@hotel.example", "porter@hotel.example"] }
    let error = try await sink.failure()
    #expect(error == .temporary("localhost does not take the mail of a recipient at the moment (SMTP 452)"))
    #expect(try server.mail()["to"] == ["porter@hotel.example"])
    // The retry leaves out whoever had it; the next event begins anew.
    #expect(try await sink.failure().isTemporary)
    #expect(try await sink.failure(Sample.parcel(uid: "next")).isTemporary)
    let mail = try server.mail()
    #expect(
      mail["data"]?.string.flatMap { Data(base64Encoded: $0) }.map { String(decoding: $0, as: UTF8.self).contains("<next@hotel.example>") }
        == true)
  }

  @Test func whatIsRefusedForGood() async throws {
    let server = try Server("starttls")
    let refused = DeliveryError.refused("localhost refused the mail or every recipient")
    #expect(try await sink(server, .starttls) { $0.to = ["gone@hotel.example"] }.failure() == refused)
    try await sink(server, .starttls) { $0.to = ["gone@hotel.example", "porter@hotel.example"] }.deliver(Sample.parcel())
    var message = Sample.message()
    message.subject = "spam"
    #expect(try await sink(server, .starttls).failure(Sample.parcel(message: message)) == refused)
    message.subject = "later"
    #expect(try await sink(server, .starttls).failure(Sample.parcel(message: message)).isTemporary)
    #expect(
      try await sink(server, .starttls) { $0.from = "refused@hotel.example" }.failure()
        == .temporary("localhost does not take mail at the moment (SMTP 550)"))
  }

  @Test(arguments: Sample.hostileNames) func namesAddNoHeaderAndNoMail(name: String) async throws {
    let server = try Server("none")
    var message = Sample.message(name: name)
    message.subject = name
    try await sink(server, .none).deliver(Sample.parcel(name: name, message: message))
    try await sink(server, .none).deliver(Sample.parcel(uid: "last"))
    let mails = try [server.mail(), server.mail()]
    #expect(mails.map { $0["to"] } == [["porter@hotel.example"], ["porter@hotel.example"]])
    let texts = mails.map { String(decoding: Data(base64Encoded: $0["data"]?.string ?? "") ?? Data(), as: UTF8.self) }
    #expect(!texts[0].components(separatedBy: "\r\n\r\n")[0].contains("\nBcc:") && texts[1].contains("<last@hotel.example>"))
  }

  /// The mail is there; that its server does not say goodbye is no reason to send it twice, or to wait for minutes.
  @Test func aServerThatFallsSilentAfterTheMailHasIt() async throws {
    let server = try Server("none")
    var message = Sample.message()
    message.subject = "mute"
    let settings = Sample.settings(.mail) {
      ($0.host, $0.port, $0.tls, $0.from, $0.to) = (
        "127.0.0.1", server.port, SinkSettings.TLS.none, "box@hotel.example", ["porter@hotel.example"]
      )
    }
    try await MailSink(settings, replySeconds: 1).deliver(Sample.parcel(message: message))
    #expect(try server.mail()["to"] == ["porter@hotel.example"])
  }

  @Test func aServerThatIsNotThereIsTriedAgain() async throws {
    let server = try Server("none")
    server.program.stop()
    #expect(try await sink(server, .none).failure() == .temporary("localhost refused the connection or cannot be reached"))
  }
}

@Suite struct MailSettingsTests {
  @Test func aServerThatSaysNothingDoesNotHoldItBack() async throws {
    let (listener, port) = try TestServer.listen()
    defer { close(listener) }
    let sink = try MailSink(
      Sample.settings(.mail) {
        ($0.host, $0.port, $0.tls, $0.from, $0.to) = (
          "127.0.0.1", port, SinkSettings.TLS.none, "box@hotel.example", ["porter@hotel.example"]
        )
      }, replySeconds: 80)
    let task = Task { try await sink.failure() }
    // On one thread, which waits for no other test.
    let wait = try await onQueue {
      let peer = accept(listener, nil, nil)
      defer { close(peer) }
      // Until it waits for the server's first words.
      sleep(1)
      task.cancel()
      let cancelled = ContinuousClock.now
      var byte: UInt8 = 0
      while recv(peer, &byte, 1, 0) > 0 {}
      return ContinuousClock.now - cancelled
    }
    #expect(wait < .seconds(40))
    #expect(try await task.value == .temporary("the delivery was cancelled"))
  }

  @Test func wrongSettingsAreErrors() throws {
    let right = MailMessageTests.settings
    _ = try MailSink(right)
    let wrong: [(String, (inout SinkSettings) -> Void)] = [
      ("host", { $0.host = nil }), ("host", { $0.host = "mail.example/x" }), ("host", { $0.host = "a@b" }),
      ("host", { $0.host = "a\r\nb" }),
      ("tls", { $0.tls = SinkSettings.TLS.none }), ("port", { $0.port = 0 }), ("port", { $0.port = 70_000 }), ("from", { $0.from = nil }),
      ("from", { $0.from = "a@b\r\nBcc: c@d" }), ("to", { $0.to = [] }), ("to", { $0.to = ["a@b", "c"] }),
      ("to", { $0.to = Array(repeating: "a@b", count: 101) }),
    ]
    for (key, change) in wrong {
      var settings = right
      change(&settings)
      let error = #expect(throws: SinkConfigurationError.self, "\(key)") { try MailSink(settings) }
      #expect(error?.key == key)
    }
  }
}
