import ArgumentParser
import ConfigurationFiles
import Detection
import Foundation
import Store

/// The database that a command uses.
struct DatabaseOptions: ParsableArguments {
  static let variable = "LENSCAP_DATABASE"
  static let standard = "/var/lib/lenscap/lenscap.sqlite"

  @OptionGroup var configuration: ConfigOptions

  @Option(
    help: ArgumentHelp(
      """
      The property's database, an SQLite file. (default: the variable \(Self.variable), the key database of the configuration, or \
      \(Self.standard))
      """, valueName: "file"))
  var database: String?

  /// The file that the option or the environment names.
  var named: String? { database ?? environmentVariable(Self.variable) }

  /// The file that commands read.
  func path(_ settings: Settings) -> String { named ?? settings.watch.database ?? Self.standard }

  /// The file that `watch` writes; nil if none was named and the standard folder does not exist.
  static func pathToKeep(_ settings: Settings) -> String? {
    if let path = settings.watch.database { return path }
    let folder = (standard as NSString).deletingLastPathComponent
    return unsafe access(folder, W_OK) == 0 ? standard : nil
  }

  /// Opens the database for a command that only reads: whoever may not write it reads it as it is.
  func openToRead() throws -> PropertyStore { try open(isToRead: true) }

  /// Reads the configuration and opens the database for a command, or prints why not and ends.
  func open(create: Bool = false, isToRead: Bool = false) throws -> PropertyStore {
    let path = path(try configuration.load().settings)
    do {
      let store = try isToRead ? Self.reader(path) : PropertyStore(path: path, create: create)
      if let remark = store.remark { printError("lenscap: \(remark)") }
      return store
    } catch .cannotOpen(let path, let reason) {
      throw Self.missing(path, reason)
    } catch .noFolder(let path, _) {
      throw Self.missing(path, "no such file")
    } catch {
      throw Self.ended(error)
    }
  }

  /// Also brings an older file up to date, where that may be written.
  private static func reader(_ path: String) throws(StoreError) -> PropertyStore {
    guard unsafe access(path, R_OK) != 0 || access(path, W_OK) == 0 else { return try PropertyStore(readingOnly: path, once: true) }
    do throws(StoreError) {
      return try PropertyStore(path: path, create: false)
    } catch {
      switch error {
      // The file may be written, but not its folder, which has no log yet.
      case .readOnly, .cannotOpen: return try PropertyStore(readingOnly: path, once: true)
      default: throw error
      }
    }
  }

  private static func missing(_ path: String, _ reason: String) -> ExitCode {
    printError("lenscap: \(path): \(reason)")
    guard unsafe access(path, F_OK) != 0 else { return ExitStatus.noInput.code }
    printError("`lenscap watch --database FILE` creates it; name the same file here with --database or the variable \(variable).")
    return ExitStatus.noInput.code
  }

  /// Prints an error.
  ///
  /// - Returns: the status to end the program with.
  static func ended(_ error: StoreError) -> ExitCode {
    printError("lenscap: \(error)")
    return ExitStatus.ioError.code
  }
}

/// Runs work on a database, and ends the program with a clear message if it fails.
func withStoreErrors<Result>(_ body: () throws(StoreError) -> Result) throws -> Result {
  do throws(StoreError) { return try body() } catch { throw DatabaseOptions.ended(error) }
}

/// The operator, for the log of the page, whose people have names of their own.
var userOnTheBox: String { "\(userName) on the box" }

/// The operator, for the history of alerts.
var userName: String {
  let environment = ProcessInfo.processInfo.environment
  return environment["SUDO_USER"] ?? environment["USER"] ?? NSUserName()
}
