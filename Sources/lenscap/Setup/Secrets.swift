import Detection
import Foundation

/// Secrets of sinks, a file each, which only `serve` may read.
struct Secrets {
  let folder: String
  /// Names of sinks whose secret is in its file.
  private(set) var names: Set<String> = []
  private(set) var madeFiles: [String] = []

  init(folder: String) { self.folder = folder }

  static func random(bytes: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<bytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(name)") }

  /// Uses the secret that a former setup wrote.
  mutating func keep(_ name: String) { names.insert(name) }

  /// Makes a secret of a web hook (Standard Webhooks: `whsec_`, then 24 to 64 bytes in base64).
  mutating func make(_ name: String) throws(BackupError) {
    try write("whsec_" + Data(Self.random(bytes: 32)).base64EncodedString(), name)
    madeFiles.append("\(folder)/\(name)")
  }

  /// Writes a secret. A former one remains, with `.old` behind its name.
  mutating func write(_ secret: String, _ name: String) throws(BackupError) {
    guard Ownership.makeSecretsFolder(folder) else { throw .last(folder) }
    try SafeFile.write(secret + "\n", to: "\(folder)/\(name)", for: Ownership.secretsGroup)
    names.insert(name)
  }
}

/// Files that appear as a whole, readable by one group.
enum SafeFile {
  /// Writes a file beside the path, keeps a former one as `.old`, and renames the new one to the path.
  ///
  /// - Parameter check: looks at the new file by its temporary path; what it throws ends the writing.
  static func write(_ text: String, to path: String, for group: String, check: (String) throws(BackupError) -> Void = { _ in })
    throws(BackupError)
  {
    let new = path + ".new"
    unsafe unlink(new)
    let descriptor = unsafe open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .last(path) }
    var isDone = false
    defer { if !isDone { unsafe unlink(new) } }
    let isWritten = writeAll(Array(text.utf8), to: descriptor) && Ownership.share(descriptor, with: group) && fsync(descriptor) == 0
    let problem = errno
    close(descriptor)
    guard isWritten else { throw unsafe .io(path: path, reason: String(cString: strerror(problem))) }
    try check(new)
    // A link, so that the path always leads to one of the two.
    unsafe unlink(path + ".old")
    guard unsafe link(path, path + ".old") == 0 || errno == ENOENT else { throw .last(path + ".old") }
    guard unsafe rename(new, path) == 0 else { throw .last(path) }
    isDone = true
  }
}
