import Detection
import Store

/// Options of a recorder.
public struct RecorderOptions: Sendable {
  /// The database's file; nil for none.
  public var path: String?
  public var signatures: SignatureSet
  /// Devices declared in a file.
  public var declared = DeclaredDevices()
  /// The rooms that the configuration names, and networks of the LAN with public addresses.
  public var site = Site()
  public var lan: [IPNetwork] = []
  public var retention = Retention()
  public var central = CentralOptions()
  /// Nil for the name in the database.
  public var sensorName: String?
  public var defaultSensorName: String
  /// True to follow the time of packets, for a piped capture.
  public var followsPackets = false
  /// The time of the first digest after a given time; nil for no digests.
  public var nextDigest: (@Sendable (Timestamp) -> Timestamp)?
  /// Nil where packets tell the time.
  public var isClockSynchronised: (@Sendable () -> Bool)?
  /// The database of `lenscap serve`, for what people decide there; nil if there is none.
  public var serveDatabase: String?
  /// Reads the configuration again at SIGHUP. Throws what is wrong with it, with file and line in its description.
  public var reload: (@Sendable () throws -> Reloaded)?
  /// The wall clock.
  public var clock: @Sendable () -> Timestamp

  public init(
    path: String?, signatures: SignatureSet, defaultSensorName: String, clock: @escaping @Sendable () -> Timestamp
  ) {
    self.path = path
    self.signatures = signatures
    self.defaultSensorName = defaultSensorName
    self.clock = clock
  }
}

/// What a configuration says that may change during a run.
public struct Reloaded: Sendable {
  public var configuration: EngineConfiguration
  public var retention: Retention
  public var central = CentralOptions()
  /// What changed but needs a restart, for people.
  public var remarks: [String]

  public init(_ configuration: EngineConfiguration, retention: Retention, remarks: [String] = []) {
    self.configuration = configuration
    self.retention = retention
    self.remarks = remarks
  }
}
