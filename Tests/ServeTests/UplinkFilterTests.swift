import Detection
import Documents
import Foundation
import Sinks
import Testing

@testable import Serve
@testable import Store

@Suite struct UplinkFilterTests {
  private static let filter = UplinkFilter(names: OthersNames([Guest.hostname, Guest.mac]))

  private func decide(_ entry: LogEntry, wasSent: Bool = false) -> UplinkFilter.Decision { Self.filter.decide(entry) { _ in wasSent } }

  private func document(_ entry: LogEntry, wasSent: Bool = false) throws -> JSONValue {
    guard case .goes(let document, _) = decide(entry, wasSent: wasSent) else { throw Stays() }
    return document
  }

  private struct Stays: Error {}

  private func expectNoGuest(_ document: JSONValue, _ what: Comment) {
    let text = document.text.lowercased()
    for word in Guest.forbidden { #expect(!text.contains(word), "\(what): \(word) in \(text)") }
  }

  // MARK: Which alerts

  /// Each rule with the nearest case that must not pass.
  @Test(arguments: [
    (AlertSample(), true), (AlertSample(role: "recorder"), true), (AlertSample(verdict: "probable"), true),
    (AlertSample(deviceClass: "unknown"), true), (AlertSample(deviceClass: "personal"), false), (AlertSample(role: "viewer"), false),
    (AlertSample(role: "other"), false), (AlertSample(role: "relay"), false), (AlertSample(verdict: "possible"), false),
    (AlertSample(verdict: "none"), false), (AlertSample(event: "surer"), true), (AlertSample(verdict: "none", event: "surer"), false),
    (AlertSample(event: "silent", kind: "silent"), true), (AlertSample(event: "back", kind: "back"), true),
    (AlertSample(deviceClass: "personal", event: "back", kind: "back"), false), (AlertSample(extra: ["verdict": "none"]), false),
    (AlertSample(extra: ["subject": .null]), false),
  ]) func onlyCamerasGoUp(_ sample: AlertSample, _ goes: Bool) {
    guard goes else {
      #expect(decide(sample.entry()) == .stays)
      return
    }
    guard case .goes(let document, AlertSample.alert?) = decide(sample.entry()) else {
      Issue.record("\(sample) stays")
      return
    }
    expectNoGuest(document, "\(sample.event)")
  }

  @Test func whatTheCameraItselfShowsGoesUp() throws {
    let document = try document(AlertSample().entry())
    let subject = try #require(document["subject"])
    #expect(subject["mac"]?.string == AlertSample.mac)
    #expect(subject["ips"] == [.string(AlertSample.ip)])
    #expect(subject["room"] == "Room 12")
    #expect(subject["confidence"] == .number(0.99))
    #expect(document["device"] == .string("mac:\(AlertSample.mac)"))
    #expect(document["uid"] == .string("00112233445566ff.\(AlertSample.alert).1"))
    let evidence = try #require(document["evidence"]?.array?.first)
    #expect(evidence["signature"] == "generic-rtsp" && evidence["weight"] == 40 && evidence["packet"] == ["number": 7])
    #expect(evidence["value"]?.string == "rtsp://[address]@\(AlertSample.ip)/live")
    #expect(evidence["reason"]?.string == "says [name] ([name]) at [address] or [[address]]:554 looks at rtsp://\(AlertSample.ip)/live")
    #expect(document["summary"]?.string == "undeclared camera: \(AlertSample.ip), seen by [address]")
    #expect(document["later_key"] == nil)
  }

  // MARK: What changed

  @Test func thatACameraMovedOrIsWatchedGoesUpAndAViewerDoesNot() throws {
    let viewer: JSONValue = ["what": "viewer", "from": .null, "to": .string(Guest.ip)]
    let room: JSONValue = ["what": "room", "from": "Room 12", "to": "Room 13"]
    func changed(_ changes: [JSONValue], _ extra: [String: JSONValue] = [:]) -> AlertSample {
      var extra = extra
      extra["follows"] = .string(AlertSample.alert)
      if extra["summary"] == nil { extra["summary"] = .string("camera has a new viewer, \(Guest.ip): \(AlertSample.ip)") }
      return AlertSample(event: "changed", kind: "changed", changes: .array(changes), extra: extra)
    }
    #expect(decide(changed([viewer]).entry()) == .stays)
    let moved = try document(changed([room]).entry())
    #expect(moved["changes"] == [room])
    let both = try document(changed([viewer, room]).entry())
    #expect(both["changes"] == [room])
    #expect(both["summary"]?.string?.contains("viewer") == false)
    let watched = try document(
      changed(
        [["what": "watched", "from": .bool(false), "to": .bool(true)]],
        [
          "watched": [
            "peer": .string(Guest.ipv6), "lag_seconds": .number(1.3), "since": "2026-11-29T21:00:00Z", "length_seconds": 18, "bytes": 7,
          ]
        ]
      ).entry())
    #expect(watched["watched"]?["peer"] == "" && watched["watched"]?["bytes"] == 7)
    let address = try document(changed([["what": "address", "from": .string(Guest.ip), "to": .string(AlertSample.ip)]]).entry())
    #expect(address["changes"] == [["what": "address", "from": .null, "to": .null]])
    for document in [moved, both, watched, address] { expectNoGuest(document, "changed") }
  }

  @Test func inventedCamerasGoUpAsANumber() throws {
    let group: JSONValue = ["count": 40, "examples": [.string(Guest.mac)], "vlan": 12, "ap": .string(Guest.mac)]
    let document = try document(AlertSample(extra: ["group": group]).entry())
    #expect(document["group"] == ["count": 40, "vlan": 12, "examples": []])
    expectNoGuest(document, "group")
  }

  // MARK: Withdrawing

  /// The word, and whether the alert is withdrawn where it went up before.
  @Test(arguments: [
    (AlertSample(), "alert.dismissed", "dismissed"), (AlertSample(), "alert.declared", "declared"),
    (AlertSample(), UplinkFilter.clearedType, "cleared"), (AlertSample(verdict: "possible", event: "surer"), "alert.surer", "cleared"),
    (AlertSample(deviceClass: "personal", event: "changed", kind: "changed"), "alert.changed", "cleared"),
    (AlertSample(role: "viewer", event: "silent", kind: "silent"), "alert.silent", "cleared"),
  ]) func whatIsNoCameraAnyMoreIsWithdrawn(_ sample: AlertSample, _ type: String, _ word: String) throws {
    let entry = sample.entry(9, type: type, who: "Maria of the night via page", note: "Anna wants room service at nine")
    #expect(decide(entry, wasSent: false) == .stays, "central never had it")
    guard case .goes(let document, AlertSample.alert?) = decide(entry, wasSent: true) else {
      Issue.record("not withdrawn")
      return
    }
    #expect(document["event"] == .string(word) && document["id"] == .string(AlertSample.alert) && document["withdrawn"] == true)
    #expect(document["subject"] == .null && document["device"] == .null && document["evidence"] == [])
    #expect(!document.text.contains("Maria") && !document.text.contains(AlertSample.mac) && !document.text.contains(AlertSample.ip))
    expectNoGuest(document, "withdrawn")
  }

  @Test func whatIsTakenForACameraAgainGoesUpAgain() throws {
    let document = try document(AlertSample().entry(5, type: UplinkFilter.confirmedType))
    #expect(document["event"] == "reopened" && document["subject"]?["mac"]?.string == AlertSample.mac)
    expectNoGuest(document, "confirmed")
    #expect(decide(AlertSample(deviceClass: "personal").entry(5, type: UplinkFilter.confirmedType)) == .stays)
  }

  @Test func whatPeopleDidGoesUpWithoutThemAndTheirNotes() throws {
    for word in ["acknowledged", "reopened"] {
      let entry = AlertSample().entry(3, type: "alert.\(word)", who: "Maria via page", note: "Anna wants room service at nine")
      let document = try document(entry)
      #expect(document["event"] == .string(word))
      #expect(!document.text.contains("Maria"))
      expectNoGuest(document, "\(word)")
    }
  }

  @Test func aDeclarationThatAnswersNoAlertStays() {
    let declaration: JSONValue = [
      "type": "declaration", "pattern": .string(Guest.mac), "owner": "Anna", "declared": "2026-11-29T21:00:00Z",
    ]
    #expect(decide(.sample(4, "alert.declared", alert: nil, who: "Maria", declaration), wasSent: true) == .stays)
    #expect(decide(.sample(5, "alert.later", alert: AlertSample.alert, AlertSample().document), wasSent: true) == .stays)
  }

  // MARK: Health

  @Test func healthGoesUpWithoutTextsAndSources() throws {
    let health: JSONValue = [
      "type": "alert", "id": "00000000000000aa", "kind": "health", "severity": "medium", "time": "2026-11-29T21:00:00Z", "event": "health",
      "summary": .string("eth1: \(Guest.mac) sends too much"), "device": .null, "verdict": .null, "follows": .null, "changes": [],
      "subject": .null, "sensor": ["id": "00112233445566ff", "name": "Hotel Lisbon"], "evidence": [],
      "uid": "00112233445566ff.00000000000000aa.1",
      "health": [
        "code": "flood", "interface": "eth1", "count": 5, "text": .string("\(Guest.hostname) sends too much"), "what": "dns",
        "source": .string(Guest.mac), "segment": .null, "hidden": .string(Guest.ip),
      ],
    ]
    let document = try document(.sample(6, "health", alert: nil, health))
    #expect(document["health"]?["code"] == "flood" && document["health"]?["count"] == 5)
    #expect(document["uid"] == "00112233445566ff.00000000000000aa.1")
    expectNoGuest(document, "health")
  }

  // MARK: Limits

  @Test func textsAndListsHaveAnEnd() throws {
    let long = String(repeating: "é", count: 2000)
    let evidence: JSONValue = ["signature": "s", "value": .string(long), "reason": .string(long), "packet": ["number": 1]]
    let document = try document(AlertSample(extra: ["evidence": .array(Array(repeating: evidence, count: 500))]).entry())
    #expect(document["evidence"]?.array?.count == UplinkFilter.listLimit)
    #expect(document["evidence"]?.array?.first?["value"]?.string == String(repeating: "é", count: 256))
  }
}

@Suite struct RedactionTests {
  private static let own = AddressRedaction(sparing: [IPAddress("192.168.1.20")!, IPAddress("fe80::1")!], MACAddress("7c:a7:b0:11:22:33")!)

