/// Numbers for the names of the interfaces on which frames were captured, as a live capture or a pcapng file gives them. One instance
/// serves all sources of one engine, on one thread.
public final class CaptureInterfaces {
  /// The number of interfaces without a name.
  public static let unnamed: UInt16 = 0
  /// Names that get a number of their own.
  static let limit = 4096
  /// Bytes of a name.
  static let nameLimit = 255

  private var names = [""]
  private var numbers: [String: UInt16] = [:]
  /// Interfaces without a number because the limit was reached.
  public private(set) var evicted = 0

  public init() {}

  /// The number of an interface, assigned on first use.
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

  /// The name of an interface; empty if it has none.
  public subscript(number: UInt16) -> String { Int(number) < names.count ? names[Int(number)] : "" }
}
