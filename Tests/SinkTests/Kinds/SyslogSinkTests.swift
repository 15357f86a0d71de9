import ConfigurationFiles
import Foundation
import Testing

@testable import Sinks

@Suite struct SyslogMessageTests {
  private func text(_ parcel: Parcel) throws -> String {
    try #require(String(validating: SyslogMessage(parcel, host: "box 1").bytes, as: UTF8.self))
  }

  @Test func headerDataAndText() throws {
    let text = try text(Sample.parcel(of: Sample.event()))
    #expect(text.hasPrefix("<129>1 2026-11-24T14:03:11.123456Z box1 lenscap \(getpid()) alert.raised [lenscap@32473 uid=\""))
    #expect(
      text.contains(" alert=\"\(Sample.alert)\" device=\"mac:02:00:00:00:00:01\" room=\"Room 12\" verdict=\"camera\" severity=\"high\""))
    #expect(text.hasSuffix("] \u{FEFF}A camera in Room 12"))
  }

  @Test func severityFollowsTheEvent() throws {
    #expect(try text(Sample.parcel(of: Sample.event(.raised, more: ["severity": "medium"]))).hasPrefix("<132>1 "))
    #expect(try text(Sample.parcel(of: Sample.event(.acknowledged))).hasPrefix("<133>1 "))
    #expect(try text(Sample.parcel(of: Sample.event(.report, more: ["severity": .null]))).hasPrefix("<134>1 "))
  }

  @Test func gatheredEventsAreOneMessage() throws {
    let text = try text(Sample.parcel(of: Sample.event(), Sample.event(.silent)))
    #expect(text.contains(" gathered [lenscap@32473 uid=\""))
    #expect(text.contains(" events=\"2\"]"))
  }

  @Test(arguments: Sample.hostileNames + [""])
  func hostileNamesStayInTheirPlace(name: String) throws {
    let text = try text(Sample.parcel(of: Sample.event(more: ["subject": ["room": .string(name)]]), text: name))
    #expect(text.utf8.count <= SyslogMessage.limit)
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0 == "\u{202E}" || $0.value == 0x7F })
    // Read as RFC 5424 says: the structured data ends at the first ] that is not escaped.
    let data = try #require(text.split(separator: "[", maxSplits: 1).last)
    var value = ""
    var room: String?
    var isEscaped = false
    var isQuoted = false
    var rest = data.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      if isEscaped {
        isEscaped = false
        value.unicodeScalars.append(scalar)
      } else if scalar == "\\" {
        isEscaped = true
      } else if scalar == "\"" {
        if isQuoted, value.hasPrefix("room=") { room = String(value.dropFirst(5)) }
        isQuoted.toggle()
        if !isQuoted { value = "" }
      } else if !isQuoted, scalar == "]" {
        break
      } else if !isQuoted, scalar == " " {
        value = ""
      } else {
        value.unicodeScalars.append(scalar)
      }
    }
    #expect(room == name.oneLine.cut(utf8: SyslogMessage.valueLimit))
    #expect(String(rest).hasPrefix(" \u{FEFF}"))
  }
}

private let hasServer = Tool.path(of: "rsyslogd") != nil && Tool.path(of: "openssl") != nil

/// A real rsyslog, over each transport.
@Suite(.serialized, .enabled(if: hasServer, "needs rsyslog, rsyslog-openssl and openssl"))
struct SyslogServerTests {
  private let scratch = try! Scratch()
  private let port = try! TestServer.unusedPort()

