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
    let options = RecorderOptions(
      path: path, signatures: SignatureSet([Sample.signature]), defaultSensorName: "test", clock: { self.clock.withLock { $0 } })
    let recorder = try Recorder(
      options, channel: channel, reporter: Reporter(format: PlainFormat(), output: StandardOutput(onClose: {}), remark: { _ in }))
    await recorder.begin(at: Sample.start)
    return recorder
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
