/// Where the broker is, and how central signs in to it.
public struct BrokerSettings: Sendable, Equatable {
  public var host = "127.0.0.1"
  public var port = 1883
  /// The id of the persistent session: the same for the active and the standby, different for two centrals on one broker.
  public var client = "lenscap-central"
  /// With TLS central shows a certificate of its own CA, with the name of `client`.
  public var usesTLS = false
  /// PEM file of the CA of the broker's certificate; nil for central's own.
  public var ca: String?
  public var user: String?
  /// A file with the password.
  public var passwordFile: String?
  /// Where gateways find it; nil for the same.
  public var publicHost: String?
  public var publicPort: Int?

  public init() {}
}

/// Files that a session with TLS needs.
struct BrokerCertificate: Sendable {
  let ca: String
  let certificate: String
  let key: String
}
