import ArgumentParser
import Capture
import Detection
import Store

struct ShowDigest: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "digest",
    abstract: "Says what happened in the last day, and what still waits for somebody.",
    discussion: """
      Alerts that were raised, how they went on, those from before that nobody has dealt with, the property's own cameras that were not \
      heard, how the watching itself went, and how many devices were there. `watch --digest 07:00` tells the same once a day.

      Examples:
        lenscap digest
        lenscap digest --since 7d --format json
      """)

  @Option(help: ArgumentHelp("From when on: 12h, 7d, 2026-11-24, 2026-11-24T14:00.", valueName: "time"))
  var since: TimeOrDuration = .span(Digest.day)

  @OptionGroup var list: ListOptions
  @OptionGroup var memory: DatabaseOptions

  func run() throws {
    let (store, now) = (try memory.open(), Timestamp.now)
    let from = since.before(now, utc: list.utc)
    guard from < now else { throw usageError("--since \(from.rfc3339) is yet to come.") }
    let digest = try withStoreErrors { () throws(StoreError) in try Digest(of: store, from: from, to: now) }
    if try list.printJSON([DigestDocument(digest)]) { return }
    printOut(digest.text(utc: list.utc))
  }
}
