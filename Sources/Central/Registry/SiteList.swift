import Foundation
import YAMLReading
import Yams

/// A list that an operator keeps for a site in a file: cameras that are the site's own, or its rooms.
enum SiteList {
  case cameras, rooms

  private static let fileLimit = 1 << 20
  /// Bytes of a value.
  private static let textLimit = 255

  /// The items of a YAML list, and the list, to say what is wrong with all of it.
  ///
  /// - Parameter expected: what the file should have been.
  /// - Throws: `CentralSettingsError`.
  static func read(_ file: String, expected: String) throws(CentralSettingsError) -> (list: Node, items: [Node]) {
    let root: Node?
    do {
      root = try YAMLDocument.root(try TextFile(path: file, limit: fileLimit).bytes, file: file)
    } catch let problem as FileProblem {
      throw CentralSettingsError(problems: [problem])
    } catch {
      throw CentralSettingsError(problems: [FileProblem(file: file, message: "\(error)")])
    }
    guard let root, case .sequence(let items) = root else {
      throw CentralSettingsError(problems: [FileProblem(file: file, message: "expected \(expected)")])
    }
    return (root, Array(items))
  }

  /// Reports a value that no box would take.
  static func check(_ text: String, _ key: String, at node: Node, _ reading: inout Reading) {
    if text.utf8.count > textLimit || text.utf8.contains(0) { reading.report("\(key): at most \(textLimit) bytes of text", at: node) }
  }

  static func json(_ items: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: (try? encoder.encode(items)) ?? Data("[]".utf8), as: UTF8.self)
  }

  fileprivate var table: (name: String, column: String) {
    switch self {
    case .cameras: ("declared_list", "cameras")
    case .rooms: ("room_list", "rules")
    }
  }

  /// How ids of such lists begin.
  fileprivate var prefix: String { self == .cameras ? "declared-" : "rooms-" }
}

extension Registry {
  /// Gives a site a list in place of its former one. Boxes that are there get it within seconds, others when they are back.
  ///
  /// - Parameters:
  ///   - summary: what is in it, for the audit log.
  ///   - action: its word there.
  /// - Returns: the id of the list, by which boxes say that it is in force.
  static func replace(
    _ list: SiteList, with json: String, _ summary: String, action: String, tenant: String, site: String, by who: String,
    _ connection: PostgresConnection
  ) throws -> String {
    let place = [PostgresValue(tenant), PostgresValue(site)]
    guard try connection.run("SELECT 1 FROM site WHERE tenant = $1 AND id = $2", place).first != nil else {
      throw RegistryError.unknown("site \(site) of tenant \(tenant)")
    }
    let id = list.prefix + Secret.gatewayName().dropFirst(3)
    let (table, column) = list.table
    try connection.run(
      """
      INSERT INTO \(table) (tenant, site, id, \(column), who) VALUES ($1, $2, $3, $4::jsonb, $5)
      ON CONFLICT (tenant, site) DO UPDATE SET id = EXCLUDED.id, \(column) = EXCLUDED.\(column), who = EXCLUDED.who, made = now()
      """, place + [PostgresValue(id), PostgresValue(json), PostgresValue(who)])
    try audit(action, tenant: tenant, site: site, detail: "\(id): \(summary)", by: who, connection)
    return id
  }
}
