import Foundation

/// `POST /gateway/1/enrol`.
public struct EnrolmentRequest: ChainMessage, Equatable {
  public static let byteLimit = 16 << 10

  public var code: String
  /// A certificate request, PEM.
  public var request: String

  public init(code: String, request: String) { (self.code, self.request) = (code, request) }

  public func check() throws(ChainError) {
    guard (1...128).contains(code.utf8.count) else { throw .wrong("code") }
    guard request.utf8.count <= 8 << 10 else { throw .wrong("request") }
  }
}

/// `POST /gateway/1/renew`, with the certificate that ends soon.
public struct RenewalRequest: ChainMessage, Equatable {
  public static let byteLimit = 16 << 10

  public var request: String

  public init(request: String) { self.request = request }

  public func check() throws(ChainError) {
    guard request.utf8.count <= 8 << 10 else { throw .wrong("request") }
  }
}

/// What central answers to both: who the gateway is, and whom it speaks to.
public struct Enrolment: ChainMessage, Equatable {
  public struct Broker: Codable, Sendable, Equatable {
    public var host: String
    public var port: Int

    public init(host: String, port: Int) { (self.host, self.port) = (host, port) }
  }

  public static let byteLimit = 64 << 10

  public var gateway: String
  public var tenant: String
  public var site: String
  /// PEM.
  public var certificate: String
  /// PEM: who vouches for the broker, for central, and for this certificate.
  public var ca: String
  public var broker: Broker
  /// `https://…`, without a slash at the end.
  public var central: String
  /// PEM: who signs releases for boxes of the chain. Nil from a central that has no key.
  public var releaseKey: String?

  private enum CodingKeys: String, CodingKey {
    case gateway, tenant, site, certificate, ca, broker, central
    case releaseKey = "release_key"
  }

  public init(
    gateway: String, tenant: String, site: String, certificate: String, ca: String, broker: Broker, central: String,
    releaseKey: String? = nil
  ) {
    self.releaseKey = releaseKey
    (self.gateway, self.tenant, self.site, self.certificate) = (gateway, tenant, site, certificate)
    (self.ca, self.broker, self.central) = (ca, broker, central)
  }

  public func check() throws(ChainError) {
    _ = try GatewayAddress(tenant: tenant, site: site, gateway: gateway)
    guard certificate.utf8.count <= 16 << 10 else { throw .wrong("certificate") }
    guard ca.utf8.count <= 32 << 10 else { throw .wrong("ca") }
    guard (1...253).contains(broker.host.utf8.count), broker.host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
      (1...65_535).contains(broker.port)
    else { throw .wrong("broker") }
    guard central.hasPrefix("https://"), central.utf8.count <= ChainLimits.text, central.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw .wrong("central")
    }
    try ChainText.check(releaseKey, "release_key")
  }
}
