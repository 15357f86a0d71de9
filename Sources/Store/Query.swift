/// What is asked so often that it must not go through a table. Each uses an index, whatever the number of alerts.
enum Query {
  /// From the prefix on, and before what can follow it.
  static let alertsWithPrefix = "SELECT * FROM alert WHERE id >= ? AND id < ?"
  static let unannounced = "SELECT * FROM alert WHERE is_announced = 0 ORDER BY updated, id"
  static let dismissals = "SELECT * FROM alert WHERE dismissed IS NOT NULL AND follows IS NULL AND device IS NOT NULL ORDER BY time"
  /// A declaration closed these.
  static let settled = "SELECT id FROM alert WHERE declared IS NOT NULL"
  /// Alerts that a person put on hold.
  static let held = "SELECT id FROM alert WHERE held IS NOT NULL"
  /// An alert is not on hold, and did not follow one that is.
  static let isFree = "held IS NULL AND (follows IS NULL OR follows NOT IN (\(held)))"
  /// Their devices.
  static let heldDevices = """
    SELECT device FROM alert WHERE held IS NOT NULL AND device IS NOT NULL UNION
    SELECT device.id FROM alert CROSS JOIN device ON device.alert = alert.id WHERE alert.held IS NOT NULL
    """
  /// Invented cameras without an alert of their own, those seen last at the end.
  static let invented = """
    SELECT id FROM device WHERE alert_group IS NOT NULL AND alert IS NULL AND id NOT IN (\(heldDevices)) ORDER BY last_seen LIMIT 1000
    """
}
