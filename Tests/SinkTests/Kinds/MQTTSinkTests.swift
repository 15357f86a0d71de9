import ConfigurationFiles
import Foundation
import Testing

@testable import Sinks

private let hasBroker = ["mosquitto", "mosquitto_sub", "mosquitto_pub", "mosquitto_passwd", "openssl"].allSatisfy {
  Tool.path(of: $0) != nil
}

/// A real mosquitto with TLS and a password, and no memory of its own.
@Suite(.serialized, .enabled(if: hasBroker, "needs mosquitto, mosquitto-clients and openssl"))
struct MQTTSinkTests {
  private static let base = "lenscap/\(Sample.sensor)"
  private static let camera = "\(base)/camera/mac020000000001"
  private static let boxConfig = "homeassistant/device/lenscap_\(Sample.sensor)/config"
  private static let cameraConfig = "homeassistant/device/lenscap_\(Sample.sensor)_mac020000000001/config"

  private let scratch = try! Scratch()
  private let port = try! TestServer.unusedPort()

  private func broker(names: String = "DNS:localhost") throws -> Daemon {
    _ = try Authority(in: scratch.folder, names: names)
    try #require(run("/usr/bin/env", "mosquitto_passwd", "-b", "-c", scratch.path("users"), "box", "s3cret").status == 0)
    try #require(run("/usr/bin/env", "mosquitto_passwd", "-b", scratch.path("users"), "home", "h0me").status == 0)
    // What docs/connect-machines.md gives to the box, and everything to Home Assistant.
    let rights = """
      user box
      topic readwrite lenscap/#
      topic write homeassistant/device/+/config
      topic read homeassistant/status
      user home
      topic readwrite #
      """
    _ = try scratch.write("rights", rights)
    for name in ["users", "rights"] {
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: scratch.path(name))
    }
    let configuration = """
      listener \(port) 127.0.0.1
      cafile \(scratch.path("ca.pem"))
      certfile \(scratch.path("certificate.pem"))
      keyfile \(scratch.path("key.pem"))
      password_file \(scratch.path("users"))
      acl_file \(scratch.path("rights"))
      allow_anonymous false
      max_queued_messages 10000
      """
    return Daemon([Tool.path(of: "mosquitto")!, "-c", try scratch.write("mosquitto.conf", configuration)], log: scratch.path("log"))
  }

  private func sink(password: String = "s3cret", host: String = "localhost") throws -> MQTTSink {
    var settings = SinkSettings(name: "m", kind: .mqtt)
    settings.host = host
    settings.port = port
    settings.caFile = scratch.path("ca.pem")
    settings.user = "box"
    settings.secrets = [password]
    return try MQTTSink(settings)
  }

  private var access: [String] { ["-h", "localhost", "-p", String(port), "--cafile", scratch.path("ca.pem"), "-u", "home", "-P", "h0me"] }

  /// Writes `RETAINED TOPIC PAYLOAD` for each message into the file `heard`.
  private func subscriber() -> Daemon {
    let client = "\(Tool.path(of: "mosquitto_sub")!) \(access.joined(separator: " ")) -q 1 -t '#' -F '%r %t %p' >> \(scratch.path("heard"))"
    return Daemon(["/bin/sh", "-c", "exec \(client)"], log: scratch.path("heard.log"))
  }

  private func say(_ topic: String, _ text: String, isRetained: Bool = false) throws {
    let client = try #require(Tool.path(of: "mosquitto_pub"))
    try #require(run(client, access + ["-q", "1", "-t", topic, "-m", text] + (isRetained ? ["-r"] : [])).status == 0)
  }

  private func heard(_ topic: String) -> [String] {
    scratch.lines("heard").compactMap { line in
      let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
      return parts.count == 3 && parts[1] == topic ? String(parts[2]) : nil
    }
  }

  @Test func boxAndCameraAreAnnounced() async throws {
    let broker = try broker()
    defer { broker.stop(SIGKILL) }
    try await broker.start(port: port)
    let listener = subscriber()
    defer { listener.stop(SIGTERM) }
    try await listener.start(port: nil)
    let (sink, answers) = (try sink(), Answers())
    await sink.update(Sample.box(open: ["a1", "a2"]))
    let running = Task { await sink.run(answers.inbox) }
    #expect(await eventually { heard("\(Self.base)/availability").last == "online" }, "\(scratch.text("log"))")
    #expect(await sink.deliveryError(Sample.parcel()) == nil)
    #expect(await eventually { heard("\(Self.camera)/state").last == "present" })
    #expect(try JSONValue(Data(try #require(heard("\(Self.base)/event").last).utf8))["type"] == "alert.raised")
    #expect(try JSONValue(Data(try #require(heard("\(Self.camera)/attributes").last).utf8))["uid"]?.string == Sample.event().uid)
    #expect(try JSONValue(Data(try #require(heard("\(Self.base)/state").last).utf8))["undeclared_cameras"] == 2)
    #expect(heard(Self.boxConfig).last?.isEmpty == false)
    #expect(heard(Self.cameraConfig).last?.isEmpty == false)

    // The button, but not what the broker kept from another time.
    try say("\(Self.base)/acknowledge", "PRESS")
    #expect(await eventually { answers.list == ["a1 by mqtt", "a2 by mqtt"] })
    // Home Assistant was started.
    let before = (heard(Self.boxConfig).count, heard(Self.cameraConfig).count)
    try say("homeassistant/status", "online")
    #expect(await eventually { heard(Self.boxConfig).count > before.0 && heard(Self.cameraConfig).count > before.1 })
    // The last will of a connection that had ended unnoticed.
    try say("\(Self.base)/availability", "offline", isRetained: true)
    #expect(await eventually { heard("\(Self.base)/availability").suffix(2) == ["offline", "online"] })

    #expect(await sink.deliveryError(Sample.parcel(of: Sample.event(.dismissed))) == nil)
    #expect(await eventually { heard(Self.cameraConfig).last == "" && heard("\(Self.camera)/attributes").last == "" })
    #expect(heard("\(Self.camera)/state").last == "dismissed")
    running.cancel()
    await running.value
    #expect(await eventually { heard("\(Self.base)/availability").last == "offline" })
  }

  @Test func retainedAnswerIsNoAnswer() async throws {
    let broker = try broker()
    defer { broker.stop(SIGKILL) }
    try await broker.start(port: port)
    try say("\(Self.base)/acknowledge", "PRESS", isRetained: true)
    let (sink, answers) = (try sink(), Answers())
    await sink.update(Sample.box(open: ["a1"]))
    let running = Task { await sink.run(answers.inbox) }
    #expect(await sink.deliveryError(Sample.parcel()) == nil)
    // The first answer that counts is this one; the retained one would have come before it.
    try say("\(Self.base)/acknowledge", "")
    #expect(await eventually { !answers.list.isEmpty })
    #expect(answers.list == ["a1 by mqtt"])
    running.cancel()
    await running.value
  }

  @Test func everyEventArrivesThoughTheBrokerIsKilled() async throws {
    let broker = try broker()
    defer { broker.stop(SIGKILL) }
    try await broker.start(port: port)
    var listener = subscriber()
    defer { listener.stop(SIGTERM) }
    try await listener.start(port: nil)
    let sink = try sink()
    await sink.update(Sample.box())
    let running = Task { await sink.run(Answers().inbox) }
    #expect(await eventually { heard("\(Self.base)/availability").last == "online" })
    let events = (1...200).map { Sample.event(.raised, $0) }
    for (number, event) in events.enumerated() {
      if number == 70 || number == 140 {
        broker.stop(number == 70 ? SIGKILL : SIGTERM)
        guard case .temporary = await sink.deliveryError(Sample.parcel(of: event)) else {
          Issue.record("delivered to nobody")
          return
        }
        // Somebody listens again before the broker has anything new to say.
        listener.stop(SIGTERM)
        try await broker.start(port: port)
        try say("\(Self.base)/test", String(number), isRetained: true)
        listener = subscriber()
        try await listener.start(port: nil)
        #expect(await eventually { heard("\(Self.base)/test").last == String(number) })
      }
      try await sink.deliverAtLast(Sample.parcel(of: event))
    }
    func uids() -> [String] { heard("\(Self.base)/event").compactMap { try? JSONValue(Data($0.utf8))["uid"]?.string } }
    #expect(await eventually { Set(uids()).count == 200 })
    var seen: Set<String> = []
    #expect(uids().filter { seen.insert($0).inserted } == events.map(\.uid))
    // The broker forgot all that it kept; it was told again.
    #expect(await eventually { retained().filter { $0.hasSuffix("/config") }.count == 201 })
    #expect(retained().contains("\(Self.camera)/attributes"))
    running.cancel()
    await running.value
  }

  /// Topics of which the broker keeps a message.
  private func retained() -> [String] {
    let file = scratch.path("retained")
    let command = "\(Tool.path(of: "mosquitto_sub")!) \(access.joined(separator: " ")) -t '#' --retained-only -W 1 -F %t > \(file)"
    _ = run("/usr/bin/env", "sh", "-c", command)
    return scratch.lines("retained")
  }

  @Test func deliveryWithoutRunSaysNothingOfTheBox() async throws {
    let broker = try broker()
    defer { broker.stop(SIGKILL) }
    try await broker.start(port: port)
    #expect(try await sink().deliveryError(Sample.parcel(of: Sample.event(.test, more: ["test": true, "device": .null]))) == nil)
    #expect(retained().isEmpty)
  }

  @Test func refusalsAreExplainedWithoutTheSecret() async throws {
    let broker = try broker()
    defer { broker.stop(SIGKILL) }
    try await broker.start(port: port)
    let parcel = Sample.parcel()
    let wrong = try await sink(password: "wr0ng").deliveryError(parcel)
    #expect(wrong?.reason.contains("ot authorised") == true && wrong?.reason.contains("wr0ng") == false, "\(String(describing: wrong))")
    var settings = SinkSettings(name: "m", kind: .mqtt)
    (settings.host, settings.port, settings.user, settings.secrets) = ("localhost", port, "box", ["s3cret"])
    #expect(try await MQTTSink(settings).deliveryError(parcel)?.reason.contains("certificate") == true)
    broker.stop(SIGKILL)
    #expect(try await sink().deliveryError(parcel)?.reason.contains("refused") == true)
  }

  @Test func brokerOfAnotherNameIsNotTrusted() async throws {
    let broker = try broker(names: "DNS:broker.example")
    defer { broker.stop(SIGKILL) }
    try await broker.start(port: port)
    let error = try await sink().deliveryError(Sample.parcel())
    #expect(error?.reason.contains("host name verification failed") == true, "\(String(describing: error))")
  }

  @Test func cancellationEndsADeliveryToASilentServer() async throws {
    let (listener, port) = try TestServer.listen()
    defer { close(listener) }
    var settings = SinkSettings(name: "m", kind: .mqtt)
    (settings.host, settings.port, settings.tls) = ("127.0.0.1", port, SinkSettings.TLS.none)
    let sink = try MQTTSink(settings)
    let delivery = Task { await sink.deliveryError(Sample.parcel()) }
    try await Task.sleep(for: .milliseconds(100))
    delivery.cancel()
    #expect(await delivery.value?.reason == "cancelled")
  }
}
