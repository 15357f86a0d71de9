import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOSSL

/// A request to central, with who asks.
struct CentralContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel
  /// Nil before `Gate` has looked, and for gateways.
  var identity: CentralIdentity?
  /// The secret of the browser's session.
  var session: String?

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }

  /// The name in the verified certificate of the client; nil for none.
  func gatewayName() async -> GatewayName? {
    guard let certificate = try? await channel.nioSSL_peerCertificate().get(), let der = try? certificate.toDERBytes() else { return nil }
    return GatewayName(der: der)
  }
}

/// What went wrong, for a program as JSON and for a person as a page.
struct WebError: Error {
  let status: HTTPResponse.Status
  let code: String
  let message: String

  init(_ status: HTTPResponse.Status, _ code: String, _ message: String) {
    self.status = status
    self.code = code
    self.message = message
  }

  static let notFound = WebError(.notFound, "not_found", "There is no such thing here.")
  static let unauthorized = WebError(.unauthorized, "unauthorized", "A token is needed: Authorization: Bearer TOKEN.")
  static let busy = WebError(.serviceUnavailable, "busy", "The database is not there, or too busy. Try again.")

  static func badQuery(_ key: String, _ expected: String) -> WebError {
    WebError(.badRequest, "bad_query", "\(key): expected \(expected).")
  }

  func response(isForPrograms: Bool) -> Response {
    struct Document: Encodable {
      let error: [String: String]
    }
    guard isForPrograms else {
      return .text(status, "text/html; charset=utf-8", CentralPages.message(title: status.reasonPhrase, text: message))
    }
    let body = try? JSONEncoder().encode(Document(error: ["code": code, "message": message]))
    var response = Response.text(status, "application/json", String(decoding: body ?? Data(), as: UTF8.self) + "\n")
    if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
    if status == .serviceUnavailable { response.headers[.retryAfter] = "5" }
    return response
  }
}

extension Request {
  var components: [Substring] { uri.path.split(separator: "/") }
  /// Asked for by a program, which gets JSON, errors too.
  var isForPrograms: Bool { ["api", "gateway", "healthz"].contains(components.first) }
  var query: [String: String] { Self.fields(uri.query ?? "") }

  /// What stands in queries and in forms; of names that come twice, the first counts.
  static func fields(_ text: String) -> [String: String] {
    var fields: [String: String] = [:]
    for pair in text.split(separator: "&").prefix(64) {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
        String($0).replacing("+", with: " ").removingPercentEncoding
      }
      guard let name = parts[0], let value = parts.count == 2 ? parts[1] : "", fields[name] == nil else { continue }
      fields[name] = value
    }
    return fields
  }

  /// - Throws: `WebError` for a body beyond the limit, or one that takes too long.
  func text(upTo limit: Int) async throws -> String {
    try await withThrowingTaskGroup(of: String.self) { group in
      let body = body
      group.addTask {
        do { return String(buffer: try await body.collect(upTo: limit)) } catch is any HTTPResponseError {
          throw WebError(.contentTooLarge, "too_large", "The request is too large.")
        }
      }
      group.addTask {
        try await Task.sleep(for: .seconds(10))
        throw WebError(.requestTimeout, "too_slow", "The request took too long.")
      }
      defer { group.cancelAll() }
      return try await group.next() ?? ""
    }
  }
}

extension Response {
  static func text(_ status: HTTPResponse.Status, _ type: String, _ text: String) -> Response {
    Response(status: status, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(string: text)))
  }

  static func seeOther(_ path: String) -> Response { Response(status: .seeOther, headers: [.location: path]) }
}
