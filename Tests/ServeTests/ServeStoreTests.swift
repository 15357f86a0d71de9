import Detection
import Foundation
import GRDB
import Testing

@testable import Serve
@testable import Store

@Suite struct ServeStoreTests {
  private let databases: Databases

  init() throws { databases = try Databases() }

  /// Overwrites a page in the middle of the file, as a broken disk does.
  private func damage(_ path: String) throws {
    try DatabaseQueue(path: path).writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    let size = try file.seekToEnd()
    // The last page is an index or a table of this schema.
    try file.seek(toOffset: size - 4096)
    try file.write(contentsOf: Data(repeating: 0xA5, count: 4096))
    try file.close()
  }

  @Test func aDamagedFileIsPutAsideAndThePlacesAreKept() throws {
    try databases.own.record([], of: SinkRow(name: "desk", logPlace: 7, ownPlace: 3))
    _ = try databases.own.follow(log: "0123", last: 9)
    try damage(databases.own.path)
    let store = try ServeStore(path: databases.own.path, create: true)
    #expect(store.remark?.contains("1 sinks were recovered") == true)
    #expect(try store.sink("desk")?.logPlace == 7)
    #expect(try store.follow(log: "0123", last: 9) == false)
  }

  @Test func aPlaceBeyondTheLogMovesBack() throws {
    let store = databases.own
    for (name, place) in [("one", 5), ("two", 9)] { try store.record([], of: SinkRow(name: name, logPlace: Int64(place), ownPlace: 0)) }
    #expect(try store.follow(log: "a", last: 7) == false)
    #expect(try store.sinks().map(\.logPlace) == [5, 7])
    #expect(try store.follow(log: "b", last: 3))
    #expect(try store.sinks().map(\.logPlace) == [0, 0])
    #expect(try store.follow(log: "b", last: 3) == false)
  }

  @Test func aFileThatWasRemovedIsNoticed() throws {
    #expect(!databases.own.isReplaced)
    try FileManager.default.removeItem(atPath: databases.own.path)
    #expect(databases.own.isReplaced)
  }

  @Test func itCanBeReadByThoseWhoMayNotWrite() throws {
    try databases.own.record([], of: SinkRow(name: "desk", logPlace: 7, ownPlace: 3))
    #expect(try ServeStore(readingOnly: databases.own.path).sink("desk")?.logPlace == 7)
    #expect(throws: StoreError.self) { try ServeStore(readingOnly: databases.log.path) }
  }
}
