import HTTPTypes
import Hummingbird

/// The list of properties, and signing in with a token.
struct CentralPageRoutes: Sendable {
  private static let formLimit = 4096

  let registry: PostgresPool
  let reader: PostgresPool

  func add(to router: Router<CentralContext>) {
    router.get("/") { request, context in
      guard let identity = context.identity else { throw WebError.unauthorized }
      let query = try CentralQuery(request.query, for: identity, list: .properties)
      let page = try await reader.transaction(tenant: identity.tenant) { try CentralList.properties.page(query, $0) }
      return Response.text(.ok, Self.html, CentralPages.properties(page, tenant: identity.tenant))
    }
    router.get("sign-in") { _, _ in Response.text(.ok, Self.html, CentralPages.signIn()) }
    router.post("sign-in") { request, _ in
      try Self.checkOrigin(request)
      let secret = Request.fields(try await request.text(upTo: Self.formLimit))["token"] ?? ""
      guard (1...Secret.limit).contains(secret.utf8.count),
        let session = try await registry.transaction({ try Registry.beginSession(token: secret, $0) })
      else { return Response.text(.forbidden, Self.html, CentralPages.signIn(problem: "There is no such token.")) }
      var response = Response.seeOther("/")
      response.headers[.setCookie] = Self.cookie(session, seconds: Registry.sessionSeconds)
      return response
    }
    router.post("sign-out") { request, context in
      try Self.checkOrigin(request)
      if let session = context.session { try await registry.transaction { try Registry.endSession(session, $0) } }
      var response = Response.seeOther("/sign-in")
      response.headers[.setCookie] = Self.cookie("", seconds: 0)
      return response
    }
  }

  private static let html = "text/html; charset=utf-8"

  private static func cookie(_ secret: String, seconds: Int) -> String {
    "\(CentralGate.cookie)=\(secret); Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=\(seconds)"
  }

  /// Refuses a form that another page sent in this browser's name.
  private static func checkOrigin(_ request: Request) throws {
    let site = HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] }
    guard site == nil || site == "same-origin" || site == "none" else {
      throw WebError(.forbidden, "not_from_the_page", "This form is not from the page itself.")
    }
  }
}
