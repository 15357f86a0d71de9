/// Cameras that nothing corroborates, by where they come from. Real ones hold conversations soon; somebody who invents cameras can only
/// announce them, and does so by the hundred.
struct InventedCameras {
  /// More than this from one place within `period` are invented.
  static let limit = 20
  static let period = Nanoseconds.seconds(600)
  /// How long further ones wait for an exchange of theirs: after a power cut cameras come back together.
  static let patience = Nanoseconds.seconds(60)
  /// More than this do not wait.
  static let heldLimit = 64
  static let exampleLimit = 5
  /// Places that are remembered.
  static let placeLimit = 1024

  enum Origin: Hashable {
    case accessPoint(MACAddress)
    case tunnel(IPAddress)
    case segment(Segment)
    /// By its number in `CaptureInterfaces`.
    case port(UInt16)
  }

  struct Member {
    let device: Int
    let id: DeviceID
    let time: Timestamp
  }

  struct Group {
    let id: String
    /// The first of them, as it was then.
    var first: Device
    /// The first of those that are still among them.
    var members: [Member]
    var cameras: CameraGroup
    /// The last one joined then.
    var last: Timestamp
    /// The count that was last reported.
    var told: Int
    /// Its place among the events that wait, and after how many drains.
    let event: (drain: Int, place: Int)
    var flood: FloodLog.Ticket?
  }

  struct Place {
    let origin: Origin
    /// Those with an alert of their own.
    var recent: [Member] = []
    /// Those that wait.
    var held: [Member] = []
    var group: Group?
  }

  var places = BoundedTable<Origin, Place>(capacity: placeLimit)
  /// When to look at a place again.
  var dues = DeadlineQueue()

  /// For an inventory whose devices have other numbers.
  func renewed() -> InventedCameras {
    var renewed = self
    for place in places.places {
      renewed.places[place].recent = []
      renewed.places[place].held = []
    }
    return renewed
  }

  /// The clock was set back: what falls due does so as much later as before.
  mutating func move(by step: Nanoseconds) {
    dues = DeadlineQueue()
    for place in places.places {
      guard let last = places[place].group?.last else { continue }
      places[place].group?.last = last + step
      dues.add(place, at: last + step + Self.period)
    }
  }
}

/// How a device's first frame came.
struct Arrival {
  var interface = CaptureInterfaces.unnamed
  /// Few have any.
  @Boxed var way: Way?

  struct Way {
    let accessPoint: MACAddress
    let tunnel: IPAddress
  }
}
