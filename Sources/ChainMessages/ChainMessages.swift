import Foundation

// Up: from a gateway to central. `Document` is the JSON type of whoever reads or writes.

/// `up/event`: one entry of the event log of a box, with an alert of schema lenscap/1 as everywhere else.
public struct EventMessage<Document: Codable & Sendable>: ChainMessage {
  public static var byteLimit: Int { ChainLimits.event }

  /// The id of the database of the watch. Places of another epoch mean nothing.
  public var epoch: String
  /// The place in the event log. It rises, with holes: not everything is for central.
  public var seq: Int64
  /// The place of the event that was sent before; 0 for the first of the epoch.
  public var prev: Int64
  /// `EPOCH-SEQ`: the same whenever the event is sent again.
  public var uid: String
  public var data: Document

  public init(epoch: String, seq: Int64, prev: Int64, data: Document) {
    (self.epoch, self.seq, self.prev, self.data) = (epoch, seq, prev, data)
    uid = "\(epoch)-\(seq)"
  }

  public func check() throws(ChainError) {
    try ChainText.check(id: epoch, "epoch")
    guard seq > 0 else { throw .wrong("seq") }
    guard prev >= 0, prev < seq else { throw .wrong("prev") }
    guard uid == "\(epoch)-\(seq)" else { throw .wrong("uid") }
  }
}

/// `up/health`: whether the box is connected. Retained, and the last will.
public struct HealthMessage: ChainMessage, Equatable {
  public enum Status: String, Codable, Sendable { case online, offline }
  public static let byteLimit = ChainLimits.health

  public var epoch: String
  public var status: Status
  /// RFC 3339, by the clock of the box; nil in the last will.
  public var time: String?
  public var version: String?
  /// Events that central has not acknowledged.
  public var pending: Int64
  public var ackedSeq: Int64

  public init(epoch: String, status: Status, time: String?, version: String?, pending: Int64, ackedSeq: Int64) {
    (self.epoch, self.status, self.time, self.version, self.pending, self.ackedSeq) = (epoch, status, time, version, pending, ackedSeq)
  }

  private enum CodingKeys: String, CodingKey {
    case epoch, status, time, version, pending
    case ackedSeq = "acked_seq"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    epoch = try container.decode(String.self, forKey: .epoch)
    status = try container.decode(Status.self, forKey: .status)
    time = container.lenient(String.self, .time)
    version = container.lenient(String.self, .version)
    pending = container.lenient(Int64.self, .pending) ?? 0
    ackedSeq = container.lenient(Int64.self, .ackedSeq) ?? 0
  }

  public func check() throws(ChainError) {
    try ChainText.check(id: epoch, "epoch")
    try ChainText.check(time, "time")
    try ChainText.check(version, "version")
    guard pending >= 0 else { throw .wrong("pending") }
    guard ackedSeq >= 0 else { throw .wrong("acked_seq") }
  }
}

/// `up/state`: what the box sees and takes, without guests.
public struct StateMessage<Document: Codable & Sendable>: ChainMessage {
  public static var byteLimit: Int { ChainLimits.state }

  public var epoch: String
  public var time: String?
  public var version: String?
  /// True if the watch gave a sign of life in the last minute; nil from boxes that do not say.
  public var watching: Bool?
  /// What the box takes of `down/config`.
  public var accept: [String]
  public var coverage: Document?
  public var rooms: Document?
  /// Cameras and recorders at `probable` or more, by role.
  public var devices: [String: Int64]
  /// The id of the last configuration of each kind that is in force.
  public var applied: [String: String]
  /// Why a configuration is not, by its id.
  public var refused: [String: String]
  public var certificateExpires: String?

  public init(
    epoch: String, time: String?, version: String?, watching: Bool? = nil, accept: [String], coverage: Document? = nil,
    rooms: Document? = nil, devices: [String: Int64] = [:], applied: [String: String] = [:], refused: [String: String] = [:],
    certificateExpires: String? = nil
  ) {
    (self.epoch, self.time, self.version, self.watching, self.accept) = (epoch, time, version, watching, accept)
    (self.coverage, self.rooms, self.devices, self.applied, self.refused) = (coverage, rooms, devices, applied, refused)
    self.certificateExpires = certificateExpires
  }

