import Detection
import HTTPTypes
import Hummingbird

/// Puts the headers on every answer that tell browsers what the page may do, and makes an answer of every error.
struct DeskHeaders: RouterMiddleware {
  typealias Context = DeskContext

  let hasTLS: Bool
  /// Writes one line to standard error.
  let remark: @Sendable (String) -> Void
  private static let policy = [
    "default-src 'none'", "script-src 'self'", "style-src '\(Style.hash)'", "img-src 'self' data:", "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'", "base-uri 'none'",
  ].joined(separator: "; ")
  private static let year = 31_536_000

  func handle(
    _ request: Request, context: DeskContext, next: (Request, DeskContext) async throws -> Response
  ) async throws -> Response {
    var response: Response
    do {
      response = try await next(request, context)
    } catch let error as DeskError {
      response = error.response(isForPrograms: request.isForPrograms)
    } catch let error as any HTTPResponseError {
      // The router knows no such path with this method: programs learn whether it is the method.
      let methods = error.status == .notFound ? APIRoutes.methods(of: request) : nil
      response = Self.error(methods == nil ? error.status : .methodNotAllowed).response(isForPrograms: request.isForPrograms)
      if let methods { response.headers[.allow] = methods }
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      // What the database says is for the log, not for browsers; and what follows the first part of a path may be a secret.
      let place = request.components.first.map { String($0).forPeople(limit: 20) } ?? ""
      remark("serve: the page failed at /\(place): \(error)")
      response = Self.error(.internalServerError).response(isForPrograms: request.isForPrograms)
    }
    let common: [(HTTPField.Name, String)] = [
      (.contentSecurityPolicy, Self.policy), (.xContentTypeOptions, "nosniff"), (.referrerPolicy, "no-referrer"), (.frameOptions, "DENY"),
      (.crossOriginOpenerPolicy, "same-origin"), (.crossOriginResourcePolicy, "same-origin"), (.cacheControl, "no-store"),
    ]
    for (name, value) in common where response.headers[name] == nil { response.headers[name] = value }
    if hasTLS { response.headers[.strictTransportSecurity] = "max-age=\(Self.year)" }
    // A body after such an answer would be taken for the next one.
    return request.method == .head ? response.createHeadResponse() : response
  }

  private static func error(_ status: HTTPResponse.Status) -> DeskError {
    switch status {
    case .notFound: .notFound
    case .contentTooLarge: .tooLarge
    case .methodNotAllowed: DeskError(status, "method_not_allowed", Words.methodNotAllowed)
    case .badRequest: DeskError(status, "bad_request", Words.badRequest)
    default: DeskError(.internalServerError, "failed", Words.failed)
    }
  }
}

extension HTTPField.Name {
  static let frameOptions = HTTPField.Name("X-Frame-Options")!
  static let crossOriginOpenerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
  static let crossOriginResourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
  static let formToken = HTTPField.Name("X-CSRF-Token")!
  static let fetchSite = HTTPField.Name("Sec-Fetch-Site")!
  static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
}
