import Hummingbird

/// `/api/1`: lists of one tenant, and one alert.
struct CentralAPI: Sendable {
  let reader: PostgresPool

  func add(to router: Router<CentralContext>) {
    let api = router.group("api/1")
    for list in CentralList.allCases {
      api.get("\(list.rawValue)") { request, context in
        guard let identity = context.identity else { throw WebError.unauthorized }
        let query = try CentralQuery(request.query, for: identity, list: list)
        let page = try await reader.transaction(tenant: identity.tenant) { try list.page(query, $0) }
        return Response.text(.ok, "application/json", page.text)
      }
    }
    api.get("alerts/:id") { request, context in
      guard let identity = context.identity else { throw WebError.unauthorized }
      guard let id = context.parameters.get("id"), id.isID else { throw WebError.notFound }
      let (tenant, gateway) = (request.query["tenant"], request.query["gateway"])
      guard tenant == nil || tenant == identity.tenant, gateway?.isID ?? true else { throw WebError.notFound }
      let alert = try await reader.transaction(tenant: identity.tenant) { try CentralList.alert(id, gateway: gateway, $0) }
      guard let alert else { throw WebError.notFound }
      return Response.text(.ok, "application/json", alert + "\n")
    }
  }
}
