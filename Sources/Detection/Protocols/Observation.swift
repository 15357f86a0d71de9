/// A MAC address and an IP address that one packet showed together. Either may be missing.
public struct Station: Hashable, Sendable {
  public var segment: Segment
  public var mac: MACAddress
  public var address: IPAddress

  public init(segment: Segment = .untagged, mac: MACAddress = .none, address: IPAddress = .none) {
    self.segment = segment
    self.mac = mac
    self.address = address
  }
}

/// The sender or the receiver of a message.
public struct Endpoint: Hashable, Sendable {
  public var station: Station
  /// 0 if the transport has no ports.
  public var port: UInt16

  public init(station: Station = Station(), port: UInt16 = 0) {
    self.station = station
    self.port = port
  }
}

/// One fact about a station, with the packet that shows it. It owns its data and outlives the packet.
public struct Observation: Sendable, Equatable {
  public let field: Field
  /// Empty for payload fields.
  public let text: String
  /// The first bytes of a payload field, at most `payloadLimit`; empty for other fields.
  public let bytes: [UInt8]
  /// Bytes of the payload on the wire.
  public let length: Int
  public let subject: Station
  /// The port of the subject, and that of its peer.
  public let port: UInt16
  public let peerPort: UInt16
  public let time: Timestamp
  public let packet: PacketReference

  /// Bytes of an unrecognized payload that signatures can match.
  public static let payloadLimit = 512

  public init(
    field: Field, text: String = "", bytes: [UInt8] = [], length: Int = 0, subject: Station, port: UInt16 = 0, peerPort: UInt16 = 0,
    time: Timestamp = .zero, packet: PacketReference = PacketReference(file: 0, number: 0)
  ) {
    self.field = field
    self.text = text
    self.bytes = bytes
    self.length = length
    self.subject = subject
    self.port = port
    self.peerPort = peerPort
    self.time = time
    self.packet = packet
  }
}

/// Collects the findings of recognizers. The engine empties it after each packet.
public struct ObservationSink: ~Copyable {
  /// The station that an observation is about, relative to the current message.
  public enum Subject: Sendable {
    case sender
    case receiver
    case station(Station)
  }

  public private(set) var observations: [Observation] = []
  /// Conversations found to carry video or audio.
  public private(set) var streams: [MediaStream] = []
  public private(set) var expectations: [Expectation] = []
  /// Switches and access points that identified themselves. Collected only where rooms depend on that.
  private var announcements: [NeighborAdvertisement] = []
  var wantsAnnouncements = false

  /// Fields that no signature looks at: recognizers may skip what is costly to compute.
  var unwanted: Set<Field> = []

  private var source = Endpoint()
  private var destination = Endpoint()
  private var time = Timestamp.zero
  /// The packet of the current message.
  private(set) var packet = PacketReference(file: 0, number: 0)

  public init() {}

  /// Makes this the current message: its sender, receiver, time and packet apply to the observations that follow.
  public mutating func begin(_ message: borrowing Message) {
    source = message.source
    destination = message.destination
    time = message.time
    packet = message.packet
  }

  public func wants(_ field: Field) -> Bool { !unwanted.contains(field) }

  /// Bytes of text that an observation holds; longer text is cut.
  public static let textLimit = 512

  /// Adds an observation, unless the text is empty.
  ///
  /// - Parameter shown: the packet that shows the fact, if not that of the current message.
  public mutating func emit(_ field: Field, _ text: String, about subject: Subject = .sender, shown: PacketReference? = nil) {
    guard !text.isEmpty else { return }
    let text = text.utf8.count > Self.textLimit ? String(text.prefix(Self.textLimit)) : text
    append(field, text: text, bytes: [], length: text.utf8.count, about: subject, shown: shown)
  }

  /// Adds the first bytes of a payload that no recognizer claims.
  public mutating func emitPayload(_ field: Field, _ payload: RawSpan, length: Int) {
    append(field, text: "", bytes: payload.slice(0, Observation.payloadLimit).array, length: length, about: .sender)
  }

  private mutating func append(
    _ field: Field, text: String, bytes: [UInt8], length: Int, about subject: Subject, shown: PacketReference? = nil
  ) {
    let (station, port, peerPort) =
      switch subject {
      case .sender: (source.station, source.port, destination.port)
      case .receiver: (destination.station, destination.port, source.port)
      case .station(let station): (station, UInt16(0), UInt16(0))
      }
    observations.append(
      Observation(
        field: field, text: text, bytes: bytes, length: length, subject: station, port: port, peerPort: peerPort, time: time,
        packet: shown ?? packet))
  }

  /// Reports that this conversation carries media, sent by the message's sender or by its receiver.
  public mutating func stream(_ name: String, fromSender: Bool = true) {
    streams.append(MediaStream(name: name, sender: fromSender ? source : destination, receiver: fromSender ? destination : source))
  }

  /// Announces a flow that belongs to this conversation.
  public mutating func expect(_ expectation: Expectation) { expectations.append(expectation) }

  mutating func announce(_ announcement: NeighborAdvertisement) {
    if wantsAnnouncements { announcements.append(announcement) }
  }

  /// Streams or expectations wait to be drained.
  @inline(__always)
  var hasAnnounced: Bool { !streams.isEmpty || !expectations.isEmpty }

  mutating func drainStreams() -> [MediaStream] {
    defer { streams.removeAll() }
    return streams
  }

  mutating func drainExpectations() -> [Expectation] {
    defer { expectations.removeAll() }
    return expectations
  }

  /// Moves what neighbours announced on an interface, and then what was observed, to the events.
  mutating func drain(into events: inout FlowEventQueue, from interface: UInt16) {
    if !announcements.isEmpty {
      for announcement in announcements { events.append(.neighbor(announcement, interface: interface)) }
      announcements.removeAll()
    }
    if observations.isEmpty { return }
    for observation in observations { events.append(.observation(observation)) }
    observations.removeAll(keepingCapacity: true)
  }
}
