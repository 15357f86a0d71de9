import Detection
import Foundation
import Hummingbird
import Store

/// What a program asks of a list.
struct APIQuery: Sendable {
  static let limits = 1...500
  static let standard = 100
  private static let textLimit = 255

  let limit: Int
  let place: ListPlace?
  let since: Timestamp
  let room: String?
  let status: String?
  let isCSV: Bool

  /// - Parameter statuses: what `status` may be for this list.
  init(_ fields: [String: String], statuses: [String], zone: TimeZone, at now: Timestamp) throws {
    func bad(_ key: String, _ expected: String) -> DeskError { DeskError(.badRequest, "bad_query", Words.badQuery(key, expected)) }
    if let text = fields["limit"] {
      guard let number = Int(text), Self.limits.contains(number) else { throw bad("limit", "1 to 500") }
      limit = number
    } else {
      limit = Self.standard
    }
    if let text = fields["cursor"], !text.isEmpty {
      guard let place = Self.place(text) else { throw bad("cursor", "the value of next") }
      self.place = place
    } else {
      place = nil
    }
    if let text = fields["since"], !text.isEmpty {
      guard let time = TimeText.since(text, zone: zone, at: now) else { throw bad("since", "24h, 2026-11-24 or a time as in RFC 3339") }
      since = time
    } else {
      since = .distantPast
    }
    if let text = fields["status"], !text.isEmpty {
      guard statuses.contains(text) else {
        throw bad("status", statuses.isEmpty ? "nothing: this list has none" : statuses.joined(separator: ", "))
      }
      status = text
    } else {
      status = nil
    }
    room = fields["room"].flatMap { $0.isEmpty ? nil : $0 }
    if let room, room.utf8.count > Self.textLimit { throw bad("room", "the name of a room") }
    switch fields["format"] {
    case nil, "json", "": isCSV = false
    case "csv": isCSV = true
    default: throw bad("format", "json or csv")
    }
  }

  /// Programs are to take it as it is.
  static func cursor(_ place: ListPlace) -> String {
    Data("\(place.time.nanoseconds) \(place.id)".utf8).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  private static func place(_ text: String) -> ListPlace? {
    guard text.utf8.count <= 1024 else { return nil }
    let padded = text.replacing("-", with: "+").replacing("_", with: "/")
    guard let data = Data(base64Encoded: padded + String(repeating: "=", count: (4 - padded.utf8.count % 4) % 4)),
      let plain = String(data: data, encoding: .utf8)
    else { return nil }
    let parts = plain.split(separator: " ", maxSplits: 1).map(String.init)
    guard parts.count == 2, let time = Int64(parts[0]) else { return nil }
    return ListPlace(time: Timestamp(nanoseconds: time), id: parts[1])
  }
}
