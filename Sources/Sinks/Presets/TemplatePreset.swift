import ConfigurationFiles
import Foundation

/// A service of one's own choice: method, address, headers and body by templates.
struct TemplatePreset: Preset {
  static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]

  private let method: String
  private let url: Template
  private let host: String
  private let headers: [(name: String, value: Template)]
  private let contentType: String
  private let body: BodyTemplate?
  private let secret: String?

  /// Uses `method`, `url`, `headers`, `template["body"]` and the first secret.
  /// - Throws: for a method, an address or a header that HTTP does not know, and for a template that cannot be used.
  init(_ settings: SinkSettings) throws(SinkConfigurationError) {
    method = settings.method.uppercased()
    guard Self.methods.contains(method) else {
      throw SinkConfigurationError("method", "is none that can be used: expected \(Self.methods.joined(separator: ", "))")
    }
    // Values may stand in path and query only, so that no event decides where a request goes.
    let fixed = settings.url?.range(of: "{{").map { String(settings.url?[..<$0.lowerBound] ?? "") } ?? settings.url
    host = try WebAddress(fixed).host
    let afterScheme = fixed?.range(of: "://").map { fixed?[$0.upperBound...] ?? "" } ?? ""
    guard fixed == settings.url || afterScheme.contains(where: { "/?".contains($0) }) else {
      throw SinkConfigurationError("url", "has a template in its host: expected it behind the first slash")
    }
    url = try Template(settings.url ?? "", .url, key: "url")
    var headers: [(String, Template)] = []
    var contentType = "application/json"
    for (name, value) in settings.headers.sorted(by: { $0.key < $1.key }) {
      guard name.isToken else { throw SinkConfigurationError("headers", "has a name that HTTP does not allow") }
      if name.lowercased() == "content-type" {
        contentType = value.headerValue
      } else {
        headers.append((name, try Template(value, .header, key: "headers")))
      }
    }
    self.headers = headers
    self.contentType = contentType
    if let text = settings.template["body"] { body = try BodyTemplate(text, contentType: contentType) } else { body = nil }
    secret = settings.secrets.first
  }

  func request(for parcel: Parcel) -> HTTPRequest {
    let values = parcel.templateValues(secret: secret)
    var request = HTTPRequest(method: method, url: url.render(values), host: host)
    if let body {
      request.body = body.render(parcel, secret: secret)
    } else if method != "GET" && method != "DELETE" {
      request.body = [UInt8](parcel.machineDocument.escapedBytes)
    }
    if request.body != nil { request.set("Content-Type", contentType) }
    for header in headers { request.set(header.name, header.value.render(values)) }
    return request
  }

  func check(_ response: HTTPResponse) throws(DeliveryError) { try response.checkStatus(host: host) }
}
