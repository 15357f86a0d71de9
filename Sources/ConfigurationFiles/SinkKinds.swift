// Which keys each kind of sink takes.

extension SinkSettings {
  /// Services that a sink of kind `http` knows: they need an address or a token, and no template.
  public enum Preset: String, Sendable, CaseIterable {
    case ntfy, telegram, dingtalk, feishu
  }

  static let everyKey = Set(Kind.allCases.flatMap(\.keys)).sorted()
}

extension SinkSettings.Kind {
  private static let common = ["name", "kind"]
  /// Of all that get events. Texts and format of a kind that sends documents have no effect yet on what it sends.
  private static let events = [
    "when", "language", "format", "template", "retry", "give_up_after", "alarm_after", "limit", "escalate", "privacy",
  ]
  private static let secret = ["secret_file", "secret_env"]

  package var keys: [String] {
    switch self {
    case .webhook: Self.common + ["url"] + Self.secret + ["ca_file"] + Self.events
    case .http:
      Self.common + ["preset", "url", "method", "headers", "chat", "ack_topic", "user"] + Self.secret + ["ca_file"]
        + Self.events
    case .mail:
      Self.common + ["host", "port", "tls", "user"] + Self.secret + ["ca_file", "from", "to"] + Self.events
    case .mqtt: Self.common + ["host", "port", "tls", "user"] + Self.secret + ["ca_file", "discovery_prefix"] + Self.events
    case .file: Self.common + ["path"] + Self.events
    case .syslog: Self.common + ["path", "host", "port", "tls", "ca_file"] + Self.events
    case .exec: Self.common + ["command", "path", "time_limit"] + Self.events
    case .heartbeat: Self.common + ["url", "every", "template", "ca_file", "alarm_after"]
    }
  }

  /// In each group one key must be there.
  func required(_ preset: SinkSettings.Preset?) -> [[String]] {
    switch (self, preset) {
    case (.http, .telegram): [["chat"], Self.secret]
    case (.http, .dingtalk), (.http, .feishu): [["url"] + Self.secret]
    case (.webhook, _), (.http, _), (.heartbeat, _): [["url"]]
    case (.mail, _): [["host"], ["from"], ["to"]]
    case (.mqtt, _): [["host"]]
    case (.file, _): [["path"]]
    case (.exec, _): [["command", "path"]]
    case (.syslog, _): []
    }
  }

  /// At most one key of each group may be there.
  var alternatives: [[String]] {
    switch self {
    case .syslog: [["path", "host"]]
    case .exec: [["command", "path"]]
    default: [Self.secret]
    }
  }

  /// What `format` may be.
  var formats: [String] {
    switch self {
    case .file: ["lenscap", "eve"]
    case .mail: ["short", "long", "html"]
    case .http: ["short", "long"]
    case .syslog: ["short"]
    case .webhook, .mqtt, .exec, .heartbeat: ["lenscap"]
    }
  }

  /// The texts that `template` replaces. Of a heartbeat it is the address that is fetched while not all is well.
  var templates: [String] {
    switch self {
    case .heartbeat: ["fail"]
    case .http: ["subject", "short", "long", "html", "body"]
    default: ["subject", "short", "long", "html"]
    }
  }

  var encryptions: [String] { (self == .mail ? SinkSettings.TLS.allCases : [.none, .implicit]).map(\.rawValue) }
}
