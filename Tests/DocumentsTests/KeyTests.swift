import Capture
import Foundation
import Testing

@testable import Detection
@testable import Documents
@testable import Store

/// The keys of documents are a contract: every stored property is written, under its own name in snake_case.
@Suite struct KeyTests {
  private static let start: Timestamp = DeviceClassTests.start
  private static let sensor: Sensor = Sensor(id: "0123456789abcdef", name: "gate")

  private static let device: Device = {
    let one = DeviceClassTests.device(
      evidence: [DeviceClassTests.evidence(.likely, validUntil: start, of: .embedded)], traffic: DeviceClassTests.traffic())
    return Device(
      id: one.id, addresses: one.addresses, hostname: "cam", vendor: "Acme", model: "M-1", kind: "camera", role: .camera,
      weighing: one.weighing, isDeclared: false, isRouter: false, room: "Room 1", firstSeen: start, lastSeen: start, packetsSent: 1,
      bytesSent: 1, bytesReceived: 1, evidence: one.evidence,
      streams: [Device.Stream(peer: IPAddress("203.0.113.8")!, name: "rtp", firstSeen: start, lastSeen: start, bytes: 1)],
      deviceClass: .embedded, classReasons: one.classReasons, traffic: one.traffic)
  }()

  private static let event: AlertEvent = {
    var event = AlertEvent(
      id: "a", alert: "a", number: 1, kind: .changed, severity: .high, time: start, device: device,
      changes: [.init(.watched, from: "false", to: "true")])
    event.watched = Watched(peer: IPAddress("203.0.113.8")!, lag: .seconds(1), since: start, length: .seconds(18), bytes: 1)
    return event
  }()

  private static let room: RoomCoverage = RoomCoverage(room: "Room 1", hours: 2, hoursWatched: 1, lastFrame: start, reason: .quiet)

  private static func documents(_ store: PropertyStore) throws -> [any Encodable] {
    let makers = DeviceClassTests.none
    var stored = StoredAlert(id: "a", kind: "unknown-camera", severity: "high", time: start, summary: "", document: "{}")
    stored.snoozedUntil = start.nanoseconds
    let coverage = Coverage(
      packets: 1, truncated: 0, undecoded: [:], encryptedWiFiPackets: 0, oneSidedFlows: 0, streamGaps: 0, evicted: [:], rooms: [room])
    let capture = CaptureSequence(paths: ["/nonexistent.pcap"])
    capture.run { _ in }
    return [
      DeviceDocument(device, makers: makers, files: ["lobby.pcapng"]),
      AlertDocument(event, sensor: sensor, makers: makers),
      AlertDocument(HealthEvent(.packetsLost, at: start, interface: "eth0", count: 1, text: "lost"), sensor: sensor),
      AlertDocument(stored, subject: DeviceSnapshot(device: device, alert: nil), sensor: sensor, makers: makers, at: start),
      AlertDocument.Action(time: start.rfc3339, what: "snoozed", who: "me", note: "a note"),
      CoverageDocument(coverage),
      DeclarationDocument(Declaration(pattern: "cam", declaredBy: "me", at: start)),
      SourceDocument(files: capture.files),
      StatusDocument(try PropertyStatus(of: store, at: start)),
      DigestDocument(try Digest(of: store, from: start, to: start)),
      DigestDocument.Camera(id: "mac", hostname: "cam", model: "M-1", room: "Room 1", lastSeen: start.rfc3339),
      DigestDocument.Upload(device: "mac", since: start.rfc3339, upBps: 1, to: "203.0.113.8"),
      DigestDocument.Group(label: "Acme", count: 1),
      PrivacyDocument(try PrivacyReport(of: store, retention: Retention(), messages: [], files: [], at: start)),
      PrivacyDocument.Stored(
        Holding(kind: .personal, count: 1, oldest: start, newest: start, fields: ["mac": 1]), (.seconds(86_400), "after it")),
    ]
  }

  @Test func everyPropertyIsWrittenUnderItsNameInSnakeCase() throws {
    let path = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString).sqlite"
    defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
    for document in try Self.documents(try PropertyStore(path: path)) {
      Self.compare(document, try JSONSerialization.jsonObject(with: JSON().bytes(document)), "\(type(of: document))")
    }
  }

  /// Documents that list their members do so in order, and for every encoder alike.
  @Test func listedDocumentsAreWhatFoundationWrites() throws {
    let alert = AlertDocument(Self.event, sensor: Self.sensor, makers: DeviceClassTests.none)
    let device = DeviceDocument(Self.device, makers: DeviceClassTests.none, files: ["lobby.pcapng"])
    let bare = DeviceDocument(DeviceClassTests.device(), makers: DeviceClassTests.none)
    for document: any Encodable in [alert, device, bare, [device, bare], Line("device", device)] {
      #expect(try JSON.text(document) == JSONWriterTests.foundation(document), "\(type(of: document))")
    }
  }

  private static func compare(_ value: Any, _ json: Any, _ place: String) {
    let mirror = Mirror(reflecting: value)
    switch (mirror.displayStyle, json) {
    case (.optional, _): if let value = mirror.children.first?.value { compare(value, json, place) }
    case (.collection, let items as [Any]):
      for (child, item) in zip(mirror.children, items) { compare(child.value, item, place) }
    case (.struct, _) where mirror.children.first?.label == "wrappedValue":
      if let value = mirror.children.first?.value { compare(value, json, place) }
    case (.struct, let object as [String: Any]):
      var names: Set<String> = []
      for child in mirror.children {
        // A property wrapper's storage has an underscore before its name, and a key also where there is no value.
        let label = child.label ?? ""
        let name = label.drop { $0 == "_" }.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
        let inner = Mirror(reflecting: child.value)
        if !label.hasPrefix("_"), inner.displayStyle == .optional, inner.children.isEmpty { continue }
        names.insert(name)
        if let part = object[name] { compare(child.value, part, "\(place).\(name)") }
      }
      #expect(Set(object.keys) == names, "\(place)")
    default: break
    }
  }
}
