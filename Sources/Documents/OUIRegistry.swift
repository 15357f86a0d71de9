import Detection
import Foundation

/// Names of the registered makers of MAC addresses, from the IEEE lists in Debian's package `ieee-data`. Without it there are no names.
public struct OUIRegistry: Sendable {
  private static let folders = ["/usr/share/ieee-data", "/var/lib/ieee-data"]
  /// List and length of its prefixes in hexadecimal digits; longer prefixes are more specific.
  private static let lists = [("oui36.csv", 9), ("mam.csv", 7), ("oui.csv", 6)]

  private var names: [String: String] = [:]

  /// Looks up these addresses only: the lists hold tens of thousands of makers.
  public init(of macs: [MACAddress]) {
    let wanted = macs.filter { !$0.isNone && !$0.isLocallyAdministered }.map { $0.hex.uppercased() }
    guard !wanted.isEmpty else { return }
    for (list, digits) in Self.lists {
      let missing = Set(wanted.filter { names[$0] == nil }.map { $0.prefix(digits) })
      guard !missing.isEmpty, let found = Self.find(missing, in: list) else { continue }
      for mac in wanted where names[mac] == nil { names[mac] = found[mac.prefix(digits)] }
    }
  }

  public func name(of mac: MACAddress) -> String? { names[mac.hex.uppercased()] }

  /// Lines are `Registry,Assignment,Organization Name,Organization Address`, with quotes if a name has a comma. Only the
  /// lines with a wanted prefix become text, because the lists have megabytes.
  private static func find(_ prefixes: Set<Substring>, in list: String) -> [Substring: String]? {
    guard let data = folders.lazy.compactMap({ FileManager.default.contents(atPath: "\($0)/\(list)") }).first else { return nil }
    let wanted = Dictionary(uniqueKeysWithValues: prefixes.map { (key($0.utf8), $0) })
    let digits = prefixes.first?.utf8.count ?? 0
    var found: [Substring: String] = [:]
    data.withUnsafeBytes { bytes in
      var start = 0
      while start < bytes.count {
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        // `MA-L,` and the like: five bytes, then the prefix and a comma.
        let name = start + 5 + digits + 1
        if name < end, let prefix = wanted[key(bytes[start + 5..<start + 5 + digits])] {
          found[prefix] = organization(Data(bytes[name..<end]))
        }
        start = end + 1
      }
    }
    return found
  }

  /// Up to nine digits as one number.
  private static func key(_ digits: some Sequence<UInt8>) -> UInt64 { digits.reduce(0) { $0 << 6 ^ UInt64($1) } }

  private static func organization(_ field: Data) -> String {
    let isQuoted = field.first == UInt8(ascii: "\"")
    let body = isQuoted ? field.dropFirst() : field
    let end = body.firstIndex(of: UInt8(ascii: isQuoted ? "\"" : ",")) ?? body.endIndex
    return String(decoding: body[..<end], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
