import Detection

/// A device, live or stored.
public struct DeviceDocument: ListedDocument, Sendable {
  struct Place: ListedDocument, Sendable {
    let segment: String
    /// Absent if no site rule matches.
    let room: String?

    func list(_ members: inout some MemberList) throws {
      if let room { try members.add("room", room) }
      try members.add("segment", segment)
    }
  }

  struct ClassReason: ListedDocument, Sendable {
    let field: String
    /// Null for people's devices.
    @OrNull var value: String?
    let reason: String
    let packet: PacketDocument

    func list(_ members: inout some MemberList) throws {
      try members.add("field", field)
      try members.add("packet", packet)
      try members.add("reason", reason)
      try members.add("value", value)
    }
  }

  struct Upload: ListedDocument, Sendable {
    let upBps: Int
    let downBps: Int
    let since: String
    @OrNull var picturesPerSecond: Double?
    let to: String

    func list(_ members: inout some MemberList) throws {
      try members.add("down_bps", downBps)
      try members.add("pictures_per_second", picturesPerSecond)
      try members.add("since", since)
      try members.add("to", to)
      try members.add("up_bps", upBps)
    }
  }

  struct Stream: ListedDocument, Sendable {
    let peer: String
    let `protocol`: String
    let firstSeen: String
    let lastSeen: String
    let bytes: UInt64

    func list(_ members: inout some MemberList) throws {
      try members.add("bytes", bytes)
      try members.add("first_seen", firstSeen)
      try members.add("last_seen", lastSeen)
      try members.add("peer", peer)
      try members.add("protocol", `protocol`)
    }
  }

  let id: String
  @OrNull var mac: String?
  let ips: [String]
  @OrNull var hostname: String?
  @OrNull var maker: String?
  @OrNull var vendor: String?
  @OrNull var model: String?
  let `class`: String
  let classReasons: [ClassReason]
  let role: String
  @OrNull var kind: String?
  let verdict: String
  let confidence: Double
  let known: Bool
  let firstSeen: String
  let lastSeen: String
  let packetsSent: UInt64
  let bytesSent: UInt64
  let bytesReceived: UInt64
  @OrNull var place: Place?
  @OrNull var room: String?
  @OrNull var alert: String?
  let streams: [Stream]
  @OrNull var traffic: Upload?
  /// Absent within an alert, which has the evidence itself.
  let evidence: [EvidenceDocument]?

  public func list(_ members: inout some MemberList) throws {
    try members.add("alert", alert)
    try members.add("bytes_received", bytesReceived)
    try members.add("bytes_sent", bytesSent)
    try members.add("class", `class`)
    try members.add("class_reasons", classReasons)
    try members.add("confidence", confidence)
    if let evidence { try members.add("evidence", evidence) }
    try members.add("first_seen", firstSeen)
    try members.add("hostname", hostname)
    try members.add("id", id)
    try members.add("ips", ips)
    try members.add("kind", kind)
    try members.add("known", known)
    try members.add("last_seen", lastSeen)
    try members.add("mac", mac)
    try members.add("maker", maker)
    try members.add("model", model)
    try members.add("packets_sent", packetsSent)
    try members.add("place", place)
    try members.add("role", role)
    try members.add("room", room)
    try members.add("streams", streams)
    try members.add("traffic", traffic)
    try members.add("vendor", vendor)
    try members.add("verdict", verdict)
  }

  /// - Parameters:
  ///   - alert: id of the device's alert.
  ///   - files: paths of a replay's captures; empty for a live run.
  ///   - withEvidence: false within an alert.
  public init(_ device: Device, alert: String? = nil, makers: OUIRegistry, files: [String] = [], withEvidence: Bool = true) {
    id = device.id.description
    mac = device.id.mac.isNone ? nil : device.id.mac.description
    ips = device.addresses.map(\.description)
    hostname = device.hostname
    let maker = makers.name(of: device.id.mac)
    self.maker = maker
    vendor = device.vendor ?? maker
    model = device.model
    `class` = device.deviceClass.rawValue
    classReasons = device.classReasons.map {
      ClassReason(
        field: $0.field.rawValue, value: device.deviceClass == .personal ? nil : $0.value, reason: $0.reason,
        packet: PacketDocument($0.packet, files: files))
    }
    role = device.role.rawValue
    kind = device.kind
    verdict = device.verdict.rawValue
    confidence = (device.confidence * 1e6).rounded() / 1e6
    known = device.isDeclared
    firstSeen = device.firstSeen.rfc3339
    lastSeen = device.lastSeen.rfc3339
    packetsSent = device.packetsSent
    bytesSent = device.bytesSent
    bytesReceived = device.bytesReceived
    let segment = device.id.segment == .untagged ? nil : device.id.segment.description
    place = segment == nil && device.room == nil ? nil : Place(segment: segment ?? "untagged", room: device.room)
    room = device.room
    self.alert = alert
    streams = device.streams.map {
      Stream(
        peer: $0.peer.description, protocol: $0.name, firstSeen: $0.firstSeen.rfc3339, lastSeen: $0.lastSeen.rfc3339, bytes: $0.bytes)
    }
    traffic = device.traffic.map {
      Upload(
        upBps: $0.upBitsPerSecond, downBps: $0.downBitsPerSecond, since: $0.since.rfc3339,
        picturesPerSecond: $0.picturesPerSecond.map { ($0 * 100).rounded() / 100 }, to: $0.to.description)
    }
    evidence = withEvidence ? device.evidence.map { EvidenceDocument($0, files: files) } : nil
  }

  public init(_ snapshot: DeviceSnapshot, makers: OUIRegistry) {
    self.init(snapshot.device, alert: snapshot.alert?.id, makers: makers)
  }
}
