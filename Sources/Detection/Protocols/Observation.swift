/// A MAC and an IP address as one packet showed them together; either may be missing.
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

/// One side of a message.
public struct Endpoint: Hashable, Sendable {
  public var station: Station
  /// 0 where the carrier has no ports.
  public var port: UInt16

  public init(station: Station = Station(), port: UInt16 = 0) {
    self.station = station
    self.port = port
  }
}

/// One thing that one station said or showed, with the packet that shows it: small and owned, it outlives the packet.
public struct Observation: Sendable, Equatable {
  public let field: Field
  /// Empty for payload fields.
  public let text: String
  /// Only for payload fields: the first bytes, at most `payloadLimit`.
  public let bytes: [UInt8]
  /// Length of the payload on the wire.
  public let length: Int
  public let subject: Station
  /// The subject's own port, and the other end's.
  public let port: UInt16
  public let peerPort: UInt16
  public let time: Timestamp
  public let packet: PacketReference

  /// How many bytes of an unrecognised payload signatures may look at.
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

/// Where recognizers put what they see. The engine empties it after every packet.
public struct ObservationSink: ~Copyable {
  /// Who an observation is about, seen from the message at hand.
  public enum Subject: Sendable {
    case sender
    case receiver
    case station(Station)
  }

  public private(set) var observations: [Observation] = []
  /// Conversations that carry video or audio, to be reported as streams.
  public private(set) var streams: [MediaStream] = []
  public private(set) var expectations: [Expectation] = []
  /// What devices on the wire said of themselves.
  private var announcements: [NeighborAdvertisement] = []
  var wantsAnnouncements = false

  /// Fields that nobody looks at: what is costly to work out may be left out.
  var unwanted: Set<Field> = []

  private var source = Endpoint()
  private var destination = Endpoint()
  private var time = Timestamp.zero
  /// Of the message at hand.
  private(set) var packet = PacketReference(file: 0, number: 0)

  public init() {}

  /// Sets whose message the next observations come from.
  public mutating func begin(_ message: borrowing Message) {
    source = message.source
    destination = message.destination
    time = message.time
    packet = message.packet
  }

  public func wants(_ field: Field) -> Bool { !unwanted.contains(field) }

  /// Longest text that an observation holds; more is cut.
  public static let textLimit = 512

  /// - Parameter shown: the packet that shows it, where that is an earlier one than the message at hand.
  public mutating func emit(_ field: Field, _ text: String, about subject: Subject = .sender, shown: PacketReference? = nil) {
    guard !text.isEmpty else { return }
    let text = text.utf8.count > Self.textLimit ? String(text.prefix(Self.textLimit)) : text
    append(field, text: text, bytes: [], length: text.utf8.count, about: subject, shown: shown)
  }

  /// The first bytes of a payload that nobody knows.
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

  /// Says that this conversation carries media which the message's sender (or its receiver) emits.
  public mutating func stream(_ name: String, fromSender: Bool = true) {
    streams.append(MediaStream(name: name, sender: fromSender ? source : destination, receiver: fromSender ? destination : source))
  }

  public mutating func expect(_ expectation: Expectation) { expectations.append(expectation) }

  mutating func announce(_ announcement: NeighborAdvertisement) {
    if wantsAnnouncements { announcements.append(announcement) }
  }

  mutating func takeAnnouncements() -> [NeighborAdvertisement] {
    if announcements.isEmpty { return [] }
    defer { announcements.removeAll() }
    return announcements
  }

  mutating func takeStreams() -> [MediaStream] {
    defer { streams.removeAll() }
    return streams
  }

  mutating func takeExpectations() -> [Expectation] {
    defer { expectations.removeAll() }
    return expectations
  }

  var hasObservations: Bool { !observations.isEmpty }

  /// Exchanges the observations for an empty array, whose storage the next ones use.
  mutating func takeObservations(into batch: inout [Observation]) {
    assert(batch.isEmpty)
    swap(&batch, &observations)
  }
}

/// A conversation that carries video or audio.
public struct MediaStream: Sendable, Equatable {
  /// In plain words: `RTSP over TCP`, `RTP H264`.
  public let name: String
  public let sender: Endpoint
  public let receiver: Endpoint
}

/// A flow that another one announced, such as RTP ports by RTSP SETUP: whoever sends from or to this address and port.
public struct Expectation: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// RTP, with the codec of each payload type where the SDP named it.
    case rtp(codecs: [UInt8: String])
  }
  public let kind: Kind
  public let address: IPAddress
  public let port: UInt16

  public init(kind: Kind, address: IPAddress, port: UInt16) {
    self.kind = kind
    self.address = address
    self.port = port
  }
}
