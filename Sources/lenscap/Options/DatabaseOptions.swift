import ArgumentParser
import Detection
import Foundation
import Store

/// Where the memory of the property is.
struct DatabaseOptions: ParsableArguments {
  static let variable = "LENSCAP_DATABASE"
  static let standard = "/var/lib/lenscap/lenscap.sqlite"

  @Option(
    help: ArgumentHelp(
      "The property's memory, an SQLite file. Otherwise that of the variable \(Self.variable), or \(Self.standard).", valueName: "file"))
  var database: String?

  /// Where commands look.
  var path: String { database ?? named ?? Self.standard }

  /// Where `watch` keeps its memory: nil where none was named, and the folder that is meant for it is not there.
  var pathToKeep: String? {
    if let path = database ?? named { return path }
    let folder = (Self.standard as NSString).deletingLastPathComponent
    return access(folder, W_OK) == 0 ? Self.standard : nil
  }

  private var named: String? {
    ProcessInfo.processInfo.environment[Self.variable].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Opens the memory for a command that looks at it, or says why not and ends.
  func open(create: Bool = false) throws -> PropertyStore {
    do {
      let store = try PropertyStore(path: path, create: create)
      if let remark = store.remark { printError("lenscap: \(remark)") }
      return store
    } catch .cannotOpen(let path, let reason) {
      printError("lenscap: \(path): \(reason)")
      printError("`lenscap watch --database FILE` makes it; name the same file here, with --database or the variable \(Self.variable).")
      throw ExitStatus.noInput.code
    } catch {
      throw Self.ended(error)
    }
  }

  /// Tells of what went wrong, and with which status the program ends.
  static func ended(_ error: StoreError) -> ExitCode {
    printError("lenscap: \(error)")
    return ExitStatus.ioError.code
  }
}

/// Runs what works with a store, and ends the program with a clear message where it fails.
func withStoreErrors<Result>(_ body: () throws(StoreError) -> Result) throws -> Result {
  do throws(StoreError) { return try body() } catch { throw DatabaseOptions.ended(error) }
}

/// Who uses this program: for the history.
var userName: String {
  let environment = ProcessInfo.processInfo.environment
  return environment["SUDO_USER"] ?? environment["USER"] ?? NSUserName()
}
