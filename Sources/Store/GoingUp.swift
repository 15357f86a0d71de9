import Detection
import GRDB

/// What the uplink of `serve` asks for: counts of cameras, and the names that must stay at the property.
extension PropertyStore {
  private static let isCamera = """
    role IN ('\(Role.camera.rawValue)', '\(Role.recorder.rawValue)') AND class <> '\(DeviceClass.personal.rawValue)'
    AND verdict IN ('\(Verdict.probable.rawValue)', '\(Verdict.camera.rawValue)')
    """

  /// Host names and MAC addresses of devices that are no cameras or recorders, those seen last first.
  ///
  /// - Parameter own: of the device with this id, nothing.
  public func namesOfOthers(limit: Int, but own: DeviceID? = nil) throws(StoreError) -> [String] {
    try read { db in
      let sql = "SELECT hostname, mac FROM device WHERE NOT (\(Self.isCamera)) AND id IS NOT ? ORDER BY last_seen DESC LIMIT ?"
      return try Row.fetchAll(db, sql: sql, arguments: [own?.description, limit]).flatMap { row -> [String] in
        [row["hostname"] as String?, row["mac"] as String?].compactMap { $0 }
      }
    }
  }

  /// IP addresses of all devices but one, those seen last first.
  public func addressesOfOthers(limit: Int, but own: DeviceID) throws(StoreError) -> [IPAddress] {
    try read { db in
      let sql = "SELECT addresses FROM device WHERE id <> ? ORDER BY last_seen DESC LIMIT ?"
      return try String.fetchAll(db, sql: sql, arguments: [own.description, limit]).flatMap { text in
        text.split(whereSeparator: { $0 == " " || $0 == "," }).compactMap { IPAddress($0) }
      }
    }
  }

  /// Cameras and recorders at `probable` or more, by role, without invented ones.
  public func cameraCounts() throws(StoreError) -> [String: Int64] {
    try read { db in
      let sql = "SELECT role, count(*) AS count FROM device WHERE \(Self.isCamera) AND alert_group IS NULL GROUP BY role"
      return Dictionary(try Row.fetchAll(db, sql: sql).map { ($0["role"] as String, $0["count"] as Int64) }, uniquingKeysWith: +)
    }
  }

  /// Whether central may have an alert now: it is about a camera or recorder, and nobody here decided that it is none or the property's own.
  public func isForCentral(_ id: String) throws(StoreError) -> Bool {
    try read { db in try StoredAlert.fetchOne(db, key: id).map { try Self.isForCentral($0, db) } ?? false }
  }

  static func isForCentral(_ alert: StoredAlert, _ db: Database) throws -> Bool {
    guard alert.isCase, alert.dismissed == nil, alert.declared == nil else { return false }
    let sql = "SELECT EXISTS (SELECT 1 FROM device WHERE id = ? AND is_declared = 0 AND \(isCamera))"
    return try Bool.fetchOne(db, sql: sql, arguments: [alert.device]) ?? false
  }

  /// Notes of devices with an alert, of which no event tells it, that they are no cameras any more, or are again: central has the alert.
  public func noteVerdicts(_ snapshots: [DeviceSnapshot], at now: Timestamp) throws(StoreError) {
    let alerted = snapshots.filter { $0.alert != nil && $0.group == nil }
    guard !alerted.isEmpty else { return }
    try write { db in
      for snapshot in alerted {
        guard let id = snapshot.alert?.id, let alert = try StoredAlert.fetchOne(db, key: id),
          [.open, .acknowledged].contains(alert.status(at: now))
        else { continue }
        let sql = "SELECT what FROM event WHERE alert = ? AND what IN ('cleared', 'confirmed') ORDER BY number DESC LIMIT 1"
        let isCleared = try String.fetchOne(db, sql: sql, arguments: [id]) == StoredEvent.What.cleared.rawValue
        let isCamera = snapshot.device.isCamera && snapshot.device.deviceClass != .personal
        if isCleared == isCamera { try Self.record(StoredEvent(isCamera ? .confirmed : .cleared, id, at: now), db) }
      }
    }
  }
}

// What comes down.
extension PropertyStore {
  private static let listKey = "central_declared"

  /// The id of central's list of cameras that is in force; nil for none.
  public func centralsList() throws(StoreError) -> String? { try read { try Self.property(Self.listKey, $0) } }

  /// The cameras that central declared become these. What people at the property declared stays as it is.
  static func takeCentralsList(_ cameras: [OperatorCommand.Camera], id: String, at now: Timestamp, _ db: Database) throws {
    let stored = try Declaration.fetchAll(db, sql: "SELECT * FROM declaration")
    let former = stored.filter { $0.declaredBy == OperatorCommand.central }
    let own = Set(stored.map(\.pattern)).subtracting(former.map(\.pattern))
    let wanted = cameras.filter { !own.contains($0.pattern) }
    for gone in former where !wanted.contains(where: { $0.pattern == gone.pattern }) {
      try db.execute(sql: "DELETE FROM declaration WHERE pattern = ?", arguments: [gone.pattern])
    }
    for camera in wanted {
      let isKnown = former.contains {
        $0.pattern == camera.pattern && $0.name == camera.name && $0.place == camera.place && $0.owner == camera.owner
          && $0.expires == camera.expires
      }
      if isKnown { continue }
      let declaration = Declaration(
        pattern: camera.pattern, name: camera.name, place: camera.place, owner: camera.owner,
        expires: camera.expires.map { Timestamp(nanoseconds: $0) }, declaredBy: OperatorCommand.central, at: now)
      let open = """
        SELECT id FROM alert WHERE device = ? AND follows IS NULL AND kind <> 'health' AND declared IS NULL AND dismissed IS NULL
        ORDER BY time DESC LIMIT 1
        """
      try declare(declaration, answering: try String.fetchOne(db, sql: open, arguments: ["mac:\(camera.pattern.lowercased())"]), db)
    }
    try setProperty(listKey, to: id, db)
    try note(nil, about: id, db)
    try set(.adopted, to: now, db)
  }
}
