import ConfigurationFiles
import Detection
import Foundation
import GRDB
import Services
import Sinks
import Synchronization
import Testing

@testable import Serve
@testable import Store

/// A sink that notes what it gets, and fails as it is told to.
private final class Recording: Sink {
  private struct State {
    var parcels: [Parcel] = []
    var failure: DeliveryError?
    var isStuck = false
    var begun = 0
  }

  private let state = Mutex(State())

  var parcels: [Parcel] { state.withLock(\.parcels) }
  var kinds: [Event.Kind] { parcels.flatMap(\.events).map(\.kind) }

  func fail(_ failure: DeliveryError?) { state.withLock { $0.failure = failure } }
  func hang() { state.withLock { $0.isStuck = true } }

  var begun: Int { state.withLock(\.begun) }

  func deliver(_ parcel: Parcel) async throws(DeliveryError) {
    state.withLock { $0.begun += 1 }
    if state.withLock(\.isStuck) {
      try? await Task.sleep(for: .seconds(3600))
      throw .temporary("cut off")
    }
    if let failure = state.withLock(\.failure) { throw failure }
    state.withLock { $0.parcels.append(parcel) }
  }
}

/// Sinks that settings add.
private final class Added: Sendable {
  let sinks = Mutex<[String: Recording]>([:])
}

/// A clock that stands until it is set.
private final class Moment: Sendable {
  private let time = Mutex(at(0))
  var now: Timestamp {
    get { time.withLock { $0 } }
    set { time.withLock { $0 = newValue } }
  }
}

@Suite final class DelivererTests {
  private let databases: Databases
  private let sinks: [String: Recording]
  private let added = Added()
  private let time = Moment()
  private var number = 0

  init() throws {
    databases = try Databases()
    sinks = ["one": Recording(), "two": Recording()]
  }

  private func deliverer(_ change: (inout Settings) -> Void = { _ in }) throws -> Deliverer {
    var settings = Settings()
    settings.sinks = [.sample("one"), .sample("two")]
    change(&settings)
    let sinks = sinks
    let options = ServeOptions(
      settings: settings, watchDatabase: databases.log.path, serveDatabase: databases.own.path,
      listen: ListenAddress("127.0.0.1:0")!, version: "1",
      makeSink: { [added] settings in sinks[settings.name] ?? added.sinks.withLock { $0[settings.name] } ?? Recording() },
      remark: { _ in }, clock: { [time] in time.now })
    return try Deliverer(
      options, store: databases.own, nudge: Nudges(serveDatabase: databases.own.path, watchDatabase: databases.log.path))
  }

