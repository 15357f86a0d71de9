import Foundation
import GRDB
import Services
import Store
import Synchronization
import Testing

@testable import Detection
@testable import Watch

/// What a recorder does with serve's commands, and with a configuration that was read again.
@Suite final class RecorderCommandTests: Sendable {
  private let folder = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString.prefix(8))"
  private var path: String { folder + "/lenscap.sqlite" }
  private var serve: String { folder + "/serve.sqlite" }
  private let clock = Mutex(Sample.start)
  private let channel = EngineChannel()
  private let remarks = Remarks()

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false) }
  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// A recorder that has begun, with one alert.
  private func recorder(path: String?) async throws -> Recorder {
    if let path {
      let event = Sample.raised()
      let alert = StoredAlert(event, kind: "unknown-camera", summary: "a camera", document: "{}")
      try PropertyStore(path: path).record([AlertRecord(alert, device: Sample.update([event]).changed.first)], at: .zero)
    }
    var options = RecorderOptions(
      path: path, signatures: SignatureSet([Sample.signature]), defaultSensorName: "test", clock: { self.clock.withLock { $0 } })
    options.serveDatabase = serve
    options.declared = DeclaredDevices(["00:11:*"])
    let recorder = try Recorder(
      options, channel: channel,
      reporter: Reporter(format: PlainFormat(), output: StandardOutput(onClose: {}), remark: remarks.add))
    await recorder.begin(at: Sample.start)
    _ = channel.drainCommands()
    return recorder
  }

  private func write(_ commands: OperatorCommand...) throws {
    try DatabaseQueue(path: serve).write { db in
      try db.execute(sql: OperatorCommand.schema)
      for command in commands { try command.insert(db) }
    }
  }

  private func health() throws -> [String] {
    try PropertyStore(path: path).log(after: 0).filter { $0.type == "health" }.map(\.document)
  }

  private func look(_ service: CommandService, after time: Duration = .seconds(2)) async {
    clock.withLock { $0 = $0 + time }
    await service.look()
  }

  @Test func whatPeopleDecideReachesTheEngineAndTheLog() async throws {
    let recorder = try await recorder(path: path)
    let receiver = try Nudge.Receiver(at: [folder + "/\(Nudge.serveSocket)"])
    let service = CommandService(path: serve, recorder: recorder, receiver: nil)
    await look(service)
    #expect(channel.drainCommands().isEmpty, "the file does not exist yet")
    try write(OperatorCommand(.dismiss, alert: "0000000000000001", who: "Maria", origin: "page", at: .zero))
    await look(service)
    guard case .declare(let declared, let dismissals)? = channel.drainCommands().first else {
      Issue.record("nothing for the engine")
      return
    }
    #expect(declared == DeclaredDevices(["00:11:*"]) && dismissals["mac:00:aa:bb:00:00:01"] != nil)
    #expect(try PropertyStore(path: path).log(after: 0).map(\.type) == ["alert.dismissed"])
    #expect(await receiver.nudges.first { _ in true } != nil, "serve learns of the entry at once")
    await look(service)
    #expect(channel.drainCommands().isEmpty)
  }

  /// One event a minute, whatever somebody writes there.
  @Test func refusalsAreReported() async throws {
    let service = CommandService(path: serve, recorder: try await recorder(path: path), receiver: nil)
    let wrong = OperatorCommand(.dismiss, alert: "0000000000000001", who: "x", origin: "link", at: .zero)
    try write(wrong, wrong)
    await look(service)
    #expect(try health().count == 1)
    #expect(try health().first?.contains("command-refused") == true && health().first?.contains("2 commands") == true)
    try write(wrong)
    await look(service)
    #expect(try health().count == 1)
    await look(service, after: .seconds(60))
    #expect(try health().count == 2)
    #expect(try PropertyStore(path: path).alert("0000000000000001")?.status(at: Sample.start) == .open)
  }

  @Test func aFileThatCannotBeReadIsReportedOnce() async throws {
    let service = CommandService(path: serve, recorder: try await recorder(path: path), receiver: nil)
    try Data(String(repeating: "no database", count: 1000).utf8).write(to: URL(fileURLWithPath: serve))
    for _ in 0..<3 { await look(service) }
    #expect(try health().count == 1)
    #expect(try health().first?.contains("commands-unreadable") == true)
    try FileManager.default.removeItem(atPath: serve)
    try write(OperatorCommand(.acknowledge, alert: "0000000000000001", who: "x", origin: "link", at: .zero))
    await look(service)
    #expect(try PropertyStore(path: path).alert("0000000000000001")?.status(at: Sample.start) == .acknowledged)
  }

  /// What the engine held as declared by the database stays so in between.
  @Test func anotherConfigurationIsPassedOn() async throws {
    let recorder = try await recorder(path: path)
    try PropertyStore(path: path).declare([Declaration(pattern: "00:22:*", at: .zero)])
    await recorder.checkOnDatabase()
    _ = channel.drainCommands()
    let site = Site([.init(room: "Suite", criteria: [.vlan([7])])])
    await recorder.reconfigure(
      Reloaded(
        EngineConfiguration(signatures: SignatureSet([]), declared: DeclaredDevices(["00:33:*"]), site: site), retention: Retention()))
    let commands = channel.drainCommands()
    guard case .reconfigure(let configuration)? = commands.first, case .declare(let declared, _)? = commands.last else {
      Issue.record("\(commands)")
      return
    }
    #expect(configuration.declared == DeclaredDevices(["00:11:*", "00:22:*"]))
    #expect(declared == DeclaredDevices(["00:33:*", "00:22:*"]))
    #expect(try PropertyStore(path: path).rooms() == ["Suite"])
    #expect(remarks.all.contains { $0.contains("read again") })
    #expect(try health().isEmpty)
  }

  @Test func aWrongConfigurationIsRefused() async throws {
    struct Wrong: Error, CustomStringConvertible { let description = "known.yaml:3:1: what\nand more" }
    let recorder = try await recorder(path: path)
    await recorder.refuse(Wrong())
    #expect(channel.drainCommands().isEmpty)
    let document = try #require(try health().first)
    #expect(document.contains("configuration-refused") && document.contains("known.yaml:3:1: what") && !document.contains("and more"))
  }

  /// Whatever the traffic, also before the first packet of a piped capture.
  @Test func aSignOfLifeIsWritten() async throws {
    let recorder = try await recorder(path: path)
    #expect(try PropertyStore(path: path).signOfLife() == nil)
    channel.count(packets: 17, dropped: 3)
    await recorder.writeSignOfLife()
    #expect(try PropertyStore(path: path).signOfLife() == SignOfLife(time: Sample.start, packets: 17, dropped: 3))
    #expect(try PropertyStore(path: path).value(.lastPacket) == nil, "no packet came yet")
  }
}
