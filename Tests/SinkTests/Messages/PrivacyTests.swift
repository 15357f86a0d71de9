import ConfigurationFiles
import Detection
import Foundation
import Testing

@testable import Sinks

/// What other companies may read.
@Suite struct PrivacyTests {
  /// All that must not leave the property. No part of them occurs in what may.
  static let secrets = [
    "00:e0:4c", "192.168", "fe80", "IPC-C22", "Imou ", "\"Imou\"", "REALTEK", "vlan 12", "searching", "eth1", "a-host", "10.9.8.7",
  ]

  static let changes: JSONValue = [
    ["what": "viewer", "from": .null, "to": "192.168.88.77"], ["what": "model", "from": "a-host", "to": "IPC-C22"],
    ["what": "address", "from": "10.9.8.7", "to": "192.168.88.122"], ["what": "room", "from": "Room 11", "to": "Room 12"],
    ["what": "device", "from": "mac:00:e0:4c:00:00:01", "to": "mac:00:e0:4c:36:0c:22"],
  ]

  static let events: [Event] =
    [
      MessageSample.event(), MessageSample.event(.changed, MessageSample.document(changes: changes, kind: "changed", event: "changed")),
      MessageSample.watched(true), MessageSample.watched(false),
      MessageSample.event(.silent, MessageSample.document(kind: "silent", event: "silent")), MessageSample.decision(.acknowledged),
      MessageSample.decision(.reopened), MessageSample.health("interface-gone", text: "a-host 10.9.8.7"),
      Event(kind: .report, uid: "r", time: MessageSample.time, alert: nil, document: report),
    ]

  static let report: JSONValue = {
    let alert = ReportTests.alert()
    var document = ReportTests.digest(
      raised: [alert], followed: [ReportTests.alert("changed", follows: .string(MessageSample.id))], waiting: [alert],
      rooms: [ReportTests.room("Room 12", watched: 3)],
      actions: [
        [
          "time": "2026-11-23T08:00:00.000000Z", "what": "declared", "who": "Maria", "note": "searching", "alert": .null,
          "summary": "00:e0:4c*",
        ]
      ])
    document["silent_cameras"] = [
      ["id": "mac:00:e0:4c:36:0c:22", "hostname": "a-host", "model": "IPC-C22", "room": .null, "last_seen": "2026-11-22T09:00:00.000000Z"]
    ]
    document["uploads_unexplained"] = [
      ["device": "mac:00:e0:4c:36:0c:22", "since": "2026-11-22T09:00:00.000000Z", "up_bps": 1_200_000, "to": "10.9.8.7"]
    ]
    document["embedded_other"] = [["label": "REALTEK", "count": 9], ["label": "Imou", "count": 3]]
    return document
  }()

