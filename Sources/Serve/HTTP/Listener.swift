import Glibc
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Services

/// An address on which nothing can listen: another program does, or it is not this machine's.
public struct ListenFailure: Error, Equatable, CustomStringConvertible {
  public let address: ListenAddress
  public let reason: String
  public var description: String { "cannot listen on \(address): \(reason)" }
}

/// An HTTP server on one address.
struct Listener<Context: RequestContext>: Service where Context.Source == ApplicationRequestContextSource {
  /// A connection without a whole request, or a further one, is closed.
  private static var idleTimeout: TimeAmount { .seconds(15) }
  private static var patience: Duration { .seconds(1) }
  /// Connections of one network, of those that the listener has.
  private static var share: Int { 4 }
  /// Bytes of a request's headers.
  private static var headerLimit: Int { 16 << 10 }

  private let address: ListenAddress
  private let application: Application<RouterResponder<Context>>

  /// - Parameters:
  ///   - connections: beyond these, others wait: sinks need descriptors, too.
  ///   - tls: nil for none.
  ///   - ready: called with the port once it listens.
  init(
    _ address: ListenAddress, router: Router<Context>, connections: Int = 64, tls: TLSConfiguration? = nil,
    ready: @escaping @Sendable (ListenAddress) -> Void
  ) throws {
    self.address = address
    let crowd = Crowd(limit: connections / Self.share)
    let plain = HTTPServerBuilder.http1(
      configuration: .init(
        additionalChannelHandlers: [RequestDeadline(patience: Self.idleTimeout, crowd: crowd)], idleTimeout: Self.idleTimeout,
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: Self.headerLimit, maxHeaderListSize: Self.headerLimit, maxHeaderFieldCount: 64)))
    application = Application(
      responder: router.buildResponder(), server: try tls.map { try .tls(plain, tlsConfiguration: $0) } ?? plain,
      configuration: ApplicationConfiguration(
        address: .hostname(address.host, port: address.port), serverName: nil, backlog: 64,
        availableConnectionsDelegate: MaximumAvailableConnections(connections, logger: Silence.logger)),
      onServerRunning: { channel in
        let port = channel.localAddress?.port ?? address.port
        ready(ListenAddress(host: address.host, port: port))
      },
      eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), logger: Silence.logger)
  }

  /// At the end, requests under way get a moment: a slow one must hold up nothing.
  func run() async throws {
    let (application, address) = (application, address)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        do {
          try await application.run()
        } catch let error as IOError {
          throw unsafe ListenFailure(address: address, reason: String(cString: strerror(error.errnoCode)))
        }
      }
      group.addTask {
        try await gracefulShutdown()
        try await Task.sleep(for: Self.patience)
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }
}
