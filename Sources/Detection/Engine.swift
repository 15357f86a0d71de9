/// Frames in, devices and alerts out. Incremental: nothing waits for the end of the input, and its clock is the packets'.
public final class Engine {
  private var dispatcher: Dispatcher
  private var inventory: Inventory
  private var clock = Timestamp.distantPast
  private var packets: UInt64 = 0
  private var truncated: UInt64 = 0
  private var undecoded: [Undecoded: UInt64] = [:]
  private var pending: [Alert] = []
  /// Told of every observation, its device and the signatures that it met: for explaining.
  public var observer: ((Observation, DeviceID, [Signature]) -> Void)?

  /// - Parameters:
  ///   - lan: networks whose hosts are on the LAN although their addresses are public.
  public init(signatures: SignatureSet, known: Known = Known(), lan: [IPNetwork] = [], recognizers: [any Recognizer] = Registry.recognizers) {
    dispatcher = Dispatcher(recognizers: recognizers)
    inventory = Inventory(signatures: signatures, known: known, lan: lan)
  }

  /// Takes the next frame; its bytes are not kept.
  public func ingest(_ frame: borrowing Frame) {
    packets += 1
    if frame.bytes.byteCount < frame.originalLength { truncated += 1 }
    advance(to: frame.time)
    let packet = Packet(decoding: frame)
    if let trouble = packet.undecoded { undecoded[trouble, default: 0] += 1 }
    dispatcher.handle(packet, of: frame)
    if !dispatcher.hosts.appeared.isEmpty || !dispatcher.hosts.removed.isEmpty { updateHosts(frame) }
    if !dispatcher.sink.observations.isEmpty { takeObservations() }
  }

  /// Moves the clock where a link is quiet; never back.
  public func advance(to time: Timestamp) {
    guard time > clock else { return }
    clock = time
    if inventory.nextDeadline <= time { inventory.decide(upTo: time, isEnd: false, dispatcher.hosts) }
  }

  /// The input is over: what waited is decided.
  public func finish() {
    dispatcher.closeAll()
    takeObservations()
    inventory.decide(upTo: clock, isEnd: true, dispatcher.hosts)
  }

  /// Alerts that were decided since the last call, in packet time.
  public func takeAlerts() -> [Alert] { inventory.takeAlerts() }

  public func devices() -> [Device] { inventory.devices(dispatcher.hosts, streams: dispatcher.streams()) }

  private func updateHosts(_ frame: borrowing Frame) {
    for host in dispatcher.hosts.takeRemoved() { inventory.removed(host) }
    for host in dispatcher.hosts.takeAppeared() {
      inventory.appeared(host, dispatcher.hosts)
      let station = dispatcher.hosts[host].station
      guard !station.mac.isNone else { continue }
      let prefix = Observation(
        field: .ethernetOUI, text: station.mac.hex, subject: Station(segment: station.segment, mac: station.mac), time: frame.time,
        packet: frame.reference)
      file(prefix)
    }
  }

  private func takeObservations() {
    for observation in dispatcher.sink.takeObservations() { file(observation) }
  }

  private func file(_ observation: Observation) {
    guard observer != nil || inventory.isOfInterest(observation) else { return }
    guard let host = dispatcher.hosts.host(for: observation.subject, at: observation.time) else { return }
    for new in dispatcher.hosts.takeAppeared() { inventory.appeared(new, dispatcher.hosts) }
    let (device, fired) = inventory.take(observation, from: host, at: clock, &dispatcher.hosts)
    observer?(observation, device, fired.map { inventory.signatures.signatures[$0] })
  }

  /// What was seen, and what could not be.
  public var coverage: Coverage {
    var evicted: [String: Int] = [:]
    evicted["hosts"] = dispatcher.hosts.evicted
    evicted["flows"] = dispatcher.flows.evicted
    evicted["streams"] = dispatcher.media.evicted
    evicted["expectations"] = dispatcher.expectations.evicted
    evicted["fragments"] = dispatcher.fragments.evicted
    evicted["evidence"] = inventory.evicted
    let undecoded = undecoded.map { ($0.key.name, $0.value) } + dispatcher.undecoded.map { ($0.key.name, $0.value) }
    return Coverage(
      packets: packets, truncated: truncated, undecoded: Dictionary(undecoded, uniquingKeysWith: +),
      encryptedWiFiPackets: dispatcher.encryptedWiFiPackets,
      oneSidedFlows: dispatcher.oneSided, streamGaps: dispatcher.streamGaps, evicted: evicted.filter { $0.value > 0 })
  }
}

/// What the engine saw of its input, and what it could not see.
public struct Coverage: Sendable {
  public let packets: UInt64
  /// Cut by the snap length.
  public let truncated: UInt64
  /// Packets of link types and protocols that are not decoded, by name.
  public let undecoded: [String: UInt64]
  /// Data on the air that only its stations can read.
  public let encryptedWiFiPackets: UInt64
  /// Conversations of which only one side was captured.
  public let oneSidedFlows: Int
  /// Places in TCP streams where bytes are missing from the capture.
  public let streamGaps: Int
  /// What was dropped for lack of room, by table.
  public let evicted: [String: Int]
}
