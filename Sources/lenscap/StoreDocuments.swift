import Detection
import Foundation
import Store

/// What the commands on the property's memory print as JSON; a device's keys mean what they mean in schema `lenscap/1`.
struct StoredDeviceDocument: Encodable {
  let id: String
  @OrNull var mac: String?
  let ips: [String]
  @OrNull var hostname: String?
  @OrNull var vendor: String?
  @OrNull var model: String?
  @OrNull var kind: String?
  @OrNull var room: String?
  let role: String
  let verdict: String
  let confidence: Double
  let known: Bool
  let firstSeen: String
  let lastSeen: String
  let packetsSent: Int64
  let bytesSent: Int64
  let bytesReceived: Int64
  @OrNull var alert: String?
  let evidence: [StoredEvidenceDocument]

  init(_ device: StoredDevice, _ evidence: [StoredEvidence]) {
    id = device.id
    mac = device.mac
    ips = device.ips
    hostname = device.hostname
    vendor = device.vendor
    model = device.model
    kind = device.kind
    room = device.room
    role = device.role
    verdict = device.verdict
    confidence = device.confidence
    known = device.isDeclared
    firstSeen = device.firstSeenTime.rfc3339
    lastSeen = device.lastSeenTime.rfc3339
    packetsSent = device.packetsSent
    bytesSent = device.bytesSent
    bytesReceived = device.bytesReceived
    alert = device.alert
    self.evidence = evidence.map(StoredEvidenceDocument.init)
  }
}

struct StoredEvidenceDocument: Encodable {
  let signature: String
  let says: String
  let facet: String
  @OrNull var strength: String?
  let field: String
  let value: String
  let reason: String
  let count: Int
  let firstSeen: String

  init(_ evidence: StoredEvidence) {
    signature = evidence.signature
    says = evidence.says
    facet = evidence.facet
    strength = evidence.strength
    field = evidence.field
    value = evidence.value
    reason = evidence.reason
    count = evidence.count
    firstSeen = evidence.firstSeenTime.rfc3339
  }
}

struct StoredAlertDocument: Encodable {
  struct Event: Encodable {
    let time: String
    let what: String
    @OrNull var who: String?
    @OrNull var note: String?
  }

  let id: String
  let kind: String
  let severity: String
  let status: String
  let time: String
  let updated: String
  @OrNull var device: String?
  @OrNull var follows: String?
  @OrNull var verdict: String?
  let summary: String
  @OrNull var snoozedUntil: String?
  let history: [Event]

  init(_ alert: StoredAlert, history: [StoredEvent], at now: Timestamp) {
    id = alert.id
    kind = alert.kind
    severity = alert.severity
    status = alert.status(at: now).rawValue
    time = alert.raisedTime.rfc3339
    updated = alert.updatedTime.rfc3339
    device = alert.device
    follows = alert.follows
    verdict = alert.verdict
    summary = alert.summary
    snoozedUntil = alert.snoozedUntilTime?.rfc3339
    self.history = history.map { Event(time: $0.at.rfc3339, what: $0.what, who: $0.who, note: $0.note) }
  }
}

struct DeclarationDocument: Encodable {
  let pattern: String
  @OrNull var name: String?
  @OrNull var place: String?
  @OrNull var owner: String?
  @OrNull var note: String?
  @OrNull var expires: String?
  @OrNull var declaredBy: String?
  let declared: String

  init(_ declaration: Declaration) {
    pattern = declaration.pattern
    name = declaration.name
    place = declaration.place
    owner = declaration.owner
    note = declaration.note
    expires = declaration.expiry?.rfc3339
    declaredBy = declaration.declaredBy
    declared = declaration.declaredAt.rfc3339
  }
}
