import Detection

/// Everything that lenscap.yaml says, with defaults for what it does not say.
public struct Settings: Sendable, Equatable {
  /// Languages of messages that exist, as in BCP 47.
  public static let languages = ["en"]

  public var property = PropertySettings()
  /// Names of interfaces to watch, or `-` for standard input.
  public var interfaces: [String] = []
  public var known = Listed<DeclaredDevices>.here(DeclaredDevices())
  public var rooms = Listed<Site>.here(Site())
  public var watch = WatchKeys()
  public var retention = RetentionSettings()
  public var privacy = PrivacySettings()
  public var sinks: [SinkSettings] = []
  public var serve = ServeSettings()
  /// Nil: there is no page.
  public var dashboard: DashboardSettings?
  /// Nil: the box belongs to no chain.
  public var uplink: UplinkSettings?

  public init() {}
}

/// The page of `lenscap serve`.
public struct DashboardSettings: Sendable, Equatable {
  /// What stands before a loopback address that is to be served without TLS.
  public static let plainScheme = "http://"

  /// Address and port, with TLS; with `http://` before a loopback address without.
  public var listen = "127.0.0.1:8443"
  /// A file with the certificate and those that vouch for it, PEM; nil: `serve` makes one.
  public var certificate: String?
  /// The file of its private key, PEM; nil: it is in the file of the certificate.
  public var key: String?
  /// A second manager must agree that a camera is the property's own, or no camera.
  public var twoPeople = false

  public init() {}
}

/// The hotel or house, for messages to people.
public struct PropertySettings: Sendable, Equatable {
  /// Nil: the sensor's name.
  public var name: String?
  public var address: String?
  /// A name of the time zone database, such as `Europe/Lisbon`; nil for this machine's.
  public var timeZone: String?
  /// Language of messages: one of `Settings.languages`.
  public var language = "en"

  public init() {}
}

public struct PrivacySettings: Sendable, Equatable {
  public enum Level: String, Sendable, CaseIterable {
    /// Property, room, "a camera", and the alert's id: no addresses, no names of devices.
    case minimal
    case full
  }

  /// What messages contain; nil: minimal for presets of other companies' services, full for all else.
  public var messages: Level?

  public init() {}
}

/// What `lenscap serve` does beside delivering.
public struct ServeSettings: Sendable, Equatable {
  /// Address and port of /healthz and /metrics, loopback only.
  public var listen = "127.0.0.1:9476"
  /// Nil: `serve.sqlite` beside the database of the watch.
  public var database: String?
  /// The address at which people's phones reach this box, without a trailing slash; nil if they do not.
  public var publicURL: String?
  /// Address and port that answer `/ack/…`; nil for none.
  public var ackListen: String?
  public var reports: [ReportSettings] = []

  public init() {}
}

/// A report that is sent also when nothing was found.
public struct ReportSettings: Sendable, Equatable {
  public enum Period: String, Sendable, CaseIterable { case daily, weekly, monthly }

  public var every: Period
  /// Hour and minute in the property's time zone.
  public var hour = 7
  public var minute = 0
  /// Names of sinks; empty for all that are for people.
  public var to: [String] = []

  public init(every: Period) { self.every = every }
}

/// One place that events are sent to.
public struct SinkSettings: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    case webhook, http, mail, mqtt, file, syslog, exec, heartbeat
  }

  /// Which events a sink gets. Nil and empty: all.
  public struct When: Sendable, Equatable {
    /// Types such as `alert.raised` or `health`; `alert` stands for all that begin with `alert.`.
    public var events: [String] = []
    /// `high` or `medium`.
    public var severity: [String] = []
    /// `camera` or `probable`.
    public var verdict: [String] = []
    /// Names of rooms; `*` is a wildcard.
    public var rooms: [String] = []
    /// Minutes of the day in the property's time zone, `from` included, `to` not; they wrap around midnight. What comes at other hours is
    /// not sent later.
    public var hours: Hours?

    public init() {}
  }

  public struct Hours: Sendable, Equatable {
    public var from: Int
    public var to: Int

    public init(from: Int, to: Int) {
      self.from = from
      self.to = to
    }
  }

  /// Messages in a time; what comes beyond that is gathered into one.
  public struct Limit: Sendable, Equatable {
    public var messages = 10
    public var per = Duration.seconds(600)

    public init() {}
  }

  public enum Ceiling: Sendable, Equatable {
    /// Ten messages in ten minutes if the sink reaches a person, else none.
    case automatic
    case none
    case limit(Limit)
  }

  /// Passes alerts on that nobody acknowledged.
  public struct Escalation: Sendable, Equatable {
    public var after: Duration
    /// Name of another sink.
    public var to: String

    public init(after: Duration, to: String) {
      self.after = after
      self.to = to
    }
  }

  public enum TLS: String, Sendable, CaseIterable {
    case none
    /// From the first byte.
    case implicit
    /// After a command in clear text; required, never optional.
    case starttls
  }

  public var name: String
  public var kind: Kind
  public var when = When()
  /// Nil: the property's language.
  public var language: String?
  /// Of `file`: `lenscap` or `eve`; of messages: `short`, `long` or `html`.
  public var format: String?
  /// Texts that replace the built-in ones, as mustache: `subject`, `short`, `long`, `body`.
  public var template: [String: String] = [:]
  /// Waits between attempts; the last one repeats until `giveUpAfter`. Empty: the kind's own schedule.
  public var retry: [Duration] = []
  public var giveUpAfter = Duration.seconds(3 * 86_400)
  /// What could not be delivered for this long is an event for the other sinks.
  public var alarmAfter = Duration.seconds(3600)
  public var ceiling = Ceiling.automatic
  public var escalate: Escalation?
  /// Nil: the property's.
  public var privacy: PrivacySettings.Level?

  public var url: String?
  public var host: String?
  public var port: Int?
  /// Of `file`: the file; of `syslog`: the local socket.
  public var path: String?
  /// The secret itself: of a webhook its `whsec_…`, of others a token or password. Read from `secret_file`, or from the environment variable
  /// that `secret_env` names; never written in the configuration. Several secrets, one a line, sign while a key is rotated.
  public var secrets: [String] = []
  /// The file that has the secrets; nil for none.
  public var secretFile: String?
  /// The environment variable that has the secrets; nil for none.
  public var secretEnvironment: String?
  /// Certificate authorities to trust instead of the system's, a PEM file.
  public var caFile: String?
  public var tls: TLS?
  public var user: String?

  /// Of `http`: `ntfy`, `telegram`, `dingtalk` or `feishu`; nil for a template of one's own.
  public var preset: String?
  public var method = "POST"
  public var headers: [String: String] = [:]
  /// Of `telegram`: the chat.
  public var chat: String?
  /// Of `ntfy`: the topic on which people's answers come back; nil: the topic with `-ack` behind it.
  public var ackTopic: String?
  public var from: String?
  public var to: [String] = []
  /// Of `mqtt`: the prefix of Home Assistant's discovery.
  public var discoveryPrefix = "homeassistant"
  /// Of `exec`: the program and its arguments.
  public var command: [String] = []
  /// Of `exec`.
  public var timeLimit = Duration.seconds(30)
  /// Of `heartbeat`: time between two fetches.
  public var every = Duration.seconds(300)

  public init(name: String, kind: Kind) {
    self.name = name
    self.kind = kind
  }
}
