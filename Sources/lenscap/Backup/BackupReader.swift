import Crypto
import Detection
import Foundation
import Releases

/// Reads a backup. Every byte of it may come from a stranger: names lead nowhere, and nothing is believed that was not compared with the
/// manifest.
struct BackupReader {
  private static let piece = 1 << 20

  let path: String
  let manifest: BackupManifest

  /// Reads the whole file once, and checks all that can be checked without unpacking it.
  init(path: String) throws(BackupError) {
    self.path = path
    let file = try Self.open(path)
    manifest = try Self.manifest(file, path)
    try Self.walk(file, path, manifest) { _ in nil }
  }

  /// Reads it again, and writes its files.
  ///
  /// - Parameter target: an open file for a name in the manifest; nil to leave that file out.
  func unpack(_ target: (String) throws(BackupError) -> FileHandle?) throws(BackupError) {
    let file = try Self.open(path)
    guard try Self.manifest(file, path) == manifest else { throw .damaged(path: path, reason: "it changed while it was read") }
    try Self.walk(file, path, manifest, target)
  }

  private static func open(_ path: String) throws(BackupError) -> FileHandle {
    let descriptor = unsafe Foundation.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last(path) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  private static func manifest(_ file: FileHandle, _ path: String) throws(BackupError) -> BackupManifest {
    guard let entry = try Tar.entry(read(file, Tar.block, path), in: path), entry.name == BackupManifest.name,
      entry.size <= BackupManifest.largest
    else { throw .damaged(path: path, reason: "this is not a backup of lenscap") }
    let text = try read(file, entry.size, path)
    _ = try read(file, Tar.padding(entry.size), path)
    guard let manifest = try? JSONDecoder().decode(BackupManifest.self, from: text) else {
      throw .damaged(path: path, reason: "its \(BackupManifest.name) cannot be read")
    }
    if let problem = manifest.problem { throw .damaged(path: path, reason: problem) }
    return manifest
  }

  /// The files after the manifest, which must be those of the manifest, in its order, with its sizes and sums.
  private static func walk(
    _ file: FileHandle, _ path: String, _ manifest: BackupManifest, _ target: (String) throws(BackupError) -> FileHandle?
  ) throws(BackupError) {
    for expected in manifest.files {
      guard let entry = try Tar.entry(read(file, Tar.block, path), in: path), entry == Tar.Entry(name: expected.name, size: expected.size)
      else { throw .damaged(path: path, reason: "\(expected.name) is not where the manifest has it") }
      let output = try target(expected.name)
      var (hash, left) = (SHA256(), expected.size)
      while left > 0 {
        let bytes = try read(file, min(left, piece), path)
        hash.update(data: bytes)
        left -= bytes.count
        do { try output?.write(contentsOf: bytes) } catch { throw .io(path: expected.name, reason: error.localizedDescription) }
      }
      _ = try read(file, Tar.padding(expected.size), path)
      guard Array(hash.finalize()).hexDigits == expected.sha256 else {
        throw .damaged(path: path, reason: "\(expected.name) was changed: its SHA-256 differs from the manifest's")
      }
      do { try output?.synchronize() } catch { throw .io(path: expected.name, reason: error.localizedDescription) }
    }
    guard try Tar.entry(read(file, Tar.block, path), in: path) == nil else {
      throw .damaged(path: path, reason: "it contains more than its manifest names")
    }
  }

  /// Exactly this many bytes.
  private static func read(_ file: FileHandle, _ count: Int, _ path: String) throws(BackupError) -> Data {
    var bytes = Data()
    while bytes.count < count {
      let more: Data?
      do { more = try file.read(upToCount: count - bytes.count) } catch { throw .io(path: path, reason: error.localizedDescription) }
      guard let more, !more.isEmpty else { throw .damaged(path: path, reason: "the file ends too early") }
      bytes += more
    }
    return bytes
  }
}

extension Tar {
  fileprivate static func entry(_ header: Data, in path: String) throws(BackupError) -> Entry? {
    do throws(Problem) { return try entry(header) } catch { throw .damaged(path: path, reason: error.reason) }
  }
}
