import Detection
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Sinks

/// A request to the page, with who asks.
struct DeskContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// Who is at the other end of the connection, and at which of this box's addresses.
  var peer: IPAddress?
  var local: IPAddress?
  /// Of the network that the request comes from, for the log and against guessing.
  var address = ""
  var identity: Identity?
  /// The secret that the browser sent as a cookie; there need not be a session with it.
  var cookie: String?
  /// The token of a program.
  var bearer: String?
  /// The body of a request that changes something.
  var body = ByteBuffer()

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    peer = source.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
    local = source.channel.localAddress?.ipAddress.flatMap { IPAddress($0) }
  }

  func may(_ right: Rights) -> Bool { identity?.rights.contains(right) == true }

  /// The fields of a form; of those that come twice, the first.
  var form: [String: String] { Self.fields(String(buffer: body)) }

  /// What stands in `application/x-www-form-urlencoded`, and in queries.
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
}

extension Request {
  /// The parts of the path, as the router sees them.
  var components: [Substring] { uri.path.split(separator: "/") }
  var isForPrograms: Bool { components.first == "api" }
  var query: [String: String] { DeskContext.fields(uri.query ?? "") }
  var changesSomething: Bool { method != .get && method != .head }
}

extension Response {
  static func text(
    _ status: HTTPResponse.Status, _ type: String, _ text: String, _ headers: HTTPFields = [:]
  ) -> Response {
    var headers = headers
    headers[.contentType] = type
    return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
  }

  static func html(_ status: HTTPResponse.Status, _ text: String) -> Response { .text(status, "text/html; charset=utf-8", text) }

  static func json(_ status: HTTPResponse.Status, _ text: String) -> Response { .text(status, "application/json", text) }

  static func seeOther(_ path: String) -> Response { Response(status: .seeOther, headers: [.location: path]) }
}

/// What went wrong, for a program as JSON and for a person as a page.
struct DeskError: Error {
  let status: HTTPResponse.Status
  let code: String
  let message: String
  var retryAfter: Int?

  init(_ status: HTTPResponse.Status, _ code: String, _ message: String, retryAfter: Int? = nil) {
    self.status = status
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }

  static let forbidden = DeskError(.forbidden, "forbidden", Words.forbidden)
  static let notFound = DeskError(.notFound, "not_found", Words.notFound)
  static let tooLarge = DeskError(.contentTooLarge, "too_large", Words.tooLarge)
  static let busy = DeskError(.tooManyRequests, "too_many_attempts", Words.tooManyAttempts, retryAfter: 5)

  func response(isForPrograms: Bool) -> Response {
    let document: JSONValue = ["error": ["code": .string(code), "message": .string(message)]]
    var response =
      isForPrograms
      ? Response.json(status, document.text + "\n")
      : Response.html(status, Pages.message(title: status.reasonPhrase, text: message))
    if let retryAfter { response.headers[.retryAfter] = "\(retryAfter)" }
    return response
  }
}
