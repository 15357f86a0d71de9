import Foundation
import Glibc
import Services

/// A Debian repository in a folder, signed with GPG, for the packages of Lenscap.
///
///     pool/main/NAME/NAME_VERSION_ARCHITECTURE.deb                      all versions that were ever added
///     dists/stable/{InRelease,Release,Release.gpg}
///     dists/stable/main/binary-ARCHITECTURE/{Packages,Packages.gz,by-hash/SHA256/…}
///     repository.asc                                                     the public key
///
/// Whoever reads it meanwhile sees the former state or the new one: each file is replaced at once, `InRelease` last, and the lists that the
/// former one names by their hashes stay (wiki.debian.org/DebianRepository/Format, "Acquire-By-Hash").
public struct PackageRepository {
  public static let suite = "stable"
  static let names = ["lenscap", "lenscap-central"]
  static let largestPackage = 1 << 30

  public struct Package: Equatable, Sendable {
    public let name: String
    public let version: String
    public let architecture: String
    /// Of the file, in hexadecimal digits.
    public let sha256: String
    /// False if it was there already.
    public let isNew: Bool
  }

  private let folder: String
  private let tools: RepositoryTools

  /// - Throws: `RepositoryError`; also where a program is missing that this needs.
  public init(folder: String, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    tools = try RepositoryTools(environment: environment)
    self.folder = folder.hasPrefix("/") ? folder : FileManager.default.currentDirectoryPath + "/" + folder
  }

  /// Adds packages, and signs the repository anew.
  ///
  /// - Parameter key: of GPG: a fingerprint, or a name that it knows.
  /// - Returns: what each is, in the same order.
  /// - Throws: `RepositoryError`. Then the repository is as it was.
  public func add(_ files: [String], key: String) throws -> [Package] {
    try makeFolder("pool/main")
    let lock = try lock()
    defer { close(lock) }
    var drafts: [Draft] = []
    defer { for draft in drafts { unsafe unlink(draft.path) } }
    for (number, file) in files.enumerated() { drafts.append(try draft(of: file, number)) }
    var added: [String] = []
    do {
      var packages: [Package] = []
      for draft in drafts {
        let isNew = try place(draft)
        if isNew { added.append(draft.target) }
        packages.append(
          Package(
            name: draft.name, version: draft.version, architecture: draft.architecture, sha256: draft.sha256, isNew: isNew))
      }
      try publish(key: key)
      return packages
    } catch {
      for path in added { unsafe unlink(absolute(path)) }
      throw error
    }
  }

  // MARK: Packages

  /// A copy, so that what was looked at is what is taken.
  private struct Draft {
    let path: String
    let name: String
    let version: String
    let architecture: String
    let sha256: String
    let file: String

    var target: String { "pool/main/\(name)/\(name)_\(version)_\(architecture).deb" }
  }

  private func draft(of file: String, _ number: Int) throws -> Draft {
    let path = absolute(".draft-\(number).deb")
    let sha256 = try RepositoryFile.copy(file, to: path, limit: Self.largestPackage)
    do {
      let fields = try tools.fields(of: path, named: file)
      guard Self.names.contains(fields.name) else {
        throw RepositoryError.refused(
          file, "it is the package \(fields.name.forLog); only \(Self.names.joined(separator: " and ")) are for boxes")
      }
      guard Self.isVersion(fields.version) else { throw RepositoryError.refused(file, "its version is \(fields.version.forLog)") }
      guard ["amd64", "arm64", "all"].contains(fields.architecture) else {
        throw RepositoryError.refused(file, "its architecture is \(fields.architecture.forLog)")
      }
      return Draft(
        path: path, name: fields.name, version: fields.version, architecture: fields.architecture, sha256: sha256, file: file)
    } catch {
      unsafe unlink(path)
      throw error
    }
  }

  /// As Debian's policy, 5.6.12, but without an epoch, which would not stand in the name of the file.
  static func isVersion(_ text: String) -> Bool { text.wholeMatch(of: /[0-9][0-9A-Za-z.+~-]{0,63}/) != nil }