  /// Writes the uid and the message of each line that the server understood.
  private func server(_ input: String, tls: Bool = false) throws -> Daemon {
    let global =
      tls
      ? """
      global(workDirectory="\(scratch.folder.path)" defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="\(scratch.path("ca.pem"))"
        defaultNetstreamDriverCertFile="\(scratch.path("certificate.pem"))" defaultNetstreamDriverKeyFile="\(scratch.path("key.pem"))")
      """ : "global(workDirectory=\"\(scratch.folder.path)\")"
    let configuration = """
      \(global)
      module(load="imtcp" \(tls ? "StreamDriver.Name=\"ossl\" StreamDriver.Mode=\"1\" StreamDriver.AuthMode=\"anon\"" : ""))
      module(load="mmpstrucdata")
      \(input)
      action(type="mmpstrucdata")
      template(name="line" type="string" string="%$!rfc5424-sd!lenscap@32473!uid%|%syslogseverity-text%|%timereported:::date-rfc3339%|%app-name%|%msgid%|%msg%\\n")
      action(type="omfile" file="\(scratch.path("received"))" template="line" asyncWriting="off" flushOnTXEnd="on")
      """
    let file = try scratch.write("rsyslog.conf", configuration)
    return Daemon([Tool.path(of: "rsyslogd")!, "-n", "-f", file, "-i", scratch.path("pid")], log: scratch.path("log"))
  }

  private func sink(tls: SinkSettings.TLS) throws -> SyslogSink {
    var settings = SinkSettings(name: "s", kind: .syslog)
    settings.host = "localhost"
    settings.port = port
    settings.tls = tls
    settings.caFile = tls == .none ? nil : scratch.path("ca.pem")
    return try SyslogSink(settings)
  }

  @Test func localSocket() async throws {
    let path = scratch.path("log.sock")
    let server = try server(
      "module(load=\"imuxsock\" SysSock.Use=\"off\")\ninput(type=\"imuxsock\" Socket=\"\(path)\" UseSpecialParser=\"off\" IgnoreTimestamp=\"off\")"
    )
    defer { server.stop(SIGKILL) }
    var settings = SinkSettings(name: "s", kind: .syslog)
    settings.path = path
    let sink = try SyslogSink(settings)
    #expect(await sink.deliveryError(Sample.parcel(of: Sample.event()))?.reason.contains("No such file") == true)
    try await server.start(port: nil)
    #expect(await eventually { await sink.deliveryError(Sample.parcel(of: Sample.event())) == nil })
    #expect(await eventually { scratch.lines("received").count == 1 }, "\(scratch.text("log"))")
    let uid = Sample.event().uid
    #expect(
      scratch.lines("received") == [
        "\(uid)|alert|2026-11-24T14:03:11.123456Z|lenscap|alert.raised|\u{FEFF}A camera in Room 12"
      ])
  }

  @Test(arguments: [SinkSettings.TLS.none, .implicit])
  func everyMessageArrivesThoughTheServerIsKilled(tls: SinkSettings.TLS) async throws {
    _ = try Authority(in: scratch.folder)
    let server = try server("input(type=\"imtcp\" port=\"\(port)\" address=\"127.0.0.1\")", tls: tls != .none)
    defer { server.stop(SIGKILL) }
    try await server.start(port: port)
    let sink = try sink(tls: tls)
    let running = Task { await sink.run(Inbox { _, _ in false }) }
    for number in 1...200 {
      if number == 70 { server.stop(SIGKILL) }
      if number == 140 { server.stop(SIGTERM) }
      try await sink.deliverAtLast(Sample.parcel(of: Sample.event(.raised, number))) {
        if !Daemon.listens(port) { try await server.start(port: port) }
      }
    }
    let expected = (1...200).map { Sample.event(.raised, $0).uid }
    #expect(await eventually { Set(uids).count == 200 }, "\(Set(uids).count): \(scratch.text("log"))")
    var seen: Set<String> = []
    #expect(uids.filter { seen.insert($0).inserted } == expected)
    running.cancel()
    await running.value
  }

  private var uids: [String] { scratch.lines("received").compactMap { $0.split(separator: "|").first.map(String.init) } }

  @Test func strangerIsNotTrusted() async throws {
    _ = try Authority(in: scratch.folder)
    let server = try server("input(type=\"imtcp\" port=\"\(port)\" address=\"127.0.0.1\")", tls: true)
    defer { server.stop(SIGKILL) }
    try await server.start(port: port)
    let other = try Scratch()
    _ = try Authority(in: other.folder)
    var settings = SinkSettings(name: "s", kind: .syslog)
    settings.host = "localhost"
    settings.port = port
    settings.caFile = other.path("ca.pem")
    #expect(try await SyslogSink(settings).deliveryError(Sample.parcel(of: Sample.event())) != nil)
  }
}
