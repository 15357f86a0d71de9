import ChainMessages
import Foundation

/// What a gateway sent, as far as central understands it. Everything in it may be wrong or hostile; unknown keys are ignored.
enum UpMessage: Sendable {
  case event(UpEvent)
  case state(UpState)
  case health(UpHealth)

  /// Bytes of a payload, for each kind.
  static let eventLimit = ChainLimits.event
  static let stateLimit = ChainLimits.state
  static let healthLimit = ChainLimits.health

  /// - Throws: `UnreadableMessage`.
  init(_ kind: ChainTopic.Channel, _ payload: Data) throws(UnreadableMessage) {
    switch kind {
    case .event:
      let text = try Self.text(payload, limit: Self.eventLimit)
      self = .event(try UpEvent(try Self.decode(UpEvent.Envelope.self, payload), payload: text))
    case .state:
      let text = try Self.text(payload, limit: Self.stateLimit)
      self = .state(UpState(try Self.decode(UpState.Envelope.self, payload), payload: text))
    case .health:
      _ = try Self.text(payload, limit: Self.healthLimit)
      self = .health(try Self.decode(UpHealth.self, payload).checked())
    case .acknowledgement, .configuration, .command: throw .notFromGateways
    }
  }

  private static func text(_ payload: Data, limit: Int) throws(UnreadableMessage) -> String {
    guard payload.count <= limit else { throw .tooLarge }
    guard !payload.contains(0), let text = String(validating: payload, as: UTF8.self) else { throw .notText }
    return text
  }

  private static func decode<Value: Decodable>(_ type: Value.Type, _ payload: Data) throws(UnreadableMessage) -> Value {
    do { return try JSONDecoder().decode(type, from: payload) } catch { throw .notAsAgreed }
  }
}

/// Why a message is not stored.
enum UnreadableMessage: String, Error {
  case tooLarge = "too large"
  case notText = "not UTF-8"
  case notAsAgreed = "not as agreed"
  case notFromGateways = "not for central"
}

/// An event of a box's log.
struct UpEvent: Sendable {
  let epoch: String
  let seq: Int64
  /// The event that the box sent before; 0 for the first of an epoch. Nil from a box that does not say.
  let prev: Int64?
  let uid: String
  /// The whole message: PostgreSQL takes the document out of it.
  let payload: String
  let facts: Facts

  /// What central understands of the document.
  struct Facts: Decodable, Sendable {
    var id: String?
    var kind: String?
    var event: String?
    var severity: String?
    var verdict: String?
    var device: String?
    var status: String?
    var time: String?
    /// The box takes back what it sent before about the alert.
    var withdrawn = false

    private enum CodingKeys: String, CodingKey { case id, kind, event, severity, verdict, device, status, time, withdrawn }

    /// A key of another type than expected counts as missing.
    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      func text(_ key: CodingKeys) -> String? { (try? values.decodeIfPresent(String.self, forKey: key))?.cut }
      id = text(.id)
      kind = text(.kind)
      event = text(.event)
      severity = text(.severity)
      verdict = text(.verdict)
      device = text(.device)
      status = text(.status)
      time = text(.time)
      withdrawn = (try? values.decodeIfPresent(Bool.self, forKey: .withdrawn)) == true
    }
  }

  struct Envelope: Decodable {
    let epoch: String
    let seq: Int64
    let prev: Int64?
    let uid: String
    let data: Facts
  }

  fileprivate init(_ envelope: Envelope, payload: String) throws(UnreadableMessage) {
    guard envelope.epoch.isID, envelope.uid.isID, envelope.seq > 0, (0..<envelope.seq).contains(envelope.prev ?? 0) else {
      throw .notAsAgreed
    }
    epoch = envelope.epoch
    seq = envelope.seq
    prev = envelope.prev
    uid = envelope.uid
    facts = envelope.data
    self.payload = payload
  }

  /// The alert that it is about; nil for events of the watch itself.
  var alert: String? { facts.kind == "health" ? nil : facts.id.flatMap { $0.isID ? $0 : nil } }

  /// Where the case stands after this event; nil if the event says nothing of it.
  var status: String? {
    switch facts.event {
    case "cleared", "dismissed", "declared", "acknowledged": facts.event
    case "raised", "reopened": "new"
    default: facts.status.flatMap { Self.statuses.contains($0) ? $0 : nil }
    }
  }

  static let statuses = ["new", "acknowledged", "dismissed", "declared", "cleared"]

  /// True if nothing of what was sent before about the alert may be kept: it was no camera, or the property's own.
  var isWithdrawal: Bool { facts.withdrawn || status == "cleared" || status == "dismissed" }
}

