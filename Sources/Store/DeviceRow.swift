import Detection
import GRDB

/// A row of the device table.
struct DeviceRow: Codable, Sendable, FetchableRecord, PersistableRecord {
  static let databaseTableName = "device"
  static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.snakeCase

  /// The id in the JSON output: `mac:b0:c5:54:25:5b:0e`.
  let id: String
  let segment: Int64
  let mac: String?
  let address: String?
  /// Separated by spaces, IPv4 first.
  let addresses: String
  let hostname: String?
  let vendor: String?
  let model: String?
  let kind: String?
  /// The room by the site rules of that time.
  let room: String?
  let role: String
  let verdict: String
  let confidence: Double
  let isDeclared: Bool
  let firstSeen: Int64
  let lastSeen: Int64
  let packetsSent: Int64
  let bytesSent: Int64
  let bytesReceived: Int64
  /// The device's alert, with the values last reported.
  let alert: String?
  let alertTime: Int64?
  let alertVerdict: String?
  let alertModel: String?
  let alertStreams: Bool
  let alertRoom: String?
  let alertKind: String?
  let alertAddress: String?
  let alertRevision: Int
  let silentSince: Int64?
  let deadline: Int64?
  /// Receivers of its media, separated by spaces.
  let viewers: String
  let `class`: String
  /// JSON.
  let classReasons: [StoredClassReason]
  /// JSON.
  let traffic: StoredTraffic?
  let uploadsForHours: Bool
  /// JSON: the upload that somebody outside asked for, as it was reported.
  let alertWatched: StoredWatched?
  let alertWatchReported: Int64?
  let alertIsCorroborated: Bool
  /// The alert of the invented cameras that it is one of.
  let alertGroup: String?

  init(_ snapshot: DeviceSnapshot) {
    let (device, raised) = (snapshot.device, snapshot.alert)
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
    confidence = device.confidence
    isDeclared = device.isDeclared
    firstSeen = device.firstSeen.nanoseconds
    lastSeen = device.lastSeen.nanoseconds
    packetsSent = Int64(clamping: device.packetsSent)
    bytesSent = Int64(clamping: device.bytesSent)
    bytesReceived = Int64(clamping: device.bytesReceived)
    alert = raised?.id
    alertTime = raised?.time.nanoseconds
    alertVerdict = raised?.verdict.rawValue
    alertModel = raised?.model
    alertStreams = raised?.streams ?? false
    alertRoom = raised?.room
    alertKind = raised?.kind
    alertAddress = raised?.address
    alertRevision = raised?.revision ?? 1
    silentSince = raised?.silentSince?.nanoseconds
    deadline = snapshot.deadline?.nanoseconds
    viewers = snapshot.viewers.map(\.description).joined(separator: " ")
    `class` = device.deviceClass.rawValue
    classReasons = device.classReasons.map { StoredClassReason($0, of: device) }
    // Whom a guest's telephone calls is nobody's business.
    traffic = device.deviceClass == .personal && !device.isCamera ? nil : device.traffic.map(StoredTraffic.init)
    alertWatched = raised?.watched.map(StoredWatched.init)
    alertWatchReported = raised?.watchReported?.nanoseconds
    alertIsCorroborated = raised?.isCorroborated ?? true
    uploadsForHours = device.uploadsForHours && traffic != nil
    alertGroup = snapshot.group
  }

  /// The row of a device; nil if none is stored.
  static func of(_ id: String, _ db: Database) throws -> DeviceRow? {
    try fetchOne(db.cachedStatement(sql: "SELECT * FROM device WHERE id = ?"), arguments: [id])
  }

  /// Replaces the stored row, keeping values of it that a device which returned after a long time does not have yet.
  func save(over db: Database) throws { try Self.writer.save(self, db) }

  private static let writer = RowWriter(
    databaseTableName, key: ["id"],
    keeping: [
      "first_seen": "min(device.first_seen, excluded.first_seen)", "hostname": "coalesce(excluded.hostname, device.hostname)",
      "packets_sent": "max(device.packets_sent, excluded.packets_sent)", "bytes_sent": "max(device.bytes_sent, excluded.bytes_sent)",
      "bytes_received": "max(device.bytes_received, excluded.bytes_received)",
    ])

  var deviceClass: DeviceClass { DeviceClass(rawValue: `class`) ?? .unknown }

  /// The device with its evidence, as stored.
  func snapshot(_ db: Database) throws -> DeviceSnapshot? {
    snapshot(try EvidenceRow.of(id, db).compactMap { $0.evidence(of: deviceClass) })
  }

