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
    try read { db in
      try Int64.fetchOne(db, sql: "SELECT value FROM state WHERE key = ?", arguments: [key.rawValue]).map { Timestamp(nanoseconds: $0) }
    }
  }

  public func set(_ key: StateKey, to time: Timestamp) throws(StoreError) {
    try write { try Self.set(key, to: time, $0) }
  }

  static func set(_ key: StateKey, to time: Timestamp, _ db: Database) throws {
    try db.execute(
      sql: "INSERT INTO state VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
      arguments: [key.rawValue, time.nanoseconds])
  }

  /// The sensor. Creates its id at the first call.
  ///
  /// - Parameters:
  ///   - name: its name from now on; nil to leave it.
  ///   - defaultName: for a sensor that never had a name.
  public func sensor(name: String?, defaultName: String) throws(StoreError) -> Sensor {
    if name == nil, let known = try sensor() { return known }
    return try write { db in
      let (id, former) = try Self.sensor(db)
      let sensor = Sensor(id: id ?? Self.newSensorID(), name: name ?? former ?? defaultName)
      for (key, value) in [("sensor_id", sensor.id), ("sensor_name", sensor.name)] {
        try db.execute(
          sql: "INSERT INTO property VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value", arguments: [key, value])
      }
      return sensor
    }
  }

  /// Nil before the first run.
  public func sensor() throws(StoreError) -> Sensor? {
    try read { db in
      let (id, name) = try Self.sensor(db)
      return id.map { Sensor(id: $0, name: name ?? "") }
    }
  }

  private static func sensor(_ db: Database) throws -> (id: String?, name: String?) {
    func value(_ key: String) throws -> String? {
      try String.fetchOne(db, sql: "SELECT value FROM property WHERE key = ?", arguments: [key])
    }
    return (try value("sensor_id"), try value("sensor_name"))
  }

  private static func newSensorID() -> String {
    UInt64.random(in: .min ... .max).hexDigits
  }
}
