import Detection
import Documents
import Foundation
import HTTPTypes
import Hummingbird
import Store
import WebDesk

/// Papers, for programs.
extension APIRoutes {
  func addPapers(to api: RouterGroup<DeskContext>) {
    for kind in [StoredPaper.Kind.evidence, .report] {
      api.post("alerts/:id/\(kind.rawValue)") { _, context in try await order(kind, about: try alertID(context), context) }
    }
    api.get("alerts/:id/evidence") { _, context in try await papers(about: try alertID(context), context) }
    api.post("certificates") { _, context in try await order(.certificate, about: nil, context) }
    api.get("certificates") { _, context in try await papers(about: nil, context) }
    api.get("papers/:id") { _, context -> Response in
      guard let identity = context.identity else { throw WebError.forbidden }
      let id = try alertID(context)
      return try document(try await database.perform { try $0.paper(id, for: identity) }, .ok)
    }
    api.get("papers/:id/file") { _, context -> Response in
      guard let identity = context.identity else { throw WebError.forbidden }
      let (id, address) = (try alertID(context), context.address)
      let (paper, file) = try await database.perform { try $0.take(id, by: identity, from: address) }
      return file.response(name: paper.downloadName, type: paper.mediaType)
    }
  }

  private func order(_ kind: StoredPaper.Kind, about alert: String?, _ context: DeskContext) async throws -> Response {
    guard let identity = context.identity else { throw WebError.forbidden }
    let (order, reason) = try PaperOrder.read(kind, try Request.texts(json: context.body), by: identity)
    let address = context.address
    let paper = try await database.perform { try $0.order(order, about: alert, reason: reason, by: identity, from: address) }
    decided()
    var response = try document(paper, .accepted)
    response.headers[.location] = "/api/1/papers/\(paper.id)"
    return response
  }

  private func papers(about alert: String?, _ context: DeskContext) async throws -> Response {
    guard let identity = context.identity, identity.rights.contains(alert == nil ? .audit : .act) else { throw WebError.forbidden }
    let papers = try await database.perform { database in
      let state = try alert.map { id in
        guard let state = try database.caseState(id) else { throw WebError.notFound }
        return state
      }
      return try database.papers(about: state?.alert.id)
    }
    let page = APIPage(items: try papers.map { try JSON().bytes(Line("paper", PaperDocument($0))) }, next: nil)
    return .json(.ok, page.text)
  }

  private func document(_ paper: StoredPaper, _ status: HTTPResponse.Status) throws -> Response {
    .json(status, String(decoding: try JSON().bytes(Line("paper", PaperDocument(paper))), as: UTF8.self) + "\n")
  }
}

/// What somebody asks for, from a form or from JSON.
enum PaperOrder {
  private static let reasonLimit = 1000

  /// - Throws: `WebError` for what cannot be used, or somebody who may not ask for it.
  static func read(
    _ kind: StoredPaper.Kind, _ fields: [String: String], by identity: Identity
  ) throws -> (OperatorCommand.Paper, reason: String?) {
    guard identity.rights.isSuperset(of: DeskDatabase.right(toAskFor: kind)) else { throw WebError.forbidden }
    let format = fields["format"].flatMap { $0.isEmpty ? nil : $0 }
    if let format, !kind.formats.contains(format) {
      throw WebError(.badRequest, "bad_format", Words.badQuery("format", kind.formats.joined(separator: " or ")))
    }
    let hasMedia = fields["media"].map { ["yes", "true", "on", "1"].contains($0) } ?? false
    if let media = fields["media"], !hasMedia, !["", "no", "false", "0"].contains(media) {
      throw WebError(.badRequest, "bad_media", Words.badQuery("media", "yes or no"))
    }
    if hasMedia, kind != .evidence { throw WebError(.badRequest, "bad_media", Words.onlyPacksHaveMedia) }
    var month: String?
    if kind == .certificate {
      guard let text = fields["month"], text.wholeMatch(of: /20[0-9]{2}-(0[1-9]|1[0-2])/) != nil else {
        throw WebError(.badRequest, "bad_month", Words.badQuery("month", "2026-11"))
      }
      month = text
    }
    let reason = fields["reason"]?.trimmingCharacters(in: .whitespacesAndNewlines)
    if let reason, reason.utf8.count > reasonLimit {
      throw WebError(.badRequest, "too_long", Words.tooLong("reason", reasonLimit))
    }
    let paper = OperatorCommand.Paper(kind, format: format, month: month, hasMedia: hasMedia)
    return (paper, hasMedia ? reason.flatMap { $0.isEmpty ? nil : $0 } : nil)
  }
}
