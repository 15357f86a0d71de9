import Capture
import Detection

/// The captures that a replay read. Schema `lenscap/1` (`docs/lenscap-1.schema.json`): every documented key is present, null if its value
/// is unknown.
public struct SourceDocument: Encodable, Sendable {
  public static let schema = "lenscap/1"

  public struct File: Encodable, Sendable {
    let path: String
    let packets: UInt64
    let bytes: UInt64
    @OrNull var linkType: String?
    @OrNull var firstSeen: String?
    @OrNull var lastSeen: String?
    let truncated: UInt64
    @OrNull var error: String?

    private enum CodingKeys: String, CodingKey {
      case path, packets, bytes, truncated, error
      case linkType = "link_type"
      case firstSeen = "first_seen"
      case lastSeen = "last_seen"
    }

    public init(_ summary: CaptureSequence.Summary) {
      path = summary.path
      packets = summary.packets
      bytes = summary.capturedBytes
      linkType = summary.linkTypes.isEmpty ? nil : summary.linkTypes.map(\.name).joined(separator: ", ")
      firstSeen = summary.firstSeen?.rfc3339
      lastSeen = summary.lastSeen?.rfc3339
      truncated = summary.truncatedPackets
      error = summary.error?.description
    }
  }

  public let files: [File]

  public init(files: [CaptureSequence.Summary]) { self.files = files.map(File.init) }
}
