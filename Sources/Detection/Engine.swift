/// Frames in, devices and alerts out. Incremental: nothing waits for the end of the input, and its clock is the packets'.
///
/// Not for several threads: it belongs to the one that captures.
public final class Engine {
  private var dispatcher: Dispatcher
  // Between what two threads write.
  private var handover = Handover()
  /// Files what is handed over, where there are two threads.
  private var thread: FilingThread?
  private var hasThread = false
  private var filing: Filing
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
    let tracksIngress = configuration.site.dependsOnIngress
    dispatcher = Dispatcher(recognizers: recognizers, headersOnly: headersOnly, tracksIngress: tracksIngress)
    dispatcher.local = LocalAddresses(networks: configuration.lan)
    dispatcher.addresses.declared = configuration.declared
    filing = Filing(
      activity: StationActivity(
        tracksIngress: tracksIngress, tracksExchanges: !configuration.site.rooms.isEmpty, readsContents: !headersOnly),
      inventory: Inventory(configuration, interfaces: interfaces), ledger: RoomLedger(configuration.site))
    setObserver(nil)
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
    get { filing.observer }
    set { setObserver(newValue) }
  }

  /// Without one, what no signature looks at need not be worked out.
  private func setObserver(_ new: ((Observation, DeviceID, [Signature]) -> Void)?) {
    filing.setObserver(new)
    let signatures = filing.inventory.signatures
    dispatcher.sink.wantsTraits = filing.wantsTraits
    dispatcher.sink.answered = new == nil ? signatures.endings(of: .tlsAnswered) : nil
    dispatcher.sink.unwanted = new == nil && !signatures.looks(at: .tlsJA4) ? [.tlsJA4] : []
  }

  /// Processes the next frame; its bytes are not stored.
  public func ingest(_ frame: borrowing Frame) {
    if hasThread { return handOver(frame) }
    let plain = dispatcher.begin(frame, into: &handover)
    if let ends = dispatcher.lookahead.afterNext { filing.activity.prefetch(flow: ends.flow, ends.low, ends.high) }
    if let ends = dispatcher.lookahead.next { filing.activity.prefetch(holdersOf: ends.low, ends.high) }
    if handover.count > 0 { filing.take(&handover) }
    if let plain { filing.take(plain) }
  }

  /// The device that the last frame is evidence about; nil for most frames, and for what people carry with them.
  public var cited: DeviceID? { filing.cited }

  /// Moves the clock where a link is quiet; never back.
  public func advance(to time: Timestamp) {
    precondition(!hasThread)
    dispatcher.advance(to: time, into: &handover)
    filing.take(&handover)
    filing.advance(to: time)
  }

  /// Ends the input: pending alerts are decided.
  public func finish() {
    endConversations()
    filing.finish()
  }

  /// Ends the run, which another one will continue with its `snapshots()`: pending alerts are left to that one.
  public func suspend() {
    endConversations()
    filing.suspend()
  }

  /// Has a second thread file what the packets show, until the input ends. Until then only `ingest` may be called, and the engine stays.
  public func useSecondThread() {
    thread = FilingThread { self.filing.takeAhead(&$0) }
    hasThread = thread != nil
  }

  @inline(never)
  private func handOver(_ frame: borrowing Frame) { thread?.fill { dispatcher.handle(frame, into: &$0) } }

  private func endConversations() {
    thread?.end()
    (thread, hasThread) = (nil, false)
    dispatcher.closeAll(into: &handover)
    filing.take(&handover)
  }

  public func apply(_ command: EngineCommand) {
    precondition(!hasThread)
    switch command {
    case .recallRooms(let rooms): for (room, time) in rooms { filing.ledger.recall(room, lastFrame: time) }
    case .recall(let snapshots, let lastPacket): filing.recall(snapshots, lastPacket: lastPacket)
    case .declare(let declared, let dismissals):
      filing.declare(declared, dismissals)
      dispatcher.addresses.declared = declared
    case .forget(let time): filing.forget(before: time, releasing: dispatcher.addresses.forget(before: time))
    case .erase(let addresses):
      dispatcher.addresses.erase(addresses)
      filing.erase(addresses)
    case .reconfigure(let configuration): reconfigure(configuration)
    }
  }

  private func reconfigure(_ configuration: EngineConfiguration) {
    dispatcher.tracksIngress = configuration.site.dependsOnIngress
    dispatcher.local = LocalAddresses(networks: configuration.lan)
    dispatcher.addresses.declared = configuration.declared
    dispatcher.sink.forgetTraits()
    filing.reconfigure(configuration, local: dispatcher.addresses.numbers(in: dispatcher.local))
    setObserver(filing.observer)
  }

  /// Hands over what happened since the last call.
  ///
  /// - Parameter devices: also all devices that changed, and the coverage.
  public func drain(devices: Bool = false) -> EngineUpdate {
    precondition(!hasThread)
    var update = filing.drain(devices: devices)
    if devices { update.coverage = coverage }
    return update
  }

  /// Alert events, or events about floods, wait to be drained.
  public var hasEvents: Bool { !filing.inventory.events.isEmpty || !filing.inventory.floods.isEmpty }

  /// Link addresses of the capturing machine: its own frames do not show that a room is watched.
  public var ownAddresses: Set<MACAddress> {
    get { filing.activity.stations.ownAddresses }
    set { filing.activity.stations.ownAddresses = newValue }
  }

  /// Records the state of the live capture, for the rooms that it watches.
  public func report(_ link: LinkHealth) { filing.ledger.record(link) }

  /// Restores the times of the rooms' last frames that an earlier run saw.
  public func recall(rooms: [String: Timestamp]) {
    for (room, time) in rooms { filing.ledger.recall(room, lastFrame: time) }
  }

  /// Every device on the LAN.
  public func snapshots() -> [DeviceSnapshot] { filing.snapshots() }

  /// The time of the last packet; nil before the first.
  public var lastPacket: Timestamp? { filing.lastPacket }

  public func devices() -> [Device] { filing.inventory.devices(filing.activity.stations.tracked, streams: dispatcher.streams()) }

  public var coverage: Coverage {
    var evicted = filing.evicted
    evicted["flows"] = dispatcher.flows.evicted
    evicted["conversations"] = dispatcher.readers.evicted
    evicted["streams"] = dispatcher.media.evicted
    evicted["rows"] = dispatcher.rows.evicted
    evicted["expectations"] = dispatcher.expectations.evicted
    evicted["fragments"] = dispatcher.fragments.evicted
    return Coverage(
      packets: dispatcher.packets, truncated: dispatcher.truncated,
      undecoded: Dictionary(dispatcher.undecoded.map { ($0.key.name, $0.value) }, uniquingKeysWith: +),
      encryptedWiFiPackets: dispatcher.encryptedWiFiPackets, oneSidedFlows: dispatcher.oneSided, streamGaps: dispatcher.streamGaps,
      evicted: evicted.filter { $0.value > 0 }, rooms: filing.roomCoverage, flooded: filing.inventory.floods.totals)
  }
}