  @Test(arguments: events) func messages(event: Event) throws {
    for given in [event, Privacy.minimised(event)] {
      let message = try MessageSample.message(given, privacy: .minimal)
      for secret in Self.secrets { #expect(!message.all.contains { $0.contains(secret) }, "\(event.kind): \(secret) in \(message.long)") }
      #expect(message.subject.hasPrefix("Hotel Sol: ") && !message.long.contains("Rua Nova"))
    }
    let gathered = try MessageSample.writer(.minimal).message(for: Self.events, now: MessageSample.time)
    for secret in Self.secrets { #expect(!gathered.all.contains { $0.contains(secret) }) }
  }

  @Test(arguments: events) func documents(event: Event) {
    let text = Privacy.minimised(event.document).text
    for secret in Self.secrets { #expect(!text.contains(secret), "\(secret) in \(text)") }
    #expect(Privacy.minimised(Privacy.minimised(event.document)) == Privacy.minimised(event.document))
  }

  /// What remains says where, what and why it is an alert.
  @Test func remains() throws {
    let message = try MessageSample.message(MessageSample.event(), privacy: .minimal)
    #expect(message.short == "Hotel Sol: Undeclared camera in Room 12 (alert \(MessageSample.id))")
    #expect(message.long.contains("Room: Room 12\nWhat: a camera\n"))
    #expect(
      message.long.contains("- has the name of a camera\n- announces itself as cameras do\n- calls an internet service for cameras\n"))
    #expect(message.long.contains("Photograph"))
    let document = Privacy.minimised(MessageSample.document())
    for key in ["id", "kind", "severity", "time", "verdict", "event", "uid", "sensor"] {
      #expect(document[key] == MessageSample.document()[key])
    }
    #expect(document["device"] == .string("hidden:" + MessageSample.id))
    #expect(document["subject"]?["room"] == "Room 12" && document["subject"]?["role"] == "camera")
    #expect(document["summary"] == "Undeclared camera in Room 12")
    let evidence = document["evidence"]?.array?[1]
    for (key, value) in ["signature": "generic-model-imou", "facet": "name", "strength": "strong", "weight": 40, "count": 3]
      as [String: JSONValue]
    {
      #expect(evidence?[key] == value)
    }
    #expect(evidence?["value"] == "" && evidence?["reason"] == "")
  }

  /// Its class, how much it sends, and that somebody watches are no secrets; what showed the class and where it sends to are.
  @Test func classTrafficAndWatching() {
    let document = Privacy.minimised(MessageSample.watched(true).document)
    let subject = document["subject"]
    #expect(subject?["class"] == "embedded")
    #expect(subject?["class_reasons"] == [["field": "dhcp.vendor_class", "value": .null, "reason": "", "packet": ["number": 7]]])
    let traffic = subject?["traffic"]
    #expect(traffic?["up_bps"] == 1_200_000 && traffic?["down_bps"] == 9000 && traffic?["pictures_per_second"] == 15)
    #expect(traffic?["since"] != nil && traffic?["to"] == "")
    #expect(document["changes"] == [["what": "watched", "from": false, "to": true]])
    #expect(document["watched"]?["bytes"] == 1_234_567 && document["watched"]?["peer"] == "")
    #expect(document["summary"] == "Camera in Room 12 is watched from outside")
    #expect(Privacy.minimised(MessageSample.watched(false).document)["summary"] == "Camera in Room 12 is not watched from outside any more")
    let report = Privacy.minimised(Self.report)
    #expect(report["embedded_other"] == [["label": "", "count": 12]])
    #expect(report["uploads_unexplained"]?.array?.first?["up_bps"] == 1_200_000)
  }

  @Test func testsStayTests() throws {
    let document = Privacy.minimised(["test": true, "summary": "to a-host", "time": "2026-11-24T18:47:54.894013Z"])
    #expect(document == ["test": true, "summary": "Test message, no camera was found", "time": "2026-11-24T18:47:54.894013Z"])
  }

  /// A key of a later version does not leave by itself.
  @Test func unknownKeysStay() {
    var document = MessageSample.document()
    document["new"] = "10.9.8.7"
    document["subject"]?["new"] = "10.9.8.7"
    document["evidence"] = [["new": "10.9.8.7"]]
    document["changes"] = [["what": "new", "to": "10.9.8.7", "more": "10.9.8.7"]]
    #expect(!Privacy.minimised(document).text.contains("10.9.8.7"))
    for value in [.null, "10.9.8.7", ["10.9.8.7"]] as [JSONValue] { #expect(!Privacy.minimised(value).text.contains("10.9.8.7")) }
  }

  /// A validator that is not this project's accepts them. `schema.py` also refuses keys that the schema does not list.
  @Test(.enabled(if: hasValidator || ProcessInfo.processInfo.environment["CI"] == "true", "needs python3-jsonschema"))
  func documentsFollowTheSchema() throws {
    let alerts = Self.events.filter { $0.kind != .report }.map { Privacy.minimised($0.document).text }
    try Self.expectValid(alerts, "alert")
    try Self.expectValid([Privacy.minimised(Self.report).text, Self.report.text], "digest")
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized
  static let hasValidator = run("/usr/bin/python3", "-c", "import jsonschema").status == 0

  private static func expectValid(_ documents: [String], _ definition: String) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "privacy-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    for document in documents {
      try document.write(to: file, atomically: true, encoding: .utf8)
      let tool = root.appending(path: "Tests/CommandTests/schema.py").path
      let schema = root.appending(path: "docs/lenscap-1.schema.json").path
      let status = run("/usr/bin/python3", tool, schema, definition, file.path).status
      #expect(status == 0, "\(definition): \(document)")
    }
  }

  static let sinks: [(SinkSettings.Kind, String?, String?, PrivacySettings.Level)] = [
    (.http, "ntfy", "https://ntfy.sh/a", .minimal), (.http, "telegram", nil, .minimal), (.http, "dingtalk", nil, .minimal),
    (.http, "feishu", nil, .minimal), (.http, nil, "https://ntfy.sh/a", .minimal), (.webhook, nil, "https://open.feishu.cn/hook", .minimal),
    (.http, nil, "https://hub.hotel.example/", .full), (.http, nil, "https://notntfy.sh/a", .full), (.mail, nil, nil, .full),
    (.mqtt, nil, nil, .full), (.file, nil, nil, .full),
  ]

  @Test(arguments: sinks)
  func defaults(kind: SinkSettings.Kind, preset: String?, url: String?, level: PrivacySettings.Level) {
    var sink = SinkSettings(name: "s", kind: kind)
    sink.preset = preset
    sink.url = url
    #expect(Privacy.level(of: sink, PrivacySettings()) == level)
    let other: PrivacySettings.Level = level == .full ? .minimal : .full
    var settings = PrivacySettings()
    settings.messages = other
    #expect(Privacy.level(of: sink, settings) == other)
    sink.privacy = level
    #expect(Privacy.level(of: sink, settings) == level)
  }
}