  /// The device; nil if the row is not valid.
  ///
  /// - Parameter isSettled: true if a declaration closed its alert.
  func snapshot(_ evidence: [Evidence], isSettled: Bool = false) -> DeviceSnapshot? {
    let (mac, address) = (mac.flatMap { MACAddress($0) }, address.flatMap { IPAddress($0) })
    guard mac != nil || address != nil else { return nil }
    let id = DeviceID(segment: Segment(bits: UInt64(bitPattern: segment)), mac: mac ?? .none, address: address ?? .none)
    let sorted = evidence.sorted { (-$0.weight, $0.firstSeen, $0.signature.id) < (-$1.weight, $1.firstSeen, $1.signature.id) }
    let device = Device(
      id: id, addresses: Self.addresses(addresses), hostname: hostname, vendor: vendor, model: model, kind: kind,
      role: Role(rawValue: role) ?? .other,
      weighing: Weighing(
        sorted.map {
          Weighing.Item(
            says: $0.signature.says, facet: $0.signature.facet, strength: $0.strength, isCorroborated: $0.isCorroborated)
        }),
      verdict: Verdict(rawValue: verdict) ?? Verdict.none, confidence: confidence, isDeclared: isDeclared, isRouter: kind == "router",
      room: room, firstSeen: Timestamp(nanoseconds: firstSeen), lastSeen: Timestamp(nanoseconds: lastSeen),
      packetsSent: UInt64(clamping: packetsSent), bytesSent: UInt64(clamping: bytesSent), bytesReceived: UInt64(clamping: bytesReceived),
      evidence: sorted, streams: [], deviceClass: deviceClass, classReasons: classReasons.compactMap(\.classReason),
      traffic: traffic?.traffic, uploadsForHours: uploadsForHours)
    return DeviceSnapshot(
      device: device, viewers: Self.addresses(viewers), alert: isSettled ? nil : raisedAlert(of: id),
      deadline: deadline.map { Timestamp(nanoseconds: $0) }, group: alertGroup)
  }

  private static func addresses(_ text: String) -> [IPAddress] { text.split(separator: " ").compactMap { IPAddress(String($0)) } }

  private func raisedAlert(of device: DeviceID) -> Alert? {
    guard let alert, let alertTime, let verdict = alertVerdict.flatMap({ Verdict(rawValue: $0) }) else { return nil }
    return Alert(
      id: alert, time: Timestamp(nanoseconds: alertTime), device: device, verdict: verdict, isCorroborated: alertIsCorroborated,
      revision: alertRevision, model: alertModel, kind: alertKind, address: alertAddress, streams: alertStreams, room: alertRoom,
      silentSince: silentSince.map { Timestamp(nanoseconds: $0) }, watched: alertWatched?.watched,
      watchReported: alertWatchReported.map { Timestamp(nanoseconds: $0) })
  }
}

/// A row of the evidence table: one signature that a device meets.
struct EvidenceRow: Codable, Sendable, FetchableRecord, PersistableRecord {
  static let databaseTableName = "evidence"

  let device: String
  let signature: String
  let says: String
  let facet: String
  let strength: String?
  let field: String
  /// Empty where `Device.storesValue` says so: names that a guest's telephone looks up are not stored.
  let value: String
  let reason: String
  let count: Int
  let firstSeen: Int64
  /// Counted from the start of the run that saw it.
  let packet: Int64
  let vendor: String?
  let model: String?
  let kind: String?
  let validUntil: Int64?
  let isCorroborated: Bool

  static let databaseColumnDecodingStrategy = DatabaseColumnDecodingStrategy.convertFromSnakeCase
  static let databaseColumnEncodingStrategy = DatabaseColumnEncodingStrategy.snakeCase

  init(_ evidence: Evidence, of device: Device) {
    let storesValue = device.storesValue(of: evidence)
    self.device = device.id.description
    signature = evidence.signature.id
    says = evidence.signature.says.rawValue
    facet = evidence.signature.facet.rawValue
    strength = evidence.signature.strength?.description
    field = evidence.field.rawValue
    value = storesValue ? evidence.value : ""
    reason = storesValue ? evidence.reason : ""
    count = evidence.count
    firstSeen = evidence.firstSeen.nanoseconds
    packet = Int64(clamping: evidence.packet.number)
    vendor = evidence.vendor
    // A model is part of the value.
    model = device.deviceClass == .personal && !storesValue ? nil : evidence.model
    kind = evidence.kind
    validUntil = evidence.validUntil?.nanoseconds
    isCorroborated = evidence.isCorroborated
  }

  func save(over db: Database) throws { try Self.writer.save(self, db) }

  private static let writer = RowWriter(
    databaseTableName, key: ["device", "signature"],
    keeping: ["first_seen": "min(evidence.first_seen, excluded.first_seen)", "count": "max(evidence.count, excluded.count)"])

  /// The evidence of a device, in the order it was seen.
  static func of(_ device: String, _ db: Database) throws -> [EvidenceRow] {
    try fetchAll(db.cachedStatement(sql: "SELECT * FROM evidence WHERE device = ? ORDER BY first_seen"), arguments: [device])
  }

  /// The evidence; nil if the field no longer exists.
  ///
  /// - Parameters:
  ///   - signature: the present signature; nil to use the stored claim.
  ///   - deviceClass: the class of its device.
  func evidence(by signature: Signature.Summary? = nil, of deviceClass: DeviceClass) -> Evidence? {
    guard let field = Field(rawValue: field), let signature = signature ?? former else { return nil }
    return Evidence(
      signature: signature, field: field, value: value, firstSeen: Timestamp(nanoseconds: firstSeen),
      packet: PacketReference(file: 0, number: UInt64(clamping: packet)), count: count, vendor: vendor, model: model, kind: kind,
      validUntil: validUntil.map { Timestamp(nanoseconds: $0) }, isCorroborated: isCorroborated, deviceClass: deviceClass)
  }

  private var former: Signature.Summary? {
    guard let says = Claim(rawValue: says), let facet = Facet(rawValue: facet) else { return nil }
    let strength = strength.flatMap { Strengths($0) }
    return Signature.Summary(id: signature, says: says, facet: facet, strength: strength, because: reason)
  }
}
