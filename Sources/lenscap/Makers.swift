import Detection
import Foundation

/// Names of the registered makers of MAC addresses, from the IEEE lists that Debian's `ieee-data` installs. Without them, no names.
struct Makers {
  private static let folders = ["/usr/share/ieee-data", "/var/lib/ieee-data"]
  /// List and length of its prefixes in hexadecimal digits; longer prefixes are more telling.
  private static let lists = [("oui36.csv", 9), ("mam.csv", 7), ("oui.csv", 6)]

  private var names: [String: String] = [:]

  /// Looks up these addresses only: the lists hold tens of thousands of makers.
  init(of macs: [MACAddress]) {
    let wanted = macs.filter { !$0.isNone && !$0.isLocallyAdministered }.map { $0.hex.uppercased() }
    guard !wanted.isEmpty else { return }
    for (list, digits) in Self.lists {
      let missing = Set(wanted.filter { names[$0] == nil }.map { $0.prefix(digits) })
      guard !missing.isEmpty, let found = Self.find(missing, in: list) else { continue }
      for mac in wanted where names[mac] == nil { names[mac] = found[mac.prefix(digits)] }
    }
  }

  func name(of mac: MACAddress) -> String? { names[mac.hex.uppercased()] }

  /// Lines are `Registry,Assignment,Organization Name,Organization Address`, with quotes where a name holds a comma.
  private static func find(_ prefixes: Set<Substring>, in list: String) -> [Substring: String]? {
    guard let data = folders.lazy.compactMap({ FileManager.default.contents(atPath: "\($0)/\(list)") }).first else { return nil }
    var found: [Substring: String] = [:]
    for line in data.split(separator: UInt8(ascii: "\n")) {
      guard let comma = line.firstIndex(of: UInt8(ascii: ",")) else { continue }
      let rest = line[line.index(after: comma)...]
      guard let second = rest.firstIndex(of: UInt8(ascii: ",")) else { continue }
      let prefix = String(decoding: rest[..<second], as: UTF8.self)[...]
      guard prefixes.contains(prefix) else { continue }
      found[prefix] = organization(rest[rest.index(after: second)...])
    }
    return found
  }

  private static func organization(_ field: Data) -> String {
    let isQuoted = field.first == UInt8(ascii: "\"")
    let body = isQuoted ? field.dropFirst() : field
    let end = body.firstIndex(of: UInt8(ascii: isQuoted ? "\"" : ",")) ?? body.endIndex
    return String(decoding: body[..<end], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
