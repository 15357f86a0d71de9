import Detection
import Foundation
import GRDB
import Testing

@testable import Store

/// What is erased of a device, and what is left.
@Suite struct ErasureTests {
  private let now = Stored.start + Stored.day

  private func erase(_ number: UInt64, in stored: Stored, isWatched: Bool = false) throws -> ErasureScope {
    try stored.store.erase(Stored.address(number), hash: "hash", who: "maria", isWatched: isWatched, at: now)
  }

  @Test func everythingOfADeviceGoes() throws {
    let stored = try Stored()
    let mac = Stored.address(1).description
    let guest = Stored.device(1, .personal, room: "12")
    try stored.save(guest, Stored.device(1, .personal, segment: Segment(bits: 12 << 5 | 1)), Stored.device(2, .personal))
    try stored.raise("0000000000000001", of: guest, document: #"{"subject":{"mac":"\#(mac)"}}"#)
    try stored.raise("0000000000000002", of: guest, follows: "0000000000000001")
    try stored.raise("0000000000000003", of: Stored.device(3))
    try stored.store.declare([Declaration(pattern: mac.uppercased(), at: Stored.start)])
    let scope = try stored.store.scope(ofErasing: Stored.address(1))
    #expect(scope.devices == 2 && scope.stays == 1 && scope.evidence == 2 && scope.declarations == 1 && scope.held.isEmpty)
    #expect(scope.alerts == ["0000000000000001", "0000000000000002"])
    #expect(try erase(1, in: stored) == scope)
    #expect(try stored.devices == [2, 3].map { Stored.device($0).id.description })
    #expect(try stored.alerts == ["0000000000000003"])
    #expect(try stored.store.log(after: 0).compactMap(\.alert) == ["0000000000000003"])
    #expect(try stored.store.declarations().count == 1)
    #expect(try stored.store.scope(ofErasing: Stored.address(1)).isEmpty)
  }

  /// What is left of it: who, when, how much, and a hash.
  @Test func theRecordNamesNobody() throws {
    let stored = try Stored()
    try stored.save(Stored.device(1))
    _ = try erase(1, in: stored)
    _ = try erase(1, in: stored)
    let erasures = try stored.store.erasures()
    #expect(erasures.map(\.who) == ["maria"] && erasures.map(\.at) == [now], "where nothing is stored, nothing happened")
    #expect(erasures.first?.devices == 1 && erasures.first?.address == nil)
  }

  /// SQLite only marks what it deletes as free.
  @Test func nothingIsLeftInTheFile() throws {
    let stored = try Stored()
    for number in 1...9 { try stored.save(Stored.device(UInt64(number), .personal)) }
    func isThere() throws -> Bool {
      try ["", "-wal"].contains { suffix in
        try Data(contentsOf: URL(fileURLWithPath: stored.path + suffix)).range(of: Data("host-7".utf8)) != nil
      }
    }
    #expect(try isThere())
    _ = try erase(7, in: stored)
    #expect(try !isThere())
    #expect(try stored.devices.count == 8)
  }

  /// Who floods is named in an alert about the network.
  @Test func mentionsElsewhereLoseTheAddress() throws {
    let stored = try Stored()
    let mac = Stored.address(1).description
    let flood = StoredAlert(
      id: "00000000000000ff", kind: "health", severity: "medium", time: Stored.start, summary: "\(mac) sends 20,000 names",
      document: #"{"source":"\#(mac)"}"#)
    try stored.store.record([AlertRecord(flood)], at: Stored.start)
    #expect(try erase(1, in: stored).mentions == 1)
    let left = try #require(try stored.store.alert("00000000000000ff"))
    #expect(left.summary == "00:00:00:00:00:00 sends 20,000 names" && left.document == #"{"source":"00:00:00:00:00:00"}"#)
  }

  /// A running watch stores what it still remembers; that goes, too, but not what the device shows afterwards.
  @Test func whatTheWatchStoresInBetweenGoes() throws {
    let stored = try Stored()
    try stored.save(Stored.device(1), Stored.device(2))
    _ = try erase(1, in: stored, isWatched: true)
    _ = try erase(2, in: stored, isWatched: true)
    let pending = try stored.store.pendingErasures()
    #expect(pending.map(\.address) == [Stored.address(1), Stored.address(2)])
    try stored.save(Stored.device(1), Stored.device(2, seen: now + .seconds(1)))
    try stored.store.finish(pending)
    #expect(try stored.devices == [Stored.device(2).id.description])
    #expect(try stored.store.pendingErasures().isEmpty)
    #expect(try stored.store.erasures().allSatisfy { $0.pending == nil })
  }
}

/// What `serve` sent, in a file that it may have damaged.
@Suite struct SentMessagesTests {
  private func file(_ stored: Stored, _ sql: String) throws -> String {
    let path = stored.folder + "/serve.sqlite"
    try DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
    return path
  }

  @Test func messagesAreCountedBySink() throws {
    let stored = try Stored()
    let path = try file(
      stored,
      """
      CREATE TABLE delivery (sink, uid, type, alert, parcel, state, attempts, first_attempt, time, next, error);
      INSERT INTO delivery VALUES ('phone', 'a', '', '01', NULL, 'delivered', 1, 5, 6, NULL, NULL),
        ('phone', 'b', '', '02', NULL, 'gathered', 1, 7, 8, NULL, NULL), ('phone', 'c', '', '01', NULL, 'failed', 1, 7, 9, NULL, NULL),
        ('mail', 'a', '', '01', NULL, 'pending', 1, 7, 8, NULL, NULL);
      """)
    let all = try SentMessages.read(path)
    #expect(all.map(\.sink) == ["mail", "phone"] && all.map(\.delivered) == [0, 2] && all.map(\.failed) == [0, 1])
    #expect(all.map(\.waiting) == [1, 0] && all[1].oldest.nanoseconds == 5 && all[1].newest.nanoseconds == 9)
    #expect(try SentMessages.read(path, about: ["02"]).map(\.delivered) == [1])
    #expect(try SentMessages.read(path, about: []).isEmpty)
    #expect(try SentMessages.read(stored.folder + "/none.sqlite").isEmpty)
  }

  @Test(arguments: ["CREATE TABLE other (a)", "CREATE VIEW delivery AS SELECT 1 AS sink"])
  func otherFilesAreRefused(sql: String) throws {
    let stored = try Stored()
    let path = try file(stored, sql)
    #expect(throws: StoreError.foreign(path: path)) { try SentMessages.read(path) }
  }

  @Test func whateverTheColumnsHold() throws {
    let stored = try Stored()
    let path = try file(
      stored,
      """
      CREATE TABLE delivery (sink, uid, type, alert, parcel, state, attempts, first_attempt, time, next, error);
      INSERT INTO delivery VALUES (NULL, 1, 2, x'00', 3, x'ff', 'x', 'soon', x'00', 4, 5), (x'ff00', 1, 2, 3, 4, 5, 6, NULL, NULL, 9, 10);
      """)
    #expect(try SentMessages.read(path).count == 2)
  }
}
