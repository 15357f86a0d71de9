import CCurl
import Detection
import Dispatch
import Foundation

/// A request, with no more of its address in errors than the host.
struct HTTPRequest: Sendable, Equatable {
  struct Header: Sendable, Equatable {
    let name: String
    let value: String
  }

  var method: String
  var url: String
  /// Host of `url`, for errors.
  var host: String
  var headers: [Header] = []
  /// Nil: no body at all.
  var body: [UInt8]?
  /// Longest answer that is kept.
  var bodyLimit = HTTPResponse.bodyLimit
  var timeLimit = CurlHandle.transferLimit

  init(method: String, url: String, host: String, body: [UInt8]? = nil) {
    self.method = method
    self.url = url
    self.host = host
    self.body = body
  }

  /// Sets a header, in place of one of the same name. Its value becomes visible ASCII.
  mutating func set(_ name: String, _ value: String) {
    headers.removeAll { $0.name.lowercased() == name.lowercased() }
    headers.append(Header(name: name, value: value.headerValue))
  }

  /// A request with a JSON document as its body.
  static func json(_ document: JSONValue, to url: String, host: String) -> HTTPRequest {
    var request = HTTPRequest(method: "POST", url: url, host: host, body: [UInt8](document.bytes))
    request.set("Content-Type", "application/json")
    return request
  }
}

/// What a server answered.
struct HTTPResponse: Sendable {
  static let bodyLimit = 64 * 1024
  /// A receiver may ask for a longer pause, but does not get it.
  static let longestRetryAfter = Duration.seconds(86_400)

  let status: Int
  /// Cut at the limit of the request.
  let body: [UInt8]
  /// Of the header Retry-After, given in seconds or as a date.
  let retryAfter: Duration?

  /// The body as JSON; nil if it is none.
  var document: JSONValue? { try? JSONValue(Data(body)) }
}

/// Requests of one sink, one after another, on a queue of their own.
///
/// Redirects are not followed, certificates are always verified, and an answer that does not come ends after ten seconds (connection) or
/// thirty (all). A proxy is used if the environment names one (`https_proxy`).
final class HTTPClient: @unchecked Sendable {
  private let queue: DispatchQueue
  private let caFile: String?
  private let userAgent: String
  // Only touched on the queue.
  private let loop = CurlLoop()

  /// Parameters: a PEM file of certificate authorities instead of the system's; the version of this program.
  init(label: String, caFile: String?, version: String) {
    queue = DispatchQueue(label: label)
    self.caFile = caFile
    userAgent = "lenscap/\(version.headerValue)"
  }

  /// Sends a request and waits for the answer, whatever its status.
  ///
  /// Ends within half a second after its task was cancelled.
  /// - Throws: `.temporary` if there is no answer, `.refused` for a request that cannot be written as HTTP.
  func send(_ request: HTTPRequest) async throws(DeliveryError) -> HTTPResponse {
    try await CancellableWork.run(on: queue) { [self] isCancelled throws(DeliveryError) in
      try perform(request, isCancelled: isCancelled)
    }
  }

  private func perform(_ request: HTTPRequest, isCancelled: () -> Bool) throws(DeliveryError) -> HTTPResponse {
    let handle = try CurlHandle(protocols: "http,https", caFile: caFile, transferLimit: request.timeLimit)
    try handle.set(CURLOPT_URL, request.url)
    try handle.set(CURLOPT_USERAGENT, userAgent)
    try handle.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    try handle.receive(limit: request.bodyLimit)
    guard !request.method.isEmpty, request.method.utf8.allSatisfy(ASCII.isUppercase) else {
      throw .refused("the method is not one of HTTP")
    }
    if let body = request.body {
      try handle.set(CURLOPT_POST, 1)
      try handle.post(body)
    }
    if request.method != (request.body == nil ? "GET" : "POST") { try handle.set(CURLOPT_CUSTOMREQUEST, request.method) }
    // Some servers answer "Expect: 100-continue" only after a time-out.
    var lines = ["Expect:"]
    for header in request.headers {
      guard header.name.isToken else { throw .refused("a header has a name that HTTP does not allow") }
      let value = header.value.headerValue
      lines.append(value.isEmpty ? "\(header.name);" : "\(header.name): \(value)")
    }
    try handle.set(CURLOPT_HTTPHEADER, lines: lines)

    let code = handle.perform(in: loop, isCancelled: isCancelled)
    let status = unsafe lenscap_curl_response_code(handle.pointer)
    guard code == CURLE_OK || (code == CURLE_WRITE_ERROR && handle.isCut) else { throw .transfer(code, host: request.host) }
    let pause = unsafe lenscap_curl_retry_after(handle.pointer)
    let retryAfter = pause > 0 ? min(.seconds(pause), HTTPResponse.longestRetryAfter) : nil
    return HTTPResponse(status: status, body: handle.received, retryAfter: retryAfter)
  }
}

extension HTTPResponse {
  /// Turns a status into what a sink does about it.
  ///
  /// Every status but 2xx may pass, since a receiver may be misconfigured for an hour, and a redirect is a wrong address that a person can
  /// correct. Of 410 `goneDisables` says what it means: for a webhook that the receiver wants no more (Standard Webhooks, "Delivery success
  /// and failure").
  func checkStatus(host: String, goneDisables: Bool = false) throws(DeliveryError) {
    switch status {
    case 200..<300: return
    case 300..<400: throw .temporary("\(host) redirects to another address (HTTP \(status)), which is not followed", retryAfter: retryAfter)
    case 410 where goneDisables: throw .disabled("\(host) wants no more events (HTTP 410)")
    case 401, 403: throw .temporary("\(host) did not accept the token (HTTP \(status))", retryAfter: retryAfter)
    case 404: throw .temporary("\(host) does not know the address (HTTP 404)", retryAfter: retryAfter)
    case 429: throw .temporary("\(host) wants fewer requests (HTTP 429)", retryAfter: retryAfter)
    default: throw .temporary("\(host) answered with HTTP \(status)", retryAfter: retryAfter)
    }
  }
}
