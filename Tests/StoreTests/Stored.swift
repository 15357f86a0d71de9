import Detection
import Foundation
import GRDB

@testable import Store

/// A database in a folder of its own, and devices and alerts to put into it.
final class Stored {
  static let start = Timestamp(seconds: 1_700_000_000, nanoseconds: 0)
  static let day = Duration.seconds(86_400)

  let folder = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString)"
  let store: PropertyStore
  var path: String { folder + "/lenscap.sqlite" }

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    store = try PropertyStore(path: folder + "/lenscap.sqlite")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  static func address(_ number: UInt64) -> MACAddress { MACAddress(bits: 0x0200_0000_0000 | number) }

  static func device(
    _ number: UInt64, _ deviceClass: DeviceClass = .unknown, segment: Segment = .untagged, seen: Timestamp = start, room: String? = nil,
    isDeclared: Bool = false, validUntil: Timestamp? = nil, verdict: Verdict? = nil
  ) -> Device {
    let signature = Signature.Summary(id: "maker", says: .camera, facet: .maker, strength: .strong, because: "maker {value}")
    let evidence = Evidence(
      signature: signature, field: .httpServer, value: "netcam", firstSeen: seen, packet: PacketReference(file: 0, number: 1), count: 1,
      vendor: nil, model: nil, kind: nil, validUntil: validUntil)
    return Device(
      id: DeviceID(segment: segment, mac: address(number), address: .none), addresses: [IPAddress("10.0.0.\(number)")!],
      hostname: "host-\(number)", vendor: nil, model: nil, kind: nil, role: .other, weighing: Weighing([]), verdict: verdict,
      isDeclared: isDeclared,
      isRouter: false, room: room, firstSeen: seen, lastSeen: seen, packetsSent: 1, bytesSent: 1, bytesReceived: 0, evidence: [evidence],
      streams: [], deviceClass: deviceClass)
  }

  func save(_ devices: Device..., at now: Timestamp = start) throws {
    try store.save(devices.map { DeviceSnapshot(device: $0) }, lastPacket: nil, at: now)
  }

  /// Stores an alert of a device, with the device and an entry of the event log.
  func raise(_ id: String, of device: Device, follows: String? = nil, document: String = "{}") throws {
    let alert = StoredAlert(
      id: id, kind: follows == nil ? "unknown-camera" : "silent", severity: "high", time: device.firstSeen,
      device: device.id.description, follows: follows, summary: "a camera", document: document)
    let own = Alert(id: follows ?? id, time: device.firstSeen, device: device.id, verdict: .camera)
    let entry = LogEntry(
      uid: id, type: "alert.raised", alert: follows ?? id, at: device.firstSeen, recordedAt: device.firstSeen, document: document)
    try store.record([AlertRecord(alert, device: DeviceSnapshot(device: device, alert: own), entry: entry)], at: device.firstSeen)
  }

  var devices: [String] { get throws { try store.devices().map(\.device.id.description).sorted() } }
  var alerts: [String] { get throws { try store.alerts().map(\.id).sorted() } }
}
