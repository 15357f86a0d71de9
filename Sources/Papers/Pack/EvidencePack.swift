import Documents
import Packs

/// One file that holds everything about an alert, signed by the box.
public enum EvidencePack {
  /// - Parameters:
  ///   - files: all but the list of check sums, its signature and the key.
  /// - Returns: nil if the files are too large for a pack, or the key does not sign.
  public static func archive(_ files: [PackFile], signedBy key: SigningKey) -> [UInt8]? {
    let publicKey = PackFile(name: PackName.key, text: key.publicKey.pem)
    let manifest = PackFile(name: PackName.manifest, text: PackManifest(of: [publicKey] + files).text)
    guard let signature = key.signature(of: manifest.bytes) else { return nil }
    return ZipWriter.archive([manifest, PackFile(name: PackName.signature, bytes: signature), publicKey] + files)
  }
}

/// `versions.json`: what wrote a pack, with what, and what it had lost.
public struct VersionsDocument: Encodable, Sendable {
  struct Signatures: Encodable, Sendable {
    let count: Int
    let sha256: String
  }

  let schema: String
  let lenscap: String
  let system: String
  let written: String
  @OrNull var sensor: SensorDocument?
  @OrNull var signatures: Signatures?
  /// Packets received and lost by the run of the watch that is on, or was the last; null before the first one.
  @OrNull var packets: UInt64?
  @OrNull var dropped: UInt64?
  /// Only where nothing of others is in the pack: central takes no other.
  var withoutOthers: Bool?

  private enum CodingKeys: String, CodingKey {
    case schema, lenscap, system, written, sensor, signatures, packets, dropped
    case withoutOthers = "without_others"
  }

  public init(
    _ origin: IncidentReport.Origin, system: String, packets: UInt64?, dropped: UInt64?, withoutOthers: Bool = false
  ) {
    self.withoutOthers = withoutOthers ? true : nil
    schema = SourceDocument.schema
    lenscap = origin.version
    self.system = system
    written = origin.written.rfc3339
    sensor = origin.sensor.map(SensorDocument.init)
    signatures = origin.signatures.map { Signatures(count: $0.count, sha256: $0.sum) }
    self.packets = packets
    self.dropped = dropped
  }
}
