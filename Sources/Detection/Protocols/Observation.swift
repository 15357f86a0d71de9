/// A MAC address and an IP address that one packet showed together. Either may be missing.
public struct Station: Hashable, BitwiseCopyable, Sendable {
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
  /// What people read in place of a number: a measurement in one sentence.
  public let story: String?
  /// Routers that the packet had passed; `Hops.unknown` where it does not show.
  let hops: UInt8
  /// Both sides of the conversation that shows it took part.
  let isExchange: Bool
  /// Somebody else says it about the subject.
  let isHearsay: Bool

  /// Bytes of an unrecognized payload that signatures can match.
  public static let payloadLimit = 512

  public init(
    field: Field, text: String = "", bytes: [UInt8] = [], length: Int = 0, subject: Station, port: UInt16 = 0, peerPort: UInt16 = 0,
    time: Timestamp = .zero, packet: PacketReference = PacketReference(file: 0, number: 0), story: String? = nil
  ) {
    self.init(
      field: field, text: text, bytes: bytes, length: length, subject: subject, port: port, peerPort: peerPort, time: time,
      packet: packet, story: story, hops: Hops.unknown, isExchange: false, isHearsay: false)
  }

  fileprivate init(
    field: Field, text: String, bytes: [UInt8], length: Int, subject: Station, port: UInt16, peerPort: UInt16, time: Timestamp,
    packet: PacketReference, story: String? = nil, hops: UInt8, isExchange: Bool, isHearsay: Bool
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
    self.story = story
    self.hops = hops
    self.isExchange = isExchange
    self.isHearsay = isHearsay
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

  public var observations: [Observation] { found.observations }
  /// Observations, as the events that they become.
  private var found = FlowEventQueue()
  /// Conversations found to carry video or audio.
  public private(set) var streams: [MediaStream] = []
  public private(set) var expectations: [Expectation] = []
  /// Pictures and pieces of presentations, which make live video only in a row.
  public private(set) var items: [MediaItem] = []
  /// Switches and access points that identified themselves. Collected only where rooms depend on that.
  private var announcements: [NeighborAdvertisement] = []
  var wantsAnnouncements = false

  /// Signatures tell the classes of devices apart: their traits are to be observed.
  var wantsTraits = false
  /// Ends of the names for which `tls.answered` is of interest: it would be a fact of every connection. All, if nil.
  var answered: [[UInt8]]?
  /// Routers that the current packet had passed.
  var hops = Hops.unknown
  /// Both sides of the current conversation took part in it.
  var isExchange = false
  /// Stations that claim addresses.
  private var claims: [Station] = []
  private var relays = DHCPRelays()
  private var recentTraits = RecentTraits()
  private var work = WorkBudget()
  /// What senders make up.
  var floods = FloodCounter()

  /// Fields that no signature looks at: recognizers may skip what is costly to compute.
  var unwanted: Set<Field> = []

  private var source = Endpoint()
  private var destination = Endpoint()
  private var isConnection = false
  private var isFromOriginator = false
  private var time = Timestamp.zero
  /// The packet of the current message.
  private(set) var packet = PacketReference(file: 0, number: 0)

  public init() {}

  /// Makes this the current message: its sender, receiver, time and packet apply to the observations that follow.
  public mutating func begin(_ message: borrowing Message) {
    source = message.source
    destination = message.destination
    isConnection = message.transport == .tcp
    isFromOriginator = message.fromOriginator
    time = message.time
    packet = message.packet
  }

  /// Makes a packet without contents the current message.
  mutating func begin(from source: Endpoint, to destination: Endpoint, at time: Timestamp, _ packet: PacketReference) {
    self.source = source
    self.destination = destination
    (self.time, self.packet) = (time, packet)
    (isConnection, isFromOriginator) = (false, false)
  }

  public func wants(_ field: Field) -> Bool { !unwanted.contains(field) }

  /// Bytes of text that an observation holds; longer text is cut.
  public static let textLimit = 512

  /// Adds an observation, unless the text is empty.
  ///
  /// - Parameters:
  ///   - shown: the packet that shows the fact, if not that of the current message.
  ///   - isHearsay: the sender says it about another station.
  public mutating func emit(
    _ field: Field, _ text: String, about subject: Subject = .sender, shown: PacketReference? = nil, isHearsay: Bool = false
  ) {
    guard !text.isEmpty else { return }
    let text = text.utf8.count > Self.textLimit ? String(text.prefix(Self.textLimit)) : text
    append(field, text: text, bytes: [], length: text.utf8.count, about: subject, shown: shown, isHearsay: isHearsay)
  }

  /// Adds the first bytes of a payload that no recognizer claims.
  public mutating func emitPayload(_ field: Field, _ payload: RawSpan, length: Int) {
    append(field, text: "", bytes: payload.slice(0, Observation.payloadLimit).array, length: length, about: .sender)
  }

  private mutating func append(
    _ field: Field, text: String, bytes: [UInt8], length: Int, about subject: Subject, shown: PacketReference? = nil,
    isHearsay: Bool = false
  ) {
    let (station, port, peerPort, hops) =
      switch subject {
      case .sender: (source.station, source.port, destination.port, hops)
      case .receiver: (destination.station, destination.port, source.port, Hops.unknown)
      case .station(let station): (station, UInt16(0), UInt16(0), Hops.unknown)
      }
    if field == .ipAddress { claims.append(station) }
    found.append(
      .observation(
        Observation(
          field: field, text: text, bytes: bytes, length: length, subject: station, port: port, peerPort: peerPort, time: time,
          packet: shown ?? packet, hops: hops, isExchange: isExchange, isHearsay: isHearsay)))
  }

  /// Takes what a client says in a request that this sender relays. It is the client's where the sender relays for several; until then it
  /// is put aside.
  mutating func relay(_ statements: [DHCPRelays.Statement], of client: Station) {
    let ready = relays.add(statements, of: client, by: source.station, at: time, packet)
    for said in ready { append(said) }
  }

  /// The input is over: what was put aside is its sender's.
  mutating func endRelays() {
    for said in relays.drain() { append(said) }
  }

  private mutating func append(_ said: DHCPRelays.Said) {
    found.append(
      .observation(
        Observation(
          field: said.statement.field, text: said.statement.text, bytes: [], length: said.statement.text.utf8.count, subject: said.subject,
          port: 0, peerPort: 0, time: said.time, packet: said.packet, hops: Hops.unknown, isExchange: false, isHearsay: true)))
  }

  /// Adds an observation that shows the class of a device. Each of its connections shows the same, so it is added once in a while.
  ///
  /// - Parameters:
  ///   - key: stands for the text, which is only made where it is new.
  ///   - aboutReceiver: the receiver shows it, and not the sender.
  @inline(__always)
  mutating func emitTrait(_ field: Field, _ text: @autoclosure () -> String, key: UInt64, aboutReceiver: Bool = false) {
    if isNew(field, key, aboutReceiver) { emit(field, text(), about: aboutReceiver ? .receiver : .sender) }
  }

  private mutating func isNew(_ field: Field, _ key: UInt64, _ aboutReceiver: Bool) -> Bool {
    wantsTraits && recentTraits.isNew(field, key, of: aboutReceiver ? destination.station : source.station, at: time)
  }

  /// Reports that the server of this name answered the receiver of the current message.
  mutating func emitAnswered(_ name: String) {
    guard wantsTraits else { return }
    if let answered {
      let bytes = Array(name.utf8)
      guard answered.contains(where: { bytes.count >= $0.count && bytes[(bytes.count - $0.count)...].elementsEqual($0) }) else { return }
    }
    emitTrait(.tlsAnswered, name, key: FNV1a.hash(name), aboutReceiver: true)
  }

  /// The sender of the current message may make Lenscap do what costs more than reading a packet.
  mutating func takesWork() -> Bool { work.take(for: source.station, at: time) }

  /// The current message has names that cost more to read than those of any program.
  mutating func noteCostlyNames() {
    let sender = source.station
    floods.add(.dns, from: sender.mac, sender.mac.isNone ? sender.address : .none, in: sender.segment, isCostly: true, at: time)
  }

  /// The sender of the current message asks for an address for somebody else.
  mutating func noteClient(_ client: MACAddress, isRelayed: Bool) {
    floods.add(
      .dhcp, from: source.station.mac, in: source.station.segment, kind: client.bits, asksForOthers: isRelayed, at: time)
  }

  /// All traits are to be observed anew.
  mutating func forgetTraits() { recentTraits = RecentTraits() }

  /// Reports that this conversation carries media, sent by the message's sender or by its receiver.
  ///
  /// - Parameters:
  ///   - isAsked: the receiver asked for it. If nil, it did where it opened the connection.
  ///   - isVideo: not sound alone.
  ///   - isLive: of the moment, and no recording.
  public mutating func stream(
    _ name: String, fromSender: Bool = true, isAsked: Bool? = nil, isVideo: Bool = true, isLive: Bool = true
  ) {
    let (sender, receiver) = fromSender ? (source, destination) : (destination, source)
    streams.append(
      MediaStream(
        name: name, sender: sender, receiver: receiver, isAsked: isAsked ?? (isConnection && isFromOriginator != fromSender),
        isVideo: isVideo, isLive: isLive))
  }

  /// Announces a flow that belongs to this conversation.
  public mutating func expect(_ expectation: Expectation) { expectations.append(expectation) }

  /// Notes a picture or a piece of a presentation that the message's sender sent.
  mutating func item(_ content: MediaItem.Content, _ target: String, key: UInt64) {
    items.append(MediaItem(content: content, target: target, key: key, sender: source, receiver: destination, packet: packet))
  }

  mutating func announce(_ announcement: NeighborAdvertisement) {
    if wantsAnnouncements { announcements.append(announcement) }
  }

  /// Streams, expectations or items wait to be drained.
  @inline(__always)
  var hasAnnounced: Bool { !streams.isEmpty || !expectations.isEmpty || !items.isEmpty }

  /// Announcements or observations wait to be drained.
  @inline(__always)
  var hasReports: Bool { !found.isEmpty || !announcements.isEmpty }

  mutating func drainStreams() -> [MediaStream] {
    defer { streams.removeAll() }
    return streams
  }

  mutating func drainExpectations() -> [Expectation] {
    defer { expectations.removeAll() }
    return expectations
  }

  mutating func drainItems() -> [MediaItem] {
    defer { items.removeAll() }
    return items
  }

  mutating func drainClaims() -> [Station] {
    if claims.isEmpty { return [] }
    defer { claims.removeAll() }
    return claims
  }

  /// Moves what neighbours announced on an interface, and then what was observed, to the events.
  mutating func drain(into events: inout FlowEventQueue, from interface: UInt16) {
    if !announcements.isEmpty {
      for announcement in announcements { events.append(.neighbor(announcement, interface: interface)) }
      announcements.removeAll()
    }
    events.takeAll(from: &found)
  }
}
