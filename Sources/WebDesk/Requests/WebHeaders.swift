import HTTPTypes
import Hummingbird

/// Puts the headers on every answer that tell browsers what the page may do, and makes an answer of every error.
public struct WebHeaders<Context: RequestContext>: RouterMiddleware {
  private let hasTLS: Bool
  private let brand: String
  private let isForPrograms: @Sendable (Request) -> Bool
  private let methods: @Sendable (Request) -> String?
  private let failed: @Sendable (any Error, Request) -> WebError

  /// - Parameters:
  ///   - brand: what stands above a page that says what went wrong.
  ///   - isForPrograms: whether errors are JSON.
  ///   - methods: the methods that a path takes, as the header Allow names them; nil for a path that there is not.
  ///   - failed: writes down an error that is no answer, and makes one of it. What a database says is for the log, not for browsers.
  public init(
    hasTLS: Bool, brand: String, isForPrograms: @escaping @Sendable (Request) -> Bool, methods: @escaping @Sendable (Request) -> String?,
    failed: @escaping @Sendable (any Error, Request) -> WebError
  ) {
    self.hasTLS = hasTLS
    self.brand = brand
    self.isForPrograms = isForPrograms
    self.methods = methods
    self.failed = failed
  }

  public func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
    var response: Response
    do {
      response = try await next(request, context)
    } catch let error as WebError {
      response = answer(error, request)
    } catch let error as any HTTPResponseError {
      // The router knows no such path with this method: programs learn whether it is the method.
      let allowed = error.status == .notFound ? methods(request) : nil
      response = answer(Self.error(allowed == nil ? error.status : .methodNotAllowed) ?? failed(error, request), request)
      if let allowed { response.headers[.allow] = allowed }
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      response = answer(failed(error, request), request)
    }
    for (name, value) in WebPolicy.fields where response.headers[name] == nil { response.headers[name] = value }
    if hasTLS { response.headers[.strictTransportSecurity] = "max-age=31536000" }
    // A body after such an answer would be taken for the next one.
    return request.method == .head ? response.createHeadResponse() : response
  }

  private func answer(_ error: WebError, _ request: Request) -> Response {
    error.response(isForPrograms: isForPrograms(request), brand: brand)
  }

  private static func error(_ status: HTTPResponse.Status) -> WebError? {
    switch status {
    case .notFound: .notFound
    case .contentTooLarge: .tooLarge
    case .methodNotAllowed: WebError(status, "method_not_allowed", Words.methodNotAllowed)
    case .badRequest: WebError(status, "bad_request", Words.badRequest)
    default: nil
    }
  }
}

extension WebError {
  public static func failed(_ program: String) -> WebError { WebError(.internalServerError, "failed", Words.failed(program)) }
}

private enum WebPolicy {
  static let content = [
    "default-src 'none'", "script-src 'self'", "style-src '\(Style.hash)'", "img-src 'self' data:", "connect-src 'self'",
    "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
  ].joined(separator: "; ")

  static let fields: [(HTTPField.Name, String)] = [
    (.contentSecurityPolicy, content), (.xContentTypeOptions, "nosniff"), (HTTPField.Name("Referrer-Policy")!, "no-referrer"),
    (HTTPField.Name("X-Frame-Options")!, "DENY"), (HTTPField.Name("Cross-Origin-Opener-Policy")!, "same-origin"),
    (HTTPField.Name("Cross-Origin-Resource-Policy")!, "same-origin"), (.cacheControl, "no-store"),
  ]
}
