import Detection
import GRDB

/// Times stored about the watch itself.
public enum StateKey: String, Sendable {
  case lastPacket = "last_packet"
  /// Start, last write and orderly end of the present or last run, by the wall clock.
  case started
  case lastKept = "last_kept"
  case stopped
  /// End of the last daily digest's period.
  case digested
  /// The first declaration of the property's cameras, or the operator's statement that there are none.
  case adopted
  /// The last sign of life, by the wall clock.
  case alive
}

/// The watch that a database belongs to: an id that is created once, and a name chosen by people.
public struct Sensor: Sendable, Equatable {
  /// 16 hexadecimal digits; nil without a database.
  public let id: String?
  public let name: String

  public init(id: String? = nil, name: String) {
    self.id = id
    self.name = name
  }
}

extension PropertyStore {
  public func value(_ key: StateKey) throws(StoreError) -> Timestamp? {
    try read { try Self.number(key.rawValue, $0).map { Timestamp(nanoseconds: $0) } }
  }

  public func set(_ key: StateKey, to time: Timestamp) throws(StoreError) {
    try write { try Self.set(key, to: time, $0) }
  }

  static func set(_ key: StateKey, to time: Timestamp, _ db: Database) throws {
    try setNumber(key.rawValue, to: time.nanoseconds, db)
  }

  /// The sensor. Creates its id at the first call.
  ///
  /// - Parameters:
  ///   - name: its name from now on; nil to leave it.
  ///   - defaultName: for a sensor that never had a name.
  public func sensor(name: String?, defaultName: String) throws(StoreError) -> Sensor {
    if name == nil, let known = try sensor() { return known }
    return try write { db in
      let sensor = Sensor(id: try Self.sensorID(db), name: try name ?? Self.property("sensor_name", db) ?? defaultName)
      try Self.setProperty("sensor_name", to: sensor.name, db)
      return sensor
    }
  }

  /// Nil before the first run.
  public func sensor() throws(StoreError) -> Sensor? {
    try read { db in
      guard let id = try Self.property("sensor_id", db), let name = try Self.property("sensor_name", db) else { return nil }
      return Sensor(id: id, name: name)
    }
  }

  /// The sensor's id. Creates it where a command is used before the first run.
  static func sensorID(_ db: Database) throws -> String {
    if let id = try property("sensor_id", db) { return id }
    let id = UInt64.random(in: .min ... .max).hexDigits
    try setProperty("sensor_id", to: id, db)
    return id
  }

  static func property(_ key: String, _ db: Database) throws -> String? {
    try String.fetchOne(db, sql: "SELECT value FROM property WHERE key = ?", arguments: [key])
  }

  static func setProperty(_ key: String, to value: String, _ db: Database) throws {
    try db.execute(
      sql: "INSERT INTO property VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value", arguments: [key, value])
  }
}

/// What a running watch writes every few seconds, whatever the traffic.
public struct SignOfLife: Sendable, Equatable {
  /// By the wall clock.
  public let time: Timestamp
  /// Received and lost in this run.
  public let packets: UInt64
  public let dropped: UInt64

  public init(time: Timestamp, packets: UInt64, dropped: UInt64) {
    self.time = time
    self.packets = packets
    self.dropped = dropped
  }
}

extension PropertyStore {
  /// The last sign of life; nil if there never was one.
  public func signOfLife() throws(StoreError) -> SignOfLife? {
    try read { db in
      guard let time = try Self.number("alive", db) else { return nil }
      return SignOfLife(
        time: Timestamp(nanoseconds: time), packets: UInt64(clamping: try Self.number("packets", db) ?? 0),
        dropped: UInt64(clamping: try Self.number("dropped", db) ?? 0))
    }
  }

  /// - Parameter lastPacket: time of the run's last packet.
  public func write(_ sign: SignOfLife, lastPacket: Timestamp?) throws(StoreError) {
    try write { db in
      try Self.set(.alive, to: sign.time, db)
      try Self.setNumber("packets", to: Int64(clamping: sign.packets), db)
      try Self.setNumber("dropped", to: Int64(clamping: sign.dropped), db)
      if let lastPacket { try Self.setLastPacket(lastPacket, db) }
    }
  }

  static func number(_ key: String, _ db: Database) throws -> Int64? {
    try Int64.fetchOne(db, sql: "SELECT value FROM state WHERE key = ?", arguments: [key])
  }

  static func setNumber(_ key: String, to value: Int64, _ db: Database) throws {
    try db.execute(
      sql: "INSERT INTO state VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value", arguments: [key, value])
  }

  static func setLastPacket(_ time: Timestamp, _ db: Database) throws {
    try db.execute(
      sql: "INSERT INTO state VALUES ('last_packet', ?) ON CONFLICT(key) DO UPDATE SET value = max(value, excluded.value)",
      arguments: [time.nanoseconds])
  }
}
