import ConfigurationFiles
import Detection
import Documents
import SignatureFiles
import Store

/// A setting as `config show` prints it.
struct ConfigurationEntry {
  enum Origin: String, Encodable {
    case option, environment, file, `default`
  }

  let key: String
  let value: ShownValue
  let origin: Origin
}

enum ShownValue: Encodable, CustomStringConvertible {
  case nothing
  case text(String)
  case number(Int)
  case flag(Bool)
  case list([String])

  static let secret = ShownValue.text("***")

  init(_ text: String?) { self = text.map { .text($0) } ?? .nothing }
  init(_ span: Duration) { self = .text(DurationText.text(span)) }

  var description: String {
    switch self {
    case .nothing: "-"
    // On one line, whatever it is.
    case .text(let text): text.replacing("\n", with: "\\n")
    case .number(let number): "\(number)"
    case .flag(let flag): "\(flag)"
    case .list(let items): items.isEmpty ? "-" : items.joined(separator: ", ")
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .nothing: try container.encodeNil()
    case .text(let text): try container.encode(text)
    case .number(let number): try container.encode(number)
    case .flag(let flag): try container.encode(flag)
    case .list(let items): try container.encode(items)
    }
  }
}

/// `config show --format json`.
struct ConfigurationDocument: Encodable {
  struct Entry: Encodable {
    let value: ShownValue
    let origin: ConfigurationEntry.Origin
  }

  let schema = "lenscap/1"
  let file: String?
  let config: [String: Entry]

  init(_ configuration: Configuration, _ entries: [ConfigurationEntry]) {
    file = configuration.file
    config = Dictionary(entries.map { ($0.key, Entry(value: $0.value, origin: $0.origin)) }, uniquingKeysWith: { first, _ in first })
  }

  private enum CodingKeys: CodingKey {
    case schema, file, config
  }

  /// `file` is there also where it is null.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(schema, forKey: .schema)
    try container.encode(file, forKey: .file)
    try container.encode(config, forKey: .config)
  }
}

/// Collects settings in the order of the documentation.
private struct EntryList {
  let places: [String: Configuration.Place]
  private(set) var entries: [ConfigurationEntry] = []

  init(_ places: [String: Configuration.Place]) { self.places = places }

  mutating func add(_ key: String, _ value: ShownValue, from origin: ConfigurationEntry.Origin? = nil) {
    entries.append(ConfigurationEntry(key: key, value: value, origin: origin ?? (places[key] == nil ? .default : .file)))
  }

  mutating func add(_ key: String, _ text: String?) { add(key, ShownValue(text)) }
  mutating func add(_ key: String, _ span: Duration?) { add(key, span.map(ShownValue.init) ?? .nothing) }
  mutating func add(_ key: String, _ flag: Bool?) { add(key, .flag(flag == true)) }
}

extension Configuration {
  /// All settings that hold for `watch` and `serve` without further options.
  func entries(database: DatabaseOptions) -> [ConfigurationEntry] {
    var list = EntryList(places)
    list.add("property.name", settings.property.name)
    list.add("property.address", settings.property.address)
    list.add("property.time_zone", settings.property.timeZone)
    list.add("property.language", settings.property.language)
    list.add("interfaces", .list(settings.interfaces))
    list.add("known", settings.known.shown(\.texts))
    list.add("rooms", settings.rooms.shown(\.rooms))
    list.add(settings.watch, database)
    let (retention, limits) = (settings.retention, Retention())
    list.add("retention.devices", retention.devices ?? limits.devices)
    list.add("retention.alerts", retention.alerts ?? limits.alerts)
    list.add("retention.guests", retention.guests ?? limits.guests)
    list.add("retention.rooms", retention.rooms ?? retention.alerts ?? limits.alerts)
    list.add("retention.evidence", retention.evidence)
    list.add("retention.size", .number(retention.size ?? limits.size >> 20))
    list.add("privacy.messages", settings.privacy.messages?.rawValue)
    list.add("serve.listen", settings.serve.listen)
    list.add("serve.database", settings.serve.database)
    list.add("serve.public_url", settings.serve.publicURL)
    list.add("serve.ack_listen", settings.serve.ackListen)
    list.add("serve.reports", .list(settings.serve.reports.map(\.shown)))
    list.add("dashboard.listen", settings.dashboard?.listen)
    list.add("dashboard.certificate", settings.dashboard?.certificate)
    list.add("dashboard.key", settings.dashboard?.key)
    list.add("dashboard.two_people", settings.dashboard?.twoPeople)
    list.add("uplink.url", settings.uplink?.url)
    list.add("uplink.certificate", settings.uplink?.certificate)
    list.add("uplink.key", settings.uplink?.key)
    list.add("uplink.ca", settings.uplink?.ca)
    list.add("uplink.release_key", settings.uplink?.releaseKey)
    list.add("uplink.accept", .list((settings.uplink?.accept ?? []).map(\.rawValue)))
    list.add("uplink.evidence", settings.uplink?.givesEvidence)
    for sink in settings.sinks { list.add(sink) }
    return list.entries
  }
}

