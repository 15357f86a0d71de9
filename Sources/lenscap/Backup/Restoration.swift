import ConfigurationFiles
import Foundation
import Store

/// Puts the files of a backup in their places. First it writes and checks all of them beside the present files; then it renames the present
/// ones to `.old`, and the new ones to their names.
struct Restoration {
  private static let suffix = ".restoring"
  private static let auxiliary = ["-wal", "-shm"]

  let reader: BackupReader
  private(set) var box: BoxFiles
  /// What in the new configuration does not fit this box.
  private(set) var remark: String?

  private struct Place {
    enum Kind { case database, configuration, list, secret }

    let name: String
    let path: String
    let kind: Kind
    var new: String { path + Restoration.suffix }
  }

  /// - Returns: the paths of the files that were restored.
  mutating func run() throws(BackupError) -> [String] {
    let names = reader.manifest.files.map(\.name)
    var written: [Place] = []
    var isDone = false
    defer { if !isDone { for place in written { unsafe unlink(place.new) } } }
    // First the configuration, which says where the databases are.
    try unpack(names.filter { $0 == BackupManifest.configuration }, &written)
    if let place = written.first { try adopt(place) }
    for path in [box.database, box.serveDatabase] where DatabaseCopy.isInUse(path) { throw .inUse(path) }
    try unpack(names.filter { $0 != BackupManifest.configuration }, &written)
    guard Set(written.map(\.path)).count == written.count else {
      throw .refused("\(reader.path): two of its files would have the same place here")
    }
    for place in written where place.kind == .database { try check(place) }
    try swap(written)
    isDone = true
    return written.map(\.path)
  }

  private func unpack(_ names: [String], _ written: inout [Place]) throws(BackupError) {
    let places = names.compactMap(place)
    guard !places.isEmpty else { return }
    if places.contains(where: { $0.kind == .secret }), !Ownership.makeSecretsFolder(box.secretsFolder) { throw .last(box.secretsFolder) }
    written += places
    try reader.unpack { name throws(BackupError) in
      guard let place = places.first(where: { $0.name == name }) else { return nil }
      return try create(place)
    }
  }

  /// Reads the new configuration.
  private mutating func adopt(_ place: Place) throws(BackupError) {
    let settings: Settings
    do throws(ConfigurationError) { settings = try Configuration.read(place.new).settings } catch { throw .configuration(error) }
    let (adopted, problem) = box.adopting(settings)
    guard let adopted else { throw .refused("\(reader.path): \(problem ?? ""); --database says where it goes") }
    box = adopted
    remark = problem
  }

  /// Where a file goes. Only names that `BackupManifest` knows come here; lists and secrets stay in the folder of the configuration.
  private func place(_ name: String) -> Place? {
    switch name {
    case BackupManifest.property: return Place(name: name, path: box.database, kind: .database)
    case BackupManifest.serve: return Place(name: name, path: box.serveDatabase, kind: .database)
    case BackupManifest.configuration: return Place(name: name, path: box.configuration, kind: .configuration)
    default:
      if let last = BackupManifest.listName(name) {
        return Place(name: name, path: "\(BoxFiles.folder(of: box.configuration))/\(last)", kind: .list)
      }
      guard let last = BackupManifest.plainName(name, in: BackupManifest.secrets) else { return nil }
      return Place(name: name, path: "\(box.secretsFolder)/\(last)", kind: .secret)
    }
  }

  private func create(_ place: Place) throws(BackupError) -> FileHandle {
    unsafe unlink(place.new)  // left by a restore that was killed
    let descriptor = unsafe open(place.new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw errno == ENOENT ? .missing(BoxFiles.folder(of: place.path)) : .last(place.path)
    }
    let isGiven =
      switch place.kind {
      case .database: Ownership.giveToFolder(descriptor, of: place.path)
      case .configuration, .list: Ownership.share(descriptor, with: Ownership.group)
      case .secret: Ownership.share(descriptor, with: Ownership.secretsGroup)
      }
    let problem = errno
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    guard isGiven else { throw unsafe .io(path: place.new, reason: String(cString: strerror(problem))) }
    return file
  }

  private func check(_ place: Place) throws(BackupError) {
    do throws(StoreError) {
      try DatabaseCopy.check(place.new, isProperty: place.name == BackupManifest.property)
    } catch {
      throw .damaged(path: "\(reader.path): \(place.name)", reason: "\(error)")
    }
  }

  /// Renames files one by one; after an error it renames them back.
  private func swap(_ places: [Place]) throws(BackupError) {
    var done: [(from: String, to: String)] = []
    func move(_ from: String, _ to: String) -> Bool {
      guard unsafe rename(from, to) == 0 else { return errno == ENOENT }
      done.append((from, to))
      return true
    }
    for place in places {
      var moves = [(place.path, place.path + ".old")]
      if place.kind == .database {
        for part in Self.auxiliary {
          unsafe unlink(place.path + ".old" + part)
          moves.append((place.path + part, place.path + ".old" + part))
        }
      }
      moves.append((place.new, place.path))
      for (from, to) in moves where !move(from, to) {
        let error = BackupError.last(from)
        for step in done.reversed() { unsafe rename(step.to, step.from) }
        throw error
      }
    }
  }
}
