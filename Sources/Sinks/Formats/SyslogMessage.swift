import Detection
import Glibc

/// A message of RFC 5424, section 6.
struct SyslogMessage: Sendable {
  /// RFC 5424, section 6.1: every receiver takes 480 bytes, and should take these.
  static let limit = 2048
  /// Bytes of a value in the structured data, before escaping.
  static let valueLimit = 255
  /// local0: free for each site to route.
  static let facility = 16
  /// The number after the @ is the one for documentation (RFC 5612), as Lenscap has none of its own.
  static let dataID = "lenscap@32473"

  let bytes: [UInt8]

  init(_ parcel: Parcel, host: String = SyslogMessage.hostName) {
    let event = parcel.event
    let kind = parcel.isGathered ? "gathered" : event.kind.rawValue
    var values = [("uid", parcel.uid)]
    if parcel.isGathered {
      values.append(("events", String(parcel.events.count)))
    } else {
      for (name, value) in [
        ("alert", event.alert), ("device", event.document["device"]?.string), ("room", event.room), ("verdict", event.verdict),
        ("severity", event.severity), ("sensor", event.document["sensor"]?["id"]?.string),
        ("test", event.document["test"] == true ? "true" : nil),
      ] {
        if let value { values.append((name, value)) }
      }
    }
    let priority = Self.facility * 8 + Self.severity(parcel)
    let data = values.map { " \($0)=\"\(Self.escaped($1))\"" }.joined()
    let head = "<\(priority)>1 \(event.time.rfc3339) \(Self.word(host, limit: 255)) lenscap \(getpid()) \(kind) [\(Self.dataID)\(data)] "
    // RFC 5424 section 6.4: a text in UTF-8 begins with the byte order mark.
    let text = "\u{FEFF}" + parcel.message.short.oneLine
    bytes = Array(head.utf8) + Array(text.cut(utf8: max(0, Self.limit - head.utf8.count)).utf8)
  }

  /// RFC 5424, section 6.2.1. Nothing is an emergency, which some servers write on every terminal.
  private static func severity(_ parcel: Parcel) -> Int {
    let kinds = parcel.events.map(\.kind)
    if parcel.message.isUrgent || parcel.events.contains(where: { $0.severity == "high" && !$0.kind.isByPerson }) { return 1 }
    if kinds.contains(where: { !$0.isByPerson && $0 != .report && $0 != .test }) { return 4 }
    return kinds.contains(where: \.isByPerson) ? 5 : 6
  }

  /// RFC 5424, section 6.3.3.
  private static func escaped(_ value: String) -> String {
    var text = ""
    for character in value.oneLine.cut(utf8: valueLimit).unicodeScalars {
      if ["\"", "\\", "]"].contains(character) { text += "\\" }
      text.unicodeScalars.append(character)
    }
    return text
  }

  /// Printable ASCII without spaces, or the sign for nothing.
  private static func word(_ text: String, limit: Int) -> String {
    let kept = text.utf8.filter(ASCII.isVisible).prefix(limit)
    return kept.isEmpty ? "-" : String(decoding: kept, as: UTF8.self)
  }

  /// The name of this machine.
  static let hostName: String = {
    var name = [CChar](repeating: 0, count: 256)
    return unsafe gethostname(&name, name.count - 1) == 0
      ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : ""
  }()
}
