import HTTPTypes
import Hummingbird

/// Puts the headers on every answer that tell browsers what the page may do, and makes an answer of every error.
struct CentralHeaders: RouterMiddleware {
  typealias Context = CentralContext

  /// Writes one line to standard error.
  let remark: @Sendable (String) -> Void
  private static let policy = [
    "default-src 'none'", "style-src '\(CentralStyle.hash)'", "img-src data:", "form-action 'self'", "frame-ancestors 'none'",
    "base-uri 'none'",
  ].joined(separator: "; ")
  private static let fields: [(HTTPField.Name?, String)] = [
    (.contentSecurityPolicy, policy), (.xContentTypeOptions, "nosniff"), (.init("Referrer-Policy"), "no-referrer"),
    (.init("X-Frame-Options"), "DENY"), (.init("Cross-Origin-Opener-Policy"), "same-origin"),
    (.init("Cross-Origin-Resource-Policy"), "same-origin"), (.cacheControl, "no-store"),
    (.strictTransportSecurity, "max-age=31536000"),
  ]

  func handle(
    _ request: Request, context: CentralContext, next: (Request, CentralContext) async throws -> Response
  ) async throws -> Response {
    var response: Response
    do {
      response = try await next(request, context)
    } catch let error as WebError {
      response = error.response(isForPrograms: request.isForPrograms)
    } catch let error as any HTTPResponseError {
      let code = error.status.reasonPhrase.lowercased().replacing(" ", with: "_")
      response = WebError(error.status, code, error.status.reasonPhrase).response(isForPrograms: request.isForPrograms)
    } catch is CancellationError {
      throw CancellationError()
    } catch let error as PostgresError {
      remark("central: \(error)")
      response = WebError.busy.response(isForPrograms: request.isForPrograms)
    } catch {
      remark("central: a request failed: \(error)")
      response = WebError(.internalServerError, "failed", "This did not work.").response(isForPrograms: request.isForPrograms)
    }
    for case (let name?, let value) in Self.fields where response.headers[name] == nil { response.headers[name] = value }
    return response
  }
}

/// Decides who asks, before any route. A new route is closed until it is named here.
struct CentralGate: RouterMiddleware {
  typealias Context = CentralContext
  static let cookie = "__Host-lenscap-central"

  let registry: PostgresPool

  func handle(
    _ request: Request, context: CentralContext, next: (Request, CentralContext) async throws -> Response
  ) async throws -> Response {
    // Gateways show a certificate or a code; their routes look at it.
    if ["gateway", "healthz"].contains(request.components.first) { return try await next(request, context) }
    var context = context
    if let header = request.headers[.authorization] {
      let parts = header.split(separator: " ")
      guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count <= Secret.limit else { throw WebError.unauthorized }
      let secret = String(parts[1])
      context.identity = try await registry.transaction { try Registry.identity(ofToken: secret, $0) }
    } else if let secret = Self.session(request) {
      context.session = secret
      context.identity = try await registry.transaction { try Registry.identity(ofSession: secret, $0) }
    }
    if context.identity == nil, request.uri.path != "/sign-in" {
      guard request.isForPrograms else { return .seeOther("/sign-in") }
      throw WebError.unauthorized
    }
    return try await next(request, context)
  }

  private static func session(_ request: Request) -> String? {
    for header in request.headers[values: .cookie] {
      for pair in header.split(separator: ";") {
        let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmingPrefix(while: \.isWhitespace) }
        if parts.count == 2, parts[0] == cookie, (1...Secret.limit).contains(parts[1].utf8.count) { return String(parts[1]) }
      }
    }
    return nil
  }
}
