import Foundation
import ServiceLifecycleTestKit
import Store
import Synchronization
import Testing

@testable import Detection
@testable import Watch

/// What a recorder stores, reports and passes on.
@Suite final class RecorderTests {
  let path = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString).sqlite"

  deinit {
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
  }

  struct Outcome {
    let lines: [String]
    let remarks: [String]
    let commands: [EngineCommand]
    let reportedCamera: Bool
  }

  /// Feeds a recorder with updates, to its end.
  func run(
    _ updates: [EngineUpdate], path: String? = nil, at now: Timestamp = Sample.start, change: (inout RecorderOptions) -> Void = { _ in },
    between: (@Sendable (Int) async throws -> Void)? = nil
  ) async throws -> Outcome {
    let pipe = TestPipe()
    let reading = pipe.reading()
    let (output, channel, remarks) = (StandardOutput(descriptor: pipe.writer, onClose: {}), EngineChannel(), Remarks())
    let clock = Mutex(now)
    var options = RecorderOptions(
      path: path, signatures: SignatureSet([Sample.signature]), defaultSensorName: "test", clock: { clock.withLock { $0 } })
    change(&options)
    let recorder = try Recorder(
      options, channel: channel, reporter: Reporter(format: PlainFormat(), output: output, remark: remarks.add))
    output.onDelivery { await recorder.delivered($0) }
    try await testGracefulShutdown { trigger in
      async let writing: Void = output.run()
      async let recording: Void = recorder.run()
      await recorder.begin(at: now)
      for (index, update) in updates.enumerated() {
        clock.withLock { $0 = max($0, update.clock) }
        channel.send(update)
        while !channel.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        try await between?(index)
      }
      channel.finish()
      trigger.triggerGracefulShutdown()
      try await recording
      try await writing
    }
    close(pipe.writer)
    return Outcome(
      lines: await reading.value.split(separator: "\n").map(String.init), remarks: remarks.all, commands: channel.drainCommands(),
      reportedCamera: await recorder.reportedCamera)
  }

  @Test func withoutADatabaseEventsAreOnlyReported() async throws {
    let outcome = try await run([Sample.update([Sample.raised()])])
    #expect(outcome.lines == ["raised 0000000000000001"])
    #expect(outcome.reportedCamera && outcome.commands.isEmpty)
  }

  @Test func eventsAreStoredAndMarkedAsReported() async throws {
    let outcome = try await run([Sample.update([Sample.raised(1), Sample.raised(2)])], path: path)
    #expect(outcome.lines == ["raised 0000000000000001 brief", "raised 0000000000000002 brief"])
    let store = try PropertyStore(path: path)
    #expect(try store.alerts().map(\.id) == ["0000000000000001", "0000000000000002"])
    #expect(try store.unannounced().isEmpty)
    #expect(try store.devices().map(\.alert?.id).sorted { $0! < $1! } == ["0000000000000001", "0000000000000002"])
    #expect(outcome.remarks.contains { $0.hasPrefix("2 cameras, recorders and base stations so far") })
  }

  /// Killed between the commit and the report: the next run reports it, under the same id.
  @Test func whatWasNotReportedIsReportedLate() async throws {
    let event = Sample.raised()
    let alert = StoredAlert(event, kind: "unknown-camera", summary: "a camera", document: "{}")
    try PropertyStore(path: path).record([AlertRecord(alert, device: Sample.update([event]).changed.first)], at: .zero)
    let outcome = try await run([], path: path)
    #expect(outcome.lines == ["late 0000000000000001"])
    #expect(try PropertyStore(path: path).unannounced().isEmpty)
    guard case .recall(let devices, _)? = outcome.commands.first else {
      Issue.record("nothing recalled: \(outcome.commands)")
      return
    }
    #expect(devices.map(\.alert?.id) == ["0000000000000001"])
  }

  @Test func decisionsOfOperatorsReachTheEngine() async throws {
    let path = path
    let later = Sample.start + .seconds(3)
    let outcome = try await run(
      [Sample.update([Sample.raised()]), Sample.update([], at: later), Sample.update([], at: later)], path: path,
      between: { index in
        guard index == 0 else { return }
        let store = try PropertyStore(path: path)
        try store.declare([Declaration(pattern: "00:aa:bb:*", at: .zero)])
        try store.apply(.dismiss, to: "0000000000000001", who: "Maria", note: nil, at: .zero)
      })
    let decisions = outcome.commands.compactMap { command -> (DeclaredDevices, [String: Dismissal])? in
      if case .declare(let declared, let dismissals) = command { return (declared, dismissals) }
      return nil
    }
    #expect(decisions.count == 2, "at the start, and after the change")
    #expect(decisions.last?.0 == DeclaredDevices(["00:aa:bb:*"]))
    #expect(decisions.last?.1["mac:00:aa:bb:00:00:01"]?.alert == "0000000000000001")
  }

  /// An operator wants no news of an alert: its events are stored, and not reported.
  @Test func snoozedAlertsAreSilent() async throws {
    let path = path
    let (first, device) = (Sample.raised(), Sample.device())
    let changed = AlertEvent(
      id: "00000000000000ff", alert: first.id, number: 1, kind: .changed, severity: .medium, time: Sample.start, device: device,
      changes: [.init(.room, to: "Room 2")])
    let outcome = try await run(
      [Sample.update([first]), Sample.update([changed])], path: path,
      between: { index in
        guard index == 0 else { return }
        try PropertyStore(path: path)
          .apply(.snooze(until: Sample.start + .seconds(3600)), to: first.id, who: nil, note: nil, at: Sample.start)
      })
    #expect(outcome.lines == ["raised 0000000000000001 brief"])
    #expect(try PropertyStore(path: path).alerts().map(\.id).contains("00000000000000ff"))
    #expect(try PropertyStore(path: path).unannounced().isEmpty)
  }

  /// The folder of the database goes away while it runs: alerts go on, and are stored when it is back.
  @Test func aDatabaseThatCannotBeOpenedIsReportedAndTriedAgain() async throws {
    let path = path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    let outcome = try await run(
      [
        Sample.update([Sample.raised()]), Sample.update([], at: Sample.start + .seconds(3)),
        Sample.update([], at: Sample.start + .seconds(6)),
      ],
      path: path,
      between: { index in
        if index == 0 { try FileManager.default.removeItem(atPath: path) }
      })
    #expect(outcome.lines.first == "health store-failed")
    #expect(outcome.lines.contains("raised 0000000000000001"))
    #expect(outcome.lines.contains("health store-back"))
    #expect(try PropertyStore(path: path).alerts().contains { $0.id == "0000000000000001" })
  }

  @Test func aFolderThatDoesNotExistIsRefused() {
    #expect(throws: StoreError.self) {
      let options = RecorderOptions(
        path: "/nowhere/at/all.sqlite", signatures: SignatureSet([]), defaultSensorName: "test", clock: { .zero })
      _ = try Recorder(
        options, channel: EngineChannel(),
        reporter: Reporter(format: PlainFormat(), output: StandardOutput(onClose: {}), remark: { _ in }))
    }
  }

  @Test func digestsComeDaily() async throws {
    let day = Duration.seconds(86_400)
    let updates = [
      Sample.update([Sample.raised()]), Sample.update([], at: Sample.start + day + .seconds(1)),
      Sample.update([], at: Sample.start + day + day + .seconds(2)),
    ]
    let outcome = try await run(updates, path: path) { options in
      options.nextDigest = { $0 + day }
    }
    #expect(outcome.lines == ["raised 0000000000000001 brief", "digest 1", "digest 0"])
  }

  @Test func theSensorIsMadeOnceAndNamed() async throws {
    _ = try await run([], path: path) { $0.sensorName = "gate" }
    let first = try #require(try PropertyStore(path: path).sensor())
    _ = try await run([], path: path)
    let second = try #require(try PropertyStore(path: path).sensor())
    #expect(first == second && first.name == "gate")
    #expect(first.id?.count == 16 && first.id?.allSatisfy(\.isHexDigit) == true)
    _ = try await run([], path: path) { $0.sensorName = "roof" }
    #expect(try PropertyStore(path: path).sensor() == Sensor(id: first.id, name: "roof"))
  }

  /// At the start it is a remark; later it is an event, once.
  @Test func aClockThatNobodySetsIsReported() async throws {
    let isSynchronised = Mutex(false)
    let hour = Duration.seconds(3600)
    let updates = (1...4).map { Sample.update([], at: Sample.start + hour * $0) }
    let outcome = try await run(
      updates, path: path,
      change: { $0.isClockSynchronised = { isSynchronised.withLock { $0 } } },
      between: { index in isSynchronised.withLock { $0 = index == 0 } })
    #expect(outcome.lines == ["health clock-unsynchronised"])
    #expect(outcome.remarks.count { $0.contains("not synchronised") } == 2)
  }

  /// What a report about the alert says years later.
  @Test(arguments: [true, false, nil] as [Bool?]) func theStateOfTheClockIsStoredWithTheAlert(isSynchronised: Bool?) async throws {
    _ = try await run([Sample.update([Sample.raised()])], path: path) { options in
      if let isSynchronised { options.isClockSynchronised = { isSynchronised } }
    }
    #expect(try PropertyStore(path: path).alert("0000000000000001")?.clockSynchronised == isSynchronised)
  }
}
