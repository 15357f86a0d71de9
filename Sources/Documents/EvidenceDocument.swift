import Detection

public struct PacketDocument: Encodable, Sendable {
  /// Absent for a live run.
  let file: String?
  let number: UInt64

  public init(_ packet: PacketReference, files: [String]) {
    file = Int(packet.file) < files.count ? files[Int(packet.file)] : nil
    number = packet.number
  }
}

public struct EvidenceDocument: Encodable, Sendable {
  let signature: String
  let says: String
  let facet: String
  @OrNull var strength: String?
  let weight: Double
  let field: String
  let value: String
  let reason: String
  /// More than one packet that anybody can forge shows it.
  let corroborated: Bool
  let count: Int
  let firstSeen: String
  @OrNull var validUntil: String?
  let packet: PacketDocument

  private enum CodingKeys: String, CodingKey {
    case signature, says, facet, strength, weight, field, value, reason, count, packet, corroborated
    case firstSeen = "first_seen"
    case validUntil = "valid_until"
  }

  /// - Parameter files: paths of a replay's captures; empty for a live run.
  public init(_ evidence: Evidence, files: [String] = []) {
    signature = evidence.signature.id
    says = evidence.signature.says.rawValue
    facet = evidence.signature.facet.rawValue
    strength = evidence.strength?.rawValue
    weight = evidence.weight
    field = evidence.field.rawValue
    value = evidence.value
    reason = evidence.reason
    corroborated = evidence.isCorroborated
    count = evidence.count
    firstSeen = evidence.firstSeen.rfc3339
    validUntil = evidence.validUntil?.rfc3339
    packet = PacketDocument(evidence.packet, files: files)
  }
}
