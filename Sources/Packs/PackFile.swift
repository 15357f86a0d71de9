/// A file of an evidence pack.
public struct PackFile: Sendable, Equatable {
  public let name: String
  public let bytes: [UInt8]

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  public init(name: String, text: String) { self.init(name: name, bytes: Array(text.utf8)) }
}

/// The files that every pack has. `signatures/` holds further ones.
public enum PackName {
  public static let manifest = "manifest.sha256"
  public static let signature = "manifest.sig"
  public static let key = "public.pem"
  public static let alert = "alert.json"
  public static let report = "report.html"
  public static let proof = "proof.pcapng"
  public static let signatures = "signatures/"
  public static let configuration = "configuration.yaml"
  public static let versions = "versions.json"
  static let all = [manifest, signature, key, alert, report, proof, configuration, versions]
}
