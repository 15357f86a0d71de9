import Detection
import YAMLReading

/// A list in the configuration itself, or in a file that the configuration names.
public enum Listed<Value: Sendable & Equatable>: Sendable, Equatable {
  case here(Value)
  /// The path of the file.
  case file(String)
}

public enum WatchFormat: String, Sendable, CaseIterable {
  case text, jsonl
}

/// What `watch` takes as options, apart from lists of interfaces, rooms and declared cameras, and from limits on the database. Nil where
/// nothing was said.
public struct WatchKeys: Sendable, Equatable {
  public static let snapLengths = 64...262_144
  public static let defaultSnapLength = 65_535
  /// MiB.
  public static let buffers = 1...2047
  public static let defaultBuffer = 64
  public static let longestSensorName = 255

  /// Path of the database, which the commands use, too.
  public var database: String?
  /// A BPF expression.
  public var filter: String?
  public var format: WatchFormat?
  /// Path of a recording.
  public var write: String?
  /// Bytes of each packet.
  public var snapLength: Int?
  /// MiB of kernel memory.
  public var buffer: Int?
  public var monitor: Bool?
  public var user: String?
  public var noPromiscuousMode: Bool?
  public var utc: Bool?
  /// A time of day, such as `07:00`.
  public var digest: String?
  public var sensorName: String?
  public var lan: [IPNetwork] = []
  /// Path of the folder of signatures.
  public var signatures: String?
  public var headersOnly: Bool?
  /// Keep recent packets of suspected devices; nil for yes.
  public var evidence: Bool?

  public init() {}
}

/// Limits on what the database holds. Nil for the default.
public struct RetentionSettings: Sendable, Equatable {
  public static let shortest = Duration.seconds(86_400)
  /// MiB.
  public static let sizes = 1...1_048_576

  public var devices: Duration?
  public var alerts: Duration?
  /// Of people's devices.
  public var guests: Duration?
  /// Of hours of rooms, and of who was in them.
  public var rooms: Duration?
  /// Of packets of suspected devices.
  public var evidence: Duration?
  /// MiB.
  public var size: Int?

  public init() {}
}

/// What the options of `watch` say. It beats the configuration.
public struct WatchOverrides: Sendable {
  public var interfaces: [String] = []
  /// Path of the file of declared cameras.
  public var known: String?
  /// Path of the file of rooms.
  public var site: String?
  public var watch = WatchKeys()
  public var retention = RetentionSettings()

  public init() {}
}

extension Settings {
  /// Takes over what the options say.
  public mutating func apply(_ options: WatchOverrides) {
    if !options.interfaces.isEmpty { interfaces = options.interfaces }
    if let path = options.known { known = .file(path) }
    if let path = options.site { rooms = .file(path) }
    let said = options.watch
    watch.database = said.database ?? watch.database
    watch.filter = said.filter ?? watch.filter
    watch.format = said.format ?? watch.format
    watch.write = said.write ?? watch.write
    watch.snapLength = said.snapLength ?? watch.snapLength
    watch.buffer = said.buffer ?? watch.buffer
    watch.monitor = said.monitor ?? watch.monitor
    watch.user = said.user ?? watch.user
    watch.noPromiscuousMode = said.noPromiscuousMode ?? watch.noPromiscuousMode
    watch.utc = said.utc ?? watch.utc
    watch.digest = said.digest ?? watch.digest
    watch.sensorName = said.sensorName ?? watch.sensorName
    if !said.lan.isEmpty { watch.lan = said.lan }
    watch.signatures = said.signatures ?? watch.signatures
    watch.headersOnly = said.headersOnly ?? watch.headersOnly
    watch.evidence = said.evidence ?? watch.evidence
    retention.devices = options.retention.devices ?? retention.devices
    retention.alerts = options.retention.alerts ?? retention.alerts
    retention.size = options.retention.size ?? retention.size
  }

  /// The interface that stands for standard input.
  public static let standardInput = "-"

  /// The first contradiction among what `watch` is asked to do: the key that it is about, and what is wrong. Keys in the text begin with
  /// `prefix`, such as `--` where options are meant.
  public func contradiction(prefix: String = "") -> (key: String, message: String)? {
    if watch.headersOnly == true, watch.write != nil {
      return ("write", "\(prefix)write stores whole packets, but \(prefix)headers-only promises not to read them: use only one of the two")
    }
    if let twice = interfaces.first(where: { name in interfaces.count { $0 == name } > 1 }) {
      return ("interfaces", "interface \(twice.quoted) is named twice; its packets would count twice")
    }
    if interfaces.contains(Self.standardInput), interfaces.count > 1 || watch.monitor == true {
      return ("interfaces", "interface - excludes other interfaces and \(prefix)monitor")
    }
    if interfaces.count > 1, interfaces.contains("any") { return ("interfaces", "interface any includes all the others") }
    return nil
  }
}
