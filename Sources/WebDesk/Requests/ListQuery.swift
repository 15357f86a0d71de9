import Detection
import Foundation

/// What a program asks of a list.
public struct ListQuery: Sendable {
  public static let limits = 1...500
  public static let standard = 100
  private static let textLimit = 255
  private static let cursorLimit = 1024

  public let limit: Int
  /// What `cursor` holds: bytes that the list wrote.
  public let cursor: Data?
  public let since: Timestamp?
  public let room: String?
  public let status: String?
  public let isCSV: Bool

  public static let badCursor = WebError.badQuery("cursor", "the value of next")

  /// - Parameter statuses: what `status` may be for this list.
  public init(_ fields: [String: String], statuses: [String], zone: TimeZone, at now: Timestamp) throws(WebError) {
    func field(_ name: String) -> String? { fields[name].flatMap { $0.isEmpty ? nil : $0 } }
    if let text = fields["limit"] {
      guard let number = Int(text), Self.limits.contains(number) else { throw .badQuery("limit", "1 to 500") }
      limit = number
    } else {
      limit = Self.standard
    }
    if let text = field("cursor") {
      guard let cursor = Self.bytes(text) else { throw Self.badCursor }
      self.cursor = cursor
    } else {
      cursor = nil
    }
    if let text = field("since") {
      guard let time = TimeText.since(text, zone: zone, at: now) else {
        throw .badQuery("since", "24h, 2026-11-24 or a time as in RFC 3339")
      }
      since = time
    } else {
      since = nil
    }
    status = field("status")
    if let status, !statuses.contains(status) {
      throw .badQuery("status", statuses.isEmpty ? "nothing: this list has none" : statuses.joined(separator: ", "))
    }
    room = field("room")
    if let room, room.utf8.count > Self.textLimit { throw .badQuery("room", "the name of a room") }
    switch fields["format"] {
    case nil, "json", "": isCSV = false
    case "csv": isCSV = true
    default: throw .badQuery("format", "json or csv")
    }
  }

  /// Programs are to take it as it is.
  public static func cursor(_ bytes: Data) -> String {
    bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  private static func bytes(_ text: String) -> Data? {
    guard text.utf8.count <= cursorLimit else { return nil }
    let padded = text.replacing("-", with: "+").replacing("_", with: "/")
    return Data(base64Encoded: padded + String(repeating: "=", count: (4 - padded.utf8.count % 4) % 4))
  }
}
