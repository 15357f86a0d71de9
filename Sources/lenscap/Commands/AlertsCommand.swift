import ArgumentParser
import Capture
import Detection
import Store

struct Alerts: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists alerts, and takes down what people do about them; also while `watch` runs.",
    discussion: """
      Examples:
        lenscap alerts                                     those that nobody has dealt with
        lenscap alerts list --all --since 7d
        lenscap alerts show 3f2a                           one, with its history; the beginning of its id is enough
        lenscap alerts acknowledge 3f2a --note 'Maria looks for it'
        lenscap alerts dismiss 3f2a --reason 'the baby monitor of room 12'
      """,
    subcommands: [List.self, Show.self, Acknowledge.self, Snooze.self, Dismiss.self, Reopen.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists alerts, the oldest first.")

    @Flag(help: "Also those that were dealt with, and what followed them.")
    var all = false

    @Option(help: ArgumentHelp("Only what came or changed since then: 12h, 3d, 2026-11-24.", valueName: "time"))
    var since: TimeOrDuration?

    @OptionGroup var list: ListOptions
    @OptionGroup var memory: DatabaseOptions

    func run() throws {
      let (store, now) = (try memory.open(), Timestamp.now)
      let since = since.map { $0.before(now, utc: list.utc) } ?? .distantPast
      let found = try withStoreErrors { () throws(StoreError) in try store.alerts(since: since) }
        .filter { all || $0.follows == nil && $0.status(at: now) == .open }
      if try list.printJSON(found.map { StoredAlertDocument($0, history: [], at: now) }) { return }
      guard !found.isEmpty else {
        printOut(all ? "No alerts." : "No open alerts.")
        return
      }
      let rows = found.map {
        [String($0.id.prefix(8)), $0.raisedTime.dayAndTime(utc: list.utc), $0.status(at: now).rawValue, $0.kind, $0.summary]
      }
      printOut(TextTable(header: ["alert", "raised", "status", "kind", "what"], rows: rows).lines(.forOutput).joined(separator: "\n"))
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows an alert, the evidence of its device, and its history.")

    @Argument(help: "The alert's id, or its beginning.")
    var alert: String

    @OptionGroup var list: ListOptions
    @OptionGroup var memory: DatabaseOptions

    func run() throws {
      let (store, now) = (try memory.open(), Timestamp.now)
      let found = try store.alert(alert)
      let (events, following) = try withStoreErrors { () throws(StoreError) in try store.history(of: found.id) }
      if try list.printJSON([StoredAlertDocument(found, history: events, at: now)]) { return }
      let evidence = try withStoreErrors { () throws(StoreError) in
        try found.device.map { d throws(StoreError) in try store.evidence(of: d) }
      }
      var lines = ["\(found.id)  \(found.status(at: now).rawValue)", found.summary.firstUppercased]
      lines += (evidence ?? []).reasons.map { "  \($0.reason.cut(110)) (\($0.strength ?? $0.says))" }
      let told =
        events.map { event in
          (event.at, [event.what, event.who.map { "by \($0)" }, event.note.map { "“\($0)”" }].compactMap { $0 }.joined(separator: " "))
        } + following.map { ($0.raisedTime, "\($0.kind): \($0.summary)") }
      lines += told.sorted { $0.0 < $1.0 }.map { "\($0.dayAndTime(utc: list.utc))  \($1)" }
      printOut(lines.joined(separator: "\n"))
    }
  }

  struct Acknowledge: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Takes down that somebody looks after these alerts.")

    @Argument(help: "The alerts' ids, or their beginnings.")
    var alerts: [String]

    @Option(help: "What is done about it.")
    var note: String?

    @OptionGroup var memory: DatabaseOptions

    func run() throws { try memory.open().apply(.acknowledge, to: alerts, note: note, said: "acknowledged") }
  }

  struct Snooze: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "No news of these alerts for a while; they are kept all the same.")

    @Argument(help: "The alerts' ids, or their beginnings.")
    var alerts: [String]

    @Option(name: .customLong("for"), help: ArgumentHelp("How long: 12h, 3d, or until a day or time.", valueName: "time"))
    var span: TimeOrDuration = .span(.seconds(86_400))

    @Option(help: "Why.")
    var note: String?

    @OptionGroup var memory: DatabaseOptions

    func run() throws { try memory.open().apply(.snooze(until: span.after(.now)), to: alerts, note: note, said: "snoozed") }
  }

  struct Dismiss: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Says that these alerts are false.",
      discussion: "The device raises no alert again, unless something else in kind speaks for a camera: another side of it, strongly.")

    @Argument(help: "The alerts' ids, or their beginnings.")
    var alerts: [String]

    @Option(help: "Why: whoever looks at it later will want to know.")
    var reason: String

    @OptionGroup var memory: DatabaseOptions

    func run() throws { try memory.open().apply(.dismiss, to: alerts, note: reason, said: "dismissed") }
  }

  struct Reopen: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Takes back what was said of these alerts.")

    @Argument(help: "The alerts' ids, or their beginnings.")
    var alerts: [String]

    @Option(help: "Why.")
    var note: String?

    @OptionGroup var memory: DatabaseOptions

    func run() throws { try memory.open().apply(.reopen, to: alerts, note: note, said: "open again") }
  }
}

extension PropertyStore {
  /// The one alert whose id begins so; otherwise says why not, and ends.
  func alert(_ prefix: String) throws -> StoredAlert {
    let found = try withStoreErrors { () throws(StoreError) in try alerts(withPrefix: prefix.lowercased()) }
    guard let alert = found.first, found.count == 1 else {
      throw usageError(
        found.isEmpty
          ? "no alert's id begins with “\(prefix)”; `lenscap alerts list --all` has them."
          : "\(found.count) alerts' ids begin with “\(prefix)”: \(listed(found.prefix(5).map(\.id))).")
    }
    return alert
  }

  fileprivate func apply(_ action: AlertAction, to prefixes: [String], note: String?, said: String) throws {
    let chosen = try prefixes.map { try alert($0) }
    for alert in chosen {
      try withStoreErrors { () throws(StoreError) in try apply(action, to: alert.id, who: userName, note: note, at: .now) }
      printOut("\(alert.id) \(said): \(alert.summary)")
    }
  }
}

extension String {
  var firstUppercased: String { prefix(1).uppercased() + dropFirst() }
}
