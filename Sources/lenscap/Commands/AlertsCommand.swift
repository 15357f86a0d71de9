import ArgumentParser
import Capture
import Detection
import Documents
import Store

struct Alerts: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alerts",
    abstract: "List alerts, and record what was done about them. Works while `watch` runs.",
    discussion: """
      Examples:
        lenscap alerts                                     open alerts
        lenscap alerts list --all --since 7d
        lenscap alerts show 3f2a                           one alert with its history
        lenscap alerts acknowledge 3f2a --note 'Maria is searching the room'
        lenscap alerts dismiss 3f2a --reason 'the baby monitor of room 12'
        lenscap alerts hold 3f2a --note 'the police asks for it'
      """,
    subcommands: [List.self, Show.self, Acknowledge.self, Snooze.self, Dismiss.self, Reopen.self, Hold.self, Release.self],
    defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List alerts, oldest first.")

    @Flag(help: "Include closed alerts, and the events that followed each.")
    var all = false

    @Option(help: ArgumentHelp("Only alerts raised or changed since then: 12h, 3d, 2026-11-24.", valueName: "time"))
    var since: TimeOrDuration?

    @OptionGroup var list: ListOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
      let (store, now) = (try database.openToRead(), Timestamp.now)
      let since = since.map { $0.before(now, utc: list.utc) } ?? .distantPast
      let found = try withStoreErrors { () throws(StoreError) in try store.alerts(since: since) }
        .filter { all || $0.follows == nil && $0.folded == nil && $0.status(at: now) == .open }
      if list.format != .table { return try printJSON(found, store, now) }
      guard !found.isEmpty else {
        printOut(all ? "No alerts." : "No open alerts.")
        return
      }
      let rows = found.map {
        [String($0.id.prefix(8)), $0.raisedTime.dayAndTime(utc: list.utc), $0.statusText(at: now), $0.kind, $0.shownSummary]
      }
      printOut(TextTable(header: ["alert", "raised", "status", "kind", "what"], rows: rows).lines(.forOutput).joined(separator: "\n"))
    }

    private func printJSON(_ alerts: [StoredAlert], _ store: PropertyStore, _ now: Timestamp) throws {
      try withStoreErrors { () throws(StoreError) in
        let sensor = try store.sensor()
        let devices = try store.devices(Set(alerts.compactMap(\.device)).sorted())
        let subjects = Dictionary(devices.map { ($0.id.description, $0) }, uniquingKeysWith: { first, _ in first })
        let makers = OUIRegistry(of: devices.map(\.id.mac))
        _ = list.printJSON(
          alerts.map {
            AlertDocument($0, subject: $0.device.flatMap { subjects[$0] }, sensor: sensor, makers: makers, at: now)
          })
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Show an alert, the evidence of its device, and its history.")

    /// Longest note, in characters.
    private static let noteLimit = 300

    @Argument(help: "The alert's id, or its first digits.")
    var alert: String

    @OptionGroup var list: ListOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
      let (store, now) = (try database.openToRead(), Timestamp.now)
      let found = try store.alert(matching: alert)
      let (events, following) = try withStoreErrors { () throws(StoreError) in try store.history(of: found.id) }
      let (subject, sensor) = try withStoreErrors { () throws(StoreError) in
        (try found.device.flatMap { id throws(StoreError) in try store.device(id) }, try store.sensor())
      }
      let document = AlertDocument(
        found, history: events, subject: subject, sensor: sensor, makers: OUIRegistry(of: [subject?.id.mac].compactMap { $0 }), at: now)
      if list.printJSON([document]) { return }
      var lines = ["\(found.id)  \(found.statusText(at: now))", found.shownSummary.firstUppercased]
      lines += (subject?.device.sentences(utc: list.utc) ?? []).map { "  \($0)" }
      lines += (subject?.device.reasons ?? []).map { "  \($0.reason.forPeople(limit: 110)) (\($0.strengthOrClaim))" }
      let history =
        events.map { event -> (Timestamp, String) in
          let parts = [event.what, event.who.map { "by \($0)" }, event.note.map { "“\($0.forPeople(limit: Self.noteLimit))”" }]
          return (event.at, parts.compactMap { $0 }.joined(separator: " "))
        } + following.map { ($0.raisedTime, "\($0.kind): \($0.shownSummary)") }
      lines += history.sorted { $0.0 < $1.0 }.map { "\($0.dayAndTime(utc: list.utc))  \($1)" }
      printOut(lines.joined(separator: "\n"))
    }
  }

  /// Alerts that an operator decides on, in a database.
  struct ChosenAlerts: ParsableArguments {
    @Argument(help: "Ids of the alerts, or their first digits.")
    var alerts: [String]

    @OptionGroup var database: DatabaseOptions

    /// Records the decision on each of them, or on none where an id is wrong. The decision may hold a local time: it is formed once the
    /// property's time zone is known.
    fileprivate func apply(_ action: @autoclosure () -> AlertAction, note: String?, outcome: String) throws {
      let store = try database.open()
      let action = action()
      let chosen = try alerts.map { try store.alert(matching: $0) }
      for alert in chosen {
        try withStoreErrors { () throws(StoreError) in try store.apply(action, to: alert.id, who: userName, note: note, at: .now) }
        printOut("\(alert.id) \(outcome): \(alert.shownSummary)")
      }
    }
  }

  struct Acknowledge: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "acknowledge", abstract: "Record that someone is dealing with these alerts.")

    @OptionGroup var chosen: ChosenAlerts

    @Option(help: "The action taken; stored in the alert's history.")
    var note: String?

    func run() throws { try chosen.apply(.acknowledge, note: note, outcome: "acknowledged") }
  }

  struct Snooze: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "snooze", abstract: "Stop reporting events of these alerts for a while. They are still stored.")

    @OptionGroup var chosen: ChosenAlerts

    @Option(name: .customLong("for"), help: ArgumentHelp("Length, such as 12h or 3d, or the day or time of its end.", valueName: "time"))
    var span: TimeOrDuration = .span(.seconds(86_400))

    @Option(help: "The reason; stored in the alert's history.")
    var note: String?

    func run() throws { try chosen.apply(.snooze(until: span.after(.now)), note: note, outcome: "snoozed") }
  }

  struct Dismiss: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "dismiss",
      abstract: "Mark these alerts as false.",
      discussion: "The device raises no alert again until strong evidence of a different facet appears.")

    @OptionGroup var chosen: ChosenAlerts

    @Option(help: "Why the alert is false; stored in its history.")
    var reason: String

    func run() throws { try chosen.apply(.dismiss, note: reason, outcome: "dismissed") }
  }

  struct Reopen: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "reopen", abstract: "Reopen these alerts, whatever was recorded about them.")

    @OptionGroup var chosen: ChosenAlerts

    @Option(help: "The reason; stored in the alert's history.")
    var note: String?

    func run() throws { try chosen.apply(.reopen, note: note, outcome: "open again") }
  }

  struct Hold: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "hold",
      abstract: "Keep everything about these alerts until they are released.",
      discussion: """
        The alert, its history, its device and the evidence outlive retention, the limit of the database's size, and `privacy erase`. Use it \
        when somebody investigates. Packets that the watch keeps of the device go when they are old enough all the same: write an evidence \
        pack now.
        """)

    @OptionGroup var chosen: ChosenAlerts

    @Option(help: "The reason; stored in the alert's history.")
    var note: String?

    func run() throws { try chosen.apply(.hold, note: note, outcome: "on hold") }
  }

  struct Release: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "release", abstract: "End the hold on these alerts: they are deleted when they are old enough, as others are.")

    @OptionGroup var chosen: ChosenAlerts

    @Option(help: "The reason; stored in the alert's history.")
    var note: String?

    func run() throws { try chosen.apply(.release, note: note, outcome: "released") }
  }
}

extension StoredAlert {
  /// `open`, or `open, held`.
  func statusText(at now: Timestamp) -> String { status(at: now).rawValue + (isHeld ? ", held" : "") }
}

extension PropertyStore {
  /// The only alert whose id has this prefix. If there is none or several, prints that and ends the program.
  func alert(matching prefix: String) throws -> StoredAlert {
    let found = try withStoreErrors { () throws(StoreError) in try alerts(withPrefix: prefix.lowercased()) }
    guard let alert = found.first, found.count == 1 else {
      throw usageError(
        found.isEmpty
          ? "no alert's id begins with “\(prefix)”; `lenscap alerts list --all` lists them."
          : "\(found.count) alerts' ids begin with “\(prefix)”: \(listed(found.prefix(5).map(\.id))).")
    }
    return alert
  }
}

extension String {
  var firstUppercased: String { prefix(1).uppercased() + dropFirst() }
}
