import Detection
import Foundation
import HTTPTypes

/// What somebody says about a case that is decided, from a form or from JSON.
public struct CaseInput: Sendable {
  private static let nameLimit = 255
  private static let noteLimit = 3000

  public let note: String?
  public let reason: String?
  public let to: String?
  public let place: String?
  public let owner: String?
  public let expires: Timestamp?

  public init(_ fields: [String: String], zone: TimeZone) throws(WebError) {
    func text(_ key: String, _ limit: Int) throws(WebError) -> String? {
      guard let value = fields[key]?.trimmingCharacters(in: .whitespacesAndNewlines), !value.isEmpty else { return nil }
      guard value.utf8.count <= limit else { throw WebError(.badRequest, "too_long", Words.tooLong(key, limit)) }
      return value
    }
    note = try text("note", Self.noteLimit)
    reason = try text("reason", Self.noteLimit)
    to = try text("to", Self.nameLimit)
    place = try text("place", Self.nameLimit)
    owner = try text("owner", Self.nameLimit)
    if let text = try text("expires", Self.nameLimit) {
      guard let time = TimeText.time(text, zone: zone) else { throw WebError(.badRequest, "bad_time", Words.badTime) }
      expires = time
    } else {
      expires = nil
    }
  }
}
