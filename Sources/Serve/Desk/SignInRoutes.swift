import Detection
import Foundation
import HTTPTypes
import Hummingbird
import Store
import WebDesk

/// Who comes in: signing in and out, invitations, and screens on walls.
actor SignInRoutes {
  /// A failed attempt for an account is written down once in this time.
  private static let auditInterval = Duration.seconds(60)
  private static let nameLimit = 256

  private let database: DeskDatabase
  private let cookies: CookieForm
  private let property: String
  private let passwords = Passwords()
  private var throttle = SignInThrottle()
  private var nextAudit: [String: Timestamp] = [:]

  init(database: DeskDatabase, cookies: CookieForm, property: String) {
    self.database = database
    self.cookies = cookies
    self.property = property
  }

  nonisolated func add(to router: Router<DeskContext>) {
    router.get("sign-in") { _, context in
      context.identity != nil ? .seeOther("/") : self.withCookie(context) { Pages.signIn($0) }
    }
    router.post("sign-in") { _, context in try await self.signIn(context) }
    router.post("sign-out") { _, context in
      let address = context.address
      if let identity = context.identity {
        try await self.database.perform { try $0.store.endSession(identity, address: address, at: $0.clock()) }
      }
      var response = Response.seeOther("/sign-in")
      response.headers[.setCookie] = self.cookies.header("", life: .zero)
      return response
    }
    router.get("invite/:token") { _, context in
      let token = try Self.token(context)
      guard let (name, role) = try await self.database.perform({ try $0.store.invited(by: token, at: $0.clock()) }) else {
        throw WebError(.notFound, "dead_link", Words.deadInvitation)
      }
      return self.withCookie(context) { Pages.invitation($0, name: name, role: role) }
    }
    router.post("invite/:token") { _, context in try await self.accept(context) }
    router.get("wall/:token") { request, context in
      // A program that only looks whether the link works must not use it up.
      guard request.method == .get else { throw WebError.notFound }
      let (token, address) = (try Self.token(context), context.address)
      guard let secret = try await self.database.perform({ try $0.store.exchange(token, address: address, at: $0.clock()) }) else {
        throw WebError(.notFound, "dead_link", Words.deadWall)
      }
      return self.begun(secret, life: ServeStore.wallLife, at: "/wall")
    }
  }

  private static func token(_ context: DeskContext) throws -> String {
    guard let token = context.parameters.get("token"), token.utf8.count <= OneTimeSecret.limit else { throw WebError.notFound }
    return token
  }

  /// A page with a form, for a browser that need not have a cookie yet.
  private nonisolated func withCookie(
    _ context: DeskContext, _ status: HTTPResponse.Status = .ok, _ body: (PageFrame) -> String
  ) -> Response {
    let secret = context.cookie ?? OneTimeSecret.make()
    var frame = PageFrame(brand: property)
    frame.formToken = OneTimeSecret.formToken(of: secret)
    var response = Response.html(status, body(frame))
    if context.cookie == nil { response.headers[.setCookie] = cookies.header(secret, life: nil) }
    return response
  }

  private nonisolated func begun(_ secret: String, life: Duration, at path: String) -> Response {
    var response = Response.seeOther(path)
    response.headers[.setCookie] = cookies.header(secret, life: life)
    return response
  }

  // MARK: Passwords

  private func signIn(_ context: DeskContext) async throws -> Response {
    // The gate has checked the form of whoever has a cookie.
    guard context.cookie != nil else { throw WebError(.forbidden, "not_from_the_page", Words.notFromThePage) }
    let form = context.form
    let given = (form["name"] ?? "").trimmingCharacters(in: .whitespaces).precomposedStringWithCompatibilityMapping
    let password = form["password"] ?? ""
    let (account, address) = (String(given.lowercased().prefix(Self.nameLimit)), context.address)
    let now = database.clock()
    if let seconds = throttle.wait(account: account, address: address, at: now) {
      throw WebError(.tooManyRequests, "too_many_attempts", Words.tooManyAttempts, retryAfter: seconds)
    }
    let delay = throttle.delay(account: account, at: now)
    // Counted before it is looked at, so that many at once are many.
    throttle.failed(account: account, address: address, at: now)
    if delay > .zero { try await Task.sleep(for: delay) }
    let isPossible = given.utf8.count <= Self.nameLimit && Passwords.lengths.contains(password.utf8.count)
    let known = isPossible ? try await database.perform { try $0.store.password(of: given) } : nil
    let isRight: Bool
    do { isRight = try await passwords.matches(isPossible ? password : "", known?.hash) } catch is Passwords.Busy {
      throw WebError.tooManyAttempts
    }
    guard isRight, let name = known?.name else {
      if let name = known?.name { try await noteFailure(name, address) }
      return withCookie(context, .unauthorized) { Pages.signIn($0, problem: Words.wrongPassword) }
    }
    throttle.succeeded(account: account, address: address)
    let former = context.identity?.session
    let secret = try await database.perform {
      try $0.store.beginSession(of: name, replacing: former, address: address, at: $0.clock())
    }
    return begun(secret, life: ServeStore.sessionLife, at: "/")
  }

  private func noteFailure(_ name: String, _ address: String) async throws {
    let now = database.clock()
    if let next = nextAudit[name], now < next { return }
    nextAudit[name] = now + Self.auditInterval
    try await database.perform { try $0.store.addAudit(AuditRow(.signInFailed, who: name, address: address, at: now)) }
  }

  private func accept(_ context: DeskContext) async throws -> Response {
    let (token, password, address) = (try Self.token(context), context.form["password"] ?? "", context.address)
    guard let (name, role) = try await database.perform({ try $0.store.invited(by: token, at: $0.clock()) }) else {
      throw WebError(.notFound, "dead_link", Words.deadInvitation)
    }
    guard password.count >= Passwords.lengths.lowerBound, Passwords.lengths.contains(password.utf8.count) else {
      return withCookie(context, .badRequest) { Pages.invitation($0, name: name, role: role, problem: Words.passwordRule) }
    }
    let hash: Passwords.Hash
    do { hash = try await passwords.hash(password) } catch is Passwords.Busy { throw WebError.tooManyAttempts }
    let secret: String? = try await database.perform { database in
      let now = database.clock()
      guard let name = try database.store.accept(token, hash, address: address, at: now) else { return nil }
      return try database.store.beginSession(of: name, replacing: nil, address: address, at: now)
    }
    guard let secret else { throw WebError(.notFound, "dead_link", Words.deadInvitation) }
    return begun(secret, life: ServeStore.sessionLife, at: "/")
  }
}
