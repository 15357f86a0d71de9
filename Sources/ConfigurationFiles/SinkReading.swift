import Detection
import YAMLReading
import Yams

extension SettingsReader {
  private static let mostSinks = 100
  private static let mostRetries = 50
  private static let waits = Duration.seconds(1)...Duration.seconds(30 * 86_400)
  private static let eventTypes = [
    "alert", "alert.raised", "alert.surer", "alert.changed", "alert.silent", "alert.back", "alert.acknowledged", "alert.dismissed",
    "alert.declared", "alert.reopened", "health", "report", "test",
  ]
  /// Headers that carry secrets. Templates may put the secret there.
  private static let secretHeaders = ["authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "api-key", "token"]
  static let localSyslog = "/dev/log"

  mutating func sinks(_ node: Node) -> [SinkSettings] {
    if node.isMissing { return [] }
    guard case .sequence(let items) = node else {
      report("sinks is \(node.sort), expected a list, such as - { name: porter, kind: http, preset: ntfy, url: … }", at: node)
      return []
    }
    guard items.count <= Self.mostSinks else {
      report("sinks is a list of \(items.count), expected at most \(Self.mostSinks)", at: node)
      return []
    }
    var sinks: [SinkSettings] = []
    var names: [(name: String, kind: SinkSettings.Kind)] = []
    var targets: [(sink: String, to: String, node: Node)] = []
    for (index, item) in items.enumerated() {
      guard case .mapping(let mapping) = item else {
        report("sinks is a list with \(item.sort), expected mappings with name and kind", at: item)
        continue
      }
      guard let (kind, preset) = kind(mapping, item) else { continue }
      let label = mapping.first { $0.key.writtenText == "name" }?.value.writtenText
      let path = "sinks." + (label.flatMap(ValueForm.sinkName.parse) ?? "#\(index + 1)")
      let section = section(item, path, keys: kind.keys, instead: hints(kind))
      if let preset, section.entries["kind"]?.writtenText == preset.rawValue {
        if let node = section.entries["preset"] {
          report("\(path) has a preset as its kind, expected no \"preset\" beside it", at: node)
        }
        places[path + ".preset"] = places[path + ".kind"]
      }
      let sink = sink(section, kind, preset)
      if let node = section.entries["name"], !sink.name.isEmpty {
        if names.contains(where: { $0.name == sink.name }) {
          report("the name \(sink.name.quoted) is used by an earlier sink, expected another", at: node)
        }
        names.append((sink.name, kind))
      }
      if let escalation = sink.escalate, let node = section.entries["escalate"] { targets.append((sink.name, escalation.to, node)) }
      sinks.append(sink)
    }
    for target in targets {
      let node = target.node.mapping?.first { $0.key.writtenText == "to" }?.value ?? target.node
      if target.to == target.sink {
        report("sinks.\(target.sink).escalate.to is the sink itself, expected another", at: node)
      } else {
        checkTarget(target.to, "sinks.\(target.sink).escalate.to", names, at: node)
      }
    }
    return sinks
  }

  /// The kind of a sink. A preset's name stands for kind `http` with that preset.
  private mutating func kind(_ mapping: Node.Mapping, _ item: Node) -> (SinkSettings.Kind, SinkSettings.Preset?)? {
    func node(_ key: String) -> Node? { mapping.first { $0.key.writtenText == key }?.value }
    let words = SinkSettings.Kind.allCases.map(\.rawValue) + SinkSettings.Preset.allCases.map(\.rawValue)
    guard let written = node("kind") else {
      report("this sink has no \"kind\", expected one of " + words.joined(separator: ", "), at: item)
      return nil
    }
    guard let word = value(written, "kind", .word(of: words)) else { return nil }
    if let preset = SinkSettings.Preset(rawValue: word) { return (.http, preset) }
    guard let kind = SinkSettings.Kind(rawValue: word) else { return nil }
    // A wrong preset is reported where the section is read.
    return (kind, kind == .http ? node("preset")?.writtenText.flatMap(SinkSettings.Preset.init) : nil)
  }

  private func hints(_ kind: SinkSettings.Kind) -> [String: String] {
    var hints: [String: String] = [:]
    for key in SinkSettings.everyKey where !kind.keys.contains(key) {
      hints[Self.folded(key)] = "expected by other kinds of sink; kind \(kind.rawValue) takes " + kind.keys.joined(separator: ", ")
    }
    for word in ["secret", "secrets", "token", "password", "passphrase", "api-key", "access-token", "key"] {
      hints[word] = "a secret, " + Self.secretHint
    }
    return hints
  }

  private mutating func sink(_ section: Section, _ kind: SinkSettings.Kind, _ preset: SinkSettings.Preset?) -> SinkSettings {
    var sink = SinkSettings(name: value(section, "name", .sinkName) ?? "", kind: kind)
    if section.entries["name"] == nil { report("this sink has no \"name\", expected a name of your choice", at: section.node) }
    sink.preset = value(section, "preset", .word(SinkSettings.Preset.self))?.rawValue ?? preset?.rawValue
    for group in kind.required(preset) where !group.contains(where: { section.entries[$0] != nil }) {
      let keys = group.map(\.quoted).joined(separator: " or ")
      report(
        "\(section.path.dropLast()) has no \(keys), expected for \(preset.map { "preset \($0.rawValue)" } ?? "kind \(kind.rawValue)")",
        at: section.node)
    }
    for group in kind.alternatives {
      let present = group.filter { section.entries[$0] != nil }
      if present.count > 1, let node = section.entries[present[1]] {
        report(
          "\(section.path.dropLast()) has both \(present.map(\.quoted).joined(separator: " and ")), expected only one of them", at: node)
      }
    }
    readEvents(section, &sink)
    readTexts(section, &sink)
    readConnection(section, &sink)
    if kind == .webhook, sink.secretFile == nil, sink.secretEnvironment == nil {
      note("\(section.path.dropLast()) has no secret: its receiver cannot tell who sent a message", at: section.node)
    }
    return sink
  }

  // MARK: Which events, and when

  private mutating func readEvents(_ section: Section, _ sink: inout SinkSettings) {
    if let node = section.entries["when"] { sink.when = when(node, section.path) }
    let wait = ValueForm.duration(Self.waits)
    sink.retry = values(section, "retry", wait, most: Self.mostRetries)
    sink.giveUpAfter = value(section, "give_up_after", wait) ?? sink.giveUpAfter
    sink.alarmAfter = value(section, "alarm_after", wait) ?? sink.alarmAfter
    sink.privacy = value(section, "privacy", .word())
    if let node = section.entries["limit"] { sink.ceiling = ceiling(node, section.path) ?? sink.ceiling }
    if let node = section.entries["escalate"] { sink.escalate = escalation(node, section.path) }
  }

  private mutating func when(_ node: Node, _ path: String) -> SinkSettings.When {
    let section = section(node, path + "when", keys: ["events", "severity", "verdict", "rooms", "hours"])
    var when = SinkSettings.When()
    when.events = values(section, "events", .word(of: Self.eventTypes))
    when.severity = values(section, "severity", .word(of: ["high", "medium"]))
    when.verdict = values(section, "verdict", .word(of: ["camera", "probable"]))
    when.rooms = values(section, "rooms", .text(bytes: 1...255))
    when.hours = value(section, "hours", .hours)
    return when
  }

  /// `none`, a number of messages in ten minutes, or both numbers.
  private mutating func ceiling(_ node: Node, _ path: String) -> SinkSettings.Ceiling? {
    let counts = ValueForm.number(1...10_000)
    var limit = SinkSettings.Limit()
    guard case .mapping = node else {
      if node.writtenText == "none" { return SinkSettings.Ceiling.none }
      guard let text = node.writtenText, let messages = counts.parse(text) else {
        report("\(path)limit is \(node.writtenText?.quoted ?? node.sort), expected none, a number, or { messages: 10, per: 10m }", at: node)
        return nil
      }
      limit.messages = messages
      return .limit(limit)
    }
    let section = section(node, path + "limit", keys: ["messages", "per"])
    limit.messages = value(section, "messages", counts) ?? limit.messages
    limit.per = value(section, "per", .duration(.seconds(1)...(.seconds(86_400)))) ?? limit.per
    return .limit(limit)
  }

  private mutating func escalation(_ node: Node, _ path: String) -> SinkSettings.Escalation? {
    let section = section(node, path + "escalate", keys: ["after", "to"])
    for key in ["after", "to"] where section.entries[key] == nil && node.mapping != nil {
      report("\(path)escalate has no \"\(key)\", expected { after: 15m, to: NAME }", at: node)
    }
    guard let after = value(section, "after", .duration(Self.waits)), let to = value(section, "to", .sinkName) else { return nil }
    return SinkSettings.Escalation(after: after, to: to)
  }

  // MARK: Texts

  private mutating func readTexts(_ section: Section, _ sink: inout SinkSettings) {
    sink.language = value(section, "language", .language)
    sink.format = value(section, "format", .word(of: sink.kind.formats))
    guard let node = section.entries["template"] else { return }
    guard case .mapping = node else {
      // One text is the body of a request.
      guard sink.kind == .http else {
        return report(
          "\(section.path)template is \(node.sort), expected a mapping with \(sink.kind.templates.joined(separator: ", "))", at: node)
      }
      if let text = value(node, section.path + "template", .lines) { sink.template = ["body": text] }
      return
    }
    let texts = self.section(node, section.path + "template", keys: sink.kind.templates)
    for key in sink.kind.templates { sink.template[key] = value(texts, key, sink.kind == .heartbeat ? .url : .lines) }
  }

  // MARK: Where to

  private mutating func readConnection(_ section: Section, _ sink: inout SinkSettings) {
    sink.url = value(section, "url", .url)
    sink.host = value(section, "host", .host)
    sink.port = value(section, "port", .port)
    sink.path = value(section, "path", .path(in: folder))
    sink.secretFile = value(section, "secret_file", .path(in: folder))
    sink.secretEnvironment = value(section, "secret_env", .variable)
    sink.caFile = value(section, "ca_file", .path(in: folder))
    sink.tls = value(section, "tls", .word(of: sink.kind.encryptions)).flatMap(SinkSettings.TLS.init)
    sink.user = value(section, "user", .text(bytes: 1...255))
    sink.method = value(section, "method", .word(of: ["POST", "PUT", "PATCH", "GET", "DELETE"])) ?? sink.method
    if let node = section.entries["headers"] { sink.headers = headers(node, section.path) }
    sink.chat = value(section, "chat", .text(bytes: 1...255))
    sink.ackTopic = value(section, "ack_topic", .ntfyTopic)
    sink.from = value(section, "from", .mailbox)
    sink.to = values(section, "to", .mailbox, most: 100)
    sink.discoveryPrefix = value(section, "discovery_prefix", .mqttPrefix) ?? sink.discoveryPrefix
    sink.command = values(section, "command", .text, most: 100)
    if let program = sink.command.first, let node = section.entries["command"] {
      // No search: what runs must not depend on the environment of a service.
      if !program.contains("/") {
        report("\(section.path)command is \(program.quoted), expected the path of a program, such as /usr/local/bin/notify", at: node)
      }
      sink.command[0] = ValueForm.absolute(program, in: folder)
    }
    if sink.kind == .exec, let program = sink.path { (sink.command, sink.path) = ([program], nil) }
    sink.timeLimit = value(section, "time_limit", .duration(.seconds(1)...(.seconds(3600)))) ?? sink.timeLimit
    sink.every = value(section, "every", .duration(.seconds(1)...(.seconds(86_400)))) ?? sink.every
    if sink.kind == .syslog, section.entries["host"] == nil {
      for key in ["port", "tls", "ca_file"] {
        if let node = section.entries[key] { report("\(section.path)\(key) needs a host, expected \"host\" beside it", at: node) }
      }
      if sink.path == nil { sink.path = Self.localSyslog }
    }
    if sink.kind == .mail, sink.tls == SinkSettings.TLS.none, let host = sink.host, let node = section.entries["tls"], !Self.isLocal(host) {
      report("\(section.path)tls is \"none\", expected starttls or implicit for a server on another machine", at: node)
    }
    if sink.kind == .mail, let node = section.entries["user"], sink.secretFile == nil, sink.secretEnvironment == nil {
      report("\(section.path)user has no password, expected \"secret_file\" or \"secret_env\" beside it", at: node)
    }
  }

  private static func isLocal(_ host: String) -> Bool { host == "localhost" || IPAddress(host)?.isLoopback == true }

  private mutating func headers(_ node: Node, _ path: String) -> [String: String] {
    guard case .mapping(let mapping) = node else {
      report("\(path)headers is \(node.sort), expected a mapping of names to values", at: node)
      return [:]
    }
    var headers: [String: String] = [:]
    for (key, node) in mapping {
      // RFC 9110 section 5.6.2.
      let marks = "!#$%&'*+-.^_`|~"
      guard let name = value(key, "\(path)headers", .name("a header's name", marks: marks, longest: 128)) else { continue }
      let form = ValueForm<String>(expected: "text of printable ASCII", isHidden: true) { text in
        text.utf8.allSatisfy(ASCII.isPrintable) ? text : nil
      }
      guard let text = value(node, "\(path)headers.\(name)", form) else { continue }
      if Self.secretHeaders.contains(name.lowercased()), !text.contains("{{") {
        report("\(path)headers.\(name) is a secret, \(Self.secretHint)", at: node)
      }
      headers[name] = text
    }
    return headers
  }
}
