/// One thing that a packet showed: the packet side reports it, the inventory files it. Events come in the order of the packets; within
/// a packet a station appears before anything is reported about it.
enum FlowEvent {
  /// A station was seen for the first time.
  indirect case appeared(StationArrival)
  /// Stations left the table.
  /// - Parameter isEviction: they went for lack of room.
  case removed([StationTable.Removed], isEviction: Bool)
  /// A frame of a known station arrived. Only where rooms depend on that.
  case ingress(FrameIngress)
  /// A switch or an access point identified itself on an interface. Only where rooms depend on that.
  indirect case neighbor(NeighborAdvertisement, interface: UInt16)
  case observation(Observation)
  case mediaOpened(MediaStream, Timestamp)
  /// Live video that is under way, or has ended: what was seen of it so far.
  indirect case mediaSeen(MediaRecord)
  /// A station sent a packet after a long pause.
  case awoke(StationID, lastSeen: Timestamp, at: Timestamp)
  /// A station took part in a conversation in which both sides spoke, for the first time.
  case conversed(StationID)
  case forwards(ForwarderTable.Finding)
  /// Two devices use the MAC address of a declared station.
  case doubled(StationID, DoubleTable.Sign)
  indirect case upload(UploadReport)
  indirect case clip(Clip)
}

/// Events that wait to be filed, first come first served. They are moved in and out, and never copied; storage is reused.
@safe struct FlowEventQueue: ~Copyable {
  /// Comes before the others. Most frames bring nothing else, and it need not be wrapped.
  private var first: FrameIngress?
  private var storage: UnsafeMutablePointer<FlowEvent>?
  private var capacity = 0
  /// The places of the events in storage.
  private var places = 0..<0

  init() {}

  deinit {
    guard let storage = unsafe storage else { return }
    unsafe (storage + places.lowerBound).deinitialize(count: places.count)
    unsafe storage.deallocate()
  }

  @inline(__always)
  var isEmpty: Bool { first == nil && places.isEmpty }

  /// Apart from a frame's arrival.
  var count: Int { places.count }

  mutating func append(_ event: consuming FlowEvent) {
    if places.upperBound == capacity { grow() }
    guard let storage = unsafe storage else { return }
    unsafe (storage + places.upperBound).initialize(to: event)
    places = places.lowerBound..<places.upperBound + 1
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<FlowEvent>.allocate(capacity: max(16, 2 * capacity))
    if let storage = unsafe storage {
      unsafe larger.moveInitialize(from: storage + places.lowerBound, count: places.count)
      unsafe storage.deallocate()
    }
    places = 0..<places.count
    capacity = max(16, 2 * capacity)
    unsafe storage = larger
  }

  @inline(__always)
  mutating func append(_ ingress: FrameIngress) {
    if isEmpty { first = ingress } else { append(.ingress(ingress)) }
  }

  /// Removes the first event where it is a frame's arrival.
  @inline(__always)
  mutating func popIngress() -> FrameIngress? {
    guard let first else { return nil }
    self.first = nil
    return first
  }

  /// Removes the first event, apart from a frame's arrival.
  mutating func popFirst() -> FlowEvent? {
    guard !places.isEmpty, let storage = unsafe storage else { return nil }
    let event = unsafe (storage + places.lowerBound).move()
    places = places.count == 1 ? 0..<0 : places.lowerBound + 1..<places.upperBound
    return event
  }

  /// Moves all events of another queue, which has no arrival, behind those of this one.
  mutating func takeAll(from other: inout FlowEventQueue) {
    if isEmpty { return swap(&self, &other) }
    while let event = other.popFirst() { append(event) }
  }

  /// Moves the first events of another queue, which has no arrival, behind those of this one.
  mutating func take(_ count: Int, from other: inout FlowEventQueue) {
    if count == other.count { return takeAll(from: &other) }
    for _ in 0..<count { if let event = other.popFirst() { append(event) } }
  }

  /// The observations among the events.
  var observations: [Observation] {
    guard let storage = unsafe storage else { return [] }
    return places.compactMap { if case .observation(let observation) = unsafe storage[$0] { observation } else { nil } }
  }
}

/// A station's first packet.
struct StationArrival {
  let id: StationID
  let station: Station
  let time: Timestamp
  let packet: PacketReference
  /// How that packet arrived.
  let ingress: FrameIngress?
}

/// The way by which a frame of a station arrived.
struct FrameIngress {
  let station: StationID
  /// By its number in `CaptureInterfaces`.
  let interface: UInt16
  /// The BSSID of the access point that the station sends to.
  let accessPoint: MACAddress
  /// The sender of the tunnel that the frame travels in.
  let tunnelSource: Station?
  /// Sent to a group: such frames are flooded everywhere.
  let isFlooded: Bool
}
