/// One case: a camera, a recorder or a base station that nobody declared, from the packet that raised it on.
///
/// It holds what was last reported, so that a change of the device can be distinguished from what people know already.
public struct Alert: Sendable, Hashable {
  /// Facts that arrive this soon after an alert belong to it and are no news: a camera gives its model a moment after its address.
  public static let settling = Duration.seconds(300)
  /// A device without a packet for this long, while others were active, has gone. Cameras on a battery keep their connection to the cloud
  /// alive at intervals of minutes while they sleep.
  public static let silentAfter = Duration.seconds(3600)
  /// A device without a packet in one part of the network for this long, and with packets in another, has moved.
  static let movedAfter = Duration.seconds(60)
  /// How often a silent device is checked for its return.
  static let returnCheck = Nanoseconds.seconds(10)

  /// 16 hexadecimal digits, the same in every run over the same packets.
  public let id: String
  /// Packet time at which it was raised.
  public let time: Timestamp
  /// The device under which it was last reported.
  public let device: DeviceID
  public var verdict: Verdict
  /// It rests on more than what anybody can forge.
  public var isCorroborated: Bool
  /// The number of events with this `id` so far: 1 when it is raised, one more each time it becomes surer.
  public var revision: Int
  public var model: String?
  public var kind: String?
  public var address: String?
  public var streams: Bool
  public var room: String?
  /// The time of the device's last packet, once it was reported silent.
  public var silentSince: Timestamp?
  /// Somebody outside watches it, as was reported; and when such a report came last.
  public var watched: Watched?
  public var watchReported: Timestamp?

  public init(
    id: String, time: Timestamp, device: DeviceID, verdict: Verdict, isCorroborated: Bool = true, revision: Int = 1, model: String? = nil,
    kind: String? = nil,
    address: String? = nil, streams: Bool = false, room: String? = nil, silentSince: Timestamp? = nil,
    watched: Watched? = nil, watchReported: Timestamp? = nil
  ) {
    self.id = id
    self.time = time
    self.device = device
    self.verdict = verdict
    self.isCorroborated = isCorroborated
    self.revision = revision
    self.model = model
    self.kind = kind
    self.address = address
    self.streams = streams
    self.room = room
    self.silentSince = silentSince
    self.watched = watched
    self.watchReported = watchReported
  }

  /// A case that a device raises.
  init(raisedBy device: Device, at time: Timestamp) {
    self.init(
      id: AlertEvent.identifier(device.id, .raised, time), time: time, device: device.id, verdict: device.verdict,
      isCorroborated: device.isCorroborated)
    _ = update(with: device)
  }

  /// The same case under another device, or with a higher verdict, or with what corroborates it.
  func continued(by device: DeviceID, verdict: Verdict, isCorroborated: Bool) -> Alert {
    Alert(
      id: id, time: time, device: device, verdict: verdict, isCorroborated: self.isCorroborated || isCorroborated, revision: revision,
      model: model, kind: kind, address: address,
      streams: streams, room: room, silentSince: silentSince, watched: watched, watchReported: watchReported)
  }

  /// Records the device's present state.
  ///
  /// - Returns: what differs from the state reported before.
  mutating func update(with device: Device) -> [AlertEvent.Change] {
    var changes: [AlertEvent.Change] = []
    func note(_ what: AlertEvent.Change.What, _ old: inout String?, _ new: String?) {
      guard let new, new != old else { return }
      changes.append(AlertEvent.Change(what, from: old, to: new))
      old = new
    }
    note(.model, &model, device.model)
    note(.kind, &kind, device.kind)
    if !streams, device.streamsVideo {
      streams = true
      changes.append(AlertEvent.Change(.streams, from: "false", to: "true"))
    }
    note(.room, &room, device.room)
    note(.address, &address, device.addresses.first?.description)
    return changes
  }
}

/// An operator's decision that an alert was false.
public struct Dismissal: Sendable, Equatable {
  /// The alert's id.
  public let alert: String
  /// The facets with evidence at that time. The decision holds until strong evidence of another facet appears.
  public let facets: Set<Facet>

  public init(alert: String, facets: Set<Facet>) {
    self.alert = alert
    self.facets = facets
  }

  func covers(_ device: Device) -> Bool {
    !device.evidence.contains { item in
      item.signature.says.isWeighed && item.strength.map { $0 >= .strong } == true && !facets.contains(item.signature.facet)
    }
  }
}
