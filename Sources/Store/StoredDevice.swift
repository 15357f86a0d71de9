import Detection
import GRDB

/// A device as it was last kept.
public struct StoredDevice: Codable, Sendable, FetchableRecord, PersistableRecord {
  public static let databaseTableName = "device"
  public static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  public static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.convertToSnakeCase

  /// As in the JSON output: `mac:b0:c5:54:25:5b:0e`.
  public let id: String
  let segment: Int64
  public let mac: String?
  let address: String?
  /// Separated by spaces, IPv4 first.
  let addresses: String
  public let hostname: String?
  public let vendor: String?
  public let model: String?
  public let kind: String?
  /// Where it is, by the site's rules of then.
  public let room: String?
  public let role: String
  public let verdict: String
  public let confidence: Double
  public let isDeclared: Bool
  let firstSeen: Int64
  let lastSeen: Int64
  public let packetsSent: Int64
  public let bytesSent: Int64
  public let bytesReceived: Int64
  /// The alert that was raised for it.
  public let alert: String?
  let alertTime: Int64?
  let alertVerdict: String?
  let alertModel: String?
  let alertStreams: Bool
  let alertRoom: String?
  let silentSince: Int64?
  let deadline: Int64?
  /// To whom it sent media, separated by spaces.
  let viewers: String

  public var ips: [String] { addresses.split(separator: " ").map(String.init) }
  public var firstSeenTime: Timestamp { Timestamp(nanoseconds: firstSeen) }
  public var lastSeenTime: Timestamp { Timestamp(nanoseconds: lastSeen) }

  init(_ state: DeviceState) {
    let device = state.device
    id = device.id.description
    segment = Int64(bitPattern: device.id.segment.bits)
    mac = device.id.mac.isNone ? nil : device.id.mac.description
    address = device.id.mac.isNone ? device.id.address.description : nil
    addresses = device.addresses.map(\.description).joined(separator: " ")
    hostname = device.hostname
    vendor = device.vendor
    model = device.model
    kind = device.kind
    room = device.room
    role = device.role.rawValue
    verdict = device.verdict.rawValue
    confidence = device.weighing.probability
    isDeclared = device.isKnown
    firstSeen = device.firstSeen.nanoseconds
    lastSeen = device.lastSeen.nanoseconds
    packetsSent = Int64(clamping: device.packetsSent)
    bytesSent = Int64(clamping: device.bytesSent)
    bytesReceived = Int64(clamping: device.bytesReceived)
    alert = state.raised?.id
    alertTime = state.raised?.time.nanoseconds
    alertVerdict = state.raised?.verdict.rawValue
    alertModel = state.raised?.model
    alertStreams = state.raised?.streams ?? false
    alertRoom = state.raised?.room
    silentSince = state.raised?.silentSince?.nanoseconds
    deadline = state.deadline?.nanoseconds
    viewers = state.viewers.map(\.description).joined(separator: " ")
  }

  /// Writes it in place of what was kept; one that is back after a long time may not know yet what that was.
  func keep(_ db: Database) throws {
    _ = try upsertAndFetch(db) { _ in
      [
        Column("first_seen").set(to: SQL("min(device.first_seen, excluded.first_seen)")),
        Column("hostname").set(to: SQL("coalesce(excluded.hostname, device.hostname)")),
      ] + ["packets_sent", "bytes_sent", "bytes_received"].map { Column($0).set(to: SQL("max(device.\(sql: $0), excluded.\(sql: $0))")) }
    }
  }

  /// Nil where what is kept is no device.
  var deviceID: DeviceID? {
    let mac = mac.flatMap { MACAddress($0) }
    let address = address.flatMap { IPAddress($0) }
    guard mac != nil || address != nil else { return nil }
    return DeviceID(segment: Segment(bits: UInt64(bitPattern: segment)), mac: mac ?? .none, address: address ?? .none)
  }

  /// - Parameter isSettled: its alert is over.
  func memory(_ evidence: [Evidence], isSettled: Bool) -> DeviceMemory? {
    guard let deviceID else { return nil }
    let raised = (isSettled ? nil : alert).flatMap { id in
      alertTime.flatMap { time in
        alertVerdict.flatMap { Verdict(rawValue: $0) }.map { verdict in
          RaisedAlert(
            id: id, time: Timestamp(nanoseconds: time), verdict: verdict, device: deviceID, model: alertModel, streams: alertStreams,
            room: alertRoom,
            silentSince: silentSince.map { Timestamp(nanoseconds: $0) })
        }
      }
    }
    return DeviceMemory(
      id: deviceID, hostname: hostname, room: room, firstSeen: firstSeenTime, lastSeen: lastSeenTime,
      packetsSent: UInt64(clamping: packetsSent),
      bytesSent: UInt64(clamping: bytesSent), bytesReceived: UInt64(clamping: bytesReceived), evidence: evidence,
      viewers: viewers.split(separator: " ").compactMap { IPAddress(String($0)) }, raised: raised,
      deadline: deadline.map { Timestamp(nanoseconds: $0) })
  }
}

/// One signature that a device met.
public struct StoredEvidence: Codable, Sendable, FetchableRecord, PersistableRecord {
  public static let databaseTableName = "evidence"
  public static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  public static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.convertToSnakeCase

  public let device: String
  public let signature: String
  public let says: String
  public let facet: String
  public let strength: String?
  public let field: String
  /// Empty for what speaks of people's devices: which names a guest's telephone asks for is not kept.
  public let value: String
  public let reason: String
  public let count: Int
  let firstSeen: Int64
  /// Counted from the start of the run that saw it.
  public let packet: Int64
  let vendor: String?
  let model: String?
  let kind: String?

  public var firstSeenTime: Timestamp { Timestamp(nanoseconds: firstSeen) }

  init(_ evidence: Evidence, of device: String) {
    let isKept = evidence.signature.says.isWeighed || evidence.signature.says == .relay
    self.device = device
    signature = evidence.signature.id
    says = evidence.signature.says.rawValue
    facet = evidence.signature.facet.rawValue
    strength = evidence.signature.strength?.rawValue
    field = evidence.field.rawValue
    value = isKept ? evidence.value : ""
    reason = isKept ? evidence.reason : ""
    count = evidence.count
    firstSeen = evidence.firstSeen.nanoseconds
    packet = Int64(clamping: evidence.packet.number)
    vendor = evidence.vendor
    model = evidence.model
    kind = evidence.kind
  }

  func keep(_ db: Database) throws {
    _ = try upsertAndFetch(db) { _ in
      [
        Column("first_seen").set(to: SQL("min(evidence.first_seen, excluded.first_seen)")),
        Column("count").set(to: SQL("max(evidence.count, excluded.count)")),
      ]
    }
  }

  /// Nil where the field has gone since.
  func evidence(_ signature: Signature) -> Evidence? {
    guard let field = Field(rawValue: field) else { return nil }
    return Evidence(
      signature: signature, field: field, value: value, firstSeen: firstSeenTime,
      packet: PacketReference(file: 0, number: UInt64(clamping: packet)), count: count, vendor: vendor, model: model, kind: kind)
  }
}

/// When a device was in which room.
public struct RoomVisit: Codable, Sendable, FetchableRecord {
  public static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase

  public let room: String
  let firstSeen: Int64
  let lastSeen: Int64

  public var firstSeenTime: Timestamp { Timestamp(nanoseconds: firstSeen) }
  public var lastSeenTime: Timestamp { Timestamp(nanoseconds: lastSeen) }
}
