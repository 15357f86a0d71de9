import Detection
import YAMLReading
import Yams

/// The chain that the box belongs to.
public struct UplinkSettings: Sendable, Equatable {
  /// What central may send for the box to use.
  public enum Kind: String, Sendable, CaseIterable {
    case declared, rooms, signatures, software
  }

  /// `mqtts://host:8883`; `mqtt://` for a broker on this machine.
  public var url: String
  public var host: String
  public var port: Int
  public var usesTLS: Bool
  /// The certificate of the box, PEM. `lenscap enroll` writes it, and beside it a file with what it is for.
  public var certificate: String
  /// Its private key, PEM.
  public var key: String
  /// Certificate authorities to trust instead of the system's, a PEM file.
  public var ca: String?
  /// Who signs releases of signatures and software: a public key, PEM. `lenscap enroll` writes it.
  public var releaseKey: String?
  /// In the order of `Kind`.
  public var accept: [Kind] = []
  /// Central may have evidence packs of the alerts that it has, without others than the camera.
  public var givesEvidence = true

  init(_ broker: BrokerAddress, certificate: String, key: String) {
    (url, host, port, usesTLS) = (broker.text, broker.host, broker.port, broker.usesTLS)
    self.certificate = certificate
    self.key = key
  }

  /// - Parameter url: of the broker.
  public init?(url: String, certificate: String, key: String) {
    guard let broker = BrokerAddress(url) else { return nil }
    self.init(broker, certificate: certificate, key: key)
  }
}

/// `mqtts://broker.example:8883`, `mqtt://127.0.0.1:1883`.
struct BrokerAddress: Equatable {
  let text: String
  let host: String
  let port: Int
  let usesTLS: Bool

  /// Nil for anything else, and for a broker elsewhere without TLS.
  init?(_ text: String) {
    guard let scheme = ["mqtts://", "mqtt://"].first(where: text.hasPrefix),
      let address = HTTPAddress(of: "https://" + text.dropFirst(scheme.count)),
      ["", "/"].contains(address.rest)
    else { return nil }
    let authority = address.origin.dropFirst("https://".count)
    var (host, port) = (authority, scheme == "mqtts://" ? 8883 : 1883)
    if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
      host = authority[..<colon]
      port = Int(authority[authority.index(after: colon)...]) ?? port
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    let isLocal = host == "localhost" || IPAddress(String(host))?.isLoopback == true
    guard scheme == "mqtts://" || isLocal else { return nil }
    (self.text, self.host, self.port, usesTLS) = (text, String(host), port, scheme == "mqtts://")
  }
}

extension ValueForm where Value == BrokerAddress {
  static var broker: ValueForm {
    ValueForm(
      expected: "the address of a broker such as mqtts://broker.example:8883, or without TLS mqtt://127.0.0.1:1883", isHidden: true
    ) { BrokerAddress($0) }
  }
}

extension SettingsReader {
  mutating func uplink(_ node: Node) -> UplinkSettings? {
    let section = section(
      node, "uplink", keys: ["url", "certificate", "key", "ca", "release_key", "accept", "evidence"],
      instead: ["cert": "did you mean \"certificate\"?", "ca-file": "did you mean \"ca\"?", "broker": "did you mean \"url\"?"])
    let (broker, certificate) = (value(section, "url", .broker), value(section, "certificate", .path(in: folder)))
    let key = value(section, "key", .path(in: folder))
    let (ca, releaseKey) = (value(section, "ca", .path(in: folder)), value(section, "release_key", .path(in: folder)))
    // Nothing is a choice, too.
    let takesNothing = section.entries["accept"]?.sequence?.isEmpty == true
    let accept = takesNothing ? [] : values(section, "accept", .word(UplinkSettings.Kind.self), most: UplinkSettings.Kind.allCases.count)
    let missing = ["url", "certificate", "key"].filter { section.entries[$0] == nil }
    if !missing.isEmpty, node.mapping != nil {
      report("uplink has no \"\(missing[0])\"; `lenscap enroll` writes what is needed", at: node)
    }
    guard let broker, let certificate, let key else { return nil }
    var uplink = UplinkSettings(broker, certificate: certificate, key: key)
    (uplink.ca, uplink.releaseKey) = (ca, releaseKey)
    if releaseKey == nil, accept.contains(.signatures) || accept.contains(.software), let node = section.entries["accept"] {
      note("without uplink.release_key, no signatures or software of central are used", at: node)
    }
    uplink.givesEvidence = value(section, "evidence", .flag) ?? true
    uplink.accept = UplinkSettings.Kind.allCases.filter(accept.contains)
    return uplink
  }
}
