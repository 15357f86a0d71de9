import Detection

/// A device, live or stored.
public struct DeviceDocument: Encodable, Sendable {
  struct Place: Encodable, Sendable {
    let segment: String
    /// Absent if no site rule matches.
    let room: String?
  }

  struct ClassReason: Encodable, Sendable {
    let field: String
    /// Null for people's devices.
    @OrNull var value: String?
    let reason: String
    let packet: PacketDocument
  }

  struct Upload: Encodable, Sendable {
    let upBps: Int
    let downBps: Int
    let since: String
    @OrNull var picturesPerSecond: Double?
    let to: String

    private enum CodingKeys: String, CodingKey {
      case since, to
      case upBps = "up_bps"
      case downBps = "down_bps"
      case picturesPerSecond = "pictures_per_second"
    }

  }

  struct Stream: Encodable, Sendable {
    let peer: String
    let `protocol`: String
    let firstSeen: String
    let lastSeen: String
    let bytes: UInt64

    private enum CodingKeys: String, CodingKey {
      case peer, `protocol`, bytes
      case firstSeen = "first_seen"
      case lastSeen = "last_seen"
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

  private enum CodingKeys: String, CodingKey {
    case id, mac, ips, hostname, maker, vendor, model, `class`, role, kind, verdict, confidence, known, place, room, alert, streams,
      traffic, evidence
    case classReasons = "class_reasons"
    case firstSeen = "first_seen"
    case lastSeen = "last_seen"
    case packetsSent = "packets_sent"
    case bytesSent = "bytes_sent"
    case bytesReceived = "bytes_received"
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
