import ConfigurationFiles
import Detection
import Foundation

@testable import Sinks

/// Events as `lenscap watch` records them.
enum MessageSample {
  static let id = "c6f908eb2be5fa60"
  static let sensor = "00112233445566aa"
  /// 24 November 2026, 18:47:54 UTC, a winter's evening.
  static let time = Timestamp(rfc3339: "2026-11-24T18:47:54.894013Z")!

  static func subject(
    room: JSONValue = "Room 12", hostName: JSONValue = "IPC-C22", vendor: JSONValue = "Imou", model: JSONValue = "IPC-C22",
    role: JSONValue = "camera", verdict: JSONValue = "camera"
  ) -> JSONValue {
    [
      "id": "mac:00:e0:4c:36:0c:22@vlan 12", "mac": "00:e0:4c:36:0c:22", "ips": ["192.168.88.122", "fe80::2e0:4cff:fe36:c22"],
      "hostname": hostName, "maker": "REALTEK SEMICONDUCTOR CORP.", "vendor": vendor, "model": model, "class": "embedded", "role": role,
      "kind": "camera",
      "verdict": verdict, "confidence": .number(0.999992), "known": false, "first_seen": "2026-11-24T18:47:54.259202Z",
      "last_seen": "2026-11-24T18:47:54.894013Z", "packets_sent": 10, "bytes_sent": 1454, "bytes_received": 0,
      "place": ["segment": "vlan 12", "room": room], "room": room, "alert": .string(id),
      "streams": [
        [
          "peer": "192.168.88.77", "protocol": "rtp", "first_seen": "2026-11-24T18:47:54.259202Z",
          "last_seen": "2026-11-24T18:47:54.894013Z", "bytes": 1000,
        ]
      ],
      "class_reasons": [
        [
          "field": "dhcp.vendor_class", "value": "a-host 1.19.4", "reason": "has a chip by REALTEK",
          "packet": ["file": "a-host", "number": 7],
        ]
      ],
      "traffic": [
        "up_bps": 1_200_000, "down_bps": 9000, "since": "2026-11-24T18:47:54.259202Z", "pictures_per_second": 15, "to": "10.9.8.7",
      ],
    ]
  }

  static func evidence(_ signature: JSONValue, facet: JSONValue, weight: Int64, value: String, reason: String) -> JSONValue {
    [
      "signature": signature, "says": "camera", "facet": facet, "strength": "strong", "weight": .integer(weight), "field": "dhcp.hostname",
      "value": .string(value), "reason": .string(reason), "corroborated": .bool(true), "count": 3,
      "first_seen": "2026-11-24T18:47:54.283212Z", "valid_until": .null,
      "packet": ["number": 2],
    ]
  }

  static func document(
    subject: JSONValue = subject(), value: String = "IPC-C22", changes: JSONValue = [], kind: JSONValue = "unknown-camera",
    event: JSONValue = "raised", severity: JSONValue = "high"
  ) -> JSONValue {
    [
      "id": .string(id), "kind": kind, "severity": severity, "time": "2026-11-24T18:47:54.894013Z",
      "device": "mac:00:e0:4c:36:0c:22@vlan 12", "verdict": subject["verdict"] ?? .null,
      "summary": "undeclared camera: 192.168.88.122, Imou IPC-C22, Room 12", "follows": .null, "event": event, "changes": changes,
      "subject": subject, "sensor": ["id": .string(sensor), "name": "box"], "uid": .string("\(sensor).\(id).1"),
      "evidence": [
        evidence(
          "generic-cam-host-name", facet: "name", weight: 12, value: value, reason: "uses the name \"\(value)\", which may be a camera name"
        ),
        evidence(
          "generic-model-imou", facet: "name", weight: 40, value: value,
          reason: "sends the DHCP host name \"\(value)\", an Imou camera model"),
        evidence(
          "imou-cloud", facet: "cloud", weight: 20, value: value, reason: "looks up \(value), a server of the Imou camera cloud"),
        evidence("imou-announced", facet: "discovery", weight: 39, value: value, reason: "announces itself as \"\(value)\""),
        evidence("tp-link-phone", facet: "maker", weight: 0, value: value, reason: "belongs to a phone"),
      ],
    ]
  }

  static func event(
    _ kind: Event.Kind = .raised, _ document: JSONValue = document(), id: String = id, isFirstReport: Bool = false
  ) -> Event {
    Event(kind: kind, uid: "\(sensor).\(id).1", time: time, alert: id, document: document, isFirstReport: isFirstReport)
  }

  /// Somebody outside began to watch, or does not watch any more.
  static func watched(_ isWatched: Bool) -> Event {
    var document = document(
      changes: [["what": "watched", "from": .bool(!isWatched), "to": .bool(isWatched)]], kind: "changed", event: "changed")
    document["watched"] = [
      "peer": "10.9.8.7", "lag_seconds": .number(1.3), "since": "2026-11-24T18:47:36.259202Z", "length_seconds": 18, "bytes": 1_234_567,
    ]
    return event(.changed, document)
  }

  /// What a person did about the alert.
  static func decision(_ kind: Event.Kind, who: JSONValue = "Maria", note: JSONValue = "searching the room") -> Event {
    var document = document()
    document["who"] = who
    document["note"] = note
    return event(kind, document)
  }

  static func health(_ code: String, severity: JSONValue = "medium", text: JSONValue = "has disappeared") -> Event {
    let document: JSONValue = [
      "id": "0123456789abcdef", "kind": "health", "severity": severity, "time": "2026-11-24T18:47:54.894013Z", "device": .null,
      "verdict": .null, "summary": "eth1: has disappeared", "follows": .null, "event": "health", "changes": [], "subject": .null,
      "sensor": ["id": .string(sensor), "name": "box"], "uid": .string("\(sensor).0123456789abcdef.1"), "evidence": [],
      "health": ["code": .string(code), "interface": "eth1", "count": .null, "text": text],
    ]
    return Event(kind: .health, uid: "\(sensor).\(code)", time: time, alert: nil, document: document)
  }

  static func writer(
    _ privacy: PrivacySettings.Level = .full, templates: [String: String] = [:], zone: String? = "Europe/Lisbon"
  ) throws -> MessageWriter {
    var property = PropertySettings()
    property.name = "Hotel Sol"
    property.address = "Rua Nova 1"
    property.timeZone = zone
    return try MessageWriter(property: property, sensorName: "box", templates: templates, privacy: privacy)
  }

  static func message(_ events: Event..., privacy: PrivacySettings.Level = .full, url: String? = nil) throws -> Sinks.Message {
    try writer(privacy).message(for: events, acknowledgeURL: url, now: time)
  }
}

extension Sinks.Message {
  /// All texts.
  var all: [String] { [subject, short, long, html] }
}
