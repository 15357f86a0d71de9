import ArgumentParser
import Capture
import Crypto
import Detection
import Documents
import Foundation
import Releases
import Store

/// Writes one file that contains a box: consistent copies of both databases, the configuration, the lists that it names, and, if wanted, the
/// secrets.
struct BackupWriter {
  private static let piece = 1 << 20
  /// Attempts to copy both databases without a person's command between the two.
  private static let attempts = 5

  let box: BoxFiles
  let withSecrets: Bool

  /// What goes into the backup: a copy that only this process has, or bytes that were read.
  private enum Content {
    case copy(String)
    case bytes(Data)
  }

  private struct Source {
    let name: String
    let content: Content
  }

  /// - Returns: what the backup contains.
  func write(to target: String) throws(BackupError) -> BackupManifest {
    guard let folder = Self.temporaryFolder(beside: target) else { throw .last(target) }
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let sources = try copies(in: folder) + others()
    guard !sources.isEmpty else { throw .missing(box.database) }
    let new = folder + "/backup"
    let descriptor = unsafe open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .last(new) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var files: [BackupManifest.File] = []
    for source in sources {
      let (size, digest) = try Self.digest(of: source.content)
      files.append(BackupManifest.File(name: source.name, size: size, sha256: digest))
    }
    let now = Timestamp.now
    let manifest = BackupManifest(
      format: BackupManifest.format, version: Lenscap.configuration.version, created: now.rfc3339, files: files)
    let seconds = Int(now.nanoseconds / 1_000_000_000)
    do {
      let head = try JSON(pretty: true).bytes(manifest)
      try file.write(contentsOf: Tar.header(Tar.Entry(name: BackupManifest.name, size: head.count), time: seconds))
      try file.write(contentsOf: head + Data(count: Tar.padding(head.count)))
      for (source, described) in zip(sources, files) {
        try file.write(contentsOf: Tar.header(Tar.Entry(name: source.name, size: described.size), time: seconds))
        try Self.read(source.content) { try file.write(contentsOf: $0) }
        try file.write(contentsOf: Data(count: Tar.padding(described.size)))
      }
      try file.write(contentsOf: Data(count: 2 * Tar.block))
      try file.synchronize()
    } catch let error as BackupError {
      throw error
    } catch {
      throw .io(path: target, reason: error.localizedDescription)
    }
    guard unsafe rename(new, target) == 0 else { throw .last(target) }
    return manifest
  }

  /// Copies of the databases. First that of `serve`: its place in the event log must not lie beyond the log's end.
  private func copies(in folder: String) throws(BackupError) -> [Source] {
    func copy(_ path: String, _ name: String) throws(BackupError) -> [Source] {
      guard FileManager.default.fileExists(atPath: path) else { return [] }
      let target = "\(folder)/\(name)"
      unsafe unlink(target)
      do throws(StoreError) { try DatabaseCopy.make(of: path, at: target) } catch { throw BackupError(error, path: path) }
      return [Source(name: name, content: .copy(target))]
    }
    for _ in 0..<Self.attempts {
      let serve = try copy(box.serveDatabase, BackupManifest.serve)
      let property = try copy(box.database, BackupManifest.property)
      // A command that is applied in one copy and missing in the other would make `watch` ignore a later one.
      if serve.isEmpty || lastCommand("\(folder)/\(BackupManifest.serve)") == lastCommand(box.serveDatabase) { return property + serve }
    }
    throw .io(path: box.serveDatabase, reason: "it changes all the time; try again in a moment")
  }

  private func lastCommand(_ path: String) -> Int64? { try? DatabaseCopy.lastCommand(in: path) }

  private func others() throws(BackupError) -> [Source] {
    var paths: [(name: String, path: String)] = []
    if FileManager.default.fileExists(atPath: box.configuration) { paths.append((BackupManifest.configuration, box.configuration)) }
    var names: Set<String> = []
    for path in box.lists {
      let last = (path as NSString).lastPathComponent
      let name = BackupManifest.lists + last
      guard BackupManifest.listName(name) != nil, last != (box.configuration as NSString).lastPathComponent, names.insert(name).inserted
      else {
        throw .refused("\(path): a backup needs a unique name that ends with .yaml, of letters, digits, dots, hyphens and underscores")
      }
      paths.append((name, path))
    }
    if withSecrets, FileManager.default.fileExists(atPath: box.secretsFolder) {
      guard let secrets = try? FileManager.default.contentsOfDirectory(atPath: box.secretsFolder) else {
        throw .noPermission(path: box.secretsFolder)
      }
      paths += secrets.filter(BackupManifest.isPlain).sorted().map { (BackupManifest.secrets + $0, "\(box.secretsFolder)/\($0)") }
    }
    var sources: [Source] = []
    for (name, path) in paths {
      var bytes = Data()
      do {
        try Self.read(.copy(path)) { bytes += $0 }
      } catch let error as BackupError {
        throw error
      } catch {
        throw .io(path: path, reason: error.localizedDescription)
      }
      sources.append(Source(name: name, content: .bytes(bytes)))
    }
    return sources
  }

  /// A folder for this user alone, on the same disk.
  private static func temporaryFolder(beside path: String) -> String? {
    var template = Array("\(path).XXXXXX".utf8CString)
    return unsafe mkdtemp(&template).map { unsafe String(cString: $0) }
  }

  private static func digest(of content: Content) throws(BackupError) -> (size: Int, hexadecimal: String) {
    var hash = SHA256()
    var size = 0
    do {
      try read(content) {
        hash.update(data: $0)
        size += $0.count
      }
    } catch let error as BackupError {
      throw error
    } catch {
      throw .io(path: "a copy of the database", reason: error.localizedDescription)
    }
    return (size, Array(hash.finalize()).hexDigits)
  }

  private static func read(_ content: Content, _ body: (Data) throws -> Void) throws {
    switch content {
    case .bytes(let bytes): try body(bytes)
    case .copy(let path):
      let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw BackupError.last(path) }
      let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      while let bytes = try file.read(upToCount: piece), !bytes.isEmpty { try body(bytes) }
    }
  }
}
