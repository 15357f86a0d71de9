import ConfigurationFiles
import Crypto
import Detection
import Foundation

/// Posts each event to a program.
///
/// It sends the JSON of Formats/EventDocuments.swift with three headers: id, time and signatures. A status of 2xx confirms it; 410 disables
/// the sink. Limits: ten seconds for the connection, thirty for the whole (`HTTPClient`). Source: Standard Webhooks 1.0.0
/// (standardwebhooks.com), RFC 9110.
struct WebhookSink: Sink {
  private let address: WebAddress
  private let signer: WebhookSigner
  private let client: HTTPClient

  /// Uses `url`, the secrets (`whsec_…`, one for each signature; none for no signature) and `caFile`.
  /// - Throws: for an address or a secret that cannot be used.
  init(_ settings: SinkSettings, version: String) throws(SinkConfigurationError) {
    address = try WebAddress(settings.url)
    signer = try WebhookSigner(secrets: settings.secrets)
    client = HTTPClient(label: "lenscap.webhook", caFile: settings.caFile, version: version)
  }

  func deliver(_ parcel: Parcel) async throws(DeliveryError) {
    let response = try await client.send(request(for: parcel))
    try response.checkStatus(host: address.host, goneDisables: true)
  }

  func request(for parcel: Parcel) -> HTTPRequest {
    var request = HTTPRequest.json(parcel.machineDocument, to: address.text, host: address.host)
    request.body = [UInt8](parcel.machineDocument.escapedBytes)
    let seconds = parcel.time.unixSeconds
    request.set("webhook-id", parcel.uid)
    request.set("webhook-timestamp", String(seconds))
    if let signature = signer.signature(id: parcel.uid, seconds: seconds, body: request.body ?? []) {
      request.set("webhook-signature", signature)
    }
    return request
  }
}

/// Signs with every secret, so that a receiver may change to a new one at any time while both are there.
struct WebhookSigner: Sendable {
  /// Fewer bytes could be guessed. Standard Webhooks recommends 24 to 64.
  static let shortestSecret = 16
  static let prefix = "whsec_"

  private let keys: [SymmetricKey]

  /// - Throws: for a secret that is not base64 behind `whsec_`, or too short.
  init(secrets: [String]) throws(SinkConfigurationError) {
    var keys: [SymmetricKey] = []
    for secret in secrets {
      let encoded = secret.hasPrefix(Self.prefix) ? String(secret.dropFirst(Self.prefix.count)) : secret
      guard let bytes = Data(base64Encoded: encoded), bytes.count >= WebhookSigner.shortestSecret else {
        throw SinkConfigurationError("secret_file", "holds no webhook secret: expected whsec_ and then 24 to 64 random bytes in base64")
      }
      keys.append(SymmetricKey(data: bytes))
    }
    self.keys = keys
  }

  /// The value of `webhook-signature`; nil without a secret.
  func signature(id: String, seconds: Int64, body: [UInt8]) -> String? {
    guard !keys.isEmpty else { return nil }
    let signed = Data("\(id).\(seconds).".utf8) + body
    return keys.map { "v1," + Data(HMAC<SHA256>.authenticationCode(for: signed, using: $0)).base64EncodedString() }.joined(separator: " ")
  }
}
