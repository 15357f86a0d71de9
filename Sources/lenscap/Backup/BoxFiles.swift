import ConfigurationFiles
import Foundation
import Store

/// Where a box keeps what makes it: configuration, lists, secrets and databases.
struct BoxFiles: Equatable {
  /// The package's folders.
  static let watchFolder = "/var/lib/lenscap/watch"
  static let serveFolder = "/var/lib/lenscap/serve"

  let configuration: String
  let database: String
  /// True if an option or the environment says where the database is.
  private let isDatabaseGiven: Bool
  var serveDatabase: String
  /// Files of declared cameras and rooms that the configuration names.
  private(set) var lists: [String] = []
  /// Files of secrets that the configuration names.
  private(set) var secrets: [String] = []

  var secretsFolder: String { Self.folder(of: configuration) + "/secrets" }

  /// The files of this box. Options and the environment beat the configuration, which need not exist.
  ///
  /// - Parameter isLenient: true to take a configuration that cannot be read for one that does not exist.
  init(_ options: DatabaseOptions, isLenient: Bool = false) throws(BackupError) {
    configuration = Self.absolute(options.configuration.config ?? environmentVariable(Configuration.variable) ?? Configuration.standardPath)
    var settings: Settings?
    do throws(ConfigurationError) {
      settings = try Configuration.read(configuration).settings
    } catch {
      if error.kind != .missing, !isLenient { throw .configuration(error) }
    }
    let database = Self.absolute(options.named ?? settings?.watch.database ?? Self.standardDatabase)
    self.database = database
    isDatabaseGiven = options.named != nil
    serveDatabase = settings.map { Self.serveDatabase($0, database) } ?? Self.packaged(beside: database)
    if let settings { name(settings) }
  }

  /// Takes over what a configuration names beside the databases.
  private mutating func name(_ settings: Settings) {
    lists = []
    if case .file(let path) = settings.known { lists.append(path) }
    if case .file(let path) = settings.rooms { lists.append(path) }
    secrets = settings.sinks.compactMap(\.secretFile)
  }

  /// The same box with another configuration. The databases stay where this box has them, because a foreign backup must not choose which
  /// files are replaced.
  ///
  /// - Returns: nil if the configuration has them elsewhere, and nobody said where they are; and what does not fit.
  func adopting(_ settings: Settings) -> (box: BoxFiles?, problem: String?) {
    var box = self
    box.name(settings)
    let (named, serve) = (settings.watch.database ?? DatabaseOptions.standard, Self.serveDatabase(settings, database))
    let isKnown = [serveDatabase, DatabaseFile.serve(beside: database), Self.packaged(beside: database)].contains(serve)
    box.serveDatabase = isKnown ? serve : serveDatabase
    if named == database, isKnown { return (box, nil) }
    let problem =
      named == database
      ? "its configuration has the database of serve at \(serve), this box at \(serveDatabase)"
      : "its configuration has the database at \(named), this box at \(database)"
    return (isDatabaseGiven ? box : nil, problem)
  }

  private static func serveDatabase(_ settings: Settings, _ database: String) -> String {
    settings.serve.database ?? DatabaseFile.serve(beside: database)
  }

  private static var standardDatabase: String {
    FileManager.default.fileExists(atPath: watchFolder) ? watchFolder + "/lenscap.sqlite" : DatabaseOptions.standard
  }

  /// In the package's folder if the database is in the other one, else beside the database.
  private static func packaged(beside database: String) -> String {
    folder(of: database) == watchFolder ? serveFolder + "/serve.sqlite" : DatabaseFile.serve(beside: database)
  }

  static func folder(of path: String) -> String { (path as NSString).deletingLastPathComponent }

  static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  }
}
