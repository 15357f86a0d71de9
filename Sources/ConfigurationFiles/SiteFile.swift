import Detection
import Foundation
import YAMLReading
import Yams

/// Reads the rooms of a site: a YAML list of mappings with `room` and one or more other keys, all of which must match. The first rule that
/// matches applies.
public enum SiteFile {
  public static func read(_ path: String) throws(ConfigurationError) -> Site {
    try parse(try Configuration.bytes(path), path)
  }

  /// Reads rules that came as keys and values, not as a file; they mean the same as there.
  ///
  /// - Parameter source: what they are called in problems.
  public static func read(_ rules: [[String: String]], source: String) throws(ConfigurationError) -> Site {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // JSON is YAML, and quoted text stays what it is.
    guard !rules.isEmpty, let bytes = try? encoder.encode(rules) else { return Site() }
    return try parse(Array(bytes), source)
  }

  static func parse(_ bytes: [UInt8], _ path: String) throws(ConfigurationError) -> Site {
    var reading = Reading(file: path)
    guard let site = try reading.list(bytes, key: "rooms", { $0.site($1) }) else {
      throw ConfigurationError(.wrong, [FileProblem(file: path, message: "the file is empty, expected a list of rooms")])
    }
    guard reading.problems.isEmpty else { throw ConfigurationError(.wrong, reading.problems) }
    return site
  }
}

extension Reading {
  private static let criteria = ["vlan", "subnet", "circuit", "remote", "interface", "switch", "port", "ap"]

  mutating func site(_ node: Node) -> Site {
    guard let items = node.sequence else {
      report("rooms is \(node.sort), expected a list, such as [ { room: Room 101, vlan: 101 } ]", at: node)
      return Site()
    }
    return Site(items.compactMap { rule($0) })
  }

  private mutating func rule(_ item: Node) -> Site.Rule? {
    let before = problems.count
    guard item.mapping != nil, let entries = mapping(item, "a room", allowed: ["room"] + Self.criteria), let room = entries["room"] else {
      if problems.count == before { report("expected a mapping with \"room\"", at: item) }
      return nil
    }
    let values = entries.compactMapValues { $0.writtenText.flatMap { $0.isEmpty ? nil : $0 } }
    for key in ["room"] + Self.criteria {
      if let node = entries[key], values[key] == nil { report("\"\(key)\" needs a value", at: node) }
    }
    var criteria: [Site.Criterion] = []
    if let node = entries["vlan"], let text = values["vlan"] {
      let stack = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt16($0) }
      if stack.allSatisfy({ $0.map { $0 < 4096 } ?? false }) {
        criteria.append(.vlan(stack.compactMap { $0 }))
      } else {
        report("\(text.quoted) is not a VLAN, expected 101, or 20.101 for tags within tags, outer first", at: node)
      }
    }
    if let node = entries["subnet"], let text = values["subnet"] {
      if let network = IPNetwork(text) {
        criteria.append(.subnet(network))
      } else {
        report("\(text.quoted) is not a network, expected one such as 10.0.5.0/24", at: node)
      }
    }
    if let text = values["circuit"] { criteria.append(.circuit(text)) }
    if let text = values["remote"] { criteria.append(.remote(text)) }
    if let text = values["interface"] { criteria.append(.interface(text)) }
    if let device = values["switch"] {
      criteria.append(.neighbour(Site.Neighbour(device: device, port: values["port"])))
    } else if let node = entries["port"], let port = values["port"], entries["switch"] == nil {
      report("port \(port.quoted) needs a switch: the name that the switch announces by LLDP or CDP", at: node)
    }
    if let node = entries["ap"], let text = values["ap"] {
      if let point = MACAddress(text).map(Site.AccessPoint.mac) ?? IPAddress(text).map(Site.AccessPoint.address) {
        criteria.append(.accessPoint(point))
      } else {
        report(
          "\(text.quoted) is not an access point, expected its BSSID, such as 02:11:22:33:44:55, or the IP address of its tunnels", at: node
        )
      }
    }
    guard problems.count == before, let name = values["room"] else { return nil }
    guard !criteria.isEmpty else {
      report("room \(name.quoted) needs one of \(Self.criteria.joined(separator: ", "))", at: room)
      return nil
    }
    return Site.Rule(room: name, criteria: criteria)
  }
}
