import ChainMessages
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Packs
import WebDesk

/// Evidence: programs ask for it and get it, boxes bring it.
struct EvidenceRoutes: Sendable {
  let registry: PostgresPool
  let reader: PostgresPool
  let files: EvidenceFiles

  func add(to router: Router<CentralContext>) {
    router.post("api/1/alerts/:id/evidence") { try await ask($0, $1) }
    router.get("api/1/alerts/:id/evidence") { try await list($0, $1) }
    router.post("cases/:id/evidence") { try await askOnPage($0, $1) }
    router.get("api/1/evidence/:id/file") { try await file($0, $1) }
    router.put("gateway/1/evidence/:id") { request, context in
      let length = request.headers[.contentLength].flatMap { Int($0) }
      return try await receive(try Self.id(context), from: await context.gatewayName(), request.body, length: length)
    }
    router.post("gateway/1/evidence/:id") { request, context in
      try await answer(try Self.id(context), from: await context.gatewayName(), try await request.text(upTo: EvidenceAnswer.byteLimit))
    }
  }

  private static func id(_ context: CentralContext) throws -> String {
    guard let id = context.parameters.get("id"), EvidenceRequest.isID(id) else { throw WebError.notFound }
    return id
  }

  // MARK: Programs

  private func ask(_ request: Request, _ context: CentralContext) async throws -> Response {
    let identity = try context.identity(.act)
    let (id, gateway) = try CentralAPI.place(request, context, identity)
    let (asked, _) = try await ask(about: id, gateway: gateway, by: identity)
    let item = try await reader.transaction(tenant: identity.tenant) { connection in
      try connection.run("SELECT \(EvidenceRequest.item)::text AS item FROM evidence_request WHERE id = $1", [PostgresValue(asked)]).first?
        .text("item")
    }
    guard let item else { throw WebError.notFound }
    return .text(.accepted, "application/json", item + "\n")
  }

  /// A form of the page, which comes back to the case.
  private func askOnPage(_ request: Request, _ context: CentralContext) async throws -> Response {
    let identity = try context.identity(.act)
    guard let id = context.part("id"), id.isID else { throw WebError.notFound }
    let gateway = context.form["gateway"].flatMap { $0.isEmpty ? nil : $0 }
    guard gateway?.isID ?? true else { throw WebError.notFound }
    let (_, subject) = try await ask(about: id, gateway: gateway, by: identity)
    return .seeOther(CentralPages.caseLink(id, subject.gateway))
  }

  private func ask(
    about alert: String, gateway: String?, by identity: CentralIdentity
  ) async throws -> (id: String, EvidenceSubject) {
    let subject = try await subject(alert, gateway, identity)
    do {
      return (try await registry.transaction { try Registry.askEvidence(subject, by: identity.name, $0) }, subject)
    } catch let problem as EvidenceProblem { throw WebError(problem) }
  }

  private func list(_ request: Request, _ context: CentralContext) async throws -> Response {
    let identity = try context.identity(.look)
    let (id, gateway) = try CentralAPI.place(request, context, identity)
    let subject = try await subject(id, gateway, identity)
    let items = try await reader.transaction(tenant: identity.tenant) {
      try EvidenceRequest.items(of: subject.alert, gateway: subject.gateway, $0)
    }
    return .text(.ok, "application/json", CentralPage(items: items, next: nil).text)
  }

  /// The pack, whole: as on the desk of a box, reading alone does not suffice.
  private func file(_ request: Request, _ context: CentralContext) async throws -> Response {
    let identity = try context.identity(.act)
    let id = try Self.id(context)
    let found = try await reader.transaction(tenant: identity.tenant) { connection in
      try connection.run("SELECT \(EvidenceRequest.columns) FROM evidence_request WHERE id = $1 AND state = 'made'", [PostgresValue(id)])
        .first.map(EvidenceRequest.init)
    }
    guard let found else { throw WebError.notFound }
    // 404 if it is not there.
    let body = try await FileIO().loadFile(path: files.path(id), context: context)
    try await registry.transaction {
      try Registry.audit(
        "evidence-taken", tenant: found.tenant, site: found.site, gateway: found.gateway, detail: "\(id): alert \(found.alert)",
        by: identity.name, $0)
    }
    return Response(
      status: .ok,
      headers: [
        .contentType: "application/zip", .contentDisposition: "attachment; filename=\"evidence-\(id).zip\"", .cacheControl: "no-store",
      ],
      body: body)
  }

  private func subject(_ alert: String, _ gateway: String?, _ identity: CentralIdentity) async throws -> EvidenceSubject {
    let found = try await reader.transaction(tenant: identity.tenant) { try EvidenceSubject.find(alert, gateway: gateway, $0) }
    guard found.count < 2 else { throw CentralList.several }
    guard let subject = found.first else { throw WebError.notFound }
    return subject
  }

