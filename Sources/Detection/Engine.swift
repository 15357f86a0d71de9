/// Frames in, devices and alerts out. Incremental: nothing waits for the end of the input, and its clock is the packets'.
///
/// Not for several threads: it belongs to the one that captures.
public final class Engine {
  private var pipeline: Pipeline
  /// Names of the interfaces that frames come from.
  public let interfaces: CaptureInterfaces

  /// - Parameters:
  ///   - headersOnly: look only at addresses, ports, sizes, times, and at what devices announce to everybody; not into conversations.
  ///   - interfaces: gives the frames' interfaces their numbers.
  public init(
    _ configuration: EngineConfiguration, recognizers: [any Recognizer] = Registry.recognizers, headersOnly: Bool = false,
    interfaces: CaptureInterfaces = CaptureInterfaces()
  ) {
    self.interfaces = interfaces
    pipeline = Pipeline(
      dispatcher: Dispatcher(
        recognizers: recognizers, headersOnly: headersOnly, tracksIngress: configuration.site.dependsOnIngress,
        tracksExchanges: !configuration.site.rooms.isEmpty),
      inventory: Inventory(configuration, interfaces: interfaces), ledger: RoomLedger(configuration.site), lan: configuration.lan)
  }

  public convenience init(
    signatures: SignatureSet, declared: DeclaredDevices = DeclaredDevices(), lan: [IPNetwork] = [], site: Site = Site(),
    recognizers: [any Recognizer] = Registry.recognizers, headersOnly: Bool = false, interfaces: CaptureInterfaces = CaptureInterfaces()
  ) {
    self.init(
      EngineConfiguration(signatures: signatures, declared: declared, lan: lan, site: site), recognizers: recognizers,
      headersOnly: headersOnly, interfaces: interfaces)
  }

  /// Receives every observation with its device and the signatures that it met: for explanations.
  public var observer: ((Observation, DeviceID, [Signature]) -> Void)? {
    get { pipeline.observer }
    set { pipeline.setObserver(newValue) }
  }

  /// Processes the next frame; its bytes are not stored.
  public func ingest(_ frame: borrowing Frame) { pipeline.ingest(frame) }

  /// The device that the last frame is evidence about; nil for most frames, and for what people carry with them.
  public var cited: DeviceID? { pipeline.cited }

  /// Moves the clock where a link is quiet; never back.
  public func advance(to time: Timestamp) { pipeline.advance(to: time) }

  /// Ends the input: pending alerts are decided.
  public func finish() { pipeline.finish() }

  /// Ends the run, which another one will continue with its `snapshots()`: pending alerts are left to that one.
  public func suspend() { pipeline.suspend() }

  public func apply(_ command: EngineCommand) { pipeline.apply(command) }

  /// Hands over what happened since the last call.
  ///
  /// - Parameter devices: also all devices that changed, and the coverage.
  public func drain(devices: Bool = false) -> EngineUpdate { pipeline.drain(devices: devices) }

  /// Alert events, or events about floods, wait to be drained.
  public var hasEvents: Bool { !pipeline.inventory.events.isEmpty || !pipeline.inventory.floods.isEmpty }

  /// Link addresses of the capturing machine: its own frames do not show that a room is watched.
  public var ownAddresses: Set<MACAddress> {
    get { pipeline.dispatcher.stations.ownAddresses }
    set { pipeline.dispatcher.stations.ownAddresses = newValue }
  }

  /// Records the state of the live capture, for the rooms that it watches.
  public func report(_ link: LinkHealth) { pipeline.ledger.record(link) }

  /// Restores the times of the rooms' last frames that an earlier run saw.
  public func recall(rooms: [String: Timestamp]) {
    for (room, time) in rooms { pipeline.ledger.recall(room, lastFrame: time) }
  }

  /// Every device on the LAN.
  public func snapshots() -> [DeviceSnapshot] { pipeline.snapshots() }

  /// The time of the last packet; nil before the first.
  public var lastPacket: Timestamp? { pipeline.lastPacket }

  public func devices() -> [Device] { pipeline.devices() }

  public var coverage: Coverage { pipeline.coverage }
}
