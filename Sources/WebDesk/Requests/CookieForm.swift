import Foundation
import HTTPTypes
import Hummingbird

/// How the browser keeps the secret of its session.
public struct CookieForm: Sendable {
  public let hasTLS: Bool
  private let word: String

  public init(_ word: String, hasTLS: Bool) {
    self.word = word
    self.hasTLS = hasTLS
  }

  /// Without TLS, which only a loopback address has, browsers take no cookie with `Secure`, and no `__Host-` without it.
  public var name: String { hasTLS ? "__Host-\(word)" : word }

  public func secret(_ request: Request) -> String? {
    for header in request.headers[values: .cookie] {
      for pair in header.split(separator: ";") {
        let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        if parts.count == 2, parts[0] == name, (1...OneTimeSecret.limit).contains(parts[1].utf8.count) { return parts[1] }
      }
    }
    return nil
  }

  /// - Parameter life: nil until the browser is closed.
  public func header(_ secret: String, life: Duration?) -> String {
    let age = life.map { "; Max-Age=\($0.components.seconds)" } ?? ""
    return "\(name)=\(secret); Path=/; HttpOnly; SameSite=Lax\(hasTLS ? "; Secure" : "")\(age)"
  }
}

/// Whether a form is from the page itself.
public enum FormOrigin {
  public static let refusal = WebError(.forbidden, "not_from_the_page", Words.notFromThePage)

  /// Refuses what another page sent in this browser's name.
  ///
  /// - Parameter isOwn: whether the header Origin names this page.
  public static func check(_ request: Request, isOwn: (String) -> Bool) throws(WebError) {
    let site = request.headers[.fetchSite]
    if let site, site != "same-origin", site != "none" { throw refusal }
    if let origin = request.headers[.origin], origin != "null" {
      guard isOwn(origin) else { throw refusal }
    } else if request.headers[.origin] == "null", site != "same-origin" {
      // Without referrers browsers hide the origin of a form, also from the page that it belongs to, and say only that it is the same.
      throw refusal
    }
  }

  /// Refuses a form without the secret of this browser.
  public static func check(_ request: Request, form: [String: String], cookie: String) throws(WebError) {
    let sent = request.headers[.formToken] ?? form["csrf"] ?? ""
    guard OneTimeSecret.isEqual(sent, OneTimeSecret.formToken(of: cookie)) else { throw refusal }
  }
}
