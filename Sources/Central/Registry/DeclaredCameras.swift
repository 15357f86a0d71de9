import YAMLReading
import Yams

/// Cameras of a site that its operator declares from central. Boxes get the list whose `uplink.accept` names `declared`.
public struct DeclaredCameras: Sendable, Equatable {
  /// What a box takes (docs/chain.md).
  static let limit = 256
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
    let (list, items) = try SiteList.read(file, expected: "a list of cameras; [] declares none")
    cameras = items.compactMap { Self.camera($0, &reading) }
    if items.count > Self.limit { reading.report("\(items.count) cameras; a box takes at most \(Self.limit)", at: list) }
    if json.utf8.count > Self.jsonLimit { reading.report("the list has more than \(Self.jsonLimit >> 10) KiB", at: list) }
    guard reading.problems.isEmpty else { throw CentralSettingsError(problems: reading.problems) }
  }

  private static func camera(_ node: Node, _ reading: inout Reading) -> Camera? {
    guard let entries = reading.mapping(node, "a camera", allowed: keys) else { return nil }
    var texts: [String: String] = [:]
    for key in keys {
      guard let value = entries[key], let text = reading.text(value, key) else { continue }
      SiteList.check(text, key, at: value, &reading)
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

  var json: String { SiteList.json(cameras) }
}

extension Registry {
  /// Gives a site a list of its own cameras in place of its former one.
  static func declare(
    _ list: DeclaredCameras, tenant: String, site: String, by who: String, _ connection: PostgresConnection
  ) throws -> String {
    try replace(
      .cameras, with: list.json, "\(list.count) cameras", action: "declared", tenant: tenant, site: site, by: who, connection)
  }
}
