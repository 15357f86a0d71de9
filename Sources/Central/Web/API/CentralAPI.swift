import Detection
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import WebDesk

/// `/api/1`, for programs and for the page's own script: that of a box, over all sites of a tenant. `CentralOpenAPI.text` describes it.
struct CentralAPI: Sendable {
  let reader: PostgresPool
  let clerk: PostgresPool
  let registry: PostgresPool
  let events: CentralEvents
  let clock: @Sendable () -> Timestamp

  func add(to router: Router<CentralContext>) {
    let api = router.group("api/1")
    for list in CentralList.allCases {
      api.get("\(list.rawValue)") { request, context in try await answer(list, request, context) }
    }
    api.get("alerts/:id") { request, context in
      let identity = try context.identity(.look)
      let (id, gateway) = try Self.place(request, context, identity)
      return try await alert(id, gateway: gateway, identity)
    }
    for action in CaseworkAction.allCases {
      api.post("alerts/:id/\(action.rawValue)") { request, context in
        let identity = try context.identity(action.right)
        let (id, gateway) = try Self.place(request, context, identity)
        let fields = try Request.texts(json: context.body)
        let found = try await perform(
          action, on: id, gateway: gateway, fields, by: identity, from: context.address, version: request.expectedVersion)
        return try await alert(id, gateway: found, identity)
      }
    }
    api.get("events") { request, context in try await listen(request, context) }
    api.get("openapi.json") { _, context in
      _ = try context.identity(.look)
      return Response.json(.ok, CentralOpenAPI.text)
    }
  }

  /// The methods that a path takes, as the header Allow names them; nil for a path that is none of these.
  static func methods(of request: Request) -> String? {
    let parts = request.components
    guard parts.count > 2, parts[0] == "api", parts[1] == "1" else { return nil }
    switch (parts[2], parts.count) {
    case ("events", 3), ("openapi.json", 3), ("alerts", 4): return "GET"
    case ("alerts", 5) where parts[4] == "evidence": return "GET, POST"
    case ("evidence", 5) where parts[4] == "file": return "GET"
    case (let list, 3): return CentralList(rawValue: String(list)) == nil ? nil : "GET"
    case ("alerts", 5): return CaseworkAction(rawValue: String(parts[4])) == nil ? nil : "POST"
    default: return nil
    }
  }

  /// The id of an alert, and the gateway that is named.
  ///
  /// - Throws: 404 for what can be no id, and for another tenant.
  static func place(
    _ request: Request, _ context: CentralContext, _ identity: CentralIdentity
  ) throws(WebError) -> (id: String, gateway: String?) {
    guard let id = context.part("id"), id.isID else { throw .notFound }
    let query = request.query
    let gateway = query["gateway"].flatMap { $0.isEmpty ? nil : $0 }
    guard query["tenant"].map({ $0 == identity.tenant }) ?? true, gateway?.isID ?? true else { throw .notFound }
    return (id, gateway)
  }

  private func answer(_ list: CentralList, _ request: Request, _ context: CentralContext) async throws -> Response {
    let identity = try context.identity(list == .audit ? .audit : .look)
    let query = try CentralQuery(request.query, for: identity, list: list, at: clock())
    let page = try await reader.transaction(tenant: identity.tenant) { try list.page(query, $0) }
    guard query.isCSV else { return Response.json(.ok, page.text) }
    // A table on somebody's disk outlives what is deleted here. Programs take theirs again and again.
    if identity.isPerson {
      let address = context.address
      try await clerk.transaction(tenant: identity.tenant) {
        try Registry.audit(
          "exported", tenant: identity.tenant, detail: list.rawValue, by: identity.name, role: identity.role, from: address, $0)
      }
    }
    return Response.csv(page.items.map { Data($0.utf8) }, name: list.rawValue)
  }

  private func alert(_ id: String, gateway: String?, _ identity: CentralIdentity) async throws -> Response {
    let found = try await reader.transaction(tenant: identity.tenant) { try CentralList.alert(id, gateway: gateway, $0) }
    guard let found else { throw WebError.notFound }
    return Response.text(.ok, "application/json", found.item + "\n", [.eTag: "\"\(found.version)\""])
  }

  /// Does something about a case, for the API and the page.
  ///
  /// - Returns: the gateway of the case.
  func perform(
    _ action: CaseworkAction, on id: String, gateway: String?, _ fields: [String: String], by identity: CentralIdentity,
    from address: String, version: String?
  ) async throws -> String {
    guard fields.values.allSatisfy({ !$0.utf8.contains(0) }) else { throw WebError(.badRequest, "bad_text", Words.badRequest) }
    let casework = Casework(
      action: action, alert: id, gateway: gateway, input: try CaseInput(fields, zone: .gmt), identity: identity, address: address,
      version: version)
    let now = clock()
    return try await clerk.transaction(tenant: identity.tenant) { try casework.perform(at: now, $0) }
  }

  // MARK: Events

  private func listen(_ request: Request, _ context: CentralContext) async throws -> Response {
    let identity = try context.identity(.look)
    let last = request.headers[.lastEventID].flatMap { CentralPlace($0) }
    guard let (missed, news) = try await events.listen(of: identity.tenant, after: last) else {
      throw WebError(.serviceUnavailable, "too_many_listeners", Words.tooManyListeners, retryAfter: 10)
    }
    let registry = registry
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: ResponseBody { writer in
        try await writer.write(ByteBuffer(string: "retry: 2000\n\n" + missed.map(\.text).joined()))
        listening: for await message in news {
          switch message {
          case .event(let event): try await writer.write(ByteBuffer(string: event.text))
          case .beat:
            // Whoever signed out elsewhere, or lost the account or token, sees nothing more.
            guard try await CentralGate.identity(context, registry) == identity else { break listening }
            try await writer.write(ByteBuffer(string: ServerEvent.comment))
          }
        }
        try await writer.finish(nil)
      })
  }
}
