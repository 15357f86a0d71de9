/// One signature that a device meets, with what was seen first and how often.
public struct Evidence: Sendable, Equatable {
  public let signature: Signature.Summary
  public let field: Field
  /// The observed value: text, or the first bytes in hexadecimal.
  public let value: String
  public let firstSeen: Timestamp
  /// The packet that shows it.
  public let packet: PacketReference
  public var count: Int
  public let vendor: String?
  public let model: String?
  public let kind: String?

  public init(
    signature: Signature.Summary, field: Field, value: String, firstSeen: Timestamp, packet: PacketReference, count: Int, vendor: String?,
    model: String?, kind: String?
  ) {
    self.signature = signature
    self.field = field
    self.value = value
    self.firstSeen = firstSeen
    self.packet = packet
    self.count = count
    self.vendor = vendor
    self.model = model
    self.kind = kind
  }

  /// The same by another version of its signature.
  func restated(_ signature: Signature.Summary) -> Evidence {
    Evidence(
      signature: signature, field: field, value: value, firstSeen: firstSeen, packet: packet, count: count, vendor: vendor, model: model,
      kind: kind)
  }

  public var weight: Double { signature.says.isWeighed ? signature.strength?.weight ?? 0 : 0 }

  /// The signature's plain words with the value in place.
  public var reason: String {
    var parts = signature.because.split(separator: "{value}", omittingEmptySubsequences: false).map(String.init)[...]
    guard var text = parts.popFirst() else { return "" }
    for part in parts { text += value + part }
    return text
  }

  var weighed: Weighing.Item { .init(says: signature.says, facet: signature.facet, strength: signature.strength) }
}

extension Observation {
  /// The value as people can read it. Payloads: text where it begins with text, else up to 24 bytes in hexadecimal.
  public var shownValue: String {
    guard field.isPayload else { return text }
    let printable = bytes.prefix { (0x20..<0x7F).contains($0) }
    if printable.count >= 8 { return String(decoding: printable.prefix(80), as: UTF8.self) }
    let digits = bytes.prefix(24).hexDigits
    return bytes.count > 24 ? digits + "…" : digits
  }
}
