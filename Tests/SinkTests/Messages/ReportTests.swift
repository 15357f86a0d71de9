import ConfigurationFiles
import Detection
import Testing

@testable import Sinks

/// The scheduled report, which comes also when nothing was found.
@Suite struct ReportTests {
  static func room(_ name: String, watched: Int64, reason: JSONValue = .null) -> JSONValue {
    ["room": .string(name), "hours": 24, "hours_watched": .integer(watched), "last_frame": .null, "reason": reason]
  }

  static func alert(_ kind: JSONValue = "unknown-camera", status: JSONValue = "open", follows: JSONValue = .null) -> JSONValue {
    var document = MessageSample.document(changes: .null, kind: kind, event: .null)
    document["status"] = status
    document["follows"] = follows
    document["updated"] = document["time"]
    document["snoozed_until"] = .null
    document["history"] = []
    document["uid"] = .null
    return document
  }

  static func digest(
    raised: [JSONValue] = [], followed: [JSONValue] = [], waiting: [JSONValue] = [], rooms: [JSONValue]? = nil, actions: [JSONValue] = []
  ) -> JSONValue {
    var document: JSONValue = [
      "from": "2026-11-23T07:00:00.000000Z", "to": "2026-11-24T07:00:00.000000Z", "raised": .array(raised), "followed": .array(followed),
      "waiting": .array(waiting), "health": [], "silent_cameras": [], "uploads_unexplained": [], "embedded_other": [], "devices": 120,
      "new_devices": 4, "actions": .array(actions),
    ]
    if let rooms { document["rooms"] = .array(rooms) }
    return document
  }

  /// With a name in all places.
  static func report(_ name: String) -> JSONValue {
    let alert = HostileMessageTests.document(name)
    let value = JSONValue.string(name)
    var document = digest(
      raised: [alert], followed: [alert], waiting: [alert], rooms: [room(name, watched: 0, reason: value)],
      actions: [["time": value, "what": value, "who": value, "note": value, "alert": value, "summary": value]])
    document["health"] = [["kind": "health", "summary": value, "time": value]]
    document["silent_cameras"] = [["id": value, "hostname": value, "model": value, "room": value, "last_seen": value]]
    document["uploads_unexplained"] = [["device": value, "since": value, "up_bps": 1, "to": value]]
    document["embedded_other"] = [["label": value, "count": 1]]
    return document
  }

  static func message(_ document: JSONValue, _ privacy: PrivacySettings.Level = .full) throws -> Sinks.Message {
    try MessageSample.message(
      Event(kind: .report, uid: "report.1", time: MessageSample.time, alert: nil, document: document), privacy: privacy)
  }

