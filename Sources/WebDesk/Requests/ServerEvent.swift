import Foundation

/// An event of `GET /api/1/events`, as server-sent events are written (HTML Standard, section 9.2).
public struct ServerEvent: Sendable {
  public enum Kind: String, Sendable { case alert, device, coverage, `case` }

  public let kind: Kind
  /// What whoever comes back says; nil for what need not be repeated.
  public let id: String?
  public let data: Data

  public init(_ kind: Kind, id: String?, data: Data) {
    self.kind = kind
    self.id = id
    self.data = data
  }

  public var text: String {
    let id = id.map { "id: \($0)\n" } ?? ""
    // The JSON is one line.
    return "event: \(kind.rawValue)\n\(id)data: \(String(decoding: data, as: UTF8.self))\n\n"
  }

  /// Keeps the connection, and shows whether somebody still reads.
  public static let comment = ":\n\n"
}
