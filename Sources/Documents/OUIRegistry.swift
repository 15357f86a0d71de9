import Detection
import Foundation

/// Names of the registered makers of MAC addresses, from the IEEE lists in Debian's package `ieee-data`. Without it there are no names.
public struct OUIRegistry: Sendable {
  private static let folders = ["/usr/share/ieee-data", "/var/lib/ieee-data"]
  /// List and length of its prefixes in hexadecimal digits; longer prefixes are more specific.
  private static let lists = [("oui36.csv", 9), ("mam.csv", 7), ("oui.csv", 6)]

  private var names: [MACAddress: String] = [:]

  /// Looks up these addresses only: the lists hold tens of thousands of makers.
  public init(of macs: [MACAddress]) {
    let wanted = macs.filter { !$0.isNone && !$0.isLocallyAdministered }
    guard !wanted.isEmpty else { return }
    for (list, digits) in Self.lists {
      let prefix = { (mac: MACAddress) in mac.bits >> UInt64(48 - 4 * digits) }
      let missing = Set(wanted.filter { names[$0] == nil }.map(prefix))
      guard !missing.isEmpty, let found = Self.find(missing, of: digits, in: list) else { continue }
      for mac in wanted where names[mac] == nil { names[mac] = found[prefix(mac)] }
    }
  }

  public func name(of mac: MACAddress) -> String? { names[mac] }

  /// Lines are `Registry,Assignment,Organization Name,Organization Address`, with quotes if a name has a comma. Only the
  /// lines with a wanted prefix become text, because the lists have megabytes.
  private static func find(_ prefixes: Set<UInt64>, of digits: Int, in list: String) -> [UInt64: String]? {
    guard let data = folders.lazy.compactMap({ FileManager.default.contents(atPath: "\($0)/\(list)") }).first else { return nil }
    var found: [UInt64: String] = [:]
    data.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      var start = 0
      while start < bytes.count {
        let end = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start).map { base.distance(to: $0) } ?? bytes.count
        // `MA-L,` and the like: five bytes, then the prefix and a comma.
        let name = start + 5 + digits + 1
        if name < end, let prefix = number(bytes, start + 5..<start + 5 + digits), prefixes.contains(prefix) {
          found[prefix] = organization(bytes[name..<end])
        }
        start = end + 1
      }
    }
    return found
  }

  /// The value of hexadecimal digits.
  private static func number(_ bytes: UnsafeRawBufferPointer, _ places: Range<Int>) -> UInt64? {
    var number: UInt64 = 0
    for place in places {
      guard let value = ASCII.hexValue(bytes[place]) else { return nil }
      number = number << 4 | UInt64(value)
    }
    return number
  }

  private static func organization(_ field: Slice<UnsafeRawBufferPointer>) -> String {
    let isQuoted = field.first == UInt8(ascii: "\"")
    let body = isQuoted ? field.dropFirst() : field
    let end = body.firstIndex(of: UInt8(ascii: isQuoted ? "\"" : ",")) ?? body.endIndex
    let name = String(decoding: body[..<end], as: UTF8.self)
    // Few names begin or end with blanks, some of them not ASCII.
    let isTrimmed = [name.utf8.first, name.utf8.last].allSatisfy { $0.map(ASCII.isVisible) == true }
    return isTrimmed ? name : name.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
