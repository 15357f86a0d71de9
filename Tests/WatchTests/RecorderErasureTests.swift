import Capture
import Foundation
import Store
import Synchronization
import Testing

@testable import Detection
@testable import Watch

/// A running watch forgets what people had erased.
@Suite final class RecorderErasureTests: Sendable {
  private let folder = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString.prefix(8))"
  private var path: String { folder + "/lenscap.sqlite" }
  private let clock = Mutex(Sample.start + .seconds(100))
  private let channel = EngineChannel()

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false) }
  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func recorder() async throws -> Recorder {
    let recorder = try recorderThatWaits()
    await recorder.begin(at: Sample.start)
    return recorder
  }

  private func recorderThatWaits() throws -> Recorder {
    let options = RecorderOptions(
      path: path, signatures: SignatureSet([Sample.signature]), defaultSensorName: "test", clock: { self.clock.withLock { $0 } })
    return try Recorder(
      options, channel: channel, reporter: Reporter(format: PlainFormat(), output: StandardOutput(onClose: {}), remark: { _ in }))
  }

  private func save(_ devices: Device...) throws {
    try PropertyStore(path: path).save(devices.map { DeviceSnapshot(device: $0) }, lastPacket: nil, at: Sample.start)
  }

  private func erase() throws {
    let address = Sample.device().id.mac
    _ = try PropertyStore(path: path).erase(address, hash: "h", who: "maria", isWatched: true, at: Sample.start + .seconds(100))
  }

  private var erased: [Set<MACAddress>] {
    channel.drainCommands().compactMap { if case .erase(let addresses) = $0 { addresses } else { nil } }
  }

  @Test func theEngineForgetsFirst() async throws {
    try save(Sample.device(1), Sample.device(2))
    let recorder = try await recorder()
    _ = channel.drainCommands()
    try erase()
    await recorder.checkOnDatabase()
    #expect(erased == [[Sample.device().id.mac]])
    // What the engine had sent before is stored after.
    try save(Sample.device(1))
    await recorder.checkOnDatabase()
    #expect(erased.isEmpty, "once")
    let store = try PropertyStore(path: path)
    #expect(try store.devices().map(\.device.id) == [Sample.device(2).id])
    #expect(try store.pendingErasures().isEmpty)
    await recorder.checkOnDatabase()
    #expect(erased.isEmpty)
  }

  /// The address is known until the packets are gone, also where the watch is killed meanwhile.
  @Test func packetsGoToo() async throws {
    let folder = path + "-packets"
    let ring = try EvidenceRing(folder: folder, application: "lenscap test", interfaces: CaptureInterfaces())
    let mac = Sample.device().id.mac
    let bytes = [UInt8](repeating: 2, count: 6) + (0..<6).map { UInt8(truncatingIfNeeded: mac.bits >> (40 - 8 * $0)) } + [8, 0, 0, 0]
    for number in UInt8(0)..<2 {
      ring.take(
        Frame(
          bytes: bytes.span.bytes, originalLength: bytes.count, linkType: .ethernet, time: Sample.start,
          reference: PacketReference(file: 0, number: UInt64(number))), cited: Sample.device().id)
    }
    ring.close()
    #expect(RingKeeper(folder: folder).count(of: mac) > 0)
    try save(Sample.device(1))
    try erase()
    let recorder = try recorderThatWaits()
    let keeper = RingKeeper(folder: folder)
    await recorder.use(keeper)
    await recorder.begin(at: Sample.start)
    keeper.finish()
    #expect(keeper.count(of: mac) == 0)
  }

  /// The watch was killed before it had forgotten: the next one has nothing to forget.
  @Test func theNextRunFinishesIt() async throws {
    try save(Sample.device(1), Sample.device(2))
    try erase()
    try save(Sample.device(1))
    _ = try await recorder()
    let recalled = channel.drainCommands().compactMap { if case .recall(let devices, _) = $0 { devices.map(\.device.id) } else { nil } }
    #expect(recalled == [[Sample.device(2).id]])
    #expect(try PropertyStore(path: path).pendingErasures().isEmpty)
  }
}
