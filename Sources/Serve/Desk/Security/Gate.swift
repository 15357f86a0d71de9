import Detection
import Foundation
import HTTPTypes
import Hummingbird
import Services
import WebDesk

/// Decides before any route whether a request is answered: under which name the box was called, whether anybody may sign in yet, who asks,
/// and whether the page itself sent a form.
struct Gate: RouterMiddleware {
  typealias Context = DeskContext

  static let bodyLimit = 1 << 20

  let database: DeskDatabase
  let names: HostNames
  let cookies: CookieForm

  func handle(
    _ request: Request, context: DeskContext, next: (Request, DeskContext) async throws -> Response
  ) async throws -> Response {
    guard names.accepts(request.head.authority, at: context.local) else {
      throw WebError(.misdirectedRequest, "unknown_host", Words.unknownHost)
    }
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > Self.bodyLimit { throw WebError.tooLarge }
    var (request, context) = (request, context)
    context.address = request.network(of: context.peer)
    context.cookie = cookies.secret(request)
    let bearer = request.isForPrograms ? request.bearer() : nil
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
    guard hasManager || isInvitation else { throw WebError(.serviceUnavailable, "no_manager", Words.noManager) }
    context.identity = identity
    if identity == nil, !Self.isOpen(request) {
      guard request.isForPrograms else { return .seeOther("/sign-in") }
      throw WebError.unauthorized
    }
    if request.changesSomething {
      context.body = try await request.bytes(upTo: Self.bodyLimit)
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

  /// Refuses what another page sent in this browser's name.
  private func check(_ request: Request, _ context: DeskContext, _ cookie: String) throws {
    try FormOrigin.check(request) { names.isOrigin($0, of: request.head.authority) }
    // The link is known to one person only, and needs no session.
    if request.components.first == "ack" { return }
    try FormOrigin.check(request, form: context.form, cookie: cookie)
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
