/// Everything that crosses from the engine to storage, reports and display, about four times a second.
public struct EngineUpdate: Sendable {
  /// The engine's clock: packet time, moved on while the link is quiet.
  public var clock: Timestamp
  /// The time of the last packet; nil before the first.
  public var lastPacket: Timestamp?
  /// Alert events in the order in which they were decided.
  public var events: [AlertEvent] = []
  /// Devices of these events, and, where they were asked for, all others that changed since they were last drained.
  public var changed: [DeviceSnapshot] = []
  /// Events about the watch itself, in the order of time.
  public var health: [HealthEvent] = []
  /// Only together with all changed devices.
  public var coverage: Coverage?
  /// The hours of rooms that ended since devices were last drained, the latest two at most, and the current hour so far. Only together
  /// with all changed devices, and where the site has rooms.
  public var rooms: [RoomHour] = []

  public init(clock: Timestamp, lastPacket: Timestamp? = nil) {
    self.clock = clock
    self.lastPacket = lastPacket
  }
}
