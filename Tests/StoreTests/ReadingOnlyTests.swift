import Detection
import Foundation
import GRDB
import Testing

@testable import Store

/// The database of one process as another reads it.
@Suite final class ReadingOnlyTests {
  private let folder = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString)"
  private var path: String { folder + "/lenscap.sqlite" }

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false) }
  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func mode(_ path: String) -> Int {
    ((try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions] as? Int) ?? -1
  }

  @Test func aReaderSeesWhatIsWritten() throws {
    let writer = try PropertyStore(path: path)
    let reader = try PropertyStore(readingOnly: path)
    try writer.declare([Declaration(pattern: "x", at: .zero)])
    #expect(try reader.declarations().map(\.pattern) == ["x"])
    #expect(throws: StoreError.readOnly) { try reader.declare([Declaration(pattern: "y", at: .zero)]) }
    #expect(try reader.logID() == writer.logID())
  }

  /// Of a folder that cannot be written, SQLite cannot read a database without them.
  @Test func theAuxiliaryFilesStayAfterACleanEnd() throws {
    do { try PropertyStore(path: path).declare([Declaration(pattern: "x", at: .zero)]) }
    for suffix in ["-wal", "-shm"] { #expect(FileManager.default.fileExists(atPath: path + suffix)) }
    #expect(try PropertyStore(readingOnly: path).declarations().count == 1)
  }

  @Test func whatCannotBeReadIsNamed() throws {
    #expect(throws: StoreError.cannotOpen(path: path, reason: "no such file")) { try PropertyStore(readingOnly: path) }
    #expect(!FileManager.default.fileExists(atPath: path))
    try Data().write(to: URL(fileURLWithPath: path))
    #expect(throws: StoreError.older(path: path), "watch has just made it") { try PropertyStore(readingOnly: path) }
    try Data("no database at all, but a text".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: StoreError.self) { try PropertyStore(readingOnly: path) }
  }

  /// A reader keeps the file open that `watch` moved aside.
  @Test func aReplacedFileIsNoticed() throws {
    _ = try PropertyStore(path: path)
    let reader = try PropertyStore(readingOnly: path)
    #expect(!reader.isReplaced)
    for suffix in ["", "-wal", "-shm"] { try FileManager.default.moveItem(atPath: path + suffix, toPath: path + ".damaged" + suffix) }
    #expect(reader.isReplaced)
    _ = try PropertyStore(path: path)
    #expect(reader.isReplaced)
    #expect(try reader.logID() != PropertyStore(readingOnly: path).logID())
  }

  @Test func otherVersionsAreNotRead() throws {
    do {
      let queue = try DatabaseQueue(path: path)
      try queue.write { try $0.execute(sql: "PRAGMA application_id = \(0x4C45_4E53)") }
      try Schema.migrator.migrate(queue, upTo: "3")
    }
    #expect(throws: StoreError.older(path: path)) { try PropertyStore(readingOnly: path) }
    _ = try PropertyStore(path: path)
    _ = try PropertyStore(readingOnly: path)
    try DatabaseQueue(path: path).write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99')") }
    #expect(throws: StoreError.newer(path: path)) { try PropertyStore(readingOnly: path) }
  }

  @Test func anotherProgramsDatabaseIsForeign() throws {
    try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE t (x)") }
    #expect(throws: StoreError.foreign(path: path)) { try PropertyStore(readingOnly: path) }
  }

  /// Nobody who puts a link into the folder chooses which file becomes a database, or is read as one.
  @Test(arguments: ["", "-wal", "-shm"]) func linksAreNotFollowed(suffix: String) throws {
    let target = folder + "/target"
    if suffix != "" { _ = try PropertyStore(path: path) }
    try? FileManager.default.removeItem(atPath: path + suffix)
    try FileManager.default.createSymbolicLink(atPath: path + suffix, withDestinationPath: target)
    #expect(throws: StoreError.isLink(path: path + suffix)) { try PropertyStore(path: path) }
    #expect(throws: StoreError.isLink(path: path + suffix)) { try PropertyStore(readingOnly: path) }
    #expect(!FileManager.default.fileExists(atPath: target))
  }

  /// Without locks only what cannot change is read.
  @Test func aFileThatCanBeWrittenIsNotImmutable() throws {
    _ = try PropertyStore(path: path)
    #expect(DatabaseFile.immutable(path) == nil)
  }

  /// What guests' devices are called is for the owner alone, or for the group that the folder is shared with.
  @Test(arguments: [(0o700, 0o600), (0o755, 0o600), (0o2750, 0o640)])
  func aNewDatabaseIsReadableByTheGroupOfASharedFolder(folderMode: Int, fileMode: Int) throws {
    chmod(folder, mode_t(folderMode))
    let store = try PropertyStore(path: path)
    for suffix in ["", "-wal", "-shm"] { #expect(mode(path + suffix) == fileMode, "\(suffix)") }
    try store.declare([Declaration(pattern: "x", at: .zero)])
  }
}