  @Test func nothingFound() throws {
    let rooms =
      (1...4).map { Self.room("Room \($0)", watched: 24) } + [
        Self.room("Room 5", watched: 20, reason: "quiet"), Self.room("Pool", watched: 0, reason: "never-seen"),
      ]
    let message = try Self.message(Self.digest(rooms: rooms))
    #expect(message.short == "Hotel Sol: Report: no undeclared camera, 5 of 6 rooms watched")
    #expect(!message.isUrgent && message.alert == nil)
    #expect(
      message.long == """
        Report: no undeclared camera, 5 of 6 rooms watched

        From 23 Nov 2026, 07:00 to 24 Nov 2026, 07:00 (Europe/Lisbon).
        5 of 6 rooms watched, 4 of them all the time (116 of 144 hours in all).
        120 devices seen on the network, 4 of them new.

        Rooms that were not watched all the time
        - Pool: watched 0 of 24 hours, never seen
        - Room 5: watched 20 of 24 hours, no traffic from the room

        Sent by Lenscap on box, Hotel Sol, Rua Nova 1.
        """)
  }

  @Test func foundAndDone() throws {
    let actions: [JSONValue] = [
      [
        "time": "2026-11-23T08:00:00.000000Z", "what": "dismissed", "who": "Maria", "note": "baby monitor",
        "alert": .string(MessageSample.id),
        "summary": "undeclared camera: 192.168.88.122",
      ],
      ["time": "2026-11-23T09:00:00.000000Z", "what": "declared", "who": .null, "note": .null, "alert": .null, "summary": "b0:c5:54*"],
    ]
    var document = Self.digest(
      raised: [Self.alert(), Self.alert(status: "dismissed")], followed: [Self.alert("silent", follows: .string(MessageSample.id))],
      waiting: [Self.alert()], actions: actions)
    document["silent_cameras"] = [
      [
        "id": "mac:00:00:5e:00:53:01", "hostname": "lobby-1", "model": .null, "room": "Lobby", "last_seen": "2026-11-22T09:00:00.000000Z",
      ]
    ]
    let message = try Self.message(document)
    #expect(message.short == "Hotel Sol: Report: 2 undeclared cameras found, 2 alerts waiting")
    for line in [
      "No rooms are configured: this report cannot say which rooms were watched.",
      "- 24 Nov 2026, 18:47: Undeclared camera in Room 12, “Imou IPC-C22” 192.168.88.122 (alert \(MessageSample.id)), open",
      "- 24 Nov 2026, 18:47: Undeclared camera in Room 12, “Imou IPC-C22” 192.168.88.122 (alert \(MessageSample.id)), dismissed as false",
      "- 24 Nov 2026, 18:47: Camera in Room 12 went silent, “Imou IPC-C22” 192.168.88.122 (alert \(MessageSample.id))",
      "- 23 Nov 2026, 08:00: “Maria” dismissed as false “undeclared camera: 192.168.88.122” (alert \(MessageSample.id)): “baby monitor”",
      "- 23 Nov 2026, 09:00: Somebody declared as the property's own “b0:c5:54*”",
      "- “lobby-1” in Lobby, last seen 22 Nov 2026, 09:00",
    ] { #expect(message.long.split(separator: "\n").contains(Substring(line)), "\(line)") }
    let minimal = try Self.message(document, .minimal)
    for secret in ["192.168", "baby", "lobby-1", "b0:c5", "Imou"] {
      #expect(!minimal.all.contains { $0.contains(secret) }, "\(secret)")
    }
    #expect(minimal.long.contains("- 23 Nov 2026, 08:00: “Maria” dismissed as false (alert \(MessageSample.id))"))
  }

  /// Whoever planted a camera and closed its case cannot bury that under what is harmless.
  @Test func whatClosedACaseComesFirst() throws {
    func action(_ what: String, _ who: String, _ note: String) -> JSONValue {
      [
        "time": "2026-11-23T08:00:00.000000Z", "what": .string(what), "who": .string(who), "note": .string(note),
        "alert": .string(MessageSample.id), "summary": "a camera",
      ]
    }
    let harmless = (0..<300).map { action("acknowledged", "boss", "again \($0)") }
    let message = try Self.message(
      Self.digest(actions: harmless + [action("dismissed", "insider", "a toy"), action("declared", "insider", "ours")]))
    #expect(message.long.contains("“insider” dismissed as false “a camera” (alert \(MessageSample.id)): “a toy”"))
    #expect(message.long.contains("“insider” declared as the property's own “a camera” (alert \(MessageSample.id)): “ours”"))
  }

  @Test func whatIsNotKnownAndWhatIsHarmless() throws {
    var document = Self.digest()
    document["uploads_unexplained"] = [
      ["device": "mac:02:00:5e:00:53:01", "since": "2026-11-23T20:14:00.000000Z", "up_bps": 1_234_000, "to": "203.0.113.8"],
      ["device": "mac:02:00:5e:00:53:02", "since": "2026-11-23T20:14:00.000000Z", "up_bps": 640_900, "to": "203.0.113.9"],
    ]
    document["embedded_other"] = [
      ["label": "TP-Link", "count": 9], ["label": "Tuya", "count": 3], ["label": "unknown maker", "count": 2],
    ]
    let message = try Self.message(document)
    for line in [
      "14 embedded devices are no cameras: 9 “TP-Link”, 3 “Tuya”, 2 “unknown maker”.",
      "Sends like a camera, and it is not known what it is",
      "- mac:02:00:5e:00:53:01: 1.2 Mbit/s to 203.0.113.8, since 23 Nov 2026, 20:14",
      "- mac:02:00:5e:00:53:02: 640 kbit/s to 203.0.113.9, since 23 Nov 2026, 20:14",
    ] { #expect(message.long.split(separator: "\n").contains(Substring(line)), "\(line)") }
    for minimal in [try Self.message(document, .minimal), try Self.message(Privacy.minimised(document), .minimal)] {
      for secret in ["203.0.113", "02:00:5e", "TP-Link"] { #expect(!minimal.all.contains { $0.contains(secret) }, "\(secret)") }
      #expect(minimal.long.contains("14 embedded devices are no cameras.\n"))
      #expect(minimal.long.contains("- Device: 1.2 Mbit/s, since 23 Nov 2026, 20:14"))
    }
  }

  /// A large hotel after a bad week: nothing at the end of the text is lost, and the HTML ends as it must.
  @Test func manyRooms() throws {
    let rooms = (0..<400).map { Self.room("Room \($0)", watched: 0, reason: "not-running") }
    let alerts = Array(repeating: Self.alert(), count: 300)
    let message = try Self.message(Self.digest(raised: alerts, followed: alerts, waiting: alerts, rooms: rooms))
    #expect(message.long.contains("- Room 39: ") && message.long.contains("- … and 360 more") && message.long.contains("- … and 280 more"))
    #expect(message.long.hasSuffix("Rua Nova 1.") && message.html.hasSuffix("</div>"))
  }

  /// Quiet must not be taken for safety.
  @Test func unwatchedIsNotSafe() throws {
    let blind = try Self.message(Self.digest(rooms: [Self.room("Room 1", watched: 0, reason: "not-running")]))
    #expect(blind.short == "Hotel Sol: Report: no room was watched, so nothing could be found")
    #expect(try Self.message(["from": "x"]).short == "Hotel Sol: Report: the box could not write it")
  }
}
