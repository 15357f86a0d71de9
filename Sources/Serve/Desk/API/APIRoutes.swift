import ConfigurationFiles
import Detection
import Documents
import Foundation
import HTTPTypes
import Hummingbird
import Sinks
import Store
import WebDesk

/// `/api/1`, for programs and for the page's own script. `OpenAPI.text` describes it.
struct APIRoutes: Sendable {
  let database: DeskDatabase
  let hub: EventHub
  let zone: TimeZone
  let twoPeople: Bool
  /// Called after somebody decided something.
  let decided: @Sendable () -> Void

  func add(to router: Router<DeskContext>) {
    let api = router.group("api/1")
    for list in APIList.allCases {
      api.get("\(list.rawValue)") { request, context in try await answer(list, request, context) }
    }
    api.get("alerts/:id") { _, context in
      guard context.may(.look) else { throw WebError.forbidden }
      let id = try alertID(context)
      return try await database.perform { database in
        guard let state = try database.caseState(id) else { throw WebError.notFound }
        return try document(state, .ok, database)
      }
    }
    for action in CaseAction.allCases {
      api.post("alerts/:id/\(action.rawValue)") { request, context in try await act(action, request, context) }
    }
    addPapers(to: api)
    api.get("events") { request, context in try await events(request, context) }
    api.get("openapi.json") { _, context in
      guard context.may(.look) else { throw WebError.forbidden }
      return Response.json(.ok, OpenAPI.text)
    }
  }

  /// The methods that a path takes, as the header Allow names them; nil for a path that is none of these.
  static func methods(of request: Request) -> String? {
    let parts = request.components
    guard parts.count > 2, parts[0] == "api", parts[1] == "1" else { return nil }
    switch (parts[2], parts.count) {
    case ("certificates", 3): return "GET, POST"
    case ("events", 3), ("openapi.json", 3), ("alerts", 4), ("papers", 4): return "GET"
    case (let list, 3): return APIList(rawValue: String(list)) == nil ? nil : "GET"
    case ("papers", 5): return parts[4] == "file" ? "GET" : nil
    case ("alerts", 5):
      if parts[4] == StoredPaper.Kind.evidence.rawValue { return "GET, POST" }
      return parts[4] == StoredPaper.Kind.report.rawValue || CaseAction(rawValue: String(parts[4])) != nil ? "POST" : nil
    default: return nil
    }
  }

  func alertID(_ context: DeskContext) throws -> String {
    guard let id = context.parameters.get("id"), id.utf8.count <= 64 else { throw WebError.notFound }
    return id
  }

  private func answer(_ list: APIList, _ request: Request, _ context: DeskContext) async throws -> Response {
    guard let identity = context.identity, identity.rights.contains(list.right) else { throw WebError.forbidden }
    let query = try APIQuery(request.query, statuses: list.statuses, zone: zone, at: database.clock())
    let page = try await database.perform { try $0.list(list, query, for: identity) }
    guard query.isCSV else { return Response.json(.ok, page.text) }
    // A table on somebody's disk outlives what is deleted here. Programs take theirs again and again.
    if identity.isPerson {
      let address = context.address
      try await database.perform {
        try $0.store.addAudit(
          AuditRow(.exported, who: identity.name, role: identity.role, address: address, detail: list.rawValue, at: $0.clock()))
      }
    }
    return Response.csv(page.items, name: list.rawValue)
  }

  private func document(_ state: CaseState, _ status: HTTPResponse.Status, _ database: isolated DeskDatabase) throws -> Response {
    let line = try JSON().bytes(Line("alert", try database.document(state, withHistory: true)))
    return .text(status, "application/json", String(decoding: line, as: UTF8.self) + "\n", [.eTag: "\"\(state.version)\""])
  }

  // MARK: What people do

  private func act(_ action: CaseAction, _ request: Request, _ context: DeskContext) async throws -> Response {
    guard let identity = context.identity, identity.rights.contains(action.right) else { throw WebError.forbidden }
    let id = try alertID(context)
    let input = try CaseInput(try Request.texts(json: context.body), zone: zone)
    let version = request.expectedVersion
    let (address, twoPeople) = (context.address, twoPeople)
    let response = try await database.perform { database in
      let (state, isWaiting) = try database.act(
        action, on: id, input, by: identity, from: address, version: version, twoPeople: twoPeople)
      return try document(state, isWaiting ? .accepted : .ok, database)
    }
    decided()
    return response
  }

  // MARK: Events

  private func events(_ request: Request, _ context: DeskContext) async throws -> Response {
    guard context.may(.look) else { throw WebError.forbidden }
    let last = request.headers[.lastEventID].flatMap { EventPlace($0) }
    guard let (missed, news) = await hub.listen(after: last) else {
      throw WebError(.serviceUnavailable, "too_many_listeners", Words.tooManyListeners, retryAfter: 10)
    }
    let (database, identity, cookie, bearer) = (database, context.identity, context.cookie, context.bearer)
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: ResponseBody { writer in
        try await writer.write(ByteBuffer(string: "retry: 2000\n\n" + missed.map(\.text).joined()))
        listening: for await message in news {
          switch message {
          case .event(let event): try await writer.write(ByteBuffer(string: event.text))
          case .beat:
            // Whoever signed out elsewhere, or lost the account or token, sees nothing more.
            let present = try await database.perform { database in
              let now = database.clock()
              if let bearer { return try database.store.identity(ofToken: bearer, at: now) }
              return try cookie.flatMap { try database.store.identity(ofSession: $0, at: now) }
            }
            guard present?.kind == identity?.kind else { break listening }
            try await writer.write(ByteBuffer(string: ServerEvent.comment))
          }
        }
        try await writer.finish(nil)
      })
  }
}