  private enum CodingKeys: String, CodingKey {
    case epoch, time, version, watching, accept, coverage, rooms, devices, applied, refused
    case certificateExpires = "certificate_expires"
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    epoch = try container.decode(String.self, forKey: .epoch)
    time = container.lenient(String.self, .time)
    version = container.lenient(String.self, .version)
    watching = container.lenient(Bool.self, .watching)
    accept = container.lenient([String].self, .accept) ?? []
    coverage = container.lenient(Document.self, .coverage)
    rooms = container.lenient(Document.self, .rooms)
    devices = container.lenient([String: Int64].self, .devices) ?? [:]
    applied = container.lenient([String: String].self, .applied) ?? [:]
    refused = container.lenient([String: String].self, .refused) ?? [:]
    certificateExpires = container.lenient(String.self, .certificateExpires)
  }

  public func check() throws(ChainError) {
    try ChainText.check(id: epoch, "epoch")
    try ChainText.check(time, "time")
    try ChainText.check(version, "version")
    try ChainText.check(certificateExpires, "certificate_expires")
    guard accept.count <= ChainLimits.entries else { throw .wrong("accept") }
    for kind in accept { try ChainText.check(id: kind, "accept") }
    guard devices.count <= ChainLimits.entries else { throw .wrong("devices") }
    guard applied.count <= ChainLimits.entries else { throw .wrong("applied") }
    for (kind, id) in applied where !ChainText.isID(kind) || !ChainText.isID(id) { throw .wrong("applied") }
    guard refused.count <= ChainLimits.entries else { throw .wrong("refused") }
    for (id, reason) in refused where !ChainText.isID(id) || reason.utf8.count > ChainLimits.text { throw .wrong("refused") }
  }
}

// Down: from central to a gateway.

/// `down/ack`: central has everything of this epoch up to this place, committed. It may go back; then the box sends again from there.
public struct AckMessage: ChainMessage, Equatable {
  public static let byteLimit = ChainLimits.acknowledgement

  public var epoch: String
  public var seq: Int64

  public init(epoch: String, seq: Int64) { (self.epoch, self.seq) = (epoch, seq) }

  public func check() throws(ChainError) {
    try ChainText.check(id: epoch, "epoch")
    guard seq >= 0 else { throw .wrong("seq") }
  }
}

/// `down/config`: what central would like the box to use. The box takes what its `uplink.accept` names.
public struct ConfigMessage<Document: Codable & Sendable>: ChainMessage {
  public static var byteLimit: Int { ChainLimits.configuration }

  public var id: String
  /// `declared`, `rooms`, `signatures`, `software`; later versions may know others.
  public var kind: String
  public var data: Document
  /// Base64 of an Ed25519 signature over `canonicalBytes`, for what must be signed.
  public var signature: String?

  public init(id: String, kind: String, data: Document, signature: String? = nil) {
    (self.id, self.kind, self.data, self.signature) = (id, kind, data, signature)
  }

  private struct Signed<Body: Encodable>: Encodable {
    let id: String
    let kind: String
    let data: Body
  }

  /// What is signed: `id`, `kind` and `data` as JSON in UTF-8, in one line, with sorted keys and slashes as they are.
  public func canonicalBytes() throws(ChainError) -> Data { try ChainText.canonical(Signed(id: id, kind: kind, data: data)) }

  public func check() throws(ChainError) {
    try ChainText.check(id: id, "id")
    try ChainText.check(id: kind, "kind")
    try ChainText.check(signature, "signature")
  }
}

/// `down/command`: `evidence` asks for the pack of an alert. A box that does not know the command logs and ignores it.
public struct CommandMessage: ChainMessage, Equatable {
  public static let byteLimit = ChainLimits.command

  public var id: String
  public var command: String
  public var alert: String?

  public init(id: String, command: String, alert: String? = nil) { (self.id, self.command, self.alert) = (id, command, alert) }

  private enum CodingKeys: CodingKey { case id, command, alert }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try container.decode(String.self, forKey: .id)
    command = try container.decode(String.self, forKey: .command)
    alert = container.lenient(String.self, .alert)
  }

  public func check() throws(ChainError) {
    try ChainText.check(id: id, "id")
    try ChainText.check(id: command, "command")
    if let alert { try ChainText.check(id: alert, "alert") }
  }
}
