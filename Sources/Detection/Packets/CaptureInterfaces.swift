/// Names of the interfaces that frames were captured on, by small numbers: what a live capture and a pcapng file say of them. One for all
/// that one engine is fed with, and for one thread.
public final class CaptureInterfaces {
  /// The number of all whose name is not told.
  public static let unnamed: UInt16 = 0
  /// Names that are told apart.
  static let limit = 4096
  /// Bytes of a name that are kept.
  static let nameLimit = 255

  private var names = [""]
  private var numbers: [String: UInt16] = [:]
  /// Interfaces that are not told apart, for lack of room.
  public private(set) var evicted = 0

  public init() {}

  /// - Returns: the number of an interface, new or not.
  public func number(of name: String) -> UInt16 {
    let name = name.utf8.count > Self.nameLimit ? String(decoding: name.utf8.prefix(Self.nameLimit), as: UTF8.self) : name
    if name.isEmpty { return Self.unnamed }
    if let known = numbers[name] { return known }
    guard names.count <= Self.limit else {
      evicted += 1
      return Self.unnamed
    }
    let number = UInt16(names.count)
    names.append(name)
    numbers[name] = number
    return number
  }

  /// The name of an interface; empty where it is not told.
  public subscript(number: UInt16) -> String { Int(number) < names.count ? names[Int(number)] : "" }
}