  @Test(arguments: [
    ("at 192.168.1.77.", "at [address]."), ("192.168.1.77:554", "[address]:554"), ("rtsp://u@10.0.0.1/x", "rtsp://u@[address]/x"),
    ("192.168.1.20, 192.168.1.2", "192.168.1.20, [address]"), ("ip192.168.1.77", "ip[address]"), ("host-192-168-1-77", "host-[address]"),
    ("77.1.168.192.in-addr.arpa", "[address].in-addr.arpa"), ("fe80::1 fe80::2", "fe80::1 [address]"),
    ("[2001:db8::7]:80", "[[address]]:80"),
    ("2001:db8:0:0:0:0:0:7", "[address]"), ("::ffff:10.0.0.1", "[address]"), ("fe80::2%eth0", "[address]%eth0"),
    ("7C:A7:B0:11:22:33 3c:06:30:aa:bb:cc", "7C:A7:B0:11:22:33 [address]"), ("3C-06-30-AA-BB-CC", "[address]"),
    ("3c06.30aa.bbcc", "[address]"),
    ("00:11:22:33:44:55:66:77", "[address]"), ("at 12:34:56 on 2026-11-29T21:00:00Z", "at 12:34:56 on 2026-11-29T21:00:00Z"),
    ("udhcp 1.35.0", "udhcp 1.35.0"), ("Linux/4.9 UPnP/1.0 IPC-C22/2.680", "Linux/4.9 UPnP/1.0 IPC-C22/2.680"), ("", ""), ("::", "::"),
    ("999.1.2.3", "999.1.2.3"), ("std::vector", "std::vector"), ("größe 10.0.0.1", "größe [address]"),
  ]) func addressesOfOthersGo(_ text: String, _ expected: String) {
    #expect(Self.own.redacted(text) == expected)
  }

  @Test(arguments: [
    ("seen by Annas-iPhone now", "seen by [name] now"), ("ANNAS iphone's", "[name]'s"), ("annas_iphone.local", "[name].local"),
    ("annas", "annas"), ("Jörg", "[name]"), ("3c0630aabbcc", "[name]"), ("3C:06:30:AA:BB:CC", "[name]"), ("a camera", "a camera"),
    ("printer-9.example", "[name].example"), ("", ""), ("Annas-iPhoneX", "Annas-iPhoneX"),
  ]) func namesOfOthersGo(_ text: String, _ expected: String) {
    let names = OthersNames(["Annas-iPhone", "jörg", "3c:06:30:aa:bb:cc", "camera", "printer-9.hotel.example", "x"])
    #expect(names.redacted(text) == expected)
  }
}