  // MARK: Boxes

  /// Takes a pack, and verifies it before it counts.
  ///
  /// - Parameter name: in the gateway's certificate.
  func receive(_ id: String, from name: GatewayName?, _ body: RequestBody, length: Int?) async throws -> Response {
    let request = try await self.request(id, of: name)
    guard length ?? 0 <= EvidenceLimits.packBytes else { throw try await tooLarge(request) }
    guard let draft = try await files.begin(id) else { throw WebError.busy }
    let result: Result<Response, any Error>
    do { result = .success(try await take(draft, request, body)) } catch { result = .failure(error) }
    await files.end(draft)
    return try result.get()
  }

  private func take(_ draft: EvidenceFiles.Draft, _ request: EvidenceRequest, _ body: RequestBody) async throws -> Response {
    let begun = ContinuousClock.now
    for try await buffer in body {
      guard try await files.add(buffer, to: draft) else { throw try await tooLarge(request) }
      guard ContinuousClock.now - begun < .seconds(EvidenceFiles.uploadSeconds) else {
        throw WebError(.requestTimeout, "too_slow", "The request took too long.")
      }
    }
    let pack: VerifiedPack
    do { pack = try await files.verify(draft, about: request.about) } catch let problem as PackProblem {
      throw try await fail(request, .failed, problem.description, .unprocessableContent)
    }
    let isAdmitted = try await registry.transaction { try Registry.admits(pack, of: request, $0) }
    guard isAdmitted else {
      let reason =
        "it is signed by \(pack.key.fingerprint), another key than this gateway's before; if that is right: "
        + "lenscap-central evidence accept \(request.gateway) \(pack.key.fingerprint), then ask again"
      throw try await fail(request, .refused, reason, .unprocessableContent)
    }
    let files = files
    let isTaken = try await registry.transaction { connection in
      guard try Registry.endEvidence(request, .made, reason: nil, pack: pack, connection) else { return false }
      try files.keep(draft, as: request.id)
      return true
    }
    guard isTaken else { throw WebError(EvidenceProblem.answered) }
    return .text(.created, "application/json", #"{"sha256":"\#(pack.sha256)"}"# + "\n")
  }

  private func tooLarge(_ request: EvidenceRequest) async throws -> WebError {
    try await fail(request, .failed, "it has more than \(EvidenceLimits.packBytes >> 20) MiB", .contentTooLarge)
  }

  private func fail(
    _ request: EvidenceRequest, _ state: EvidenceRequest.State, _ reason: String, _ status: HTTPResponse.Status
  ) async throws -> WebError {
    let reason = reason.plain
    try await registry.transaction { _ = try Registry.endEvidence(request, state, reason: reason, $0) }
    return WebError(status, "not_taken", "The pack is not taken: \(reason).")
  }

  /// Takes why there is no pack.
  func answer(_ id: String, from name: GatewayName?, _ text: String) async throws -> Response {
    let request = try await self.request(id, of: name)
    let answer: EvidenceAnswer
    do { answer = try EvidenceAnswer(bytes: Data(text.utf8)) } catch {
      throw WebError(.badRequest, "bad_json", "Expected a JSON object as the documents say: \(error).")
    }
    let state: EvidenceRequest.State = answer.state == .refused ? .refused : .failed
    let isTaken = try await registry.transaction { try Registry.endEvidence(request, state, reason: answer.reason.plain, $0) }
    guard isTaken else { throw WebError(EvidenceProblem.answered) }
    return .text(.ok, "application/json", "{}\n")
  }

  private func request(_ id: String, of name: GatewayName?) async throws -> EvidenceRequest {
    guard let name else { throw WebError(.unauthorized, "no_certificate", "A gateway shows its certificate here.") }
    do {
      return try await registry.transaction { try Registry.evidence(id, askedOf: name, $0) }
    } catch let problem as EvidenceProblem { throw WebError(problem) }
  }
}

extension WebError {
  init(_ problem: EvidenceProblem) {
    let (status, code): (HTTPResponse.Status, String) =
      switch problem {
      case .withdrawn: (.conflict, "withdrawn")
      case .revoked: (.forbidden, "revoked")
      case .tooMany: (.tooManyRequests, "too_many")
      case .unknown: (.notFound, "not_found")
      case .answered: (.conflict, "answered")
      case .expired: (.gone, "expired")
      }
    let text = "\(problem)"
    self.init(status, code, text.prefix(1).uppercased() + text.dropFirst() + ".")
  }
}

extension String {
  /// One line without control characters: a box may be hostile.
  fileprivate var plain: String {
    let line = unicodeScalars.map { scalar -> Character in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: " "
      default: Character(scalar)
      }
    }
    return String(String(line).prefix(EvidenceLimits.reason))
  }
}
