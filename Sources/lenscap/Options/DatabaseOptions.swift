import ArgumentParser
import Detection
import Foundation
import Store

/// The database that a command uses.
struct DatabaseOptions: ParsableArguments {
  static let variable = "LENSCAP_DATABASE"
  static let standard = "/var/lib/lenscap/lenscap.sqlite"

  @Option(
    help: ArgumentHelp(
      "The property's database, an SQLite file. (default: the variable \(Self.variable), or \(Self.standard))", valueName: "file"))
  var database: String?

  /// The file that commands read.
  var path: String { database ?? named ?? Self.standard }

  /// The file that `watch` writes; nil if none was named and the standard folder does not exist.
  var pathToKeep: String? {
    if let path = database ?? named { return path }
    let folder = (Self.standard as NSString).deletingLastPathComponent
    return access(folder, W_OK) == 0 ? Self.standard : nil
  }

  private var named: String? {
    ProcessInfo.processInfo.environment[Self.variable].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Opens the database for a command, or prints why not and ends.
  func open(create: Bool = false) throws -> PropertyStore {
    do {
      let store = try PropertyStore(path: path, create: create)
      if let remark = store.remark { printError("lenscap: \(remark)") }
      return store
    } catch .cannotOpen(let path, let reason) {
      throw Self.missing("\(path): \(reason)")
    } catch .noFolder(let path, _) {
      throw Self.missing("\(path): no such file")
    } catch {
      throw Self.ended(error)
    }
  }

  private static func missing(_ message: String) -> ExitCode {
    printError("lenscap: \(message)")
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

/// The operator, for the history of alerts.
var userName: String {
  let environment = ProcessInfo.processInfo.environment
  return environment["SUDO_USER"] ?? environment["USER"] ?? NSUserName()
}
