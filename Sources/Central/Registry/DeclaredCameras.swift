import Foundation
import YAMLReading
import Yams

/// Cameras of a site that its operator declares from central. Boxes get the list whose `uplink.accept` names `declared`.
public struct DeclaredCameras: Sendable, Equatable {
  /// What a box takes (docs/chain.md).
  static let limit = 256
  /// Bytes of a value.
  static let textLimit = 255
  static let fileLimit = 1 << 20
  /// Bytes of the whole list as JSON; a box takes 60 KiB of its own form.
  static let jsonLimit = 48 << 10
  private static let keys = ["pattern", "name", "place", "owner", "expires"]

  struct Camera: Codable, Sendable, Equatable {
    var pattern: String
    var name: String?
    var place: String?
    var owner: String?
    /// RFC 3339.
    var expires: String?
  }

  let cameras: [Camera]
  public var count: Int { cameras.count }

  init(_ cameras: [Camera]) { self.cameras = cameras }

  /// A YAML list, each entry with `pattern`: a MAC address, a model, or a name with its maker. An empty list declares none.
  ///
  /// - Throws: `CentralSettingsError`.
  public init(file: String) throws(CentralSettingsError) {
    var reading = Reading(file: file)
    let root: Node?
    do {
      root = try YAMLDocument.root(try TextFile(path: file, limit: Self.fileLimit).bytes, file: file)
    } catch let problem as FileProblem {
      throw CentralSettingsError(problems: [problem])
    } catch {
      throw CentralSettingsError(problems: [FileProblem(file: file, message: "\(error)")])
    }
    guard let root, case .sequence(let items) = root else {
      throw CentralSettingsError(problems: [FileProblem(file: file, message: "expected a list of cameras; [] declares none")])
    }
    cameras = items.compactMap { Self.camera($0, &reading) }
    if items.count > Self.limit { reading.report("\(items.count) cameras; a box takes at most \(Self.limit)", at: root) }
    if json.utf8.count > Self.jsonLimit { reading.report("the list has more than \(Self.jsonLimit >> 10) KiB", at: root) }
    guard reading.problems.isEmpty else { throw CentralSettingsError(problems: reading.problems) }
  }

  private static func camera(_ node: Node, _ reading: inout Reading) -> Camera? {
    guard let entries = reading.mapping(node, "a camera", allowed: keys) else { return nil }
    var texts: [String: String] = [:]
    for key in keys {
      guard let value = entries[key], let text = reading.text(value, key) else { continue }
      if text.utf8.count > textLimit || text.utf8.contains(0) { reading.report("\(key): at most \(textLimit) bytes of text", at: value) }
      texts[key] = text
    }
    if let value = entries["expires"], let text = texts["expires"], text.asTime == nil {
      reading.report("expires: \(text) is no time such as 2027-01-31T00:00:00Z", at: value)
    }
    guard let pattern = texts["pattern"] else {
      if entries["pattern"] == nil { reading.report("a camera has no pattern", at: node) }
      return nil
    }
    return Camera(pattern: pattern, name: texts["name"], place: texts["place"], owner: texts["owner"], expires: texts["expires"])
  }

  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: (try? encoder.encode(cameras)) ?? Data("[]".utf8), as: UTF8.self)
  }
}

extension Registry {
  /// Gives a site a list in place of its former one. Boxes get it when they next say how they are.
  ///
  /// - Returns: the id of the list, by which boxes say that it is in force.
  static func declare(
    _ list: DeclaredCameras, tenant: String, site: String, by who: String, _ connection: PostgresConnection
  ) throws -> String {
    let place = [PostgresValue(tenant), PostgresValue(site)]
    guard try connection.run("SELECT 1 FROM site WHERE tenant = $1 AND id = $2", place).first != nil else {
      throw RegistryError.unknown("site \(site) of tenant \(tenant)")
    }
    let id = "declared-" + Secret.gatewayName().dropFirst(3)
    try connection.run(
      """
      INSERT INTO declared_list (tenant, site, id, cameras, who) VALUES ($1, $2, $3, $4::jsonb, $5)
      ON CONFLICT (tenant, site) DO UPDATE SET id = EXCLUDED.id, cameras = EXCLUDED.cameras, who = EXCLUDED.who, made = now()
      """, place + [PostgresValue(id), PostgresValue(list.json), PostgresValue(who)])
    try audit("declared", tenant: tenant, site: site, detail: "\(id): \(list.count) cameras", by: who, connection)
    return id
  }
}
