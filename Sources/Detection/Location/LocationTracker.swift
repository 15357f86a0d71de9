/// The place of a device: of several places at which its frames arrive, the one with most of them.
///
/// Its own switch port, or the interface at it, has all its frames. Others have those that are flooded, or addressed to a device there.
struct LocationEstimate {
  static let none = UInt16.max
  /// A new place must have most of its frames for this long before the device has moved: between two access points, a device changes
  /// from one to the other for hours.
  private static let settling = Nanoseconds.seconds(300)
  /// After this long without a frame at its place, the device is where a frame arrives.
  private static let goneAfter = Nanoseconds.seconds(60)
  /// After this long without a frame at any known place, while frames arrive elsewhere, its place is unknown.
  private static let forgottenAfter = Nanoseconds.seconds(3600)
  /// The most frames that a place may be ahead of the others.
  private static let lead: UInt8 = 16

  private var current = LocationEstimate.none
  private var settled = LocationEstimate.none
  private var ahead: UInt8 = 0
  /// All frames there were for a group.
  private var isDoubtful = false
  /// Unicast frames arrived where no rule applies: frames for a group count no more.
  private var isElsewhere = false
  /// It has once stayed at a place.
  private(set) var hasHeld = false
  /// The time at which it was placed first.
  private var first: Timestamp?
  private var since = Timestamp.distantPast
  /// The last frame there that counts.
  private var last = Timestamp.distantPast

  /// - Parameter isFlooded: the frame is for a group, and arrives everywhere.
  mutating func record(at place: UInt16, isFlooded: Bool, _ time: Timestamp) {
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
    if last.isDue(since: since, after: Self.settling) {
      settled = current
      hasHeld = true
    }
    // At first it is where its frames arrive, right or not.
    if !hasHeld, let first, !time.isAfter(first, by: Self.settling) { settled = current }
  }

  /// A unicast frame arrived on an interface that no rule names. If all frames so far were flooded, the device is not in that room.
  mutating func recordElsewhere() {
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

  /// - Parameter time: that of the device's last unicast frame, wherever it arrived.
  func place(at time: Timestamp) -> UInt16 { time.isAfter(last, by: Self.forgottenAfter) ? Self.none : settled }
}

/// The place of a device, by interface and by access point.
struct LocationTracker {
  /// How often a device with an alert is checked for another room.
  private static let checkPeriod = Nanoseconds.seconds(60)
  /// How many facts about its place may change the room of a device in a while. Whoever makes up addresses or circuits for a camera is not
  /// heeded further; its next evidence takes the room along.
  static let judgmentLimit: UInt8 = 8
  static let judgmentPeriod = Nanoseconds.seconds(600)

  private var interface = LocationEstimate()
  private var accessPoint = LocationEstimate()
  private(set) var lastHeard = Timestamp.distantPast
  /// The last unicast frame.
  private var lastOwn = Timestamp.distantPast
  private var checked = Timestamp.distantPast
  private var judgments: UInt8 = 0
  private var judgedSince = Timestamp.distantPast

  /// Every known place has been the same for a while.
  var hasHeld: Bool {
    let spots = [interface, accessPoint].filter { $0.place(at: lastOwn) != LocationEstimate.none }
    return !spots.isEmpty && spots.allSatisfy(\.hasHeld)
  }

  var currentInterface: UInt16 { interface.place(at: lastOwn) }
  var currentAccessPoint: UInt16 { accessPoint.place(at: lastOwn) }

  /// - Parameters:
  ///   - place: the interface; nil where no rule names it.
  ///   - station: the number of the access point; nil where the frame shows none.
  mutating func record(on place: UInt16?, by station: UInt16?, isFlooded: Bool, _ time: Timestamp) {
    lastHeard = time
    if !isFlooded { lastOwn = time }
    if let place {
      interface.record(at: place, isFlooded: isFlooded, time)
    } else if !isFlooded {
      interface.recordElsewhere()
    }
    // A station sends all its frames to its access point, which passes them on.
    if let station { accessPoint.record(at: station, isFlooded: false, time) }
  }

  /// A fact about the place of the device may be judged at once; it is counted.
  mutating func takesJudgment(at time: Timestamp) -> Bool {
    if judgedSince == .distantPast || time.isDue(since: judgedSince, after: Self.judgmentPeriod) { (judgments, judgedSince) = (0, time) }
    guard judgments < Self.judgmentLimit else { return false }
    judgments += 1
    return true
  }

  mutating func isDueForCheck(at time: Timestamp) -> Bool {
    guard checked == .distantPast || time.isDue(since: checked, after: Self.checkPeriod) else { return false }
    checked = time
    return true
  }
}
