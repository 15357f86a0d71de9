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

/// Events that wait to be filed. Storage is reused.
struct FlowEventQueue {
  /// Comes before the list. Most frames bring nothing else, and it need not be wrapped.
  private var first: FrameIngress?
  /// Places behind `count` hold nothing of interest.
  private var list: [FlowEvent] = []
  private(set) var count = 0

  @inline(__always)
  var isEmpty: Bool { first == nil && count == 0 }

  mutating func append(_ event: consuming FlowEvent) {
    if count < list.count { list[count] = event } else { list.append(event) }
    count += 1
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

  /// Moves an event out of the list, without a copy.
  mutating func take(_ index: Int) -> FlowEvent {
    var event = FlowEvent.conversed(.none)
    swap(&event, &list[index])
    return event
  }

  /// All events were taken.
  mutating func clear() { count = 0 }
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