  private func raise(_ alert: String = "0123456789abcdef", type: String = "alert.raised") throws {
    number += 1
    let now = time.now
    let (number, document) = (number, #"{"type":"alert","id":"\#(alert)","kind":"unknown-camera","severity":"high","summary":"a camera"}"#)
    try databases.log.write { db in
      if try !StoredAlert.exists(db, key: alert) {
        try StoredAlert(
          id: alert, kind: "unknown-camera", severity: "high", time: now, device: "mac:02:00:00:00:00:01", summary: "a camera",
          document: document
        )
        .insert(db)
      }
      try LogEntry(uid: "\(alert).\(number)", type: type, alert: alert, at: now, recordedAt: now, document: document).insert(db)
    }
  }

  /// Lets the deliverer work until nothing changes any more.
  private func settle(_ deliverer: Deliverer) async {
    for _ in 0..<20 {
      await deliverer.turn()
      try? await Task.sleep(for: .milliseconds(5))
    }
  }

  @Test func everySinkGetsEveryEvent() async throws {
    let deliverer = try deliverer()
    await settle(deliverer)
    try raise()
    await settle(deliverer)
    for sink in sinks.values { #expect(sink.kinds == [.raised]) }
  }

  @Test func aSinkThatHangsDelaysNoOther() async throws {
    let deliverer = try deliverer()
    sinks["one"]?.hang()
    for index in 0..<5 { try raise("000000000000000\(index)") }
    await settle(deliverer)
    #expect(sinks["two"]?.parcels.count == 5)
    #expect(sinks["one"]?.parcels.isEmpty == true)
  }

  @Test func aSinkThatFailsForAnHourIsAnEventForTheOthersAndSoIsItsReturn() async throws {
    let deliverer = try deliverer()
    sinks["one"]?.fail(.temporary("connection refused"))
    try raise()
    await settle(deliverer)
    time.now = at(3601)
    await settle(deliverer)
    let alarm = try #require(sinks["two"]?.parcels.flatMap(\.events).first { $0.document["health"]?["code"] == "sink-failing" })
    #expect(alarm.summary?.contains("one") == true)
    sinks["one"]?.fail(nil)
    time.now = at(4300)
    await settle(deliverer)
    #expect(sinks["two"]?.parcels.flatMap(\.events).contains { $0.document["health"]?["code"] == "sink-back" } == true)
    #expect(sinks["one"]?.parcels.flatMap(\.events).contains { $0.document["health"]?["code"] == "sink-failing" } == false)
  }

  @Test func aReceiverThatWantsNoMoreIsToldThroughAnother() async throws {
    let deliverer = try deliverer()
    sinks["one"]?.fail(.disabled("410 Gone"))
    try raise()
    await settle(deliverer)
    #expect(await deliverer.sinkStates().first { $0.name == "one" }?.state == .disabled)
    #expect(sinks["two"]?.parcels.flatMap(\.events).contains { $0.document["health"]?["code"] == "sink-disabled" } == true)
    sinks["one"]?.fail(nil)
    // As `lenscap sinks enable` does, in a process of its own.
    try ServeStore(path: databases.own.path, create: false).requestRetry(of: "one", enables: true)
    await settle(deliverer)
    #expect(sinks["one"]?.kinds.contains(.raised) == true)
  }

  // MARK: Escalation

  private func escalating() throws -> Deliverer {
    try deliverer {
      $0.sinks[0].escalate = .init(after: .seconds(900), to: "two")
      $0.sinks[1].when.events = ["health"]
    }
  }

  @Test func whatNobodyAcknowledgesGoesToTheNext() async throws {
    let deliverer = try escalating()
    try raise()
    await settle(deliverer)
    time.now = at(899)
    await settle(deliverer)
    #expect(sinks["two"]?.kinds.contains(.raised) == false)
    time.now = at(901)
    await settle(deliverer)
    let escalated = sinks["two"]?.parcels.flatMap(\.events).filter { $0.kind == .raised }
    #expect(escalated?.count == 1)
    #expect(escalated?.first?.document["escalated"]?["after"] == 900)
  }

  @Test func whatSomebodyAcknowledgedDoesNot() async throws {
    let deliverer = try escalating()
    try raise()
    await settle(deliverer)
    try databases.log.apply(.acknowledge, to: "0123456789abcdef", who: "Maria", note: nil, at: at(60))
    time.now = at(1000)
    await settle(deliverer)
    #expect(sinks["two"]?.kinds.contains(.raised) == false)
  }

  // MARK: People

  @Test func anAnswerBecomesACommandForTheWatch() async throws {
    let deliverer = try deliverer()
    try raise()
    await settle(deliverer)
    #expect(await deliverer.acknowledge("0123456789abcdef", who: "Mar\u{0}ia\n", origin: "porter"))
    #expect(await deliverer.acknowledge("ffffffffffffffff", who: "Maria", origin: "porter") == false)
    let commands = try databases.own.read { try OperatorCommand.fetchAll($0) }
    #expect(commands.map(\.action) == ["acknowledge"])
    #expect(commands.map(\.who) == ["Maria"])
    #expect(commands.map(\.origin) == ["porter"])
  }

  @Test func aLinkIsForOneAlertAndWorksOnceForTwoDays() async throws {
    let deliverer = try deliverer {
      $0.serve.publicURL = "https://box.example"
      $0.sinks[0] = .sample("one", .mail)
    }
    await settle(deliverer)
    try raise()
    try raise("1123456789abcdef")
    await settle(deliverer)
    let urls = try #require(sinks["one"]?.parcels.compactMap { URL(string: $0.message.acknowledgeURL ?? "") })
    #expect(urls.count == 2)
    let tokens = urls.map(\.lastPathComponent)
    #expect(await deliverer.alert(ofLink: tokens[0])?.id == "0123456789abcdef")
    #expect(await deliverer.acknowledge(link: tokens[0], who: "Ana"))
    #expect(await deliverer.acknowledge(link: tokens[0], who: "Ana") == false)
    #expect(await deliverer.alert(ofLink: tokens[0]) == nil)
    time.now = at(48 * 3600 + 1)
    #expect(await deliverer.acknowledge(link: tokens[1], who: "Ana") == false)
    let stored = try databases.own.read { try String.fetchAll($0, sql: "SELECT hash FROM link") }
    #expect(stored.allSatisfy { !tokens.contains($0) }, "only a hash is stored")
    #expect(sinks["two"]?.parcels.allSatisfy { $0.message.acknowledgeURL == nil } == true, "a machine gets no link")
  }

  @Test func aLinkIsNotUsedUpWhereNothingIsStored() async throws {
    let deliverer = try deliverer {
      $0.serve.publicURL = "https://box.example"
      $0.sinks[0] = .sample("one", .mail) { $0.retry = [.seconds(1)] }
    }
    sinks["one"]?.fail(.temporary("down"))
    try raise()
    await settle(deliverer)
    time.now = at(5)
    sinks["one"]?.fail(nil)
    await settle(deliverer)
    #expect(try databases.own.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM link") } == 1, "sent again with the same link")
    let token = try #require(URL(string: sinks["one"]?.parcels.last?.message.acknowledgeURL ?? "")).lastPathComponent
    try databases.own.write { try $0.execute(sql: "CREATE TRIGGER full BEFORE INSERT ON command BEGIN SELECT RAISE(ABORT, 'full'); END") }
    #expect(await deliverer.acknowledge(link: token, who: "Ana") == false)
    try databases.own.write { try $0.execute(sql: "DROP TRIGGER full") }
    #expect(await deliverer.acknowledge(link: token, who: "Ana"))
  }

  @Test func manyAnswersAreOneCommand() async throws {
    let deliverer = try deliverer()
    try raise()
    await settle(deliverer)
    for _ in 0..<50 { #expect(await deliverer.acknowledge("0123456789abcdef", who: "Maria", origin: "porter")) }
    #expect(try databases.own.read { try OperatorCommand.fetchCount($0) } == 1)
  }

  @Test func whatWasDismissedIsNotAcknowledged() async throws {
    let deliverer = try deliverer()
    try raise()
    await settle(deliverer)
    try databases.log.apply(.dismiss, to: "0123456789abcdef", who: "Maria", note: nil, at: at(1))
    #expect(await deliverer.acknowledge("0123456789abcdef", who: "Ana", origin: "porter"))
    #expect(try databases.own.read { try OperatorCommand.fetchCount($0) } == 0)
  }

  // MARK: The watch, reports, settings

  @Test func aNewDatabaseOfTheWatchIsNoticedWhileServeRuns() async throws {
    let deliverer = try deliverer()
    for index in 0..<3 { try raise("000000000000000\(index)") }
    await settle(deliverer)
    let old = databases.log.path
    for suffix in ["", "-wal", "-shm"] { rename(old + suffix, old + ".aside" + suffix) }
    let new = try PropertyStore(path: old)
    try new.write { db in
      try LogEntry(uid: "new.1", type: "health", alert: nil, at: at(1), recordedAt: at(1), document: "{}").insert(db)
    }
    await settle(deliverer)
    #expect(sinks["one"]?.parcels.last?.uid == "new.1")
  }

  @Test func anEscalationWhoseTargetIsGoneGoesToAllOthers() async throws {
    let deliverer = try escalating()
    try raise()
    await settle(deliverer)
    var settings = await deliverer.settings
    settings.sinks[0].escalate = nil
    settings.sinks[1] = .sample("three")
    let three = Recording()
    added.sinks.withLock { $0["three"] = three }
    try await deliverer.reconfigure(settings)
    time.now = at(901)
    await settle(deliverer)
    #expect(three.parcels.flatMap(\.events).contains { $0.document["escalated"] != nil && $0.document["uid"] == .string($0.uid) })
    #expect(sinks["one"]?.parcels.count == 1)
  }

  @Test func aFullDiskLosesNeitherAnEscalationNorAnEventOfItsOwn() async throws {
    let deliverer = try escalating()
    await settle(deliverer)
    try databases.own.write { db in
      for table in ["escalation", "event"] {
        try db.execute(sql: "CREATE TRIGGER \(table)_full BEFORE INSERT ON \(table) BEGIN SELECT RAISE(ABORT, 'full'); END")
      }
    }
    try raise()
    await deliverer.tell(.watchSilent, "a test", at: time.now)
    await settle(deliverer)
    #expect(await deliverer.health().document["database"] == "failing")
    try databases.own.write { db in
      for table in ["escalation", "event"] { try db.execute(sql: "DROP TRIGGER \(table)_full") }
    }
    await settle(deliverer)
    #expect(sinks["two"]?.kinds == [.health])
    time.now = at(901)
    await settle(deliverer)
    #expect(sinks["two"]?.kinds.contains(.raised) == true)
  }

  @Test func whatASinkRefusesIsToldToOthersOnce() async throws {
    let deliverer = try deliverer { $0.sinks[0].when.events = ["alert"] }
    sinks["one"]?.fail(.refused("too large"))
    try raise()
    try raise("1123456789abcdef")
    await settle(deliverer)
    let codes = sinks["two"]?.parcels.flatMap(\.events).compactMap { $0.document["health"]?["code"] }
    #expect(codes == ["sink-failing"])
    sinks["one"]?.fail(nil)
    try raise("2123456789abcdef")
    await settle(deliverer)
    #expect(sinks["two"]?.parcels.flatMap(\.events).compactMap { $0.document["health"]?["code"] } == ["sink-failing", "sink-back"])
  }

  @Test func twoReportsAtOneTimeAreTwo() async throws {
    let deliverer = try deliverer {
      $0.serve.reports = ["one", "two"].map {
        var report = ReportSettings(every: .daily)
        (report.hour, report.minute, report.to) = (1, 0, [$0])
        return report
      }
      $0.property.timeZone = "UTC"
    }
    await settle(deliverer)
    time.now = at(3601)
    await settle(deliverer)
    for sink in sinks.values { #expect(sink.kinds == [.report]) }
  }

  @Test func twoCouriersNeverServeOneSink() async throws {
    let deliverer = try deliverer()
    sinks["one"]?.hang()
    try raise()
    await settle(deliverer)
    var settings = await deliverer.settings
    settings.sinks[0].when.severity = ["high"]
    try await deliverer.reconfigure(settings)
    await settle(deliverer)
    #expect(sinks["one"]?.begun == 1)
    #expect(await deliverer.sinkStates().first { $0.name == "one" }?.state == .ok)
  }

  @Test func aSilentWatchIsAnEvent() async throws {
    let deliverer = try deliverer()
    for second in stride(from: 0.0, through: 61, by: 20.25) {
      time.now = at(second)
      await settle(deliverer)
    }
    #expect(sinks["one"]?.parcels.flatMap(\.events).map { $0.document["health"]?["code"] } == ["watch-silent"])
    #expect(await deliverer.health().isOK == false)
  }

  @Test func aReportComesAlsoWhenNothingWasFound() async throws {
    let deliverer = try deliverer {
      var report = ReportSettings(every: .daily)
      (report.hour, report.minute, report.to) = (1, 0, ["one"])
      $0.serve.reports = [report]
      $0.property.timeZone = "UTC"
    }
    await settle(deliverer)
    time.now = at(3601)
    await settle(deliverer)
    await settle(deliverer)
    let reports = sinks["one"]?.parcels.flatMap(\.events).filter { $0.kind == .report }
    #expect(reports?.count == 1)
    #expect(reports?.first?.document["raised"] == [])
    #expect(reports?.first?.document["actions"] == [])
    #expect(sinks["two"]?.kinds.contains(.report) == false)
  }

  @Test func newSettingsKeepASinksPlace() async throws {
    let deliverer = try deliverer()
    try raise()
    await settle(deliverer)
    var settings = await deliverer.settings
    settings.sinks[0].when.severity = ["high"]
    settings.sinks.remove(at: 1)
    try await deliverer.reconfigure(settings)
    try raise("1123456789abcdef")
    await settle(deliverer)
    #expect(sinks["one"]?.parcels.map(\.event.alert) == ["0123456789abcdef", "1123456789abcdef"])
    #expect(sinks["two"]?.parcels.count == 1)
  }
}