/// What a box says of itself.
struct UpState: Sendable {
  let payload: String
  let version: String?
  /// What the box takes of central.
  let accept: Set<String>
  /// By kind, what is in force of it.
  let applied: [String: String]
  /// All that is in force, or was refused.
  let known: Set<String>

  struct Envelope: Decodable {
    var version: String?
    var accept: [String] = []
    var applied: [String: String] = [:]
    var refused: [String: String] = [:]

    private enum CodingKeys: String, CodingKey { case version, accept, applied, refused }

    /// A key of another type than expected counts as missing.
    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      version = try? values.decodeIfPresent(String.self, forKey: .version)
      accept = (try? values.decodeIfPresent([String].self, forKey: .accept)) ?? []
      applied = (try? values.decodeIfPresent([String: String].self, forKey: .applied)) ?? [:]
      refused = (try? values.decodeIfPresent([String: String].self, forKey: .refused)) ?? [:]
    }
  }

  fileprivate init(_ envelope: Envelope, payload: String) {
    self.payload = payload
    version = envelope.version?.cut
    accept = Set(envelope.accept.filter(\.isID))
    applied = envelope.applied.filter { $0.key.isID && $0.value.isID }
    known = Set(envelope.refused.keys).union(applied.values)
  }
}

/// Whether a box is there; the last one is its will.
struct UpHealth: Decodable, Sendable {
  let epoch: String?
  let status: String
  let time: String?
  let version: String?
  let pending: Int64?

  fileprivate func checked() throws(UnreadableMessage) -> UpHealth {
    guard epoch?.isID ?? true, ["online", "offline"].contains(status) else { throw .notAsAgreed }
    return UpHealth(epoch: epoch, status: status, time: time?.cut, version: version?.cut, pending: pending.map { max(0, $0) })
  }

  var isOnline: Bool { status == "online" }
}

extension String {
  /// Short enough for a column, without NUL, which PostgreSQL's text cannot hold.
  fileprivate var cut: String {
    let text = utf8.count <= 200 ? self : String(unicodeScalars.prefix(50).map(Character.init))
    return text.utf8.contains(0) ? text.replacing("\0", with: "\u{FFFD}") : text
  }

  /// True for an id: ASCII without spaces, at most 128 bytes.
  var isID: Bool { (1...128).contains(utf8.count) && utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }

  /// The same text, if it is an RFC 3339 time that PostgreSQL takes.
  var asTime: String? {
    let bytes = Array(utf8)
    guard (20...40).contains(bytes.count) else { return nil }
    func number(_ range: Range<Int>) -> Int? {
      bytes[range].allSatisfy { (0x30...0x39).contains($0) } ? bytes[range].reduce(0) { $0 * 10 + Int($1) - 0x30 } : nil
    }
    guard bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"), [UInt8(ascii: "T"), UInt8(ascii: "t")].contains(bytes[10]),
      bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"), let year = number(0..<4), let month = number(5..<7),
      let day = number(8..<10), let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19)
    else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...9999).contains(year), (1...12).contains(month), (1...lengths[month - 1]).contains(day), hour < 24, minute < 60, second < 61
    else { return nil }
    var place = 19
    if bytes[place] == UInt8(ascii: ".") {
      place += 1
      let digits = bytes[place...].prefix { (0x30...0x39).contains($0) }.count
      guard digits > 0 else { return nil }
      place += digits
    }
    if place + 1 == bytes.count, [UInt8(ascii: "Z"), UInt8(ascii: "z")].contains(bytes[place]) { return self }
    // PostgreSQL knows no greater offset.
    guard place + 6 == bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[place]), bytes[place + 3] == UInt8(ascii: ":"),
      let hours = number(place + 1..<place + 3), hours < 16, let minutes = number(place + 4..<place + 6), minutes < 60
    else { return nil }
    return self
  }
}
