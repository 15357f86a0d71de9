/// Everything that crosses the other way: decisions of operators, and stored state.
public enum EngineCommand: Sendable {
  /// Devices that an earlier run knew: before the first packet, or as soon as they can be read.
  ///
  /// - Parameter lastPacket: time of the earlier run's last packet; nil for devices that return later in a run.
  case recall([DeviceSnapshot], lastPacket: Timestamp?)
  /// The time of each room's last frame in earlier runs.
  case recallRooms([String: Timestamp])
  /// Operators declared cameras or dismissed alerts: all devices are judged again.
  ///
  /// - Parameter dismissals: by the device's id as text.
  case declare(DeclaredDevices, dismissals: [String: Dismissal])
  /// Drops devices without a packet since then, so that months take no more memory than days. Devices with an alert, raised or pending,
  /// stay. A store recalls the others when they return.
  case forget(before: Timestamp)
  /// Drops all that is known of devices with these addresses, alerts too, as if they had never been here.
  case erase(Set<MACAddress>)
  /// Other signatures, networks or rooms from now on. Conversations and devices go on.
  case reconfigure(EngineConfiguration)
}

/// The settings of an engine that may change while it runs.
public struct EngineConfiguration: Sendable {
  public var signatures: SignatureSet
  public var declared: DeclaredDevices
  /// Networks whose hosts are on the LAN although their addresses are public.
  public var lan: [IPNetwork]
  public var site: Site

  public init(
    signatures: SignatureSet, declared: DeclaredDevices = DeclaredDevices(), lan: [IPNetwork] = [], site: Site = Site()
  ) {
    self.signatures = signatures
    self.declared = declared
    self.lan = lan
    self.site = site
  }
}
