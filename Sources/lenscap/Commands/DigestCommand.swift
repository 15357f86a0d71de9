import ArgumentParser
import Capture
import Detection
import Documents
import Store

struct ShowDigest: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "digest",
    abstract: "Summarise the last day, and the alerts that are still open.",
    discussion: """
      Lists new alerts and the events that followed, earlier alerts that are still open, declared cameras that sent nothing, problems of \
      the watch itself, and the number of devices. `watch --digest 07:00` prints the same daily.

      Examples:
        lenscap digest
        lenscap digest --since 7d --format json
      """)

  @Option(help: ArgumentHelp("Start of the period: 12h, 7d, 2026-11-24, 2026-11-24T14:00.", valueName: "time"))
  var since: TimeOrDuration = .span(Digest.day)

  @OptionGroup var list: ListOptions
  @OptionGroup var database: DatabaseOptions

  func run() throws {
    let (store, now) = (try database.openToRead(), Timestamp.now)
    let from = since.before(now, utc: list.utc)
    guard from < now else { throw usageError("--since \(from.rfc3339) is in the future.") }
    let digest = try withStoreErrors { () throws(StoreError) in try Digest(of: store, from: from, to: now) }
    if list.printJSON([DigestDocument(digest)]) { return }
    printOut(digest.text(utc: list.utc))
  }
}
