import ChainMessages
import Detection
import Foundation
import HTTPTypes
import Hummingbird
import WebDesk

/// The pages for people who are signed in.
struct CentralPageRoutes: Sendable {
  /// Rows of each part of a property's page.
  private static let partLimit = "100"

  let api: CentralAPI
  var clock: @Sendable () -> Timestamp { api.clock }

  func add(to router: Router<CentralContext>) {
    router.get("assets/desk.js") { _, _ in
      Response.text(.ok, "text/javascript; charset=utf-8", Script.text, [.cacheControl: "public, max-age=300"])
    }
    router.get("/") { request, context -> Response in
      let identity = try context.identity(.look)
      let (query, now) = try (self.query(.properties, request, identity), clock())
      let (figures, page) = try await api.reader.transaction(tenant: identity.tenant) {
        (try CentralFigures($0), try CentralList.properties.page(query, $0))
      }
      return .html(.ok, CentralPages.properties(CentralPages.frame(context, "/"), figures, page, query, at: now))
    }
    router.get("properties/:site") { _, context in try await property(context) }
    list(.alerts, at: "cases", router) { frame, page, query, _ in CentralPages.cases(frame, page, query) }
    list(.devices, at: "devices", router) { frame, page, query, _ in CentralPages.devices(frame, page, query) }
    list(.coverage, at: "boxes", router) { CentralPages.boxes($0, $1, $2, at: $3) }
    list(.releases, at: "releases", router) { frame, page, query, _ in CentralPages.releases(frame, page, query) }
    list(.audit, at: "audit", router) { frame, page, query, _ in CentralPages.audit(frame, page, query) }
    router.get("cases/:id") { request, context in try await one(request, context) }
    for action in CaseworkAction.allCases {
      router.post("cases/:id/\(action.rawValue)") { _, context in try await act(action, context) }
    }
  }

  private func query(_ list: CentralList, _ request: Request, _ identity: CentralIdentity) throws -> CentralQuery {
    try CentralQuery(request.query, for: identity, list: list, at: clock())
  }

  private func list(
    _ list: CentralList, at path: String, _ router: Router<CentralContext>,
    _ html: @escaping @Sendable (PageFrame, CentralPage, CentralQuery, Timestamp) -> String
  ) {
    router.get("\(path)") { request, context -> Response in
      let identity = try context.identity(list == .audit ? .audit : .look)
      let query = try self.query(list, request, identity)
      let page = try await api.reader.transaction(tenant: identity.tenant) { try list.page(query, $0) }
      return .html(.ok, html(CentralPages.frame(context, "/\(path)"), page, query, clock()))
    }
  }

  private func property(_ context: CentralContext) async throws -> Response {
    let identity = try context.identity(.look)
    guard let site = context.part("site"), GatewayAddress.isName(site) else { throw WebError.notFound }
    let now = clock()
    func query(_ list: CentralList) throws -> CentralQuery {
      try CentralQuery(["site": site, "limit": Self.partLimit], for: identity, list: list, at: now)
    }
    let queries = try (
      query(.properties), query(.alerts), query(.coverage),
      CentralQuery(["site": site, "limit": "500"], for: identity, list: .rooms, at: now)
    )
    let found = try await api.reader.transaction(tenant: identity.tenant) { connection -> CentralPages.Property? in
      guard let item = try CentralList.properties.page(queries.0, connection).items.first else { return nil }
      return CentralPages.Property(
        item: item, cases: try CentralList.alerts.page(queries.1, connection),
        boxes: try CentralList.coverage.page(queries.2, connection), rooms: try CentralList.rooms.page(queries.3, connection))
    }
    guard let found else { throw WebError.notFound }
    return .html(.ok, CentralPages.property(CentralPages.frame(context, "/"), found, site: site, at: now))
  }

  private func one(_ request: Request, _ context: CentralContext) async throws -> Response {
    let identity = try context.identity(.look)
    let (id, gateway) = try CentralAPI.place(request, context, identity)
    let found = try await api.reader.transaction(tenant: identity.tenant) { connection -> CentralPages.Case? in
      guard let alert = try CentralList.alert(id, gateway: gateway, connection) else { return nil }
      let gateway = ListItem(alert.item).plain("gateway") ?? ""
      return CentralPages.Case(
        item: alert.item, version: alert.version, evidence: try EvidenceRequest.items(of: id, gateway: gateway, connection))
    }
    guard let found else { throw WebError.notFound }
    return .html(.ok, CentralPages.one(CentralPages.frame(context, "/cases"), found, at: clock()))
  }

  private func act(_ action: CaseworkAction, _ context: CentralContext) async throws -> Response {
    let identity = try context.identity(action.right)
    guard let id = context.part("id"), id.isID else { throw WebError.notFound }
    let form = context.form
    let gateway = form["gateway"].flatMap { $0.isEmpty ? nil : $0 }
    guard gateway?.isID ?? true else { throw WebError.notFound }
    let found = try await api.perform(
      action, on: id, gateway: gateway, form, by: identity, from: context.address, version: form["version"])
    return .seeOther(CentralPages.caseLink(id, found))
  }
}