  /// - Returns: false if the same file is there.
  private func place(_ draft: Draft) throws -> Bool {
    try makeFolder("pool/main/\(draft.name)")
    let target = absolute(draft.target)
    if unsafe access(target, F_OK) == 0 {
      guard try RepositoryFile.sha256(target) == draft.sha256 else {
        throw RepositoryError.refused(
          draft.file, "\(draft.name) \(draft.version) is there with another content; give what has changed another version")
      }
      return false
    }
    guard unsafe rename(draft.path, target) == 0 else { throw RepositoryError.file(target, errno) }
    return true
  }

  // MARK: Lists

  private func publish(key: String) throws {
    let dists = "dists/\(Self.suite)"
    var entries: [RepositoryRelease.Entry] = []
    var lists: [(path: String, bytes: [UInt8])] = []
    let architectures = architectures()
    for architecture in architectures {
      let list = try tools.packages(in: folder, architecture: architecture)
      for (name, bytes) in [("Packages", list), ("Packages.gz", try tools.compressed(list))] {
        let place = "main/binary-\(architecture)"
        let sha256 = RepositoryFile.sha256(of: bytes)
        entries.append(.init(path: "\(place)/\(name)", size: bytes.count, sha256: sha256))
        try makeFolder("\(dists)/\(place)/by-hash/SHA256")
        // Names by hash are there before anything names them.
        try RepositoryFile.write(bytes, to: absolute("\(dists)/\(place)/by-hash/SHA256/\(sha256)"))
        lists.append(("\(dists)/\(place)/\(name)", bytes))
      }
    }
    let former = (try? RegularFile(absolute("\(dists)/Release")).bytes(upTo: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let release = RepositoryRelease(suite: Self.suite, architectures: architectures, entries: entries).text(at: Date())
    let signed = try tools.sign(release, key: key, in: folder)
    for list in lists { try RepositoryFile.write(list.bytes, to: absolute(list.path)) }
    try RepositoryFile.write(signed.publicKey, to: absolute("repository.asc"))
    try RepositoryFile.write(Array(release.utf8), to: absolute("\(dists)/Release"))
    try RepositoryFile.write(signed.detached, to: absolute("\(dists)/Release.gpg"))
    try RepositoryFile.write(signed.inline, to: absolute("\(dists)/InRelease"))
    removeLists(in: dists, architectures, exceptOf: former + release)
  }

  /// Those that files of the pool have; files for all count for each.
  private func architectures() -> [String] {
    let files = Self.names.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: absolute("pool/main/\($0)"))) ?? [] }
    let found = ["amd64", "arm64"].filter { architecture in files.contains { $0.hasSuffix("_\(architecture).deb") } }
    return found.isEmpty ? ["amd64", "arm64"] : found
  }

  private func removeLists(in dists: String, _ architectures: [String], exceptOf releases: String) {
    for architecture in architectures {
      let place = absolute("\(dists)/main/binary-\(architecture)/by-hash/SHA256")
      for name in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? [] where !releases.contains(name) {
        unsafe unlink("\(place)/\(name)")
      }
    }
  }

  // MARK: Folders

  private func absolute(_ path: String) -> String { folder + "/" + path }

  private func makeFolder(_ path: String) throws {
    let path = absolute(path)
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    } catch { throw RepositoryError.file(path, errno) }
  }

  /// One at a time changes it. The lock goes with the descriptor.
  private func lock() throws -> Int32 {
    let path = absolute(".lock")
    let file = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw RepositoryError.file(path, errno) }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      close(file)
      throw RepositoryError.busy(folder)
    }
    return file
  }
}

/// The file `Release`: which lists there are, with their hashes. It is what GPG signs.
struct RepositoryRelease {
  struct Entry {
    let path: String
    let size: Int
    let sha256: String
  }

  let suite: String
  let architectures: [String]
  let entries: [Entry]

  func text(at now: Date) -> String {
    """
    Origin: Lenscap
    Label: Lenscap
    Suite: \(suite)
    Codename: \(suite)
    Date: \(RepositoryRoutes.text(now).replacing("GMT", with: "UTC"))
    Architectures: \(architectures.joined(separator: " "))
    Components: main
    Acquire-By-Hash: yes
    SHA256:
    \(entries.map { " \($0.sha256) \($0.size) \($0.path)" }.joined(separator: "\n"))

    """
  }
}
