import Detection
import Foundation
import GRDB
import Store
import Testing

/// Commands in the database of `serve`, as `watch` reads, checks and applies them.
@Suite final class OperatorCommandTests {
  private let folder = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString)"
  private var path: String { folder + "/serve.sqlite" }
  private let now = Timestamp(seconds: 1_700_001_000, nanoseconds: 0)
  private let store: PropertyStore
  private let alert: String

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    let engine = try PropertyStoreTests.engine()
    let event = try #require(engine.drain().events.first)
    alert = event.id
    store = try PropertyStore(path: folder + "/lenscap.sqlite")
    try store.record([AlertRecord(PropertyStoreTests.stored(event), device: engine.snapshots().first)], at: .zero)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func write(_ commands: OperatorCommand...) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.write { db in
      try db.execute(sql: OperatorCommand.schema)
      for command in commands { try command.insert(db) }
    }
  }

  /// Applies what is new in the file.
  private func apply() throws -> [CommandRefusal?] {
    guard let file = try CommandFile.open(path) else { return [] }
    let after = try store.appliedCommands(of: file.list, last: file.last)
    return try file.commands(after: after).map { try store.apply($0, of: file.list, at: now) }
  }

  private func command(
    _ action: OperatorCommand.Action, _ alert: String?, who: String = "Maria", origin: String = "page", note: String? = nil,
    argument: String? = nil
  ) -> OperatorCommand {
    OperatorCommand(action, alert: alert, who: who, origin: origin, note: note, argument: argument, at: .zero)
  }

  @Test func aCommandIsAppliedOnceWithItsHistoryAndItsEvent() throws {
    try write(command(.acknowledge, alert, origin: "phone", note: "goes there"))
    #expect(try apply() == [nil])
    #expect(try apply() == [])
    let events = try store.history(of: alert).events
    #expect(events.map(\.what) == ["raised", "acknowledged"])
    #expect(events.last?.who == "Maria via phone" && events.last?.note == "goes there" && events.last?.at == now)
    #expect(try store.log(after: 0).map(\.type) == ["alert.acknowledged"])
    #expect(try store.log(after: 0).map(\.who) == ["Maria via phone"])
  }

  /// A look at a nudge and one by the clock may overlap.
  @Test func aCommandThatIsReadTwiceIsAppliedOnce() throws {
    try write(command(.dismiss, alert))
    let file = try #require(try CommandFile.open(path))
    for _ in 0..<2 {
      for command in try file.commands(after: 0) { #expect(try store.apply(command, of: file.list, at: now) == nil) }
    }
    #expect(try store.log(after: 0).count == 1)
  }

  // MARK: Central

  private func applyList(_ id: String, _ cameras: [OperatorCommand.Camera], origin: String = "central", takes: Bool = true) throws
    -> CommandRefusal?
  {
    try write(
      command(.declareAll, nil, who: "central", origin: origin, argument: OperatorCommand.CameraList(id: id, cameras: cameras).json))
    let file = try #require(try CommandFile.open(path))
    let after = try store.appliedCommands(of: file.list, last: file.last)
    return try #require(
      try file.commands(after: after).map { try store.apply($0, of: file.list, at: now, takes: takes ? [.declared] : []) }.first)
  }

  @Test func centralsListTakesThePlaceOfItsFormerOne() throws {
    try store.declare([Declaration(pattern: "02:00:00:00:00:01", name: "ours", declaredBy: "Maria", at: now)])
    #expect(
      try applyList("c-1", [.init(pattern: "02:00:00:00:00:01"), .init(pattern: "02:00:00:00:00:02"), .init(pattern: "lobby-* by Axis")])
        == nil)
    #expect(try store.declarations().map(\.pattern) == ["02:00:00:00:00:01", "02:00:00:00:00:02", "lobby-* by Axis"])
    #expect(try store.declarations().map(\.declaredBy) == ["Maria", "central", "central"])
    #expect(try store.centralsList() == "c-1")
    let logged = try store.lastLogNumber()
    #expect(try applyList("c-2", [.init(pattern: "02:00:00:00:00:02")]) == nil)
    #expect(try store.declarations().map(\.pattern) == ["02:00:00:00:00:01", "02:00:00:00:00:02"])
    #expect(try store.lastLogNumber() == logged, "what stays is no news")
    #expect(try applyList("c-3", []) == nil)
    #expect(try store.declarations().map(\.declaredBy) == ["Maria"])
  }

  @Test func centralMayOnlyWhatTheConfigurationLetsIt() throws {
    let cameras = [OperatorCommand.Camera(pattern: "02:00:00:00:00:02")]
    #expect(try applyList("c-1", cameras, takes: false)?.reason == "uplink.accept does not name declared")
    #expect(try applyList("c-1", cameras, origin: "page")?.reason == "only central may declare-all")
    #expect(try applyList("c-1", [.init(pattern: "**")])?.reason == "it would declare everything")
    let many = (0...256).map { OperatorCommand.Camera(pattern: "camera-\($0)") }
    #expect(try applyList("c-1", many)?.reason == "what it declares cannot be read")
    try write(command(.declare, nil, origin: "central", argument: cameras[0].json), command(.dismiss, alert, origin: "central"))
    #expect(try apply().map { $0?.reason } == ["only the page may declare", "only the page may dismiss"])
    #expect(try store.declarations().isEmpty && store.centralsList() == nil)
  }

  /// A second tap on a telephone is no news.
  @Test func whatIsAcknowledgedIsNotAcknowledgedAgain() throws {
    try write(command(.acknowledge, alert), command(.acknowledge, alert, who: "Pat"))
    #expect(try apply() == [nil, nil])
    #expect(try store.log(after: 0).count == 1)
  }

  @Test func aDeclarationClosesItsAlert() throws {
    let camera = OperatorCommand.Camera(pattern: "00:aa:bb:00:00:01", name: "lobby", expires: now + .seconds(60))
    try write(command(.declare, alert, note: "ours", argument: camera.json))
    #expect(try apply() == [nil])
    let declaration = try #require(try store.declarations().first)
    #expect(declaration.pattern == camera.pattern && declaration.name == "lobby" && declaration.declaredBy == "Maria via page")
    #expect(declaration.expiry == now + .seconds(60) && declaration.declaredAt == now)
    #expect(try store.alert(alert)?.status(at: now) == .declared)
    #expect(try store.log(after: 0).map(\.type) == ["alert.declared"])
    #expect(try store.value(.adopted) == now)
  }

  /// Whoever holds a link or a button may say that somebody looks, and nothing else.
  @Test(arguments: [OperatorCommand.Action.dismiss, .reopen, .declare], ["link", "phone", "Page", ""])
  func onlyThePageMayDecide(action: OperatorCommand.Action, origin: String) throws {
    try write(command(action, alert, origin: origin, argument: OperatorCommand.Camera(pattern: "00:aa:*").json))
    #expect(try apply().first??.reason == "only the page may \(action.rawValue)")
    #expect(try store.alert(alert)?.status(at: now) == .open)
    #expect(try store.log(after: 0).isEmpty && apply().isEmpty)
  }

  @Test func wrongCommandsAreRefusedAndTheOthersApplied() throws {
    try write(
      command(.acknowledge, "0123456789abcdef"), command(.acknowledge, nil),
      command(.dismiss, alert, note: String(repeating: "x", count: 4097)),
      command(.dismiss, alert, who: String(repeating: "ä", count: 128)), command(.declare, nil, argument: #"{"pattern":" ** "}"#),
      command(.declare, nil, argument: "{"), command(.declare, "0123456789abcdef", argument: #"{"pattern":"x"}"#),
      command(.dismiss, alert, note: "a\u{1B}[31m baby\r\nmonitor\u{2028}"))
    try DatabaseQueue(path: path).write {
      try $0.execute(sql: "INSERT INTO command SELECT 90, 0, 'erase', alert, 'x', 'page', NULL, NULL FROM command LIMIT 1")
    }
    let refusals = try apply()
    #expect(refusals.map { $0 == nil } == [false, false, false, false, false, false, false, true, false])
    let last = try #require(try store.history(of: alert).events.last)
    #expect(last.what == "dismissed" && last.note == "a [31m baby  monitor")
    #expect(try store.declarations().isEmpty)
  }

  /// The file is made anew, or an older copy comes back: what is new is applied, and nothing twice.
  @Test func anotherFileBeginsAgain() throws {
    try write(command(.acknowledge, alert), command(.dismiss, alert))
    _ = try apply()
    let copy = folder + "/copy"
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    try write(command(.reopen, alert), command(.acknowledge, alert))
    #expect(try apply() == [nil, nil])
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.moveItem(atPath: copy, toPath: path)
    #expect(try apply() == [])
    try write(command(.dismiss, alert))
    #expect(try apply() == [nil])
    try FileManager.default.removeItem(atPath: path)
    try write(command(.reopen, alert))
    #expect(try apply() == [nil])
    #expect(try store.alert(alert)?.status(at: now) == .open)
  }

  @Test func filesThatAreNoneOfServes() throws {
    #expect(try CommandFile.open(path) == nil)
    try Data().write(to: URL(fileURLWithPath: path))
    #expect(try CommandFile.open(path) == nil)
    try Data(String(repeating: "no database", count: 1000).utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: StoreError.self) { try CommandFile.open(path) }
    try FileManager.default.removeItem(atPath: path)
    try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE other (x)") }
    #expect(throws: StoreError.foreign(path: path)) { try CommandFile.open(path) }
    try FileManager.default.removeItem(atPath: path)
    mkfifo(path, 0o600)
    #expect(throws: StoreError.foreign(path: path)) { try CommandFile.open(path) }
  }

  /// Whoever took `serve` over may write what SQLite allows: `watch` reads it in a moment, or refuses it.
  @Test func hostileFiles() throws {
    func hostile(_ sql: String) throws -> CommandFile? {
      try? FileManager.default.removeItem(atPath: path)
      try DatabaseQueue(path: path).writeWithoutTransaction { try $0.execute(sql: sql) }
      return try CommandFile.open(path)
    }
    let list = "CREATE TABLE command_list (id TEXT); INSERT INTO command_list VALUES ('0123456789abcdef');"
    let endless = "WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t) SELECT x AS number FROM t"
    #expect(throws: StoreError.foreign(path: path)) { try hostile(list + "CREATE VIEW command AS \(endless)") }
    #expect(throws: StoreError.self) { try hostile(list + "CREATE TABLE command (number)")?.commands(after: 0) }
    let table = "CREATE TABLE command (number, time, action, alert, who, origin, note, argument);"
    let odd = try hostile(
      list + table + "INSERT INTO command VALUES (1, 'x', x'ff00', 7, NULL, 3.5, x'80', NULL), ('z', 1, 2, 3, 4, 5, 6, 7)")
    for command in try #require(try odd?.commands(after: 0)) {
      #expect(try store.apply(command, of: "0123456789abcdef", at: now) != nil)
    }
    let huge = try hostile(
      list + table + "INSERT INTO command VALUES (1, 1, 'acknowledge', 'x', zeroblob(1000000), 'page', NULL, NULL)")
    #expect(throws: StoreError.self) { try huge?.commands(after: 0) }
    #expect(throws: StoreError.foreign(path: path)) { try hostile(list.replacing("0123456789abcdef", with: "x") + table) }
  }
}
