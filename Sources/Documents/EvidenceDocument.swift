import Detection

public struct PacketDocument: ListedDocument, Sendable {
  /// Absent for a live run.
  let file: String?
  let number: UInt64

  public init(_ packet: PacketReference, files: [String]) {
    file = Int(packet.file) < files.count ? files[Int(packet.file)] : nil
    number = packet.number
  }

  public func list(_ members: inout some MemberList) throws {
    if let file { try members.add("file", file) }
    try members.add("number", number)
  }
}

public struct EvidenceDocument: ListedDocument, Sendable {
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

  public func list(_ members: inout some MemberList) throws {
    try members.add("corroborated", corroborated)
    try members.add("count", count)
    try members.add("facet", facet)
    try members.add("field", field)
    try members.add("first_seen", firstSeen)
    try members.add("packet", packet)
    try members.add("reason", reason)
    try members.add("says", says)
    try members.add("signature", signature)
    try members.add("strength", strength)
    try members.add("valid_until", validUntil)
    try members.add("value", value)
    try members.add("weight", weight)
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
