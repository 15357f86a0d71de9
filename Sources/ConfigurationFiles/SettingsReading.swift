import Detection
import YAMLReading
import Yams

extension Configuration {
  /// Reads the bytes of a file. Paths in it are relative to `folder`.
  static func parse(_ bytes: [UInt8], file: String, folder: String) throws(ConfigurationError) -> Configuration {
    let root: Node?
    do throws(FileProblem) {
      root = try YAMLDocument.root(bytes, file: file)
    } catch {
      throw ConfigurationError(.wrong, [error])
    }
    guard let root, !root.isMissing else { return Configuration(file: file) }
    var reader = SettingsReader(file: file, folder: folder)
    let settings = reader.settings(root)
    let problems = reader.reading.problems
    guard problems.isEmpty else { throw ConfigurationError(.wrong, problems.sorted { ($0.line, $0.column) < ($1.line, $1.column) }) }
    return Configuration(file: file, settings: settings, places: reader.places, notes: reader.notes)
  }
}

extension SettingsReader {
  private static let longest = Duration.seconds(10_000 * 86_400)
  static let keys =
    ["property", "interfaces", "known", "rooms", "retention", "privacy", "sinks", "serve", "dashboard", "uplink"] + watchKeys
  private static let watchKeys = [
    "database", "filter", "format", "write", "snap-length", "buffer", "monitor", "user", "no-promiscuous-mode", "utc", "digest",
    "sensor-name", "lan", "signatures", "headers-only", "evidence",
  ]
  /// Options that have another key.
  private static let instead = [
    "interface": "did you mean \"interfaces\"?", "site": "did you mean \"rooms\"?",
    "keep-devices": "did you mean \"retention: { devices: … }\"?", "keep-alerts": "did you mean \"retention: { alerts: … }\"?",
    "database-limit": "did you mean \"retention: { size: … }\"?", "promiscuous-mode": "did you mean \"no-promiscuous-mode\"?",
    "time-zone": "did you mean \"property: { time_zone: … }\"?", "name": "did you mean \"property: { name: … }\" or \"sensor-name\"?",
  ]

  mutating func settings(_ root: Node) -> Settings {
    refuseSecrets(in: root)
    let top = section(root, "", keys: Self.keys, instead: Self.instead)
    var settings = Settings()
    if let node = top.entries["property"] { settings.property = property(node) }
    settings.interfaces = values(top, "interfaces", .text(bytes: 1...255))
    if let node = top.entries["known"] { settings.known = listed(node, "known") { $0.declared($1) } ?? settings.known }
    if let node = top.entries["rooms"] { settings.rooms = listed(node, "rooms") { $0.site($1) } ?? settings.rooms }
    settings.watch = watch(top)
    if let node = top.entries["retention"] { settings.retention = retention(node) }
    if let node = top.entries["privacy"] {
      settings.privacy.messages = value(section(node, "privacy", keys: ["messages"]), "messages", .word())
    }
    if let node = top.entries["sinks"] { settings.sinks = sinks(node) }
    if let node = top.entries["serve"] { settings.serve = serve(node, sinks: settings.sinks) }
    if let node = top.entries["dashboard"] { settings.dashboard = dashboard(node) }
    if let node = top.entries["uplink"], !node.isMissing { settings.uplink = uplink(node) }
    if let problem = settings.contradiction() { report(problem.message, at: top.entries[problem.key] ?? root) }
    if let path = settings.serve.database, path == settings.watch.database {
      report("serve.database is the database of the watch, expected another file", at: root)
    }
    return settings
  }

  /// A list, or the path of a file that has one.
  private mutating func listed<Value>(_ node: Node, _ what: String, _ list: (inout Reading, Node) -> Value) -> Listed<Value>? {
    if node.isMissing { return nil }
    guard case .scalar = node else { return .here(list(&reading, node)) }
    return value(node, what, .path(in: folder)).map { .file($0) }
  }

  private mutating func property(_ node: Node) -> PropertySettings {
    let section = section(
      node, "property", keys: ["name", "address", "time_zone", "language"], instead: ["timezone": "did you mean \"time_zone\"?"])
    var property = PropertySettings()
    property.name = value(section, "name", .text(bytes: 1...255))
    property.address = value(section, "address", .text(bytes: 1...1024))
    property.timeZone = value(section, "time_zone", .timeZone)
    property.language = value(section, "language", .language) ?? property.language
    return property
  }

