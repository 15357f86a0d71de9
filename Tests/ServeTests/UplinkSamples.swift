import Detection
import Foundation
import Sinks

@testable import Serve
@testable import Store

/// A guest's phone, with everything of it that could get into a document about a camera.
enum Guest {
  static let ip = "192.168.1.77"
  static let ipv6 = "2001:db8:7::77"
  static let mac = "3c:06:30:aa:bb:cc"
  static let hostname = "Annas-iPhone"
  /// What no byte that leaves the property may have, in lower case.
  static let forbidden = [
    ip, "192-168-1-77", ipv6, "2001:db8:7:0:0:0:0:77", mac, "3c-06-30-aa-bb-cc", "3c0630aabbcc", "3c06.30aa.bbcc", "annas-iphone",
    "annas iphone", "anna", "room service at nine",
  ]
}

/// An alert of schema lenscap/1 as the log has it, with the guest in every text that a device or a person may fill.
struct AlertSample {
  static let alert = "0123456789abcdef"
  static let mac = "7c:a7:b0:11:22:33"
  static let ip = "192.168.1.20"

  var role = "camera"
  var verdict = "camera"
  var deviceClass = "embedded"
  var event = "raised"
  var kind = "unknown-camera"
  var changes: JSONValue = []
  var extra: [String: JSONValue] = [:]

  var document: JSONValue {
    let seen = "says \(Guest.hostname) (\(Guest.mac)) at \(Guest.ip) or [\(Guest.ipv6)]:554 looks at rtsp://\(Self.ip)/live"
    var result: JSONValue = [
      "type": "alert", "id": .string(Self.alert), "kind": .string(kind), "severity": "high", "time": "2026-11-29T21:00:00.000000Z",
      "device": .string("mac:\(Self.mac)"), "verdict": .string(verdict),
      "summary": .string("undeclared camera: \(Self.ip), seen by \(Guest.ip)"),
      "follows": .null, "event": .string(event), "changes": changes, "sensor": ["id": "00112233445566ff", "name": "Hotel Lisbon"],
      "uid": .string("00112233445566ff.\(Self.alert).1"), "later_key": .string(Guest.hostname),
    ]
    result["evidence"] = [
      [
        "signature": "generic-rtsp", "says": "camera", "facet": "media", "strength": "strong", "weight": 40, "field": "rtsp.url",
        "value": .string("rtsp://\(Guest.ip)@\(Self.ip)/live"), "reason": .string(seen), "corroborated": true, "count": 3,
        "first_seen": "2026-11-29T21:00:00.000000Z", "valid_until": .null, "packet": ["number": 7, "file": .string(Guest.hostname)],
        "seen_by": .string(Guest.ip),
      ]
    ]
    var subject: JSONValue = [
      "id": .string("mac:\(Self.mac)"), "mac": .string(Self.mac), "ips": [.string(Self.ip)], "hostname": "IPC-C22", "maker": "Imou",
      "vendor": "Imou", "model": .string("IPC-C22 of \(Guest.hostname)"), "class": .string(deviceClass), "role": .string(role),
      "kind": "camera", "verdict": .string(verdict), "confidence": .number(0.99), "known": false,
      "first_seen": "2026-11-29T20:00:00.000000Z",
      "last_seen": "2026-11-29T21:00:00.000000Z", "packets_sent": 19, "bytes_sent": 3028, "bytes_received": 0, "room": "Room 12",
    ]
    subject["place"] = ["segment": "untagged", "room": "Room 12", "near": .string(Guest.hostname)]
    subject["alert"] = .string(Self.alert)
    subject["class_reasons"] = [
      ["field": "dhcp.vendor_class", "value": "udhcp", "reason": .string(seen), "packet": ["number": 2]]
    ]
    subject["streams"] = [
      [
        "peer": .string(Guest.ip), "protocol": "RTSP", "first_seen": "2026-11-29T20:00:00.000000Z",
        "last_seen": "2026-11-29T21:00:00.000000Z", "bytes": 9,
      ]
    ]
    subject["traffic"] = [
      "up_bps": 1000, "down_bps": 10, "since": "2026-11-29T20:00:00.000000Z", "pictures_per_second": .null, "to": .string(Guest.ip),
    ]
    subject["viewers"] = [.string(Guest.ip)]
    result["subject"] = subject
    for (key, value) in extra { result[key] = value }
    return result
  }

  func entry(_ number: Int64 = 1, type: String? = nil, who: String? = nil, note: String? = nil, alert: String? = Self.alert) -> LogEntry {
    LogEntry.sample(number, type ?? "alert.\(event)", alert: alert, who: who, note: note, document)
  }
}

extension LogEntry {
  /// As it is read from a database, with its number.
  static func sample(
    _ number: Int64, _ type: String, alert: String?, who: String? = nil, note: String? = nil, _ document: JSONValue
  ) -> LogEntry {
    var json: JSONValue = [
      "number": .integer(number), "uid": .string("00112233445566ff.\(alert ?? AlertSample.alert).\(number)"), "type": .string(type),
      "time": .integer(1_767_225_600_000_000_000), "recorded": .integer(1_767_225_600_000_000_000), "isFirstReport": false,
      "document": .string(document.text),
    ]
    json["alert"] = alert.map { .string($0) }
    json["who"] = who.map { .string($0) }
    json["note"] = note.map { .string($0) }
    return try! JSONDecoder().decode(LogEntry.self, from: json.bytes)
  }
}
