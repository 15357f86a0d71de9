import Foundation
import Store
import Testing

@testable import Detection
@testable import Watch

/// What a recorder writes into the event log.
extension RecorderTests {
  private static func changed(_ number: Int = 1) -> AlertEvent {
    AlertEvent(
      id: "00000000000000ff", alert: "0000000000000001", number: number, kind: .changed, severity: .medium, time: Sample.start,
      device: Sample.device(), changes: [.init(.room, to: "Room 2")])
  }

  private static let surer = AlertEvent(
    id: "0000000000000001", alert: "0000000000000001", number: 2, kind: .surer, severity: .high, time: Sample.start,
    device: Sample.device())

  @Test func eventsAreLoggedInOrder() async throws {
    _ = try await run([Sample.update([Sample.raised(), Self.surer]), Sample.update([Self.changed()])], path: path)
    let store = try PropertyStore(path: path)
    let (entries, sensor) = (try store.log(after: 0), try #require(try store.sensor()?.id))
    #expect(entries.map(\.type) == ["alert.raised", "alert.surer", "alert.changed"])
    #expect(entries.map(\.alert) == Array(repeating: "0000000000000001", count: 3))
    #expect(
      entries.map(\.uid) == ["\(sensor).0000000000000001.1", "\(sensor).0000000000000001.2", "\(sensor).00000000000000ff.1"])
    for entry in entries { #expect(entry.document.contains("\"uid\":\"\(entry.uid)\"")) }
    #expect(entries.allSatisfy { $0.isFirstReport }, "a new database")
  }

  /// In the first report too, with the severity that wakes people, and its end by itself.
  @Test func watchingIsLoggedAtOnce() async throws {
    let output = try await run(
      [Sample.update([Sample.raised()]), Sample.update([Sample.watched(true)]), Sample.update([Sample.watched(false)])], path: path)
    #expect(output.lines.contains("changed 00000000000000e1") && output.lines.contains("changed 00000000000000e2"))
    let store = try PropertyStore(path: path)
    let entries = try store.log(after: 0).filter { $0.type == "alert.changed" }
    #expect(entries.map(\.isFirstReport) == [false, false])
    #expect(entries[0].document.contains("{\"from\":false,\"to\":true,\"what\":\"watched\"}"))
    #expect(entries[0].document.contains("\"severity\":\"high\"") && entries[0].document.contains("\"lag_seconds\":1.3"))
    #expect(entries[1].document.contains("{\"from\":true,\"to\":false,\"what\":\"watched\"}"))
    #expect(try store.alert("00000000000000e1")?.severity == "high")
  }

  @Test func afterTheFirstReportEventsAreNoPartOfIt() async throws {
    let later = Sample.start + ReportPolicy.firstReport + .seconds(1)
    _ = try await run(
      [Sample.update([Sample.raised(1)]), Sample.update([], at: later), Sample.update([Sample.raised(2)], at: later)], path: path)
    #expect(try PropertyStore(path: path).log(after: 0).map(\.isFirstReport) == [true, false])
  }

  /// Whoever wants no news of an alert gets none by `serve` either.
  @Test func suppressedEventsAreStoredAndNotLogged() async throws {
    let path = path
    _ = try await run(
      [Sample.update([Sample.raised()]), Sample.update([Self.changed()])], path: path,
      between: { index in
        guard index == 0 else { return }
        try PropertyStore(path: path)
          .apply(.snooze(until: Sample.start + .seconds(3600)), to: "0000000000000001", who: nil, note: nil, at: Sample.start)
      })
    let store = try PropertyStore(path: path)
    #expect(try store.log(after: 0).map(\.type) == ["alert.raised"])
    #expect(try store.alert("00000000000000ff") != nil)
  }

  /// Remarks are for people who look on.
  @Test func healthEventsAreLogged() async throws {
    var update = Sample.update([])
    update.health = [
      HealthEvent(.packetsLost, at: Sample.start, text: "lost"),
      HealthEvent(.seesOthers, at: Sample.start, text: "4 packets", isRemark: true),
    ]
    _ = try await run([update], path: path)
    let entry = try #require(try PropertyStore(path: path).log(after: 0).first)
    #expect(entry.type == "health" && entry.alert == nil && entry.document.contains("packets-lost"))
    #expect(try PropertyStore(path: path).lastLogNumber() == 1)
  }

  /// The database cannot be opened at the start: what came before has its sensor and its place in the log afterwards.
  @Test func eventsWaitForTheDatabase() async throws {
    let path = path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    _ = try await run(
      [
        Sample.update([Sample.raised(1)]), Sample.update([Sample.raised(2)], at: Sample.start + .seconds(1)),
        Sample.update([], at: Sample.start + .seconds(3)), Sample.update([], at: Sample.start + .seconds(6)),
      ],
      path: path,
      between: { index in
        if index == 1 { try FileManager.default.removeItem(atPath: path) }
      })
    let store = try PropertyStore(path: path)
    let (entries, sensor) = (try store.log(after: 0), try #require(try store.sensor()?.id))
    #expect(entries.map(\.type) == ["health", "alert.raised", "alert.raised", "health"])
    #expect(entries[1...2].map(\.uid) == ["\(sensor).0000000000000001.1", "\(sensor).0000000000000002.1"])
    for entry in entries { #expect(entry.document.contains(sensor)) }
  }
}
