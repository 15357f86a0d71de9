/// Where a device is heard: of several places at which its frames arrive, the one that has most of them.
///
/// Its own switch port, or the interface at it, has all its frames. Others have those that are flooded, or addressed to somebody there.
struct LocationEstimate {
  static let none = UInt16.max
  /// How long a new place must have most of its frames before it has moved: whoever stands between two access points changes between them
  /// for hours.
  private static let settling: Int64 = 300_000_000_000
  /// Not heard at one place for so long, and heard at another, it is there.
  private static let goneAfter: Int64 = 60_000_000_000
  /// Not heard at any place for so long, though otherwise, it is at none.
  private static let forgottenAfter: Int64 = 3_600_000_000_000
  /// By how many frames a place may be ahead of the others.
  private static let lead: UInt8 = 16

  private var current = LocationEstimate.none
  private var settled = LocationEstimate.none
  private var ahead: UInt8 = 0
  /// All that was heard there was for a group.
  private var isDoubtful = false
  /// Frames for a group say nothing any more.
  private var isElsewhere = false
  /// It has once stayed at a place.
  private(set) var hasHeld = false
  /// When it was placed for the first time.
  private var first: Timestamp?
  private var since = Timestamp.distantPast
  /// The last frame there that says something.
  private var last = Timestamp.distantPast

  /// - Parameter isFlooded: the frame is for a group: it is heard everywhere.
  mutating func heard(at place: UInt16, isFlooded: Bool, _ time: Timestamp) {
    if place == current {
      if !isFlooded {
        isDoubtful = false
        if ahead < Self.lead { ahead += 1 }
      }
      if !isFlooded || isDoubtful { last = time }
    } else if isFlooded {
      guard !isElsewhere, current == Self.none || time.isAfter(last, by: Self.forgottenAfter) else { return }
      begin(at: place, isFlooded, time)
    } else if ahead > 0, !time.isAfter(last, by: Self.goneAfter) {
      ahead -= 1
      return
    } else {
      begin(at: place, isFlooded, time)
    }
    if last.isAfter(since, by: Self.settling - 1) {
      settled = current
      hasHeld = true
    }
    // At first it is where it is heard, be it right or not.
    if !hasHeld, let first, !time.isAfter(first, by: Self.settling) { settled = current }
  }

  /// A frame that is not for a group was heard where no room is told by. What was only flooded from there to a room is not in it.
  mutating func heardElsewhere() {
    isElsewhere = true
    guard isDoubtful else { return }
    (current, settled, hasHeld, isDoubtful, first) = (Self.none, Self.none, false, false, nil)
  }

  private mutating func begin(at place: UInt16, _ isFlooded: Bool, _ time: Timestamp) {
    current = place
    isDoubtful = isFlooded
    ahead = isFlooded ? 0 : 1
    since = time
    last = time
    first = first ?? time
  }

  /// - Parameter time: when a frame of the device that is not for a group was heard last, wherever.
  func place(at time: Timestamp) -> UInt16 { time.isAfter(last, by: Self.forgottenAfter) ? Self.none : settled }
}

/// Where a device is heard, in each of the ways in which that is told.
struct LocationTracker {
  /// How often it is looked whether a device for which an alert was raised is in another room.
  private static let checkPeriod: Int64 = 60_000_000_000

  private var interface = LocationEstimate()
  private var accessPoint = LocationEstimate()
  private(set) var lastHeard = Timestamp.distantPast
  /// The last frame that is not for a group.
  private var lastOwn = Timestamp.distantPast
  private var checked = Timestamp.distantPast

  /// All that is known of it has held for a while.
  var hasHeld: Bool {
    let spots = [interface, accessPoint].filter { $0.place(at: lastOwn) != LocationEstimate.none }
    return !spots.isEmpty && spots.allSatisfy(\.hasHeld)
  }

  var currentInterface: UInt16 { interface.place(at: lastOwn) }
  var currentAccessPoint: UInt16 { accessPoint.place(at: lastOwn) }

  /// - Parameters:
  ///   - place: the interface; nil where no room is told by it.
  ///   - station: the place of the access point; nil where the frame shows none.
  mutating func heard(on place: UInt16?, by station: UInt16?, isFlooded: Bool, _ time: Timestamp) {
    lastHeard = time
    if !isFlooded { lastOwn = time }
    if let place {
      interface.heard(at: place, isFlooded: isFlooded, time)
    } else if !isFlooded {
      interface.heardElsewhere()
    }
    // A station sends all its frames to its access point, which passes them on.
    if let station { accessPoint.heard(at: station, isFlooded: false, time) }
  }

  mutating func isToBeChecked(at time: Timestamp) -> Bool {
    guard checked == .distantPast || time.isAfter(checked, by: Self.checkPeriod - 1) else { return false }
    checked = time
    return true
  }
}

/// By which way a frame of a station came.
struct FrameIngress {
  let host: StationID
  /// By its number in `CaptureInterfaces`.
  let interface: UInt16
  /// The BSSID of the access point that the station sends to.
  let accessPoint: MACAddress
  /// Who sent the tunnel that the frame travels in.
  let tunnelSource: Station?
  /// It is for a group.
  let isFlooded: Bool
}
