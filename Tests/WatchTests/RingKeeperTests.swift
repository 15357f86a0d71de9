import Capture
import Foundation
import Testing

@testable import Detection
@testable import Watch

/// What happens to packets on disk that people put on hold or erase, and to those of people's devices.
@Suite final class RingKeeperTests: Sendable {
  private let folder = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString.prefix(8))"
  private static let (camera, other, phone): (UInt8, UInt8, UInt8) = (7, 8, 9)

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func ring(bytes: Int = 8 << 20, days: Int = 7) throws -> EvidenceRing {
    var limits = EvidenceRing.Limits()
    limits.bytes = bytes
    limits.age = .seconds(days * 86_400)
    let ring = try EvidenceRing(folder: folder, limits: limits, application: "lenscap test", interfaces: CaptureInterfaces())
    ring.keeper.hold([])
    return ring
  }

  static func mac(_ number: UInt8) -> MACAddress { MACAddress(bits: 0x0200_0000_0000 | UInt64(number)) }
  static func device(_ number: UInt8) -> DeviceID { DeviceID(segment: .untagged, mac: mac(number), address: .none) }

  /// A device as the engine describes it.
  static func snapshot(_ number: UInt8, _ deviceClass: DeviceClass, alert: String? = nil) -> DeviceSnapshot {
    let device = Device(
      id: device(number), addresses: [], hostname: nil, vendor: nil, model: nil, kind: nil, role: .other, weighing: Weighing([]),
      isDeclared: false, isRouter: false, room: nil, firstSeen: .zero, lastSeen: .zero, packetsSent: 1, bytesSent: 60, bytesReceived: 0,
      evidence: [], streams: [], deviceClass: deviceClass)
    return DeviceSnapshot(device: device, alert: alert.map { Alert(id: $0, time: .zero, device: device.id, verdict: .probable) })
  }

  private static func take(_ ring: EvidenceRing, _ sender: UInt8, to receiver: UInt8 = 1, at seconds: Int64, cited: Bool = true) {
    let bytes: [UInt8] = [2, 0, 0, 0, 0, receiver, 2, 0, 0, 0, 0, sender, 0x88, 0xB5] + [UInt8](repeating: 0x20, count: 50)
    ring.take(
      Frame(
        bytes: bytes.span.bytes, originalLength: bytes.count, linkType: .ethernet, time: Timestamp(seconds: seconds, nanoseconds: 0),
        reference: PacketReference(file: 0, number: 1)), cited: cited ? device(sender) : nil)
  }

  /// How many packets each device sent.
  private var kept: [UInt8: Int] {
    get throws {
      var counts: [UInt8: Int] = [:]
      let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".pcapng") }
      CaptureSequence(paths: names.map { folder + "/" + $0 }).run { frame in
        counts[frame.bytes.unsafeLoad(fromByteOffset: 11, as: UInt8.self), default: 0] += 1
      }
      return counts
    }
  }

  @Test func packetsOnHoldOutliveTheRing() throws {
    let ring = try ring(bytes: 1 << 21)
    ring.keeper.hold([Self.mac(Self.camera)])
    for second in 0..<100 { Self.take(ring, Self.camera, at: Int64(second)) }
    for second in 100..<60_000 { Self.take(ring, Self.phone, at: Int64(second)) }
    ring.close()
    ring.keeper.finish()
    #expect(try kept[Self.camera] == 100)
    #expect(try kept[Self.phone] ?? 0 < 40_000)
    ring.keeper.hold([])
    ring.keeper.finish()
    #expect(try kept[Self.camera] == nil)
    #expect(try kept[Self.phone] ?? 0 > 10_000)
  }

  /// The oldest ones stay: they are what the alert rests on.
  @Test func packetsOnHoldHaveALimit() throws {
    let ring = try ring(bytes: 1 << 21)
    ring.keeper.hold([Self.mac(Self.camera)])
    for second in 0..<100_000 { Self.take(ring, Self.camera, at: Int64(second)) }
    ring.close()
    ring.keeper.finish()
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    let bytes = try names.reduce(0) { $0 + (try FileManager.default.attributesOfItem(atPath: "\(folder)/\($1)")[.size] as? Int ?? 0) }
    #expect(bytes < 1 << 21 + 1 << 20 + 1 << 17)
    #expect(names.contains("held-0000000001.pcapng") && !names.contains { $0.hasPrefix("leaving-") })
    #expect(ring.keeper.takeRemarks().count == 1)
  }

  /// What another run put aside waits until it is known what is on hold.
  @Test func aRestartLosesNothingOnHold() throws {
    let first = try EvidenceRing(folder: folder, application: "lenscap test", interfaces: CaptureInterfaces())
    Self.take(first, Self.camera, at: 0)
    Self.take(first, Self.phone, at: 0)
    first.close()
    first.keeper.leave("0000000001.pcapng")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["leaving-0000000001.pcapng"])
    let keeper = RingKeeper(folder: folder)
    keeper.hold([Self.mac(Self.camera)])
    keeper.finish()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["held-0000000001.pcapng"])
    #expect(try kept == [Self.camera: 1])
    let later = RingKeeper(folder: folder)
    later.hold([Self.mac(Self.other)])
    later.finish()
    #expect(try kept == [:], "released meanwhile")
  }

  @Test func erasingTakesPacketsOutInBothDirections() throws {
    let ring = try ring()
    for second in 0..<10 {
      Self.take(ring, Self.camera, at: Int64(second))
      Self.take(ring, Self.other, to: Self.camera, at: Int64(second))
      Self.take(ring, Self.other, to: Self.phone, at: Int64(second))
    }
    #expect(ring.keeper.count(of: Self.mac(Self.camera)) == 0, "not written yet")
    ring.flush()
    #expect(ring.keeper.count(of: Self.mac(Self.camera)) == 20)
    ring.erase([Self.mac(Self.camera)])
    ring.keeper.finish()
    #expect(try kept == [Self.other: 10])
    // It is not followed any more, nor remembered.
    Self.take(ring, Self.camera, at: 20, cited: false)
    Self.take(ring, Self.camera, at: 21)
    ring.close()
    #expect(ring.keeper.count(of: Self.mac(Self.camera)) == 2)
  }

  @Test func whatIsOnHoldIsNotErased() throws {
    let ring = try ring()
    Self.take(ring, Self.camera, at: 0)
    Self.take(ring, Self.phone, to: Self.camera, at: 1)
    Self.take(ring, Self.phone, at: 2)
    ring.keeper.hold([Self.mac(Self.camera)])
    ring.erase([Self.mac(Self.phone), Self.mac(Self.camera)])
    ring.keeper.finish()
    #expect(try kept == [Self.camera: 1, Self.phone: 1])
  }

  @Test func packetsOfPeopleGo() throws {
    let ring = try ring()
    Self.take(ring, Self.camera, at: 0)
    Self.take(ring, Self.phone, at: 1)
    Self.take(ring, Self.camera, to: Self.phone, at: 2)
    ring.clear(Self.snapshot(Self.phone, .personal))
    ring.attend(at: Timestamp(seconds: 3, nanoseconds: 0))
    ring.keeper.finish()
    #expect(try kept == [Self.camera: 2], "what the camera sent to it is about the camera")
    // Not again and again: it takes time.
    Self.take(ring, Self.phone, at: 4)
    ring.clear(Self.snapshot(Self.phone, .personal))
    ring.attend(at: Timestamp(seconds: 5, nanoseconds: 0))
    ring.flush()
    #expect(try kept[Self.phone] == 1)
    ring.attend(at: Timestamp(seconds: 400, nanoseconds: 0))
    ring.keeper.finish()
    #expect(try kept[Self.phone] == nil)
  }

  /// A phone that is itself the camera.
  @Test func whatAnAlertRestsOnStays() throws {
    let ring = try ring()
    Self.take(ring, Self.phone, at: 1)
    ring.clear(Self.snapshot(Self.phone, .personal, alert: "c0ffee"))
    ring.attend(at: Timestamp(seconds: 3, nanoseconds: 0))
    ring.close()
    ring.keeper.finish()
    #expect(try kept == [Self.phone: 1])
  }

  /// Also where nothing new comes.
  @Test func aQuietRingGetsOld() throws {
    let ring = try ring(days: 1)
    Self.take(ring, Self.camera, at: 0)
    ring.attend(at: Timestamp(seconds: 86_000, nanoseconds: 0))
    ring.flush()
    #expect(try kept == [Self.camera: 1])
    ring.attend(at: Timestamp(seconds: 90_001, nanoseconds: 0))
    #expect(try kept == [:])
    Self.take(ring, Self.camera, at: 90_002)
    ring.close()
    #expect(try kept == [Self.camera: 1])
  }
}
