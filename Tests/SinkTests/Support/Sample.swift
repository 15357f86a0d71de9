import ConfigurationFiles
import Detection
import Foundation

@testable import Sinks

/// Events and messages as a hotel would see them, and as an attacker would like to.
enum Sample {
  static let sensor = "00112233aabbccdd"
  /// 2026-11-24T14:03:11.123456Z
  static let time = Timestamp(seconds: 1_795_528_991, nanoseconds: 123_456_000)
  /// When a parcel is sent.
  static let sent = Timestamp(seconds: 1_795_529_000, nanoseconds: 0)
  static let alert = alert(1)

  /// What a device may call itself.
  static let hostileNames = [
    "a\r\nBcc: thief@example.org\r\n\r\nbody", "quote\" and \\ backslash", "*bold* [link](https://evil.example) <b>x</b> `code`",
    "\u{202E}gnp.exe", "null\u{0}byte", "=?utf-8?Q?evil?=", "<at user_id=\"all\">everyone</at>", "{{secret}} {{{json}}}",
    "\u{2028}separator\u{85}next", String(repeating: "long name ", count: 1000), "e" + String(repeating: "\u{301}", count: 5000),
    "日本語のカメラ 📷 камера", "\r\n.\r\nQUIT\r\n", "--=_lenscap_=--", "%0d%0a&chat_id=1#",
    "say \"hi\" \\ ] [x y=\"z\"]", "a\u{0}b %00 \\u0000", "<b>bold</b> {{ 1 }} $(id) `id`", "\u{1B}[31mred", "lenscap/+/#",
  ]

  /// Of the camera with this number, as its device.
  static func alert(_ number: Int) -> String { (0x6F1D_2C3B_4A59_6876 + UInt64(number)).hexDigits }

  static func document(_ number: Int = 1, name: String = "IPC-C22", more: [String: JSONValue] = [:]) -> JSONValue {
    let digits = UInt16(number).hexDigits
    let mac = "02:00:00:00:\(digits.prefix(2)):\(digits.suffix(2))"
    var document: JSONValue = [
      "id": .string(alert(number)), "kind": "unknown-camera", "severity": "high", "time": .string(time.rfc3339),
      "device": .string("mac:" + mac), "verdict": "camera", "summary": .string("Camera \(name) in Room 12"),
      "subject": [
        "id": .string("mac:" + mac), "mac": .string(mac), "ips": [.string("10.0.0.\(number % 250)")], "hostname": .string(name),
        "vendor": "Acme", "model": .string(name), "room": "Room 12", "streams": [["peer": "192.0.2.7", "protocol": "RTP H.264"]],
      ],
      "sensor": ["id": .string(sensor), "name": "attic"], "evidence": [],
    ]
    for (key, value) in more { document[key] = value }
    return document
  }

  static func event(
    _ kind: Event.Kind = .raised, _ number: Int = 1, uid: String? = nil, name: String = "IPC-C22", more: [String: JSONValue] = [:]
  ) -> Event {
    var document = document(number, name: name, more: more)
    if kind == .test { document["test"] = true }
    return Event(kind: kind, uid: uid ?? "\(alert(number)).1", time: time, alert: alert(number), document: document)
  }

  static func message(name: String = "IPC-C22", alert: String? = alert) -> Sinks.Message {
    Sinks.Message(
      subject: "Camera in Room 12", short: "Room 12: \(name)", long: "Room 12: \(name)\nDo not touch it.\nCall the manager.",
      html: "<p>Room 12</p>", isUrgent: true, alert: alert)
  }

  static func parcel(
    _ kind: Event.Kind = .raised, uid: String = "\(alert).1", name: String = "IPC-C22", message: Sinks.Message? = nil
  ) -> Parcel {
    Parcel(events: [event(kind, uid: uid, name: name)], uid: uid, message: message ?? Sample.message(name: name), time: sent)
  }

  /// Not urgent, with the same text everywhere.
  static func parcel(of first: Event, _ others: Event..., text: String = "A camera in Room 12") -> Parcel {
    Parcel(
      events: [first] + others, uid: first.uid, message: Message(subject: text, short: text, long: text, html: text, isUrgent: false),
      time: sent)
  }

  static func gathered() -> Parcel {
    Parcel(events: [event(uid: "a.1"), event(.silent, uid: "a.2")], uid: "gathered-1", message: message(alert: nil), time: sent)
  }

  /// The box as a sink sees it.
  static func box(open alerts: [String] = []) -> BoxState {
    var state = BoxState()
    state.sensorID = sensor
    state.sensorName = "attic"
    state.isWatching = true
    state.lastPacket = time
    state.undeclaredCameras = 2
    state.openAlerts = alerts.count
    state.openAlertIDs = alerts
    state.roomsWatched = 3
    state.roomsBlind = 1
    state.version = "1.2.3"
    return state
  }

  static func settings(_ kind: SinkSettings.Kind, _ change: (inout SinkSettings) -> Void = { _ in }) -> SinkSettings {
    var settings = SinkSettings(name: "sink", kind: kind)
    change(&settings)
    return settings
  }
}
