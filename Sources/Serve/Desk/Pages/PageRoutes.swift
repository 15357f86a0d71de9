import Detection
import Documents
import Foundation
import HTTPTypes
import Hummingbird
import Store
import WebDesk

/// The pages for people.
struct PageRoutes: Sendable {
  static let listLimit = 100

  let database: DeskDatabase
  let property: String
  let zone: TimeZone
  let twoPeople: Bool
  /// Called after somebody decided something.
  let decided: @Sendable () -> Void

  func add(to router: Router<DeskContext>) {
    router.get("assets/desk.js") { _, _ in
      Response.text(.ok, "text/javascript; charset=utf-8", Script.text, [.cacheControl: "public, max-age=300"])
    }
    router.get("/") { _, context -> Response in
      // A screen on a wall has one page only.
      if context.may(.wall), !context.may(.look) { return .seeOther("/wall") }
      return try await first(context)
    }
    router.get("wall") { _, context in try await wall(context) }
    router.get("cases") { request, context in try await cases(request, context) }
    router.get("cases/:id") { _, context in try await one(context) }
    for action in CaseAction.allCases {
      router.post("cases/:id/\(action.rawValue)") { _, context in try await act(action, context) }
    }
    addLists(to: router)
    addPapers(to: router)
  }

  func frame(_ context: DeskContext, _ path: String) -> PageFrame {
    var frame = PageFrame(brand: property)
    frame.person = context.identity?.person
    frame.pages = PageFrame.pages(context.identity?.rights ?? [])
    frame.formToken = context.cookie.map(OneTimeSecret.formToken) ?? ""
    frame.path = path
    return frame
  }

  func id(_ context: DeskContext) throws -> String {
    guard let id = context.parameters.get("id"), id.utf8.count <= 64 else { throw WebError.notFound }
    return id
  }

  private func first(_ context: DeskContext) async throws -> Response {
    guard context.may(.look) else { throw WebError.forbidden }
    let (answer, views) = try await database.perform { database in
      let open = try database.log?.unsettledCases(limit: Pages.caseLimit) ?? []
      let states = try database.states(of: open).filter { $0.status != .dismissed && $0.status != .declared }
      return (try database.answer(), try states.map { try database.view($0) })
    }
    return .html(.ok, Pages.first(frame(context, "/"), answer, views))
  }

  private func wall(_ context: DeskContext) async throws -> Response {
    guard context.may(.wall) else { throw WebError.forbidden }
    let (answer, states) = try await database.perform { database in
      (try database.answer(), try database.states(of: try database.log?.unsettledCases(limit: Pages.caseLimit) ?? [], withEvidence: false))
    }
    return .html(.ok, Pages.wall(frame(context, "/wall"), answer, states))
  }

  private func one(_ context: DeskContext) async throws -> Response {
    guard context.may(.look) else { throw WebError.forbidden }
    let id = try id(context)
    let view = try await database.perform { database in
      guard let state = try database.caseState(id) else { throw WebError.notFound }
      return try database.view(state, isWhole: true)
    }
    return .html(.ok, Pages.one(frame(context, "/cases"), view, at: database.clock()))
  }

  private func act(_ action: CaseAction, _ context: DeskContext) async throws -> Response {
    guard let identity = context.identity, identity.rights.contains(action.right) else { throw WebError.forbidden }
    let (id, form, address, twoPeople) = (try id(context), context.form, context.address, twoPeople)
    let input = try CaseInput(form, zone: zone)
    _ = try await database.perform {
      try $0.act(action, on: id, input, by: identity, from: address, version: form["version"], twoPeople: twoPeople).isWaiting
    }
    decided()
    // Nowhere else than to a page of ours.
    let back = form["back"] ?? "/"
    return .seeOther(back == "/cases/\(id)" ? back : "/")
  }

  private func cases(_ request: Request, _ context: DeskContext) async throws -> Response {
    guard let identity = context.identity, identity.rights.contains(.look) else { throw WebError.forbidden }
    let query = try APIQuery(request.query, statuses: APIList.alerts.statuses, zone: zone, at: database.clock())
    let (states, next) = try await database.perform { database in
      var filter = CaseFilter()
      filter.status = query.status.flatMap { StoredAlert.Status(rawValue: $0) }
      filter.room = query.room
      let found = try database.log?.cases(filter, after: query.place, limit: Self.listLimit + 1, at: database.clock()) ?? []
      let next = found.count > Self.listLimit ? found[Self.listLimit - 1] : nil
      return (
        try database.states(of: Array(found.prefix(Self.listLimit)), withEvidence: false),
        next.map { APIQuery.cursor(ListPlace(time: $0.raisedTime, id: $0.id)) }
      )
    }
    let rows = states.map { state -> [ListTable.Cell] in
      [
        .init(state.place, link: "/cases/\(state.alert.id)"), .init(state.whatExactly(maker: nil)),
        .init(state.alert.raisedTime.dayAndTime(utc: false)), .init(Words.statusWords[state.status.rawValue] ?? state.status.rawValue),
        .init(String(state.alert.id.prefix(8)), isID: true),
      ]
    }
    let choice = Pages.Choice(
      name: "status", label: "Status",
      options: [("", Words.all)] + APIList.alerts.statuses.map { ($0, Words.statusWords[$0] ?? $0) }, chosen: query.status ?? "")
    let link = query.status.map { "status=\($0)&" } ?? ""
    return .html(
      .ok,
      Pages.list(
        frame(context, "/cases"), title: Words.cases, form: Pages.filter(search: nil, [choice]),
        ListTable(columns: [Words.room, "What", "Since", "Status", "Case"], rows: rows), csv: "/api/1/alerts?\(link)limit=500&format=csv",
        next: next.map { "/cases?\(link)cursor=\($0)" }))
  }
}
