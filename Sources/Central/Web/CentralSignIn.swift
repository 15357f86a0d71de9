import ChainMessages
import Detection
import Foundation
import HTTPTypes
import Hummingbird
import WebDesk

/// Who comes in: people by name and password, invitations, and people who have a token.
actor CentralSignIn {
  /// A failed attempt for an account is written down once in this time.
  private static let auditInterval = Duration.seconds(60)
  private static let nameLimit = 256

  private let registry: PostgresPool
  private let clock: @Sendable () -> Timestamp
  private let passwords = Passwords()
  private var throttle = SignInThrottle()
  private var nextAudit: [String: Timestamp] = [:]

  init(registry: PostgresPool, clock: @escaping @Sendable () -> Timestamp) {
    self.registry = registry
    self.clock = clock
  }

  nonisolated func add(to router: Router<CentralContext>) {
    router.get("sign-in") { request, context -> Response in
      if context.identity != nil { return Response.seeOther("/") }
      let tenant = request.query["tenant"].flatMap { GatewayAddress.isName($0) ? $0 : nil } ?? ""
      return self.withCookie(context) { CentralPages.signIn($0, tenant: tenant) }
    }
    router.post("sign-in") { _, context in try await self.signIn(context) }
    router.post("sign-out") { _, context in
      if let cookie = context.cookie {
        let (identity, address) = (context.identity, context.address)
        try await self.registry.transaction { try Registry.endSession(cookie, of: identity, from: address, $0) }
      }
      var response = Response.seeOther("/sign-in" + (context.identity.map { "?tenant=\($0.tenant)" } ?? ""))
      response.headers[.setCookie] = CentralGate.cookies.header("", life: .zero)
      return response
    }
    router.get("invite/:secret") { _, context in
      let invited = try await self.invited(try Self.secret(context))
      return self.withCookie(context) { Pages.invitation($0, name: invited.name, role: invited.role) }
    }
    router.post("invite/:secret") { _, context in try await self.accept(context) }
  }

  private static func secret(_ context: CentralContext) throws -> String {
    guard let secret = context.part("secret"), secret.utf8.count <= OneTimeSecret.limit else { throw WebError.notFound }
    return secret
  }

  private func invited(_ secret: String) async throws -> Registry.Invited {
    guard let invited = try await registry.transaction({ try Registry.invited(by: secret, $0) }) else {
      throw WebError(.notFound, "dead_link", Words.deadInvitation)
    }
    return invited
  }

  /// A page with a form, for a browser that need not have a cookie yet.
  private nonisolated func withCookie(
    _ context: CentralContext, _ status: HTTPResponse.Status = .ok, _ body: (PageFrame) -> String
  ) -> Response {
    let secret = context.cookie ?? OneTimeSecret.make()
    var frame = PageFrame(brand: CentralPages.brand)
    frame.formToken = OneTimeSecret.formToken(of: secret)
    var response = Response.html(status, body(frame))
    if context.cookie == nil { response.headers[.setCookie] = CentralGate.cookies.header(secret, life: nil) }
    return response
  }

  private nonisolated func begun(_ secret: String) -> Response {
    var response = Response.seeOther("/")
    response.headers[.setCookie] = CentralGate.cookies.header(secret, life: Registry.sessionLife)
    return response
  }

  // MARK: Passwords

  private func signIn(_ context: CentralContext) async throws -> Response {
    // The gate has checked the form of whoever has a cookie.
    guard context.cookie != nil else { throw FormOrigin.refusal }
    let (form, address) = (context.form, context.address)
    let tenant = (form["tenant"] ?? "").trimmingCharacters(in: .whitespaces).lowercased()
    let account: String
    let given = (form["name"] ?? "").trimmingCharacters(in: .whitespaces)
    let token = form["token"].flatMap { $0.isEmpty ? nil : $0 }
    // Nobody guesses a token of 256 bits; who tries waits all the same.
    account = token == nil ? "\(tenant) \(Registry.key(given).prefix(Self.nameLimit))" : "token"
    let now = clock()
    if let seconds = throttle.wait(account: account, address: address, at: now) {
      throw WebError(.tooManyRequests, "too_many_attempts", Words.tooManyAttempts, retryAfter: seconds)
    }
    let delay = throttle.delay(account: account, at: now)
    // Counted before it is looked at, so that many at once are many.
    throttle.failed(account: account, address: address, at: now)
    if delay > .zero, token == nil { try await Task.sleep(for: delay) }
    let session: String?
    if let token {
      session =
        token.utf8.count > Secret.limit
        ? nil : try await registry.transaction { try Registry.beginSession(token: token, from: address, $0) }
    } else {
      session = try await beginSession(of: given, tenant: tenant, password: form["password"] ?? "", address: address)
    }
    guard let session else {
      let problem = token == nil ? CentralWords.wrongPassword : CentralWords.wrongToken
      return withCookie(context, .unauthorized) { CentralPages.signIn($0, tenant: tenant, problem: problem) }
    }
    throttle.succeeded(account: account, address: address)
    // The former session ends: a secret from before signing in is worth nothing afterwards.
    if let former = context.cookie {
      let identity = context.identity
      try await registry.transaction { try Registry.endSession(former, of: identity, from: address, $0) }
    }
    return begun(session)
  }

  private func beginSession(of given: String, tenant: String, password: String, address: String) async throws -> String? {
    let isPossible =
      given.utf8.count <= Self.nameLimit && GatewayAddress.isName(tenant) && Passwords.lengths.contains(password.utf8.count)
    let known = isPossible ? try await registry.transaction { try Registry.password(of: given, tenant: tenant, $0) } : nil
    let isRight: Bool
    do { isRight = try await passwords.matches(isPossible ? password : "", known?.hash) } catch is Passwords.Busy {
      throw WebError.tooManyAttempts
    }
    guard let name = known?.name else { return nil }
    if isRight { return try await registry.transaction { try Registry.beginSession(of: name, tenant: tenant, from: address, $0) } }
    try await noteFailure(name, tenant, address)
    return nil
  }

  private func noteFailure(_ name: String, _ tenant: String, _ address: String) async throws {
    let (now, key) = (clock(), "\(tenant) \(name)")
    if let next = nextAudit[key], now < next { return }
    nextAudit[key] = now + Self.auditInterval
    try await registry.transaction { try Registry.audit("sign-in-failed", tenant: tenant, by: name, from: address, $0) }
  }

  private func accept(_ context: CentralContext) async throws -> Response {
    guard context.cookie != nil else { throw FormOrigin.refusal }
    let (secret, password, address) = (try Self.secret(context), context.form["password"] ?? "", context.address)
    let invited = try await invited(secret)
    guard password.count >= Passwords.lengths.lowerBound, Passwords.lengths.contains(password.utf8.count) else {
      return withCookie(context, .badRequest) {
        Pages.invitation($0, name: invited.name, role: invited.role, problem: Words.passwordRule)
      }
    }
    let hash: Passwords.Hash
    do { hash = try await passwords.hash(password) } catch is Passwords.Busy { throw WebError.tooManyAttempts }
    let session = try await registry.transaction { connection in
      guard let invited = try Registry.accept(secret, hash, from: address, connection) else { return nil as String? }
      return try Registry.beginSession(of: invited.name, tenant: invited.tenant, from: address, connection)
    }
    guard let session else { throw WebError(.notFound, "dead_link", Words.deadInvitation) }
    return begun(session)
  }
}
