import Capture
import Detection
import Foundation
import Testing

@testable import Watch

/// Which packets a watch keeps for evidence packs, and for how long.
@Suite final class EvidenceRingTests: Sendable {
  private let folder = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString.prefix(8))"
  private static let camera: UInt8 = 7
  private static let phone: UInt8 = 9

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func ring(bytes: Int = 1 << 20, days: Int = 7) throws -> EvidenceRing {
    var limits = EvidenceRing.Limits()
    limits.bytes = bytes
    limits.age = .seconds(days * 86_400)
    let ring = try EvidenceRing(folder: folder, limits: limits, application: "lenscap test", interfaces: CaptureInterfaces())
    ring.keeper.hold([])
    return ring
  }

  private static func device(_ number: UInt8) -> DeviceID {
    DeviceID(segment: .untagged, mac: MACAddress(bits: 0x0200_0000_0000 | UInt64(number)), address: .none)
  }

  /// RTP, as cameras send it, from one device to another.
  private static func take(
    _ ring: EvidenceRing, from sender: UInt8, to receiver: UInt8 = 1, at seconds: Int64, cited: DeviceID? = nil, size: Int = 1000
  ) {
    let media = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 167) | 0x81 }
    let payload: [UInt8] = [0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1] + media
    let (datagram, packet) = (8 + payload.count, 28 + payload.count)
    let bytes: [UInt8] =
      [2, 0, 0, 0, 0, receiver, 2, 0, 0, 0, 0, sender, 8, 0]
      + [0x45, 0, UInt8(packet >> 8), UInt8(packet & 0xFF), 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, sender, 10, 0, 0, receiver]
      + [0x9C, 0x40, 0xC3, 0x50, UInt8(datagram >> 8), UInt8(datagram & 0xFF), 0, 0] + payload
    ring.take(
      Frame(
        bytes: bytes.span.bytes, originalLength: bytes.count, linkType: .ethernet, time: Timestamp(seconds: seconds, nanoseconds: 0),
        reference: PacketReference(file: 0, number: 1)), cited: cited)
  }

  private var files: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
  }

  /// Sender, length on the wire and kept bytes of each packet.
  private func kept() throws -> [[Int]] {
    var found: [[Int]] = []
    CaptureSequence(paths: try files.map { folder + "/" + $0 }).run { frame in
      found.append([Int(frame.bytes.unsafeLoad(fromByteOffset: 11, as: UInt8.self)), frame.originalLength, frame.bytes.byteCount])
    }
    return found
  }

  @Test func packetsOfSuspectsAreKeptWithoutMedia() throws {
    let ring = try ring()
    Self.take(ring, from: Self.camera, at: 10)
    Self.take(ring, from: Self.camera, at: 11, cited: Self.device(Self.camera))
    Self.take(ring, from: Self.phone, at: 12)
    Self.take(ring, from: Self.phone, to: Self.camera, at: 13)
    Self.take(ring, from: Self.camera, at: 14)
    ring.close()
    // Up to the end of RTP's header, and what the camera sent just before.
    #expect(try kept() == [[7, 1054, 54], [7, 1054, 54], [9, 1054, 54], [7, 1054, 54]])
  }

  @Test func whoTurnsOutToBeNoCameraIsNotFollowed() throws {
    let ring = try ring()
    Self.take(ring, from: Self.phone, at: 10, cited: Self.device(Self.phone))
    ring.clear(RingKeeperTests.snapshot(Self.phone, .personal, alert: "c0ffee"))
    Self.take(ring, from: Self.phone, at: 11)
    ring.close()
    #expect(try kept().count == 1)
  }

  @Test func theOldestFilesGo() throws {
    var ring = try ring(bytes: 1 << 21)
    for second in 0..<40_000 { Self.take(ring, from: Self.camera, at: Int64(second), cited: Self.device(Self.camera)) }
    ring.close()
    let names = try files
    let bytes = try names.reduce(0) {
      $0 + (try FileManager.default.attributesOfItem(atPath: folder + "/" + $1)[.size] as? Int ?? 0)
    }
    #expect(bytes <= 1 << 21)
    #expect(bytes > 1 << 20)
    #expect(try kept().count < 40_000)

    // Another run goes on behind them.
    ring = try self.ring(bytes: 1 << 21)
    Self.take(ring, from: Self.camera, at: 40_001, cited: Self.device(Self.camera))
    ring.close()
    let last = try #require(try files.last)
    #expect(last > (names.last ?? ""))
  }

  @Test func packetsThatAreTooOldGo() throws {
    let ring = try ring(bytes: 1 << 21, days: 1)
    for day in 0..<3 {
      for second in 0..<2000 {
        Self.take(ring, from: Self.camera, at: Int64(day * 100_000 + second), cited: Self.device(Self.camera))
      }
    }
    ring.close()
    #expect(try kept().count < 5000)
    #expect(try kept().count >= 2000)
  }

  /// Nobody pushes out others' packets by sending many.
  @Test func aDeviceHasItsShareOfAnHourAndAllHaveTheirsOfAMinute() throws {
    let ring = try ring(bytes: 64 << 20)
    Self.take(ring, from: Self.camera, at: 0, cited: Self.device(Self.camera))
    for second in 1...3000 { Self.take(ring, from: Self.camera, at: Int64(second)) }
    ring.close()
    #expect(try kept().count == 1 + 2047)
    let flooded = try self.ring(bytes: 64 << 20)
    for _ in 0..<60_000 { Self.take(flooded, from: Self.phone, at: 5000, cited: Self.device(Self.phone), size: 0) }
    flooded.close()
    #expect(flooded.leftOut > 20_000)
  }

  /// Once the memory is full, the oldest frames are gone, and the others as they were.
  @Test func whatWasBeforeIsRememberedForAWhile() throws {
    let ring = try ring(bytes: 64 << 20)
    Self.take(ring, from: Self.camera, at: 0)
    for second in 1...40_000 { Self.take(ring, from: second % 100 == 0 ? Self.camera : Self.phone, at: Int64(second)) }
    Self.take(ring, from: Self.camera, at: 40_001, cited: Self.device(Self.camera))
    ring.close()
    let kept = try kept()
    #expect(kept.allSatisfy { $0 == [7, 1054, 54] })
    #expect((320...330).contains(kept.count), "16 MiB hold 32,768 beginnings of 512 bytes, of which each hundredth is the camera's")
  }

  /// What is remembered of each is no way around the share of a minute, nor is looking for it a way to hold up the capture.
  @Test func whoInventsManySuspectsHasTheShareOfAMinute() throws {
    let ring = try ring(bytes: 64 << 20)
    for number in UInt8(10)..<110 {
      for _ in 0..<100 { Self.take(ring, from: number, at: 0) }
    }
    for number in UInt8(10)..<110 { Self.take(ring, from: number, at: 1, cited: Self.device(number)) }
    ring.close()
    #expect(try kept().count == 32 * 100 + 100)
    let limited = try self.ring(bytes: 64 << 20)
    for number in UInt8(10)..<40 {
      for _ in 0..<4000 { Self.take(limited, from: number, at: 100, size: 0) }
      Self.take(limited, from: number, at: 101, cited: Self.device(number), size: 0)
    }
    limited.close()
    #expect(limited.leftOut > 60_000)
  }

  @Test func theFolderIsItsOwnersAlone() throws {
    try ring().close()
    #expect(try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? Int == 0o700)
  }
}
