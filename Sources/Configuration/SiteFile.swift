import Detection
import Foundation
import Yams

/// Reads the rooms of a site: a YAML list of mappings with `room` and one or more other keys, all of which must match. The first rule that
/// matches applies.
public enum SiteFile {
  public struct Problem: Error, CustomStringConvertible {
    public let description: String
    public internal(set) var isMissing = false
  }

  private static let keys = ["vlan", "subnet", "circuit", "remote", "interface", "switch", "port", "ap"]

  public static func read(_ path: String) throws(Problem) -> Site {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      let isMissing = !FileManager.default.fileExists(atPath: path)
      throw Problem(description: "--site \(path): " + (isMissing ? "no such file" : "is not readable text"), isMissing: isMissing)
    }
    return try parse(text, path)
  }

  static func parse(_ text: String, _ path: String) throws(Problem) -> Site {
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw Problem(description: "--site \(path): \(error)")
    }
    guard let items = root.flatMap({ ($0.mapping?["rooms"] ?? $0).sequence }) else {
      throw Problem(description: "--site \(path): expected a list, such as\n  - room: Room 101\n    vlan: 101")
    }
    var rules: [Site.Rule] = []
    for item in items {
      func problem(_ what: String) -> Problem { Problem(description: "--site \(path):\(item.mark.map { "\($0.line)" } ?? "?"): \(what)") }
      guard let mapping = item.mapping, let room = mapping["room"]?.scalar?.string, !room.isEmpty else {
        throw problem("expected a mapping with “room”")
      }
      if let other = mapping.keys.compactMap(\.scalar?.string).first(where: { $0 != "room" && !keys.contains($0) }) {
        throw problem("unknown key “\(other)”; expected room or one of \(keys.joined(separator: ", "))")
      }
      for key in keys where mapping[key] != nil && mapping[key]?.scalar?.string.isEmpty != false {
        throw problem("“\(key)” needs a value")
      }
      var criteria: [Site.Criterion] = []
      if let text = mapping["vlan"]?.scalar?.string {
        let stack = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt16($0) }
        guard !stack.isEmpty, stack.allSatisfy({ $0.map { $0 < 4096 } ?? false }) else {
          throw problem("“\(text)” is not a VLAN; write 101, or 20.101 for tags within tags, outer first")
        }
        criteria.append(.vlan(stack.compactMap { $0 }))
      }
      if let text = mapping["subnet"]?.scalar?.string {
        guard let network = IPNetwork(text) else { throw problem("“\(text)” is not a network; write it as 10.0.5.0/24") }
        criteria.append(.subnet(network))
      }
      if let text = mapping["circuit"]?.scalar?.string { criteria.append(.circuit(text)) }
      if let text = mapping["remote"]?.scalar?.string { criteria.append(.remote(text)) }
      if let text = mapping["interface"]?.scalar?.string { criteria.append(.interface(text)) }
      let port = mapping["port"]?.scalar?.string
      if let device = mapping["switch"]?.scalar?.string {
        criteria.append(.neighbour(Site.Neighbour(device: device, port: port)))
      } else if let port {
        throw problem("port “\(port)” needs a switch: the name that the switch announces by LLDP or CDP")
      }
      if let text = mapping["ap"]?.scalar?.string {
        guard let criterion = MACAddress(text).map(Site.AccessPoint.mac) ?? IPAddress(text).map(Site.AccessPoint.address) else {
          throw problem("“\(text)” is not an access point; write its BSSID, such as 02:11:22:33:44:55, or the IP address of its tunnels")
        }
        criteria.append(.accessPoint(criterion))
      }
      guard !criteria.isEmpty else { throw problem("room “\(room)” needs one of \(keys.joined(separator: ", "))") }
      rules.append(Site.Rule(room: room, criteria: criteria))
    }
    return Site(rules)
  }
}
