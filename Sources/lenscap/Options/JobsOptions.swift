import ArgumentParser
import ConfigurationFiles
import Foundation
import Store

/// How many threads a command uses to read captures.
struct JobsOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Cores to use: with 2 or more, large captures are read and decompressed ahead, and devices are judged on a thread of their own; with \
      --separately, several captures are replayed at once. With 1, one thread does everything. The result is the same. (default: the \
      number of cores, or 1 while a program such as `lenscap watch` uses the default database)
      """, valueName: "number"))
  var jobs: Int?

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs: 1 or more.") }
  }

  var number: Int { jobs ?? Self.standard }

  /// A watch on this machine keeps a core to itself. Ask before this process opens its database.
  static var standard: Int {
    let configured = try? Configuration.find(nil).settings.watch.database
    let database = environmentVariable(DatabaseOptions.variable) ?? configured ?? DatabaseOptions.standard
    return DatabaseCopy.isInUse(database) ? 1 : ProcessInfo.processInfo.activeProcessorCount
  }
}
