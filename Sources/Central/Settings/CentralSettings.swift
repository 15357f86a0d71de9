import Foundation
import Services
import YAMLReading
import Yams

/// The configuration of `lenscap-central serve`.
public struct CentralSettings: Sendable, Equatable {
  public static let standardPath = "/etc/lenscap-central/central.yaml"
  static let fileLimit = 1 << 20

  /// Where the page, the API and the gateways' part listen.
  public var listen = ListenAddress(host: "127.0.0.1", port: 8443)
  /// How gateways and browsers reach it; nil for the address itself.
  public var url: String?
  /// A certificate and key in PEM; nil for one of its own CA.
  public var certificate: String?
  public var key: String?
  /// The folder of the CA and what it makes.
  public var state = "/var/lib/lenscap-central"
  /// The public key of releases, PEM; nil for none.
  public var releaseKey: String?
  /// The folder of a Debian repository, for boxes; nil for none.
  public var repository: String?
  /// Days that events are kept.
  public var keepDays = 400
  public var broker = BrokerSettings()

  public init() {}

  /// - Throws: `CentralSettingsError`.
  public init(file: String) throws(CentralSettingsError) {
    let bytes: [UInt8]
    do { bytes = try TextFile(path: file, limit: Self.fileLimit).bytes } catch {
      throw CentralSettingsError(problems: [FileProblem(file: file, message: error.description)])
    }
    var reading = Reading(file: file)
    let root: Node?
    do { root = try YAMLDocument.root(bytes, file: file) } catch { throw CentralSettingsError(problems: [error]) }
    if let root { read(root, &reading) }
    guard reading.problems.isEmpty else { throw CentralSettingsError(problems: reading.problems) }
  }

  private mutating func read(_ root: Node, _ reading: inout Reading) {
    let keys = ["listen", "url", "certificate", "key", "state", "repository", "keep_days", "release_key", "broker"]
    guard let values = reading.mapping(root, "the configuration", allowed: keys) else { return }
    if let node = values["listen"], let text = reading.text(node, "listen") {
      if let address = ListenAddress(text) {
        listen = address
      } else {
        reading.report("listen: \(text) is not an address and a port; write 0.0.0.0:8443", at: node)
      }
    }
    if let node = values["url"], let text = reading.text(node, "url") {
      if let url = URL(string: text), url.scheme == "https", url.host() != nil {
        self.url = text.trimmingSuffix("/")
      } else {
        reading.report("url: \(text) is not an address such as https://central.example", at: node)
      }
    }
    certificate = values["certificate"].flatMap { reading.text($0, "certificate") }
    key = values["key"].flatMap { reading.text($0, "key") }
    if let node = values["key"], certificate == nil { reading.report("key: there is no certificate to it", at: node) }
    if let node = values["state"], let text = reading.text(node, "state") { state = text }
    releaseKey = values["release_key"].flatMap { reading.text($0, "release_key") }
    if let node = values["repository"], let text = reading.text(node, "repository") {
      if text.hasPrefix("/") {
        repository = text
      } else {
        reading.report("repository: \(text) is not the path of a folder, from /", at: node)
      }
    }
    if let node = values["keep_days"], let days = reading.number(node, "keep_days", in: 1...3650) { keepDays = days }
    if let node = values["broker"] { read(broker: node, &reading) }
  }

  private mutating func read(broker node: Node, _ reading: inout Reading) {
    let keys = ["host", "port", "client", "tls", "ca", "user", "password_file", "public_host", "public_port"]
    guard let values = reading.mapping(node, "broker", allowed: keys) else { return }
    if let node = values["host"], let text = reading.text(node, "broker.host") { broker.host = text }
    if let node = values["port"], let port = reading.number(node, "broker.port", in: 1...65_535) { broker.port = port }
    if let node = values["client"], let text = reading.text(node, "broker.client") { broker.client = text }
    if let node = values["tls"] {
      switch node.writtenText {
      case "true": broker.usesTLS = true
      case "false": broker.usesTLS = false
      default: reading.report("expected true or false for broker.tls", at: node)
      }
    }
    broker.ca = values["ca"].flatMap { reading.text($0, "broker.ca") }
    broker.user = values["user"].flatMap { reading.text($0, "broker.user") }
    broker.passwordFile = values["password_file"].flatMap { reading.text($0, "broker.password_file") }
    broker.publicHost = values["public_host"].flatMap { reading.text($0, "broker.public_host") }
    if let node = values["public_port"] { broker.publicPort = reading.number(node, "broker.public_port", in: 1...65_535) }
  }
}

/// What is wrong with the configuration.
public struct CentralSettingsError: Error, Equatable, CustomStringConvertible {
  let problems: [FileProblem]
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> String { hasSuffix(suffix) ? String(dropLast(suffix.count)) : self }
}
