import Detection
import Foundation
import Hummingbird
import NIOCore
import NIOSSL
import WebDesk

/// A request to central, with who asks.
struct CentralContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel
  let peer: IPAddress?
  /// Of the network that the request comes from, for the log and against guessing.
  var address = ""
  /// Nil before `CentralGate` has looked, and for gateways.
  var identity: CentralIdentity?
  /// The secret that the browser sent as a cookie; there need not be a session with it.
  var cookie: String?
  /// The token of a program.
  var bearer: String?
  /// The body of a request of people or programs that changes something.
  var body = ByteBuffer()

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
    peer = source.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
  }

  /// The fields of a form; of those that come twice, the first.
  var form: [String: String] { Request.fields(String(buffer: body)) }

  /// Who asks, if that may do this.
  ///
  /// - Throws: `WebError`.
  func identity(_ right: Rights) throws(WebError) -> CentralIdentity {
    guard let identity else { throw .unauthorized }
    guard identity.rights.contains(right) else { throw .forbidden }
    return identity
  }

  /// A part of the path, as it was meant.
  func part(_ name: String) -> String? { parameters.get(name).flatMap { $0.removingPercentEncoding } }

  /// The name in the verified certificate of the client; nil for none.
  func gatewayName() async -> GatewayName? {
    guard let certificate = try? await channel.nioSSL_peerCertificate().get(), let der = try? certificate.toDERBytes() else { return nil }
    return GatewayName(der: der)
  }
}

extension Request {
  /// Asked for by a program, which gets JSON, errors too.
  var isForPrograms: Bool { ["api", "gateway", "healthz", "debian"].contains(components.first) }
}

extension WebError {
  static let busy = WebError(.serviceUnavailable, "busy", "The database is not there, or too busy. Try again.", retryAfter: 5)
}
