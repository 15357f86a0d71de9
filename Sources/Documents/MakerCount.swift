import Detection

/// How many devices are of one maker.
public struct MakerCount: Sendable, Equatable {
  public let label: String
  public let count: Int

  /// The embedded devices among these that are no cameras, nor possibly, and that nobody declared; the most frequent maker first.
  public static func of(_ devices: [Device]) -> [MakerCount] {
    let others = devices.filter { $0.deviceClass == .embedded && !$0.mayBeCamera && !$0.isDeclared }
    let makers = OUIRegistry(of: others.map(\.id.mac))
    var counts: [String: MakerCount] = [:]
    // Names that signatures give come first: registries write in capitals.
    for device in others.sorted(by: { $0.vendor != nil && $1.vendor == nil }) {
      let label = device.vendor ?? makers.name(of: device.id.mac).map(shortened) ?? device.hostname.flatMap(sort) ?? "unknown maker"
      let former = counts[label.lowercased()]
      counts[label.lowercased()] = MakerCount(label: former?.label ?? label, count: (former?.count ?? 0) + 1)
    }
    return counts.values.sorted { (-$0.count, $0.label) < (-$1.count, $1.label) }
  }

  /// `TP-LINK` of `TP-LINK TECHNOLOGIES CO.,LTD.`
  static func shortened(_ maker: String) -> String {
    var words = maker.split { " ,，.()".contains($0) }
    while words.count > 1, let last = words.last, legalForms.contains(last.lowercased()) { words.removeLast() }
    return words.joined(separator: " ")
  }

  private static let legalForms: Set<String> = [
    "ag", "as", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "international", "limited", "llc", "ltd",
    "pte", "sa", "srl", "technologies", "technology", "electronics",
  ]

  /// `tasmota` of `tasmota-3A2B1C`: firmware's own word before a serial number. Other names are people's.
  static func sort(_ hostname: String) -> String? {
    guard let separator = hostname.firstIndex(where: { "-_".contains($0) }) else { return nil }
    let (word, number) = (hostname[..<separator], hostname[hostname.index(after: separator)...])
    let isSerial = number.count >= 4 && number.contains(where: \.isNumber) && number.allSatisfy { $0.isHexDigit || "-_".contains($0) }
    return word.count >= 2 && word.allSatisfy { $0.isASCII && $0.isLetter } && isSerial ? String(word) : nil
  }

  /// `14 embedded devices that are no cameras: 9 TP-Link, 3 Tuya and 2 unknown maker`; nil for none.
  public static func sentence(_ counts: [MakerCount]) -> String? {
    guard let all = plural(counts.reduce(0) { $0 + $1.count }, "embedded device") else { return nil }
    let verb = all.hasPrefix("1 ") ? "that is no camera" : "that are no cameras"
    let shown = counts.prefix(limit).map { "\($0.count) \($0.label)" }
    let rest = counts.dropFirst(limit).reduce(0) { $0 + $1.count }
    return "\(all) \(verb): " + (shown + (rest > 0 ? ["\(rest) of other makers"] : [])).joined(separator: ", ")
  }

  /// Makers that a sentence names.
  private static let limit = 8
}