  private mutating func watch(_ top: Section) -> WatchKeys {
    var watch = WatchKeys()
    watch.database = value(top, "database", .path(in: folder))
    watch.filter = value(top, "filter", .text)
    watch.format = value(top, "format", .word())
    watch.write = value(top, "write", .path(in: folder))
    watch.snapLength = value(top, "snap-length", .number(WatchKeys.snapLengths))
    watch.buffer = value(top, "buffer", .number(WatchKeys.buffers))
    watch.monitor = value(top, "monitor", .flag)
    watch.user = value(top, "user", .text(bytes: 1...255))
    watch.noPromiscuousMode = value(top, "no-promiscuous-mode", .flag)
    watch.utc = value(top, "utc", .flag)
    watch.digest = value(top, "digest", .digestTime)
    watch.sensorName = value(top, "sensor-name", .text(bytes: 1...WatchKeys.longestSensorName))
    watch.lan = values(top, "lan", .network)
    watch.signatures = value(top, "signatures", .path(in: folder))
    watch.headersOnly = value(top, "headers-only", .flag)
    watch.evidence = value(top, "evidence", .flag)
    return watch
  }

  private mutating func retention(_ node: Node) -> RetentionSettings {
    let section = section(node, "retention", keys: ["devices", "alerts", "guests", "rooms", "evidence", "size"])
    let span = ValueForm.duration(RetentionSettings.shortest...Self.longest)
    var retention = RetentionSettings()
    retention.devices = value(section, "devices", span)
    retention.alerts = value(section, "alerts", span)
    retention.guests = value(section, "guests", span)
    retention.rooms = value(section, "rooms", span)
    retention.evidence = value(section, "evidence", span)
    retention.size = value(section, "size", .size(RetentionSettings.sizes))
    return retention
  }

  private mutating func serve(_ node: Node, sinks: [SinkSettings]) -> ServeSettings {
    let section = section(node, "serve", keys: ["listen", "database", "public_url", "ack_listen", "reports"])
    var serve = ServeSettings()
    serve.listen = value(section, "listen", .listener(loopbackOnly: true)) ?? serve.listen
    serve.database = value(section, "database", .path(in: folder))
    serve.publicURL = value(section, "public_url", .baseURL)
    serve.ackListen = value(section, "ack_listen", .listener(loopbackOnly: false))
    if let node = section.entries["ack_listen"], section.entries["public_url"] == nil {
      note("serve.ack_listen has no effect without public_url: no message has a link", at: node)
    }
    if let node = section.entries["reports"], !node.isMissing {
      let items = node.sequence.map(Array.init) ?? [node]
      serve.reports = items.compactMap { report($0, sinks: sinks) }
    }
    return serve
  }

  private mutating func dashboard(_ node: Node) -> DashboardSettings {
    let section = section(
      node, "dashboard", keys: ["listen", "certificate", "key", "two_people"], instead: ["cert": "did you mean \"certificate\"?"])
    var dashboard = DashboardSettings()
    dashboard.listen = value(section, "listen", .pageListener) ?? dashboard.listen
    dashboard.certificate = value(section, "certificate", .path(in: folder))
    dashboard.key = value(section, "key", .path(in: folder))
    dashboard.twoPeople = value(section, "two_people", .flag) ?? false
    if let node = section.entries["key"], section.entries["certificate"] == nil {
      report("dashboard.key has no certificate, expected dashboard.certificate beside it", at: node)
    }
    if let node = section.entries["certificate"], dashboard.listen.hasPrefix(DashboardSettings.plainScheme) {
      note("dashboard.certificate has no effect: the page is served without TLS", at: node)
    }
    return dashboard
  }

  private mutating func report(_ node: Node, sinks: [SinkSettings]) -> ReportSettings? {
    let section = section(node, "serve.reports", keys: ["every", "at", "to"])
    guard let every = value(section, "every", .word(ReportSettings.Period.self)) else {
      if section.entries["every"] == nil, node.mapping != nil {
        report("serve.reports has no \"every\", expected every: daily, weekly or monthly", at: node)
      }
      return nil
    }
    var report = ReportSettings(every: every)
    if let time = value(section, "at", .digestTime), let minutes = TimeOfDayText.minutes(time) {
      (report.hour, report.minute) = (minutes / 60, minutes % 60)
    }
    report.to = values(section, "to", .text)
    if let list = section.entries["to"] {
      for (name, node) in zip(report.to, list.sequence.map(Array.init) ?? [list]) {
        checkTarget(name, "serve.reports.to", sinks.map { ($0.name, $0.kind) }, at: node)
      }
    }
    return report
  }

  /// Reports a name of a sink that does not exist, or that takes no events.
  mutating func checkTarget(_ name: String, _ what: String, _ sinks: [(name: String, kind: SinkSettings.Kind)], at node: Node) {
    guard let sink = sinks.first(where: { $0.name == name }) else {
      let names = sinks.filter { $0.kind != .heartbeat }.map(\.name)
      let nearest = name.nearest(in: names).map { ", did you mean \"\($0)\"?" } ?? ""
      let expected = names.isEmpty ? "the name of a sink" : "one of " + names.joined(separator: ", ")
      return report("\(what) is \(name.quoted), expected \(expected)\(nearest)", at: node)
    }
    if sink.kind == .heartbeat { report("\(what) is \(name.quoted), a heartbeat, expected a sink that takes events", at: node) }
  }
}
