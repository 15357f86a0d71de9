import Documents
import Store
import Testing

@testable import Detection

@Suite struct WordingTests {
  private static func device(
    role: Role = .camera, kind: String? = nil, strength: Strength = .proves, room: String? = nil
  ) -> Device {
    Device(
      id: DeviceID(segment: .untagged, mac: MACAddress(bits: 0x00AA_BB00_0001)), addresses: [IPAddress("192.168.1.10")!], hostname: nil,
      vendor: "Acme", model: "M-1", kind: kind, role: role,
      weighing: Weighing([.init(says: .camera, facet: .discovery, strength: strength)]), isDeclared: false, isRouter: false, room: room,
      firstSeen: .zero, lastSeen: .zero, packetsSent: 1, bytesSent: 1, bytesReceived: 0, evidence: [], streams: [])
  }

  private static func event(_ kind: AlertEvent.Kind, _ device: Device, _ changes: [AlertEvent.Change] = []) -> AlertEvent {
    AlertEvent(id: "a", alert: "a", number: 1, kind: kind, severity: .high, time: .zero, device: device, changes: changes)
  }

  @Test(arguments: [
    (device(), "camera"), (device(strength: .likely), "probable camera"), (device(strength: .hints), "possible camera"),
    (device(kind: "camera"), "camera"), (device(kind: "doorbell"), "camera (doorbell)"), (device(role: .recorder), "video recorder"),
    (device(role: .recorder, kind: "recorder", strength: .likely), "probable video recorder"), (device(role: .relay), "base station"),
    (device(role: .viewer), "viewer"), (device(role: .other, kind: "router"), "router"),
  ])
  func labels(device: Device, label: String) {
    #expect(device.label == label)
  }

  @Test(arguments: [
    (event(.raised, device(room: "Room 7")), "undeclared camera: 192.168.1.10, Acme M-1, Room 7"),
    (event(.surer, device()), "undeclared camera: 192.168.1.10, Acme M-1"),
    (event(.silent, device()), "camera went silent: 192.168.1.10, Acme M-1"),
    (event(.back, device()), "camera is back: 192.168.1.10, Acme M-1"),
    (
      event(.changed, device(), [.init(.room, from: "Room 1", to: "Room 2"), .init(.kind, to: "camera")]),
      "camera moved from Room 1 to Room 2: 192.168.1.10, Acme M-1"
    ),
    (
      event(.changed, device(), [.init(.model, to: "M-1"), .init(.streams, from: "false", to: "true")]),
      "camera gives its model as M-1 and started to stream video: 192.168.1.10, Acme M-1"
    ),
    (event(.changed, device(), [.init(.viewer, to: "10.0.0.9")]), "camera has a new viewer, 10.0.0.9: 192.168.1.10, Acme M-1"),
  ])
  func summaries(event: AlertEvent, summary: String) {
    #expect(event.summary == summary)
  }

  @Test(arguments: [
    (
      "true",
      "camera is watched from outside: 192.168.1.10, Acme M-1; began to send 1.3 s after a message from outside, for 18 s, 1.2 MB, "
        + "to 203.0.113.8"
    ),
    ("false", "camera is not watched from outside any more: 192.168.1.10, Acme M-1; sent for 18 s, 1.2 MB, to 203.0.113.8"),
  ])
  func watching(to: String, summary: String) {
    var event = Self.event(.changed, Self.device(), [.init(.watched, from: to == "true" ? "false" : "true", to: to)])
    event.watched = Watched(
      peer: IPAddress("203.0.113.8")!, lag: .milliseconds(1320), since: .zero, length: .seconds(18), bytes: 1_234_567)
    #expect(event.summary == summary)
  }

  @Test func aReplayHasOneEventForEachCase() throws {
    let event = Self.event(.surer, Self.device(), [.init(.verdict, from: "probable", to: "camera")])
    let replayed = try JSON.text(AlertDocument(event, sensor: nil, makers: OUIRegistry(of: [])))
    #expect(replayed.contains("\"event\":\"raised\"") && replayed.contains("\"uid\":null") && replayed.contains("\"changes\":[]"))
    let live = try JSON.text(AlertDocument(event, sensor: .init(id: "0123456789abcdef", name: "gate"), makers: OUIRegistry(of: [])))
    #expect(live.contains("\"event\":\"surer\"") && live.contains("\"uid\":\"0123456789abcdef.a.1\""))
    #expect(live.contains("{\"from\":\"probable\",\"to\":\"camera\",\"what\":\"verdict\"}"))
  }
}
