/// An alert that was raised for a device, what was told with it, and how it goes on.
public struct RaisedAlert: Sendable, Equatable {
  /// What is learned so soon after an alert belongs to it and is no news: a camera tells its model a moment after its address.
  public static let settling = Duration.seconds(300)
  /// Without a packet for so long, while others were heard, a device is gone. Cameras that sleep on a battery still keep their
  /// connection to the cloud alive, at intervals of minutes.
  public static let silentAfter = Duration.seconds(3600)
  /// Not heard in one part of the network for so long, and heard in another, a device has moved.
  static let goneAfter = Duration.seconds(60)
  /// How often it is looked whether a device that was gone is back.
  static let backCheck = Duration.seconds(10)

  public let id: String
  /// Packet time at which it was raised.
  public let time: Timestamp
  public let verdict: Verdict
  /// As which device it was told.
  public let device: DeviceID
  /// What was told last.
  public var model: String?
  public var streams: Bool
  public var room: String?
  /// It is told that it is gone: when its last packet had come.
  public var silentSince: Timestamp?

  public init(
    id: String, time: Timestamp, verdict: Verdict, device: DeviceID, model: String? = nil, streams: Bool = false,
    room: String? = nil, silentSince: Timestamp? = nil
  ) {
    self.id = id
    self.time = time
    self.verdict = verdict
    self.device = device
    self.model = model
    self.streams = streams
    self.room = room
    self.silentSince = silentSince
  }

  /// Takes over what is known now.
  mutating func note(_ device: Device) -> [Alert.Change] {
    var changes: [Alert.Change] = []
    if let model = device.model, model != self.model {
      self.model = model
      changes.append(.model(model))
    }
    if !streams, device.streamsVideo {
      streams = true
      changes.append(.streams)
    }
    if let room = device.room, room != self.room {
      self.room = room
      changes.append(.moved(to: room))
    }
    return changes
  }
}

/// A person said that an alert was false.
public struct Dismissal: Sendable, Equatable {
  /// The alert's id.
  public let alert: String
  /// The sides of the device that spoke for it then. It holds until another one speaks, strongly.
  public let facets: Set<Facet>

  public init(alert: String, facets: Set<Facet>) {
    self.alert = alert
    self.facets = facets
  }

  func covers(_ device: Device) -> Bool {
    !device.evidence.contains { item in
      item.signature.says.isWeighed && item.signature.strength.map { $0 >= .strong } == true && !facets.contains(item.signature.facet)
    }
  }
}
