/// Frames in, devices and alerts out. Incremental: nothing waits for the end of the input, and its clock is the packets'.
///
/// Not for several threads: it belongs to the one that captures.
public final class Engine {
  private var pipeline: Pipeline
  /// Names of the interfaces that frames come from.
  public let interfaces: CaptureInterfaces

  /// - Parameters:
  ///   - lan: networks whose hosts are on the LAN although their addresses are public.
  ///   - headersOnly: contents of conversations are not looked at: only addresses, ports, sizes, times, and what devices announce to
  ///     everybody.
  ///   - interfaces: gives the frames' interfaces their numbers.
  public init(
    signatures: SignatureSet, known: DeclaredDevices = DeclaredDevices(), lan: [IPNetwork] = [], site: Site = Site(),
    recognizers: [any Recognizer] = Registry.recognizers, headersOnly: Bool = false, interfaces: CaptureInterfaces = CaptureInterfaces()
  ) {
    self.interfaces = interfaces
    pipeline = Pipeline(
      dispatcher: Dispatcher(recognizers: recognizers, headersOnly: headersOnly, tracksIngress: site.dependsOnIngress),
      inventory: Inventory(signatures: signatures, known: known, lan: lan, site: site, interfaces: interfaces))
  }

  /// Told of every observation, its device and the signatures that it met: for explaining.
  public var observer: ((Observation, DeviceID, [Signature]) -> Void)? {
    get { pipeline.observer }
    set { pipeline.setObserver(newValue) }
  }

  /// Takes the next frame; its bytes are not kept.
  public func ingest(_ frame: borrowing Frame) { pipeline.ingest(frame) }

  /// Moves the clock where a link is quiet; never back.
  public func advance(to time: Timestamp) { pipeline.advance(to: time) }

  /// The input is over: what waited is decided.
  public func finish() { pipeline.finish() }

  /// The run is over, and another one will go on with what is left in `states()`: what waits is left to it.
  public func suspend() { pipeline.suspend() }

  /// Takes in what an earlier run left: before the first packet, or as soon as it can be read.
  ///
  /// - Parameter lastPacket: when the earlier run had its last one.
  public func resume(_ memories: [DeviceMemory], lastPacket: Timestamp?) { pipeline.resume(memories, lastPacket) }

  /// Drops what is remembered of devices that were not heard since before a time, so that months take no more memory than days. Those stay
  /// for which an alert was raised or waits. Whoever kept `states()` gives back with `resume` what was known of one that is heard again.
  public func forget(before time: Timestamp) { pipeline.forget(before: time) }

  /// People declared cameras, or dismissed alerts: all devices are judged anew.
  ///
  /// - Parameter dismissals: by the device's id as text.
  public func take(_ known: DeclaredDevices, _ dismissals: [String: Dismissal]) { pipeline.take(known, dismissals) }

  /// What is to be kept of one device; nil where it is not known.
  public func state(of device: DeviceID) -> DeviceState? { pipeline.state(of: device) }

  /// What is to be kept for the next run: every device on the LAN.
  public func states() -> [DeviceState] { pipeline.states() }

  /// When the last packet came.
  public var lastPacket: Timestamp? {
    pipeline.inventory.activity.last == .distantPast ? nil : pipeline.inventory.activity.last
  }

  /// Alerts that were decided since the last call, in packet time.
  public func takeAlerts() -> [Alert] { pipeline.inventory.takeAlerts() }

  public func devices() -> [Device] { pipeline.devices() }

  /// What was seen, and what could not be.
  public var coverage: Coverage { pipeline.coverage }
}

/// A packet's life, in one value: a class's fields are checked for exclusive use at every access, and copied where they are read.
private struct Pipeline: ~Copyable {
  var dispatcher: Dispatcher
  var inventory: Inventory
  private(set) var observer: ((Observation, DeviceID, [Signature]) -> Void)?
  private var clock = Timestamp.distantPast
  /// A time far ahead of the clock that one packet bore: believed when the next one agrees.
  private var leap: Timestamp?
  /// How far one packet moves the clock by itself.
  private static let longestStep: Int64 = 3_600_000_000_000
  private var packets: UInt64 = 0
  private var truncated: UInt64 = 0
  private var undecoded: [Undecoded: UInt64] = [:]
  /// Storage that the sink and the filing of what was in it use in turn.
  private var emptyBatch: [Observation] = []

  init(dispatcher: consuming Dispatcher, inventory: consuming Inventory) {
    self.dispatcher = dispatcher
    self.inventory = inventory
    setObserver(nil)
  }

  /// Without one, what no signature looks at need not be worked out.
  mutating func setObserver(_ new: ((Observation, DeviceID, [Signature]) -> Void)?) {
    observer = new
    dispatcher.sink.unwanted = new == nil && !inventory.signatures.looks(at: .tlsJA4) ? [.tlsJA4] : []
  }

  mutating func ingest(_ frame: borrowing Frame) {
    packets += 1
    if frame.bytes.byteCount < frame.originalLength { truncated += 1 }
    follow(frame.time)
    if clock == frame.time { inventory.activity.note(frame.time) }
    let packet = Packet(decoding: frame)
    if let trouble = packet.undecoded { undecoded[trouble, default: 0] += 1 }
    dispatcher.handle(packet, of: frame, now: clock)
    if dispatcher.hosts.hasChanged { updateHosts(at: frame.time, frame.reference) }
    if dispatcher.tracksIngress { takeIngress(frame.interface) }
    if dispatcher.sink.hasObservations { takeObservations() }
    if dispatcher.media.hasOpened { takeOpenedStreams(at: frame.time) }
  }

