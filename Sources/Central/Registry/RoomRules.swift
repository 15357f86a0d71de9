import ConfigurationFiles
import YAMLReading
import Yams

/// Rules by which parts of a site's network are rooms, as in the configuration of a box. Boxes get them whose `uplink.accept` names `rooms`.
public struct RoomRules: Sendable, Equatable {
  /// What a box takes (docs/chain.md).
  static let limit = 2000
  /// Bytes of the whole list as JSON.
  static let jsonLimit = 56 << 10

  let rules: [[String: String]]
  public var count: Int { rules.count }

  init(_ rules: [[String: String]]) { self.rules = rules }

  /// A YAML list of rules such as `{ room: Room 12, vlan: 112 }`, each with what a box knows. An empty list takes back the former one.
  ///
  /// - Throws: `CentralSettingsError`.
  public init(file: String) throws(CentralSettingsError) {
    let (list, items) = try SiteList.read(file, expected: "a list of rooms; [] names none")
    // What a box reads is checked as a box reads it, with the places in the file.
    if !items.isEmpty {
      do throws(ConfigurationError) { _ = try SiteFile.read(file) } catch { throw CentralSettingsError(problems: error.problems) }
    }
    var reading = Reading(file: file)
    rules = items.map { Self.rule($0, &reading) }
    if items.count > Self.limit { reading.report("\(items.count) rules; a box takes at most \(Self.limit)", at: list) }
    if json.utf8.count > Self.jsonLimit { reading.report("the list has more than \(Self.jsonLimit >> 10) KiB", at: list) }
    guard reading.problems.isEmpty else { throw CentralSettingsError(problems: reading.problems) }
  }

  private static func rule(_ node: Node, _ reading: inout Reading) -> [String: String] {
    guard case .mapping(let mapping) = node else { return [:] }
    var rule: [String: String] = [:]
    for (key, value) in mapping {
      guard let key = key.writtenText, let text = value.writtenText else { continue }
      SiteList.check(text, key, at: value, &reading)
      rule[key] = text
    }
    return rule
  }

  var json: String { SiteList.json(rules) }
}

extension Registry {
  /// Gives a site rooms in place of its former ones from here.
  static func nameRooms(
    _ list: RoomRules, tenant: String, site: String, by who: String, _ connection: PostgresConnection
  ) throws -> String {
    try replace(
      .rooms, with: list.json, "\(list.count) rules", action: "rooms-named", tenant: tenant, site: site, by: who, connection)
  }
}
