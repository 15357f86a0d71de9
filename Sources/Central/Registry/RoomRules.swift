import ConfigurationFiles
import Foundation
import YAMLReading
import Yams

/// Rules by which parts of a site's network are rooms, as in the configuration of a box. Boxes get them whose `uplink.accept` names `rooms`.
public struct RoomRules: Sendable, Equatable {
  /// What a box takes (docs/chain.md).
  static let limit = 2000
  /// Bytes of a value, and of the whole list as JSON.
  static let textLimit = 255
  static let jsonLimit = 56 << 10
  static let fileLimit = 1 << 20

  let rules: [[String: String]]
  public var count: Int { rules.count }

  init(_ rules: [[String: String]]) { self.rules = rules }

  /// A YAML list of rules such as `{ room: Room 12, vlan: 112 }`, each with what a box knows. An empty list takes back the former one.
  ///
  /// - Throws: `CentralSettingsError`.
  public init(file: String) throws(CentralSettingsError) {
    let root: Node?
    do {
      root = try YAMLDocument.root(try TextFile(path: file, limit: Self.fileLimit).bytes, file: file)
    } catch let problem as FileProblem {
      throw CentralSettingsError(problems: [problem])
    } catch {
      throw CentralSettingsError(problems: [FileProblem(file: file, message: "\(error)")])
    }
    guard let root, case .sequence(let items) = root else {
      throw CentralSettingsError(problems: [FileProblem(file: file, message: "expected a list of rooms; [] names none")])
    }
    // What a box reads is checked as a box reads it, with the places in the file.
    if !items.isEmpty {
      do throws(ConfigurationError) { _ = try SiteFile.read(file) } catch { throw CentralSettingsError(problems: error.problems) }
    }
    var reading = Reading(file: file)
    rules = items.map { Self.rule($0, &reading) }
    if items.count > Self.limit { reading.report("\(items.count) rules; a box takes at most \(Self.limit)", at: root) }
    if json.utf8.count > Self.jsonLimit { reading.report("the list has more than \(Self.jsonLimit >> 10) KiB", at: root) }
    guard reading.problems.isEmpty else { throw CentralSettingsError(problems: reading.problems) }
  }

  private static func rule(_ node: Node, _ reading: inout Reading) -> [String: String] {
    guard case .mapping(let mapping) = node else { return [:] }
    var rule: [String: String] = [:]
    for (key, value) in mapping {
      guard let key = key.writtenText, let text = value.writtenText else { continue }
      if text.utf8.count > textLimit || text.utf8.contains(0) { reading.report("\(key): at most \(textLimit) bytes of text", at: value) }
      rule[key] = text
    }
    return rule
  }

  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: (try? encoder.encode(rules)) ?? Data("[]".utf8), as: UTF8.self)
  }
}

extension Registry {
  /// Gives a site rooms in place of its former ones from here. Boxes get them when they next say how they are.
  ///
  /// - Returns: the id of the list, by which boxes say that it is in force.
  static func nameRooms(
    _ list: RoomRules, tenant: String, site: String, by who: String, _ connection: PostgresConnection
  ) throws -> String {
    let place = [PostgresValue(tenant), PostgresValue(site)]
    guard try connection.run("SELECT 1 FROM site WHERE tenant = $1 AND id = $2", place).first != nil else {
      throw RegistryError.unknown("site \(site) of tenant \(tenant)")
    }
    let id = "rooms-" + Secret.gatewayName().dropFirst(3)
    try connection.run(
      """
      INSERT INTO room_list (tenant, site, id, rules, who) VALUES ($1, $2, $3, $4::jsonb, $5)
      ON CONFLICT (tenant, site) DO UPDATE SET id = EXCLUDED.id, rules = EXCLUDED.rules, who = EXCLUDED.who, made = now()
      """, place + [PostgresValue(id), PostgresValue(list.json), PostgresValue(who)])
    try audit("rooms-named", tenant: tenant, site: site, detail: "\(id): \(list.count) rules", by: who, connection)
    return id
  }
}
