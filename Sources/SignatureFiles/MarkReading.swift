import Detection
import YAMLReading
import Yams

// Marks of a class: `says: class`.
extension Reading {
  private static let keys = ["group", "points", "shows"]
  private static let keysOfOthers = ["facet", "strength", "shared-with", "valid-for", "gives"]

  mutating func mark(_ entries: [String: Node], says: Claim?, at signature: Node) -> ClassMark? {
    guard says == .deviceClass else {
      if let says {
        for key in Self.keys {
          if let node = entries[key] { report("says \(says.rawValue) takes no \(key): only class does", at: node) }
        }
      }
      return nil
    }
    for key in Self.keysOfOthers {
      if let node = entries[key] { report("says class takes no \(key): it has a group and points", at: node) }
    }
    if let because = entries["because"], because.writtenText?.contains("{value}") == true {
      report("says class takes no {value}: values of people's devices are not kept", at: because)
    }
    let shows = entries["shows"].flatMap { word($0, "class", DeviceClass.self) }
    if let shows, shows != .media, shows != .infrastructure, let node = entries["shows"] {
      report("expected media or infrastructure for shows: the points decide between the other classes", at: node)
    }
    guard let group = entries["group"].flatMap({ word($0, "group", ClassMark.Group.self) }) else { return nil }
    if group == .role {
      if let node = entries["points"] { report("the group role takes no points: it shows a class by itself", at: node) }
      if shows != .infrastructure { report("\"shows: infrastructure\" is missing: the group role has no points", at: signature) }
      return ClassMark(group, points: 0, shows: shows)
    }
    guard let node = entries["points"] else {
      report("\"points\" is missing: how much the mark says for a small computer in a thing, or, below zero, against it", at: signature)
      return nil
    }
    let limit = ClassMark.pointLimit
    guard let points = number(node, "points", in: -limit...limit), points != 0 else { return nil }
    return ClassMark(group, points: points, shows: shows)
  }
}
