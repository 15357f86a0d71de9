import Detection
import Foundation
import HTTPTypes
import Hummingbird
import Services

/// Decides before any route whether a request is answered: under which name the box was called, whether anybody may sign in yet, who asks,
/// and whether the page itself sent a form.
struct Gate: RouterMiddleware {
  typealias Context = DeskContext

  static let bodyLimit = 1 << 20
  private static let bodyPatience = Duration.seconds(10)

  let database: DeskDatabase
  let names: HostNames
  let cookies: CookieForm

  func handle(
    _ request: Request, context: DeskContext, next: (Request, DeskContext) async throws -> Response
  ) async throws -> Response {
    guard names.accepts(request.head.authority, at: context.local) else {
      throw DeskError(.misdirectedRequest, "unknown_host", Words.unknownHost)
    }
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > Self.bodyLimit { throw DeskError.tooLarge }
    var (request, context) = (request, context)
    context.address = Self.address(request, context)
    context.cookie = cookies.secret(request)
    let bearer = request.isForPrograms ? Self.bearer(request) : nil
    context.bearer = bearer
    let (cookie, isInvitation) = (context.cookie, request.components.first == "invite")
    let (hasManager, identity) = try await database.perform { database in
      let hasManager = try database.store.hasManager()
      // An invitation is for the first manager, too.
      guard hasManager else { return (false, nil as Identity?) }
      let now = database.clock()
      if let bearer { return (true, try database.store.identity(ofToken: bearer, at: now)) }
      return (true, try cookie.flatMap { try database.store.identity(ofSession: $0, at: now) })
    }
    guard hasManager || isInvitation else { throw DeskError(.serviceUnavailable, "no_manager", Words.noManager) }
    context.identity = identity
    if identity == nil, !Self.isOpen(request) {
      guard request.isForPrograms else { return .seeOther("/sign-in") }
      var response = DeskError(.unauthorized, "unauthorized", Words.unauthorized).response(isForPrograms: true)
      response.headers[.wwwAuthenticate] = "Bearer"
      return response
    }
    if request.changesSomething {
      context.body = try await Self.body(request)
      request.body = .init(buffer: context.body)
      if bearer == nil, let cookie { try check(request, context, cookie) }
    }
    return try await next(request, context)
  }

  /// Without signing in: /sign-in, /invite/T, /wall/T, /ack/T and /assets/NAME.
  private static func isOpen(_ request: Request) -> Bool {
    let components = request.components
    switch components.first {
    case "sign-in": return components.count == 1
    case "invite", "wall", "ack", "assets": return components.count == 2
    default: return false
    }
  }

  private static func bearer(_ request: Request) -> String? {
    guard let header = request.headers[.authorization] else { return nil }
    let parts = header.split(separator: " ")
    // Anything else in this header is no token of ours: nobody.
    guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count <= OneTimeSecret.limit else { return "" }
    return String(parts[1])
  }

  /// Refuses what another page sent in this browser's name.
  private func check(_ request: Request, _ context: DeskContext, _ cookie: String) throws {
    let refusal = DeskError(.forbidden, "not_from_the_page", Words.notFromThePage)
    let site = request.headers[.fetchSite]
    if let site, site != "same-origin", site != "none" { throw refusal }
    if let origin = request.headers[.origin], origin != "null" {
      guard names.isOrigin(origin, of: request.head.authority) else { throw refusal }
    } else if request.headers[.origin] == "null", site != "same-origin" {
      // Without referrers browsers hide the origin of a form, also from the page that it belongs to, and say only that it is the same.
      throw refusal
    }
    // The link is known to one person only, and needs no session.
    if request.components.first == "ack" { return }
    let sent = request.headers[.formToken] ?? context.form["csrf"] ?? ""
    guard OneTimeSecret.isEqual(sent, OneTimeSecret.formToken(of: cookie)) else { throw refusal }
  }

  /// - Throws: `tooLarge` for a body beyond the limit, or one that takes too long.
  private static func body(_ request: Request) async throws -> ByteBuffer {
    try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
      group.addTask {
        do { return try await request.body.collect(upTo: bodyLimit) } catch is any HTTPResponseError { throw DeskError.tooLarge }
      }
      group.addTask {
        try await Task.sleep(for: bodyPatience)
        throw DeskError(.requestTimeout, "too_slow", Words.tooSlow)
      }
      defer { group.cancelAll() }
      return try await group.next() ?? ByteBuffer()
    }
  }

  /// The network that a request comes from: an IPv4 address, the first half of an IPv6 address. Behind a server on this machine, what that
  /// one says.
  private static func address(_ request: Request, _ context: DeskContext) -> String {
    var address = context.peer
    if address?.isLoopback == true, let forwarded = request.headers[.forwardedFor]?.split(separator: ",").last {
      address = IPAddress(forwarded.trimmingCharacters(in: .whitespaces)) ?? address
    }
    guard let address else { return "" }
    return address.isV4 || address.isLoopback ? "\(address)" : "\(IPAddress(bits: (address.bits >> 64) << 64))/64"
  }
}

/// How the browser keeps the secret of its session.
struct CookieForm: Sendable {
  let hasTLS: Bool

  /// Without TLS, which only a loopback address has, browsers take no cookie with `Secure`, and no `__Host-` without it.
  var name: String { hasTLS ? "__Host-lenscap" : "lenscap" }

  func secret(_ request: Request) -> String? {
    for header in request.headers[values: .cookie] {
      for pair in header.split(separator: ";") {
        let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        if parts.count == 2, parts[0] == name, (1...OneTimeSecret.limit).contains(parts[1].utf8.count) { return parts[1] }
      }
    }
    return nil
  }

  /// - Parameter life: nil until the browser is closed.
  func header(_ secret: String, life: Duration?) -> String {
    let age = life.map { "; Max-Age=\($0.components.seconds)" } ?? ""
    return "\(name)=\(secret); Path=/; HttpOnly; SameSite=Lax\(hasTLS ? "; Secure" : "")\(age)"
  }
}

/// The names under which the page answers: a page elsewhere whose name leads to this box (DNS rebinding) gets nothing.
struct HostNames: Sendable {
  private let hosts: Set<String>
  private let publicOrigin: String?
  private let isLocal: Bool

  init(listen: ListenAddress, publicURL: String?) {
    publicOrigin = publicURL.flatMap { text in
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      return parts.count >= 3 ? "\(parts[0])//\(parts[2])".lowercased() : nil
    }
    isLocal = listen.isLoopback
    hosts = Set([listen.host.lowercased(), publicOrigin.map { Self.host(String($0.split(separator: "/").last ?? "")) }].compactMap { $0 })
  }

  func accepts(_ authority: String?, at local: IPAddress?) -> Bool {
    guard let authority else { return false }
    let host = Self.host(authority)
    if hosts.contains(host) { return true }
    if host == "localhost" { return isLocal }
    // An address is no name that somebody could lead elsewhere.
    guard let address = IPAddress(host) else { return false }
    return address == local || isLocal && address.isLoopback
  }

  func isOrigin(_ origin: String, of authority: String?) -> Bool {
    let origin = origin.lowercased()
    guard let authority = authority?.lowercased() else { return false }
    return origin == publicOrigin || origin == "https://\(authority)" || origin == "http://\(authority)"
  }

  /// Without the port.
  private static func host(_ authority: String) -> String {
    let text = authority.lowercased()
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") { return String(text[text.index(after: text.startIndex)..<end]) }
    return String(text.prefix { $0 != ":" })
  }
}
