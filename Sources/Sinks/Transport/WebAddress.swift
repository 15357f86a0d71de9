import Foundation

/// An absolute http or https address.
struct WebAddress: Sendable, Equatable {
  /// Longest address, which is more than servers take.
  static let limit = 8192

  let text: String
  /// For errors, which name nothing else of an address.
  let host: String
  private let components: URLComponents

  /// - Throws: for anything else than http or https with a host, and for control characters. A user or password in it is an error: addresses
  ///   are passed on to phones.
  init(_ text: String?, key: String = "url") throws(SinkConfigurationError) {
    guard let text, !text.isEmpty else {
      throw SinkConfigurationError(key, "is missing: expected an address such as https://example.org/hook")
    }
    guard text.utf8.count <= WebAddress.limit, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }),
      let components = URLComponents(string: text),
      let scheme = components.scheme?.lowercased(), scheme == "http" || scheme == "https", let host = components.host, !host.isEmpty,
      components.user == nil,
      components.password == nil
    else { throw SinkConfigurationError(key, "is no http or https address") }
    self.text = text
    self.host = host
    self.components = components
  }

  /// The parts of the path, percent-decoded.
  var path: [String] { components.path.split(separator: "/").map(String.init) }

  func hasParameter(_ name: String) -> Bool { components.queryItems?.contains { $0.name == name } ?? false }

  /// The address with these parts as its whole path, and without query and fragment.
  func with(path: [String]) -> String {
    var changed = components
    changed.percentEncodedPath = "/" + path.map(\.percentEncoded).joined(separator: "/")
    changed.query = nil
    changed.fragment = nil
    return changed.string ?? text
  }

  /// The address with these parts behind its own path, and without query and fragment.
  func appending(path: [String]) -> String { with(path: self.path + path) }

  /// The address with these parameters behind its own.
  func adding(parameters: [(String, String)]) -> String {
    var changed = components
    changed.fragment = nil
    let own = changed.percentEncodedQuery.map { [$0] } ?? []
    let new = parameters.map { "\($0.percentEncoded)=\($1.percentEncoded)" }
    changed.percentEncodedQuery = (own.filter { !$0.isEmpty } + new).joined(separator: "&")
    return changed.string ?? text
  }
}
