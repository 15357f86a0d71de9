import Detection
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
  /// The parts of the path, as the router sees them.
  public var components: [Substring] { uri.path.split(separator: "/") }
  public var query: [String: String] { Self.fields(uri.query ?? "") }
  public var changesSomething: Bool { method != .get && method != .head }

  /// What stands in `application/x-www-form-urlencoded`, and in queries; of names that come twice, the first counts.
  public static func fields(_ text: String) -> [String: String] {
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

  /// The texts of a JSON object; none for an empty body.
  public static func texts(json body: ByteBuffer) throws -> [String: String] {
    if body.readableBytes == 0 { return [:] }
    guard let texts = try? JSONDecoder().decode([String: String?].self, from: Data(body.readableBytesView)) else {
      throw WebError(.badRequest, "bad_json", Words.badJSON)
    }
    return texts.compactMapValues { $0 }
  }

  /// - Throws: `WebError` for a body beyond the limit, or one that takes too long.
  public func bytes(upTo limit: Int) async throws -> ByteBuffer {
    if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw WebError.tooLarge }
    let body = body
    return try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
      group.addTask {
        do { return try await body.collect(upTo: limit) } catch is any HTTPResponseError { throw WebError.tooLarge }
      }
      group.addTask {
        try await Task.sleep(for: .seconds(10))
        throw WebError(.requestTimeout, "too_slow", Words.tooSlow)
      }
      defer { group.cancelAll() }
      return try await group.next() ?? ByteBuffer()
    }
  }

  /// The same as text.
  public func text(upTo limit: Int) async throws -> String { String(buffer: try await bytes(upTo: limit)) }

  /// The token of a program; empty for a header that has something else, which is nobody's.
  public func bearer(upTo limit: Int = OneTimeSecret.limit) -> String? {
    guard let header = headers[.authorization] else { return nil }
    let parts = header.split(separator: " ")
    guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count <= limit else { return "" }
    return String(parts[1])
  }

  /// The network that a request comes from: an IPv4 address, the first half of an IPv6 address. Behind a server on this machine, what that
  /// one says.
  public func network(of peer: IPAddress?) -> String {
    var address = peer
    if address?.isLoopback == true, let forwarded = headers[.forwardedFor]?.split(separator: ",").last {
      address = IPAddress(forwarded.trimmingCharacters(in: .whitespaces)) ?? address
    }
    guard let address else { return "" }
    return address.isV4 || address.isLoopback ? "\(address)" : "\(IPAddress(bits: (address.bits >> 64) << 64))/64"
  }

  /// The version of a case that somebody saw; nil to do it whatever happened since.
  public var expectedVersion: String? {
    guard var text = headers[.ifMatch]?.trimmingCharacters(in: .whitespaces) else { return nil }
    if text.hasPrefix("W/") { text.removeFirst(2) }
    return text.hasPrefix("\"") && text.hasSuffix("\"") && text.count >= 2 ? String(text.dropFirst().dropLast()) : text
  }
}

extension Response {
  public static func text(
    _ status: HTTPResponse.Status, _ type: String, _ text: String, _ headers: HTTPFields = [:]
  ) -> Response {
    var headers = headers
    headers[.contentType] = type
    return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
  }

  public static func html(_ status: HTTPResponse.Status, _ text: String) -> Response { .text(status, "text/html; charset=utf-8", text) }

  public static func json(_ status: HTTPResponse.Status, _ text: String) -> Response { .text(status, "application/json", text) }

  /// A table to save.
  public static func csv(_ items: [Data], name: String) -> Response {
    .text(
      .ok, "text/csv; charset=utf-8", CSVText.table(items), [.contentDisposition: "attachment; filename=\"lenscap-\(name).csv\""])
  }

  public static func seeOther(_ path: String) -> Response { Response(status: .seeOther, headers: [.location: path]) }
}

extension HTTPField.Name {
  public static let formToken = HTTPField.Name("X-CSRF-Token")!
  public static let fetchSite = HTTPField.Name("Sec-Fetch-Site")!
  public static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
  public static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
