import Store

/// An event to store, which waits while the database fails.
struct PendingRecord: Sendable {
  private let record: AlertRecord
  /// For an event that came before the database could be opened, and so before its sensor was known.
  private let remake: (@Sendable (Sensor) -> AlertRecord)?

  init(by sensor: Sensor, _ make: @escaping @Sendable (Sensor) -> AlertRecord) {
    record = make(sensor)
    remake = sensor.id == nil ? make : nil
  }

  var id: String { record.alert.id }
  /// The event as a line of JSON.
  var document: String { record.alert.document }

  func record(by sensor: Sensor) -> AlertRecord { remake?(sensor) ?? record }
}
