import ChainMessages
import Foundation

/// What a program asks of a list.
struct CentralQuery: Sendable {
  static let limits = 1...500
  static let standard = 100
  private static let cursorLimit = 1024

  let limit: Int
  /// The keys of the last item before, as many as the list has.
  let after: [String]?
  let site: String?
  let status: String?

  /// - Throws: `WebError`: 404 for another tenant than one's own.
  init(_ fields: [String: String], for identity: CentralIdentity, list: CentralList) throws {
    func field(_ name: String) -> String? { fields[name].flatMap { $0.isEmpty ? nil : $0 } }
    if let tenant = field("tenant"), tenant != identity.tenant { throw WebError.notFound }
    if let text = field("limit") {
      guard let number = Int(text), Self.limits.contains(number) else { throw WebError.badQuery("limit", "1 to 500") }
      limit = number
    } else {
      limit = Self.standard
    }
    if let text = field("cursor") {
      guard let keys = Self.keys(text), keys.count == list.keys.count else { throw WebError.badQuery("cursor", "the value of next") }
      after = keys
    } else {
      after = nil
    }
    site = field("site")
    if let site, !GatewayAddress.isName(site) { throw WebError.badQuery("site", "the name of a site") }
    status = field("status")
    if let status, !list.statuses.contains(status) {
      throw WebError.badQuery("status", list.statuses.isEmpty ? "nothing: this list has none" : list.statuses.joined(separator: ", "))
    }
  }

  /// Programs are to take it as it is.
  static func cursor(_ keys: [String]) -> String {
    let data = (try? JSONEncoder().encode(keys)) ?? Data()
    return data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  private static func keys(_ text: String) -> [String]? {
    guard text.utf8.count <= cursorLimit else { return nil }
    let padded = text.replacing("-", with: "+").replacing("_", with: "/")
    guard let data = Data(base64Encoded: padded + String(repeating: "=", count: (4 - padded.utf8.count % 4) % 4)) else { return nil }
    return try? JSONDecoder().decode([String].self, from: data)
  }
}
