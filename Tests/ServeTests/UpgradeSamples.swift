import ChainMessages
import Crypto
import Foundation
import Sinks

@testable import Serve

/// A release key, and orders that it signs.
struct ReleaseSample {
  let key = Curve25519.Signing.PrivateKey()

  var pem: String {
    let der = Data([0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]) + key.publicKey.rawRepresentation
    return "-----BEGIN PUBLIC KEY-----\n\(der.base64EncodedString())\n-----END PUBLIC KEY-----\n"
  }

  static let sha256 = String(repeating: "ab", count: 32)

  static func data(
    number: Int64 = 7, package: String = "lenscap", version: String = "0.2.0", sha256: String = Self.sha256,
    repository: String = "https://central.example:8443/debian"
  ) -> JSONValue {
    [
      "number": .integer(number), "package": .string(package), "version": .string(version), "sha256": .string(sha256),
      "repository": .string(repository),
    ]
  }

  func order(
    _ id: String = "s-1", kind: String = "software", _ data: JSONValue = Self.data(), signature: String? = nil
  ) throws -> ConfigMessage<JSONValue> {
    var message = ConfigMessage(id: id, kind: kind, data: data)
    message.signature = try signature ?? key.signature(for: try message.canonicalBytes()).base64EncodedString()
    return message
  }

  func order(_ data: JSONValue) throws -> ConfigMessage<JSONValue> { try order("s-1", data) }
}

/// What an order must not be, whoever signed it.
let wrongOrders: [(JSONValue, reason: String)] =
  [
    (ReleaseSample.data(package: "bash"), "package"), (ReleaseSample.data(package: "lenscap-central"), "package"),
    (ReleaseSample.data(version: "0.2.0; reboot"), "version"), (ReleaseSample.data(version: "$(reboot)"), "version"),
    (ReleaseSample.data(version: "0.2.0/../../x"), "version"), (ReleaseSample.data(version: "-o"), "version"),
    (ReleaseSample.data(version: "1:0.2.0"), "version"), (ReleaseSample.data(version: "0.2.0\n"), "version"),
    (ReleaseSample.data(version: ""), "version"), (ReleaseSample.data(version: "0." + String(repeating: "1", count: 80)), "version"),
    (ReleaseSample.data(sha256: "ab"), "sha256"), (ReleaseSample.data(sha256: String(repeating: "AB", count: 32)), "sha256"),
    (ReleaseSample.data(number: 0), "number"), (ReleaseSample.data(number: -1), "number"),
  ]
  + [
    "http://central.example/debian", "https://central.example/debian stable main\ndeb https://evil.example", "file:///tmp", "/a/../etc",
    "https://user@central.example/", "https://central.example/[trusted=yes]", "debian", "//evil.example/debian", "",
  ].map { (ReleaseSample.data(repository: $0), "repository") } + [([], "number"), ("x", "number"), (["number": "7"], "number")]
