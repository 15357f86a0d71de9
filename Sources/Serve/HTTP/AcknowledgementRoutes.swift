import Detection
import Foundation
import HTTPTypes
import Hummingbird
import Sinks

/// `/ack/TOKEN`: GET shows one button and changes nothing, for mail programs and messengers fetch links by themselves; POST acknowledges.
enum AcknowledgementRoutes {
  private static let tokenLimit = 128
  private static let bodyLimit = 4096
  private static let summaryLimit = 240
  private static let bodyPatience = Duration.seconds(10)

  static func add<Context: RequestContext>(to router: Router<Context>, _ deliverer: Deliverer) {
    router.get("ack/:token") { _, context in
      guard let token = token(context), let alert = await deliverer.alert(ofLink: token) else { return gone }
      return page(
        .ok, "Acknowledge",
        """
        <p>\(alert.summary.forPeople(limit: summaryLimit).htmlEscaped)</p>
        <form method="post"><label>Your name <input name="who" maxlength="100" autocomplete="name"></label>
        <button>I take care of it</button></form>
        """)
    }
    router.post("ack/:token") { request, context in
      guard let token = token(context) else { return gone }
      guard let body = await form(request) else { return page(.badRequest, "This did not work", "<p>Please try it again.</p>") }
      let who = field("who", of: body)
      guard await deliverer.acknowledge(link: token, who: who) else { return gone }
      return page(.ok, "Acknowledged", "<p>Thank you. The others learn that you take care of it.</p>")
    }
  }

  /// Nil for a body that is too long, or takes too long.
  private static func form(_ request: Request) async -> String? {
    await withTaskGroup(of: String?.self) { group in
      group.addTask { (try? await request.body.collect(upTo: bodyLimit)).map { String(buffer: $0) } }
      group.addTask {
        try? await Task.sleep(for: bodyPatience)
        return nil
      }
      defer { group.cancelAll() }
      return await group.next() ?? nil
    }
  }

  private static func token(_ context: some RequestContext) -> String? {
    context.parameters.get("token").flatMap { $0.utf8.count <= tokenLimit ? $0 : nil }
  }

  private static var gone: Response {
    page(.notFound, "This link does not work", "<p>It was used already, or it is older than two days.</p>")
  }

  private static func page(_ status: HTTPResponse.Status, _ title: String, _ body: String) -> Response {
    let html = """
      <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
      <meta name="robots" content="noindex"><title>\(title)</title>
      <style>body{font:1.1rem sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem}button{font:inherit;padding:.7rem 1.2rem}</style>
      </head><body><h1>\(title)</h1>\(body)</body></html>

      """
    return Response(
      status: status,
      headers: [
        .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
        .contentSecurityPolicy:
          "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        .referrerPolicy: "no-referrer",
      ], body: .init(byteBuffer: ByteBuffer(string: html)))
  }

  /// A field of a form in `application/x-www-form-urlencoded`.
  private static func field(_ name: String, of body: String) -> String {
    for pair in body.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0] == name else { continue }
      return String(parts[1]).replacing("+", with: " ").removingPercentEncoding ?? ""
    }
    return ""
  }
}

extension HTTPField.Name {
  static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}
