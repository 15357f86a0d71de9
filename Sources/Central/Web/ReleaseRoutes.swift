import ChainMessages
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import WebDesk

/// Archives of releases, for gateways.
struct ReleaseRoutes: Sendable {
  let registry: PostgresPool

  func add(to router: Router<CentralContext>) {
    router.get("gateway/1/releases/:id") { _, context in try await archive(context) }
  }

  /// A gateway gets what its own tenant released, and learns of nothing else.
  private func archive(_ context: CentralContext) async throws -> Response {
    guard let name = await context.gatewayName() else {
      throw WebError(.unauthorized, "no_certificate", "A gateway shows its certificate here.")
    }
    guard let id = context.parameters.get("id"), id.isID else { throw WebError.notFound }
    return try await archive(of: id, for: name.gateway, tenant: name.tenant)
  }

  func archive(of id: String, for gateway: String, tenant: String) async throws -> Response {
    let archive = try await registry.transaction { connection -> Data? in
      guard let known = try Registry.gateway(gateway, connection), known.tenant == tenant, !known.isRevoked else {
        throw WebError(.forbidden, "revoked", "This gateway is not enrolled any more.")
      }
      return try Registry.archive(of: id, tenant: known.tenant, connection)
    }
    guard let archive else { throw WebError.notFound }
    return Response(status: .ok, headers: [.contentType: "application/x-tar"], body: .init(byteBuffer: ByteBuffer(bytes: archive)))
  }
}
