import Detection
import Foundation
import GRDB
import Store
import Testing

/// Data that survives restarts, kills and damage.
@Suite final class PropertyStoreTests {
  let path = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString).sqlite"

  deinit {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names where name.hasPrefix(URL(fileURLWithPath: path).lastPathComponent) {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(name))
    }
  }

  static let maker = Signature(
    id: "maker", says: .camera, facet: .maker, strength: .strong,
    condition: .test([.ethernetOUI], ValueTest([.prefix([Array("00aabb".utf8)])])), vendor: .literal("Acme"), because: "maker {value}")
  static let mark = Signature(
    id: "mark", says: .notCamera, facet: .name, condition: .test([.ethernetOUI], ValueTest([.prefix([Array("00cc".utf8)])])),
    because: "mark {value}")

  /// ARP requests of these devices, one a second.
  static func engine(_ devices: [UInt8] = [1], prefix: [UInt8] = [0, 0xAA, 0xBB], store: PropertyStore? = nil) throws -> Engine {
    let engine = Engine(signatures: SignatureSet([maker, mark]))
    if let store { engine.apply(.recall(try store.devices(knownBy: [maker, mark]), lastPacket: try store.value(.lastPacket))) }
    for (index, last) in devices.enumerated() {
      let mac = prefix + [0, 0, last]
      let bytes: [UInt8] =
        [UInt8](repeating: 0xFF, count: 6) + mac + [8, 6, 0, 1, 8, 0, 6, 4, 0, 1] + mac + [10, 0, 0, last] + [
          0, 0, 0, 0, 0, 0, 10, 0, 0, 1,
        ]
      engine.ingest(
        Frame(
          bytes: bytes.span.bytes, originalLength: bytes.count, linkType: .ethernet,
          time: Timestamp(seconds: 1_700_000_000 + Int64(index), nanoseconds: 5),
          reference: PacketReference(file: 0, number: UInt64(index + 1))))
    }
    return engine
  }

  static func stored(_ event: AlertEvent) -> StoredAlert {
    StoredAlert(event, kind: "unknown-camera", summary: "a camera", document: "{}")
  }

  /// Whoever dismisses an alert has seen the evidence that arrived after it.
  @Test func dismissalsCoverLaterEvidence() throws {
    let engine = try Self.engine()
    let alert = try #require(engine.drain().events.first)
    let store = try PropertyStore(path: path)
    let first = try #require(engine.snapshots().first)
    try store.record([AlertRecord(Self.stored(alert), device: first)], at: .zero)
    let later = Evidence(
      signature: Signature.Summary(id: "later", says: .camera, facet: .control, strength: .strong, because: "later"),
      field: .httpServer, value: "x", firstSeen: .zero, packet: PacketReference(file: 0, number: 2), count: 1, vendor: nil, model: nil,
      kind: nil)
    let (device, evidence) = (first.device, first.device.evidence + [later])
    let known = Device(
      id: device.id, addresses: device.addresses, hostname: nil, vendor: nil, model: nil, kind: nil, role: .camera,
      weighing: device.weighing, isDeclared: false, isRouter: false, room: nil, firstSeen: device.firstSeen, lastSeen: device.lastSeen,
      packetsSent: 1, bytesSent: 1, bytesReceived: 0, evidence: evidence, streams: [])
    try store.save([DeviceSnapshot(device: known, alert: first.alert)], lastPacket: nil, at: .zero)
    try store.apply(.dismiss, to: alert.id, who: nil, note: nil, at: .zero)
    #expect(try store.dismissals()[device.id.description]?.facets == [.maker, .control])
  }

  @Test func devicesAreRestored() throws {
    let first = try Self.engine()
    let alert = try #require(first.drain().events.first)
    do {
      let store = try PropertyStore(path: path)
      try store.save(first.snapshots(), lastPacket: first.lastPacket, at: .zero)
    }
    let store = try PropertyStore(path: path)
    let memory = try #require(try store.devices(knownBy: [Self.maker]).first)
    #expect(memory.id.description == "mac:00:aa:bb:00:00:01")
    #expect(memory.alert?.id == alert.id)
    #expect(memory.device.evidence == first.devices().first?.evidence)
    #expect(memory.device.firstSeen == Timestamp(seconds: 1_700_000_000, nanoseconds: 5))
    #expect(try store.value(.lastPacket) == memory.device.lastSeen)
    // In the next run it raises no second alert.
    let second = try Self.engine(store: store)
    #expect(second.drain().events.isEmpty)
    #expect(second.devices().first?.packetsSent == 2)
    #expect(second.devices().first?.evidence.first?.count == 2)
  }

  /// A file of an earlier version is migrated.
  @Test func earlierVersion() throws {
    do { try PropertyStore(path: path).save(Self.engine().snapshots(), lastPacket: nil, at: .zero) }
    try DatabaseQueue(path: path).write {
      try $0.execute(sql: "ALTER TABLE device DROP COLUMN viewers; DELETE FROM grdb_migrations WHERE identifier = '2'")
    }
    let store = try PropertyStore(path: path)
    #expect(try store.devices(knownBy: [Self.maker]).map(\.viewers) == [[]])
  }

  /// Devices without alerts are loaded if seen lately, and otherwise when they return.
  @Test func recentDevicesAreLoaded() throws {
    let store = try PropertyStore(path: path)
    try store.save(Self.engine(prefix: [0, 0xDD, 0]).snapshots(), lastPacket: nil, at: .zero)
    try store.save(Self.engine([2]).snapshots(), lastPacket: nil, at: .zero)
    let later = Timestamp(seconds: 1_700_086_401, nanoseconds: 0)
    #expect(try store.devices(knownBy: [Self.maker]).count == 2)
    #expect(try store.devices(knownBy: [Self.maker], since: later).map(\.id.description) == ["mac:00:aa:bb:00:00:02"])
    let quiet = try #require(try store.devices(knownBy: [Self.maker]).first { $0.alert == nil })
    #expect(try store.devices(knownBy: [Self.maker], of: [quiet.id]).map(\.id) == [quiet.id])
    #expect(try store.devices(knownBy: [Self.maker], of: []).isEmpty)
  }

  /// Saving a returned device that is not yet recalled does not delete its history.
  @Test func returnPreservesTheHistory() throws {
    let store = try PropertyStore(path: path)
    try store.save(Self.engine([9, 1]).snapshots(), lastPacket: nil, at: .zero)
    try store.save(Self.engine([9, 1]).snapshots(), lastPacket: nil, at: .zero)
    try store.save(Self.engine([1]).snapshots(), lastPacket: nil, at: .zero)
    let device = try #require(try store.devices().first { $0.id.description.hasSuffix("01") })
    #expect(device.device.firstSeen == Timestamp(seconds: 1_700_000_000, nanoseconds: 5))
    #expect(device.device.packetsSent == 1)
    #expect(device.device.evidence.first?.count == 1)
  }

  @Test func removedSignature() throws {
    let engine = try Self.engine()
    let store = try PropertyStore(path: path)
    try store.save(engine.snapshots(), lastPacket: nil, at: .zero)
    #expect(try store.devices(knownBy: []).first?.device.evidence == [])
  }

  /// Names that a guest's telephone shows or looks up are not stored; the fact that it is a telephone is.
  @Test func guestsAreNotRecorded() throws {
    let engine = try Self.engine(prefix: [0, 0xCC, 0])
    let store = try PropertyStore(path: path)
    try store.save(engine.snapshots(), lastPacket: nil, at: .zero)
    let evidence = try #require(try store.device("mac:00:cc:00:00:00:01")).device.evidence
    #expect(evidence.map(\.signature.id) == ["mark"])
    #expect(evidence.map(\.value) == [""])
    #expect(evidence.map(\.reason) == [""])
  }

  @Test func alertsAreStoredUntilReported() throws {
    let engine = try Self.engine()
    let alert = try #require(engine.drain().events.first)
    let store = try PropertyStore(path: path)
    try store.record([AlertRecord(Self.stored(alert), device: engine.snapshots().first)], at: .zero)
    #expect(try store.unannounced().map(\.id) == [alert.id])
    try store.markAnnounced([alert.id])
    #expect(try store.unannounced().isEmpty)
    #expect(try store.devices().map(\.alert?.id) == [alert.id])
    // An update is reported again under the same id.
    try store.record([AlertRecord(Self.stored(alert), device: engine.snapshots().first)], at: .zero)
    #expect(try store.unannounced().map(\.id) == [alert.id])
    #expect(try store.history(of: alert.id).events.map(\.what) == ["raised", "surer"])
    #expect(try store.alerts().count == 1)
  }

  @Test func operatorsDecisions() throws {
    let engine = try Self.engine()
    let alert = try #require(engine.drain().events.first)
    let store = try PropertyStore(path: path)
    try store.record([AlertRecord(Self.stored(alert), device: engine.snapshots().first)], at: .zero)
    let now = Timestamp(seconds: 1_700_001_000, nanoseconds: 0)
    func status(at time: Timestamp = now) throws -> StoredAlert.Status? { try store.alerts().first?.status(at: time) }
    #expect(try status() == .open)
    try store.apply(.acknowledge, to: alert.id, who: "maria", note: "looks", at: now)
    #expect(try status() == .acknowledged)
    try store.apply(.snooze(until: now + .seconds(60)), to: alert.id, who: "maria", note: nil, at: now)
    #expect(try status() == .snoozed)
    #expect(try status(at: now + .seconds(61)) == .acknowledged)
    try store.apply(.dismiss, to: alert.id, who: "maria", note: "a baby monitor", at: now)
    #expect(try status() == .dismissed)
    #expect(try store.dismissals() == [alert.device.id.description: Dismissal(alert: alert.id, facets: [.maker])])
    try store.apply(.reopen, to: alert.id, who: "maria", note: nil, at: now)
    #expect(try status() == .open)
    #expect(try store.dismissals().isEmpty)
    #expect(try store.history(of: alert.id).events.map(\.what) == ["raised", "acknowledged", "snoozed", "dismissed", "reopened"])
    #expect(try store.history(of: alert.id).events.last?.who == "maria")
  }

  @Test func declarations() throws {
    let engine = try Self.engine()
    let alert = try #require(engine.drain().events.first)
    let store = try PropertyStore(path: path)
    try store.record([AlertRecord(Self.stored(alert), device: engine.snapshots().first)], at: .zero)
    let now = Timestamp(seconds: 1_700_001_000, nanoseconds: 0)
    let declaration = Declaration(pattern: "00:aa:bb:*", name: "ours", expires: now + .seconds(10), declaredBy: "maria", at: now)
    try store.declare([declaration], answering: [alert.id])
    try store.declare([declaration])
    #expect(try store.declarations().map(\.pattern) == ["00:aa:bb:*"])
    #expect(try store.declarations().first?.isValid(at: now) == true)
    #expect(try store.declarations().first?.isValid(at: now + .seconds(11)) == false)
    #expect(try store.alerts().first?.status(at: now) == .declared)
    #expect(try store.removeDeclarations(["00:aa:bb:*", "other"]) == 1)
    #expect(try store.declarations().isEmpty)
  }

  @Test func writesOfOtherProcessesAreNoticed() throws {
    let (one, other) = (try PropertyStore(path: path), try PropertyStore(path: path))
    let before = try one.version()
    #expect(try one.version() == before)
    try other.declare([Declaration(pattern: "x", at: .zero)])
    #expect(try one.version() != before)
  }

  @Test func retention() throws {
    let cameras = try Self.engine([1])
    let guests = try Self.engine(Array(2...40), prefix: [2, 0, 0])
    let alert = try #require(cameras.drain().events.first)
    let store = try PropertyStore(path: path)
    try store.record([AlertRecord(Self.stored(alert), device: cameras.snapshots().first)], at: .zero)
    try store.save(guests.snapshots(), lastPacket: nil, at: .zero)
    let start = Timestamp(seconds: 1_700_000_000, nanoseconds: 0)
    for (uid, time) in [("early", start), ("later", start + .seconds(2 * 86_400))] {
      let entry = LogEntry(uid: uid, type: "alert.changed", alert: alert.id, at: start, recordedAt: time, document: "{}")
      try store.record([AlertRecord(Self.stored(alert), entry: entry)], at: time)
    }
    #expect(try store.log(after: 0).map(\.uid) == ["early", "later"])
    try store.enforce(Retention(), at: start + .seconds(29 * 86_400))
    #expect(try store.devices().count == 40)
    let gone = try store.enforce(Retention(), at: start + .seconds(31 * 86_400))
    #expect(gone.devices == 39)
    #expect(try store.devices().map(\.alert?.id) == [alert.id])
    #expect(try store.log(after: 0).map(\.uid) == ["later"])
    let all = try store.enforce(Retention(), at: start + .seconds(400 * 86_400))
    #expect(all.alerts == 1 && all.devices == 1)
  }

  @Test func sizeIsLimited() throws {
    let guests = try Self.engine(Array(1...200), prefix: [2, 0, 0])
    let store = try PropertyStore(path: path)
    try store.save(guests.snapshots(), lastPacket: nil, at: .zero)
    var retention = Retention()
    retention.size = 1
    let gone = try store.enforce(retention, at: Timestamp(seconds: 1_700_000_300, nanoseconds: 0))
    #expect(gone.devices == 200)
  }

  /// A damaged file is moved aside, and its readable rows are recovered.
  @Test func damagedFile() throws {
    do {
      let store = try PropertyStore(path: path)
      try store.declare([Declaration(pattern: "00:aa:bb:*", at: .zero)])
      let guests = try Self.engine(Array(1...250), prefix: [2, 0, 0])
      try store.save(guests.snapshots(), lastPacket: nil, at: .zero)
      try store.save(try Self.engine(Array(1...250), prefix: [2, 0, 1]).snapshots(), lastPacket: nil, at: .zero)
    }
    // The last page of the file has devices.
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    let end = try file.seekToEnd()
    try file.seek(toOffset: end - 4096)
    try file.write(contentsOf: Data(repeating: 0x55, count: 4096))
    try file.close()
    // Commands that only read leave it as it is.
    #expect(throws: StoreError.self) { try PropertyStore(path: self.path, create: false) }
    let store = try PropertyStore(path: path, recover: true)
    #expect(store.remark?.contains("was damaged") == true)
    #expect(store.remark?.contains("1 declared") == true)
    #expect(try store.declarations().map(\.pattern) == ["00:aa:bb:*"])
    #expect(try store.devices().isEmpty)
  }

  @Test func textFileIsLeftAlone() throws {
    let text = "not a database at all, but some text"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: StoreError.foreign(path: path)) { try PropertyStore(path: self.path, recover: true) }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
  }

  @Test(arguments: ["", String(repeating: "SQLite format 3\0", count: 300)])
  func otherFiles(text: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let store = try PropertyStore(path: path, recover: true)
    // An empty file is a new database.
    #expect((store.remark == nil) == text.isEmpty)
    #expect(try store.devices().isEmpty)
  }

  @Test func otherProgramsDatabase() throws {
    do {
      let store = try PropertyStore(path: path)
      try store.declare([Declaration(pattern: "x", at: .zero)])
    }
    // SQLite's header has the program's number at 68 (https://www.sqlite.org/fileformat2.html, section 1.3).
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    try file.seek(toOffset: 68)
    try file.write(contentsOf: Data([1, 2, 3, 4]))
    try file.close()
    #expect(throws: StoreError.foreign(path: path)) { try PropertyStore(path: self.path, recover: true) }
  }

  @Test func cannotBeOpened() throws {
    #expect(throws: StoreError.self) { try PropertyStore(path: "/nonexistent/folder/x.sqlite") }
    #expect(throws: StoreError.cannotOpen(path: path, reason: "no such file")) { try PropertyStore(path: path, create: false) }
    #expect(throws: StoreError.self) { try PropertyStore(path: NSTemporaryDirectory()) }
  }
}
