/// What a person may do on the page.
public enum DeskRole: String, Sendable, CaseIterable {
  /// Looks.
  case viewer
  /// Also takes cases and sends people.
  case staff
  /// Also decides what a camera is, sees guests' devices, and reads what others did.
  case manager
}

public struct Rights: OptionSet, Sendable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  public static let look = Rights(rawValue: 1)
  /// Takes cases.
  public static let act = Rights(rawValue: 2)
  /// Says that a camera is the property's own, or no camera.
  public static let decide = Rights(rawValue: 4)
  /// Sees devices that are no cameras, guests' among them.
  public static let guests = Rights(rawValue: 8)
  public static let audit = Rights(rawValue: 16)
  public static let deliveries = Rights(rawValue: 32)
  public static let wall = Rights(rawValue: 64)
  /// Takes packets with pictures of people.
  public static let media = Rights(rawValue: 128)
}
