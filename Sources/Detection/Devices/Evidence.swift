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
  public internal(set) var vendor: String?
  public internal(set) var model: String?
  public internal(set) var kind: String?
  /// The end of its validity; nil if it has none.
  public var validUntil: Timestamp?
  /// Its strength for the class of its device; nil where it has no weight.
  public var strength: Strength?
  /// More than one packet that anybody can forge shows it: see `Weighing`.
  public var isCorroborated: Bool

  /// - Parameter deviceClass: the class of its device.
  public init(
    signature: Signature.Summary, field: Field, value: String, firstSeen: Timestamp, packet: PacketReference, count: Int, vendor: String?,
    model: String?, kind: String?, validUntil: Timestamp? = nil, isCorroborated: Bool = true, deviceClass: DeviceClass = .unknown
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
    self.validUntil = validUntil
    self.isCorroborated = isCorroborated
    strength = signature.strength?[deviceClass]
  }

  /// The same by another version of its signature.
  func restated(_ signature: Signature.Summary) -> Evidence {
    Evidence(
      signature: signature, field: field, value: value, firstSeen: firstSeen, packet: packet, count: count, vendor: vendor, model: model,
      kind: kind, validUntil: validUntil, isCorroborated: isCorroborated)
  }

  /// The same for a device of this class.
  func weighed(for deviceClass: DeviceClass) -> Evidence {
    var evidence = self
    evidence.strength = signature.strength?[deviceClass]
    return evidence
  }

  /// The same where an exchange of its device speaks for all that it shows.
  func corroborated() -> Evidence {
    var evidence = self
    evidence.isCorroborated = true
    return evidence
  }

  /// Somebody else took part: more than a name or a list of options, which anybody can borrow.
  var isExchange: Bool { signature.says == .notCamera && field == .tlsAnswered }

  public var weight: Double { signature.says.isWeighed ? strength?.weight ?? 0 : 0 }

  /// The signature's plain words with the value in place.
  public var reason: String {
    let place: StaticString = "{value}"
    let words = Array(signature.because.utf8)
    var (text, start): ([UInt8], Int) = ([], 0)
    while let found = unsafe words.span.bytes.firstIndex(of: place, from: start) {
      text += words[start..<found]
      text += value.utf8
      start = found + place.utf8CodeUnitCount
    }
    return String(decoding: text + words[start...], as: UTF8.self)
  }

  var weighed: Weighing.Item { weighed(serving: .no) }

  func weighed(serving: Weighing.Serving) -> Weighing.Item {
    .init(
      says: signature.says, facet: signature.facet, strength: strength, serving: serving,
      isExchange: isExchange, isCorroborated: isCorroborated)
  }
}

extension Observation {
  /// The value in evidence: of a number the sentence about its measurement.
  var reportedValue: String { story ?? shownValue }

  /// The value as people can read it. Payloads: text where it begins with text, else up to 24 bytes in hexadecimal.
  public var shownValue: String {
    guard field.isPayload else { return text }
    let printable = bytes.prefix { (0x20..<0x7F).contains($0) }
    if printable.count >= 8 { return String(decoding: printable.prefix(80), as: UTF8.self) }
    let digits = bytes.prefix(24).hexDigits
    return bytes.count > 24 ? digits + "…" : digits
  }
}