  /// Where the frame at hand came from, and what was announced there.
  private mutating func takeIngress(_ interface: UInt16) {
    if let arrival = dispatcher.takeIngress() { inventory.heard(arrival, at: clock, dispatcher.hosts) }
    for announcement in dispatcher.sink.takeAnnouncements() { inventory.take(announcement, on: interface, at: clock) }
  }

  /// Moves the clock to a packet's time. A single false one must not make everything fall due.
  private mutating func follow(_ time: Timestamp) {
    if clock == .distantPast || !time.isAfter(clock, by: Self.longestStep) {
      advance(to: time)
      leap = nil
    } else if let earlier = leap, !time.isAfter(earlier, by: Self.longestStep), !earlier.isAfter(time, by: Self.longestStep) {
      advance(to: time)
      leap = nil
    } else {
      leap = time
    }
  }

  mutating func advance(to time: Timestamp) {
    guard time > clock else { return }
    clock = time
    if inventory.nextDeadline <= time { inventory.decide(upTo: time, isEnd: false, dispatcher.hosts) }
  }

  mutating func suspend() {
    dispatcher.closeAll()
    takeObservations()
  }

  mutating func take(_ known: DeclaredDevices, _ dismissals: [String: Dismissal]) {
    inventory.take(known, dismissals, at: clock, dispatcher.hosts)
  }

  mutating func resume(_ memories: [DeviceMemory], _ lastPacket: Timestamp?) {
    if let lastPacket { inventory.activity.resume(last: lastPacket) }
    inventory.recall(memories, at: clock, dispatcher.hosts)
  }

  mutating func forget(before time: Timestamp) {
    dispatcher.hosts.forget(before: time, sparing: inventory.table.hostsOfConcern())
    inventory.removed(dispatcher.hosts.takeRemoved(), isEviction: false)
    inventory.table.forgetRecalled(before: time)
  }

  func state(of device: DeviceID) -> DeviceState? { inventory.state(of: device, dispatcher.hosts) }

  func states() -> [DeviceState] { inventory.states(dispatcher.hosts) }

  mutating func finish() {
    suspend()
    inventory.decide(upTo: clock, isEnd: true, dispatcher.hosts)
  }

  func devices() -> [Device] { inventory.devices(dispatcher.hosts, streams: dispatcher.streams()) }

  private mutating func updateHosts(at time: Timestamp, _ packet: PacketReference) {
    let removed = dispatcher.hosts.takeRemoved()
    if !removed.isEmpty { inventory.removed(removed, isEviction: true) }
    for host in dispatcher.hosts.takeAppeared() {
      let isNew = inventory.appeared(host, dispatcher.hosts)
      // An alert that is raised with the first frame says the room.
      if dispatcher.tracksIngress, let arrival = dispatcher.takeIngress(from: host) {
        inventory.heard(arrival, at: clock, dispatcher.hosts)
      }
      guard isNew else { continue }
      let station = dispatcher.hosts[host].station
      let link = Station(segment: station.segment, mac: station.mac)
      file(Observation(field: .ethernetOUI, text: station.mac.hex, subject: link, time: time, packet: packet))
    }
  }

  private mutating func takeObservations() {
    var batch: [Observation] = []
    swap(&batch, &emptyBatch)
    dispatcher.sink.takeObservations(into: &batch)
    for observation in batch { file(observation) }
    batch.removeAll(keepingCapacity: true)
    swap(&batch, &emptyBatch)
  }

  private mutating func takeOpenedStreams(at time: Timestamp) {
    for stream in dispatcher.media.takeOpened() { inventory.opened(stream, at: max(clock, time), dispatcher.hosts) }
  }

  private mutating func file(_ observation: Observation) {
    guard observer != nil || inventory.isOfInterest(observation) else { return }
    guard let host = dispatcher.hosts.host(for: observation.subject, at: observation.time) else { return }
    if dispatcher.hosts.hasChanged { updateHosts(at: observation.time, observation.packet) }
    let (device, fired) = inventory.take(observation, from: host, at: clock, &dispatcher.hosts)
    guard let observer else { return }
    observer(observation, device, fired.map { inventory.signatures.signatures[$0] })
  }

  var coverage: Coverage {
    var evicted: [String: Int] = [:]
    evicted["hosts"] = dispatcher.hosts.evicted
    evicted["flows"] = dispatcher.flows.evicted
    evicted["conversations"] = dispatcher.readers.evicted
    evicted["streams"] = dispatcher.media.evicted
    evicted["expectations"] = dispatcher.expectations.evicted
    evicted["fragments"] = dispatcher.fragments.evicted
    evicted["evidence"] = inventory.evicted
    evicted["alerts"] = inventory.evictedAlerts
    evicted["routers"] = inventory.evictedRouters
    evicted["interfaces"] = inventory.interfaces.evicted
    evicted["neighbours"] = inventory.neighbours.evicted
    let undecoded = undecoded.map { ($0.key.name, $0.value) } + dispatcher.undecoded.map { ($0.key.name, $0.value) }
    return Coverage(
      packets: packets, truncated: truncated, undecoded: Dictionary(undecoded, uniquingKeysWith: +),
      encryptedWiFiPackets: dispatcher.encryptedWiFiPackets,
      oneSidedFlows: dispatcher.oneSided, streamGaps: dispatcher.streamGaps, evicted: evicted.filter { $0.value > 0 })
  }
}