extension EntryList {
  mutating func add(_ watch: WatchKeys, _ database: DatabaseOptions) {
    if let path = database.database {
      add("database", .text(path), from: .option)
    } else if let path = database.named {
      add("database", .text(path), from: .environment)
    } else {
      add("database", watch.database ?? DatabaseOptions.standard)
    }
    add("filter", watch.filter)
    add("format", (watch.format ?? .text).rawValue)
    add("write", watch.write)
    add("snap-length", .number(watch.snapLength ?? WatchKeys.defaultSnapLength))
    add("buffer", .number(watch.buffer ?? WatchKeys.defaultBuffer))
    add("monitor", watch.monitor)
    add("user", watch.user)
    add("no-promiscuous-mode", watch.noPromiscuousMode)
    add("utc", watch.utc)
    add("digest", watch.digest)
    add("sensor-name", watch.sensorName)
    add("lan", .list(watch.lan.map { "\($0.base)/\($0.prefixLength)" }))
    if let folder = environmentVariable(SignatureFolder.variable) {
      add("signatures", .text(folder), from: .environment)
    } else {
      add("signatures", watch.signatures ?? (try? SignatureFolder.find()))
    }
    add("headers-only", watch.headersOnly)
    add("evidence", .flag(watch.evidence ?? true))
  }

  mutating func add(_ sink: SinkSettings) {
    for key in sink.kind.keys {
      guard let value = sink.shown(key) else { continue }
      add("sinks.\(sink.name).\(key)", value)
    }
    if sink.secretFile != nil { add("sinks.\(sink.name).secret", .secret, from: .file) }
    if sink.secretEnvironment != nil { add("sinks.\(sink.name).secret", .secret, from: .environment) }
  }
}

extension Listed {
  /// The path, or the items of a list in the configuration.
  fileprivate func shown(_ items: (Value) -> [String]) -> ShownValue {
    switch self {
    case .file(let path): .text(path)
    case .here(let value): .list(items(value))
    }
  }
}

extension ReportSettings {
  fileprivate var shown: String {
    let time = [hour, minute].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    return "\(every.rawValue) at \(time)" + (to.isEmpty ? "" : " to " + to.joined(separator: " and "))
  }
}

extension SinkSettings {
  /// The value of a key; nil where nothing was said and nothing holds by default. Addresses lose what follows the host, which is a secret
  /// with many services.
  fileprivate func shown(_ key: String) -> ShownValue? {
    func text(_ text: String?) -> ShownValue? { text.map { .text($0) } }
    func list(_ items: [String]) -> ShownValue? { items.isEmpty ? nil : .list(items) }
    return switch key {
    case "kind": .text(kind.rawValue)
    case "preset": text(preset)
    case "url": url.map { .text(Self.withoutSecrets($0)) }
    case "method": .text(method)
    case "headers": list(headers.keys.sorted().map { "\($0): ***" })
    case "chat": text(chat)
    case "ack_topic": ackTopic == nil ? nil : .secret
    case "user": text(user)
    case "secret_file": text(secretFile)
    case "secret_env": text(secretEnvironment)
    case "ca_file": text(caFile)
    case "format": text(format)
    case "language": text(language)
    case "template": list(template.keys.sorted())
    case "when": list(when.shown)
    case "retry": list(retry.map(DurationText.text))
    case "give_up_after": ShownValue(giveUpAfter)
    case "alarm_after": ShownValue(alarmAfter)
    case "limit": .text(ceiling.shown)
    case "escalate": escalate.map { .text("after \(DurationText.text($0.after)) to \($0.to)") }
    case "privacy": text(privacy?.rawValue)
    case "host": text(host)
    case "port": port.map { .number($0) }
    case "tls": text(tls?.rawValue)
    case "from": text(from)
    case "to": list(to)
    case "discovery_prefix": .text(discoveryPrefix)
    case "path": text(path)
    case "command": list(command)
    case "time_limit": ShownValue(timeLimit)
    case "every": ShownValue(every)
    default: nil
    }
  }

  private static func withoutSecrets(_ url: String) -> String {
    guard let address = HTTPAddress(of: url) else { return "***" }
    return ["", "/"].contains(address.rest) ? url : address.origin + "/***"
  }
}

extension SinkSettings.When {
  fileprivate var shown: [String] {
    func minutes(_ value: Int) -> String { "\(value / 60 < 10 ? "0" : "")\(value / 60):\(value % 60 < 10 ? "0" : "")\(value % 60)" }
    let lists = [("events", events), ("severity", severity), ("verdict", verdict), ("rooms", rooms)].filter { !$0.1.isEmpty }
    return lists.map { "\($0.0): \($0.1.joined(separator: " or "))" }
      + (hours.map { ["hours: \(minutes($0.from))-\(minutes($0.to))"] } ?? [])
  }
}

extension SinkSettings.Ceiling {
  fileprivate var shown: String {
    switch self {
    case .automatic: "automatic"
    case .none: "none"
    case .limit(let limit): "\(limit.messages) in \(DurationText.text(limit.per))"
    }
  }
}
