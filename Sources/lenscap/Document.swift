import Capture
import Detection
import Foundation

/// A line of `--format jsonl`: the object's keys and a `type`.
struct Line<Body: Encodable>: Encodable {
  let type: String
  let body: Body

  private enum Key: String, CodingKey { case type }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(type, forKey: .type)
    try body.encode(to: encoder)
  }
}

enum JSON {
  static func text(_ value: some Encodable, pretty: Bool = false) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = pretty ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Over several lines, of which all but the first are indented, as if the value stood within another.
  static func text(_ value: some Encodable, indent: Int) throws -> String {
    let margin = "\n" + String(repeating: " ", count: indent)
    // The encoder leaves a line empty in an empty list.
    return try text(value, pretty: true).replacing("\n", with: margin).replacing(margin + "\n", with: "\n\n")
  }
}

/// A key that is written as null where there is no value.
@propertyWrapper
struct OrNull<Value: Encodable>: Encodable {
  var wrappedValue: Value?
  init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}

extension OrNull: Sendable where Value: Sendable {}

/// What the JSON output, schema `lenscap/1` (`docs/lenscap-1.schema.json`), was made of. Every documented key is there; what is not
/// known is null.
struct SourceDocument: Encodable {
  static let schema = "lenscap/1"

  struct File: Encodable {
    let path: String
    let packets: UInt64
    let bytes: UInt64
    @OrNull var linkType: String?
    @OrNull var firstSeen: String?
    @OrNull var lastSeen: String?
    let truncated: UInt64
    @OrNull var error: String?

    init(_ summary: CaptureSequence.Summary) {
      path = summary.path
      packets = summary.packets
      bytes = summary.capturedBytes
      linkType = summary.linkTypes.isEmpty ? nil : summary.linkTypes.map(\.name).joined(separator: ", ")
      firstSeen = summary.firstSeen?.rfc3339
      lastSeen = summary.lastSeen?.rfc3339
      truncated = summary.truncatedPackets
      error = summary.error?.description
    }
  }

  let files: [File]
}

struct PacketDocument: Encodable, Sendable {
  /// Absent for a live run.
  let file: String?
  let number: UInt64

  init(_ packet: PacketReference, files: [String]) {
    file = Int(packet.file) < files.count ? files[Int(packet.file)] : nil
    number = packet.number
  }
}

struct EvidenceDocument: Encodable, Sendable {
  let signature: String
  let says: String
  let facet: String
  @OrNull var strength: String?
  let weight: Double
  let field: String
  let value: String
  let reason: String
  let count: Int
  let firstSeen: String
  let packet: PacketDocument

  init(_ evidence: Evidence, files: [String]) {
    signature = evidence.signature.id
    says = evidence.signature.says.rawValue
    facet = evidence.signature.facet.rawValue
    strength = evidence.signature.strength?.rawValue
    weight = evidence.weight
    field = evidence.field.rawValue
    value = evidence.value
    reason = evidence.reason
    count = evidence.count
    firstSeen = evidence.firstSeen.rfc3339
    packet = PacketDocument(evidence.packet, files: files)
  }
}

struct DeviceDocument: Encodable {
  struct Place: Encodable {
    let segment: String
    /// Absent where no rule of the site fits.
    let room: String?
  }

  struct Stream: Encodable {
    let peer: String
    let `protocol`: String
    let firstSeen: String
    let lastSeen: String
    let bytes: UInt64
  }

  let id: String
  @OrNull var mac: String?
  let ips: [String]
  @OrNull var hostname: String?
  @OrNull var maker: String?
  @OrNull var vendor: String?
  @OrNull var model: String?
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
  let streams: [Stream]
  let evidence: [EvidenceDocument]

  init(_ device: Device, makers: OUIRegistry, files: [String]) {
    id = device.id.description
    mac = device.id.mac.isNone ? nil : device.id.mac.description
    ips = device.addresses.map(\.description)
    hostname = device.hostname
    let maker = makers.name(of: device.id.mac)
    self.maker = maker
    vendor = device.vendor ?? maker
    model = device.model
    role = device.role.rawValue
    kind = device.kind
    verdict = device.verdict.rawValue
    confidence = (device.weighing.probability * 1e6).rounded() / 1e6
    known = device.isKnown
    firstSeen = device.firstSeen.rfc3339
    lastSeen = device.lastSeen.rfc3339
    packetsSent = device.packetsSent
    bytesSent = device.bytesSent
    bytesReceived = device.bytesReceived
    let segment = device.id.segment == .untagged ? nil : device.id.segment.description
    place = segment == nil && device.room == nil ? nil : Place(segment: segment ?? "untagged", room: device.room)
    streams = device.streams.map {
      Stream(
        peer: $0.peer.description, protocol: $0.name, firstSeen: $0.firstSeen.rfc3339, lastSeen: $0.lastSeen.rfc3339, bytes: $0.bytes)
    }
    evidence = device.evidence.map { EvidenceDocument($0, files: files) }
  }
}

struct AlertDocument: Encodable {
  let id: String
  let kind: String
  let severity: String
  let time: String
  let device: String
  let verdict: String
  let summary: String
  @OrNull var follows: String?
  let evidence: [EvidenceDocument]

  init(_ alert: Alert, files: [String]) {
    id = alert.id
    kind = alert.kind.rawValue
    severity = alert.severity.rawValue
    time = alert.time.rfc3339
    device = alert.device.id.description
    verdict = alert.device.verdict.rawValue
    summary = alert.summary
    follows = alert.follows
    evidence = alert.device.evidence.map { EvidenceDocument($0, files: files) }
  }
}

/// An alert about the watching itself, which no device is to blame for.
struct HealthDocument: Encodable, Sendable {
  let id: String
  let kind = Alert.Kind.health.rawValue
  let severity = Alert.Severity.medium.rawValue
  let time: String
  @OrNull var device: String?
  @OrNull var verdict: String?
  let summary: String
  @OrNull var follows: String?
  let evidence: [EvidenceDocument] = []

  init(summary: String, time: Timestamp) {
    id = Alert.identifier(about: summary, time)
    self.time = time.rfc3339
    self.summary = summary
  }
}

struct CoverageDocument: Encodable {
  let packets: UInt64
  let truncated: UInt64
  let undecoded: [String: UInt64]
  let oneSidedFlows: Int
  let streamGaps: Int
  let encryptedWifiPackets: UInt64
  let droppedByKernel: UInt64
  let droppedByInterface: UInt64
  let evicted: [String: Int]

  init(_ coverage: Coverage, droppedByKernel: UInt64 = 0, droppedByInterface: UInt64 = 0) {
    packets = coverage.packets
    truncated = coverage.truncated
    undecoded = coverage.undecoded
    encryptedWifiPackets = coverage.encryptedWiFiPackets
    oneSidedFlows = coverage.oneSidedFlows
    streamGaps = coverage.streamGaps
    self.droppedByKernel = droppedByKernel
    self.droppedByInterface = droppedByInterface
    evicted = coverage.evicted
  }
}
