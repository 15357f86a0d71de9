import HTTPTypes
import Hummingbird
import WebDesk

/// Decides before any route who asks, and whether the page itself sent a form. A new route is closed until it is named here.
struct CentralGate: RouterMiddleware {
  typealias Context = CentralContext

  static let cookies = CookieForm("lenscap-central", hasTLS: true)
  static let bodyLimit = 1 << 20

  let registry: PostgresPool

  func handle(
    _ request: Request, context: CentralContext, next: (Request, CentralContext) async throws -> Response
  ) async throws -> Response {
    // Gateways show a certificate or a code; their routes look at it. Debian packages are signed.
    if ["gateway", "healthz", "debian"].contains(request.components.first) { return try await next(request, context) }
    var (request, context) = (request, context)
    context.address = request.network(of: context.peer)
    context.cookie = Self.cookies.secret(request)
    context.bearer = request.bearer(upTo: Secret.limit)
    context.identity = try await Self.identity(context, registry)
    if context.identity == nil, context.bearer != nil || !Self.isOpen(request) {
      guard request.isForPrograms || context.bearer != nil else { return .seeOther("/sign-in") }
      throw WebError.unauthorized
    }
    if request.changesSomething {
      context.body = try await request.bytes(upTo: Self.bodyLimit)
      request.body = .init(buffer: context.body)
      if context.bearer == nil, let cookie = context.cookie {
        let own = request.head.authority.map { "https://\($0)".lowercased() }
        try FormOrigin.check(request) { $0.lowercased() == own }
        try FormOrigin.check(request, form: context.form, cookie: cookie)
      }
    }
    return try await next(request, context)
  }

  /// Who has the token or the session now.
  static func identity(_ context: CentralContext, _ registry: PostgresPool) async throws -> CentralIdentity? {
    if let bearer = context.bearer { return try await registry.transaction { try Registry.identity(ofToken: bearer, $0) } }
    guard let cookie = context.cookie else { return nil }
    return try await registry.transaction { try Registry.identity(ofSession: cookie, $0) }
  }

  /// Without signing in: /sign-in, /invite/SECRET and /assets/NAME.
  private static func isOpen(_ request: Request) -> Bool {
    let components = request.components
    switch components.first {
    case "sign-in": return components.count == 1
    case "invite", "assets": return components.count == 2
    default: return false
    }
  }
}
