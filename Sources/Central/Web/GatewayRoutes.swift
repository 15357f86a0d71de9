import ChainMessages
import Foundation
import Hummingbird
import WebDesk

/// What boxes ask of central over HTTPS: to be enrolled with a code, and a new certificate in time.
struct GatewayRoutes: Sendable {
  let registry: PostgresPool
  let authority: CertificateAuthority
  let broker: BrokerSettings
  /// How gateways reach central; known once it listens.
  let url: @Sendable () -> String
  /// PEM: who signs releases; boxes keep the one that they got at enrolment.
  var releaseKey: String?

  func add(to router: Router<CentralContext>) {
    router.post("gateway/1/enrol") { request, _ in try await enrol(request) }
    router.post("gateway/1/renew") { request, context in try await renew(request, context) }
  }

  private func enrol(_ request: Request) async throws -> Response {
    let asked = try await Self.read(EnrolmentRequest.self, request)
    // First the request, so that one that is wrong uses up no code.
    let key = try Self.key(asked.request)
    do {
      let answer = try await registry.transaction { connection in
        let gateway = try Registry.enrol(code: asked.code, key: CertificateAuthority.fingerprint(key), connection)
        return try issue(gateway, key, connection)
      }
      return try Self.respond(answer)
    } catch is RegistryError {
      throw Self.refused
    }
  }

  private func renew(_ request: Request, _ context: CentralContext) async throws -> Response {
    guard let name = await context.gatewayName() else {
      throw WebError(.unauthorized, "no_certificate", "A gateway shows its certificate here.")
    }
    let asked = try await Self.read(RenewalRequest.self, request)
    let key = try Self.key(asked.request)
    let answer = try await registry.transaction { connection -> Enrolment? in
      guard let gateway = try Registry.gateway(name.gateway, connection), gateway.tenant == name.tenant, !gateway.isRevoked else {
        return nil
      }
      return try issue(gateway, key, connection)
    }
    guard let answer else { throw WebError(.forbidden, "revoked", "This gateway is not enrolled any more.") }
    return try Self.respond(answer)
  }

  private func issue(
    _ gateway: Registry.Gateway, _ key: CertificateAuthority.Key, _ connection: PostgresConnection
  ) throws -> Enrolment {
    let issued = try authority.issue(to: gateway, key)
    try Registry.addCertificate(serial: issued.serial, of: gateway, expires: issued.expires, connection)
    return Enrolment(
      gateway: gateway.id, tenant: gateway.tenant, site: gateway.site, certificate: issued.pem, ca: authority.pem + "\n",
      broker: .init(host: broker.publicHost ?? broker.host, port: broker.publicPort ?? broker.port), central: url(), releaseKey: releaseKey)
  }

  private static let refused = WebError(.forbidden, "refused", "The code is wrong, used or too old.")

  private static func key(_ request: String) throws -> CertificateAuthority.Key {
    guard let key = CertificateAuthority.publicKey(ofRequest: request) else {
      throw WebError(.badRequest, "bad_request", "Expected a certificate request in PEM, with a P-256 key.")
    }
    return key
  }

  private static func read<Message: ChainMessage>(_ type: Message.Type, _ request: Request) async throws -> Message {
    let text = try await request.text(upTo: Message.byteLimit)
    do { return try Message(bytes: Data(text.utf8)) } catch {
      throw WebError(.badRequest, "bad_json", "Expected a JSON object as the documents say: \(error).")
    }
  }

  private static func respond(_ answer: Enrolment) throws -> Response {
    .text(.ok, "application/json", String(decoding: try answer.bytes(), as: UTF8.self) + "\n")
  }
}
