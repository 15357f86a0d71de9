import ConfigurationFiles
import Detection
import Foundation
import Store

/// Where the page is, and how a browser tells that it is this box.
public struct PageIdentity: Sendable {
  public let address: String
  /// SHA-256 of the certificate; nil without TLS.
  public let fingerprint: String?

  /// Makes the certificate if there is none yet. Nil without a page in the configuration.
  ///
  /// - Throws: why there is no certificate.
  public init?(_ settings: Settings, serveDatabase: String, clock: @escaping @Sendable () -> Timestamp) throws {
    guard let dashboard = settings.dashboard else { return nil }
    let own = dashboard.listen.hasPrefix(DashboardSettings.plainScheme) ? dashboard.listen : "https://\(dashboard.listen)"
    address = settings.serve.publicURL ?? own
    fingerprint = try Desk.certificate(
      dashboard, publicURL: settings.serve.publicURL, serveDatabase: serveDatabase, clock: clock)?.fingerprint
  }
}
