import Foundation
import HTTPTypes
import Hummingbird

/// What went wrong, for a program as JSON and for a person as a page.
public struct WebError: Error, Sendable {
  public let status: HTTPResponse.Status
  public let code: String
  public let message: String
  /// Seconds.
  public var retryAfter: Int?

  public init(_ status: HTTPResponse.Status, _ code: String, _ message: String, retryAfter: Int? = nil) {
    self.status = status
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }

  public static let forbidden = WebError(.forbidden, "forbidden", Words.forbidden)
  public static let notFound = WebError(.notFound, "not_found", Words.notFound)
  public static let tooLarge = WebError(.contentTooLarge, "too_large", Words.tooLarge)
  public static let unauthorized = WebError(.unauthorized, "unauthorized", Words.unauthorized)
  public static let tooManyAttempts = WebError(.tooManyRequests, "too_many_attempts", Words.tooManyAttempts, retryAfter: 5)

  public static func badQuery(_ key: String, _ expected: String) -> WebError {
    WebError(.badRequest, "bad_query", Words.badQuery(key, expected))
  }

  /// - Parameter brand: what stands above the page.
  public func response(isForPrograms: Bool, brand: String) -> Response {
    struct Document: Encodable {
      let error: [String: String]
    }
    var response: Response
    if isForPrograms {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let body = (try? encoder.encode(Document(error: ["code": code, "message": message]))) ?? Data()
      response = .json(status, String(decoding: body, as: UTF8.self) + "\n")
    } else {
      response = .html(status, Pages.message(brand: brand, title: status.reasonPhrase, text: message))
    }
    if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
    if let retryAfter { response.headers[.retryAfter] = "\(retryAfter)" }
    return response
  }
}
