import Synchronization

/// Numbers for the names of the interfaces on which frames were captured, as a live capture or a pcapng file gives them. One instance
/// serves all sources of one engine; the thread that reads may be ahead of the one that asks for names.
public final class CaptureInterfaces: Sendable {
  /// The number of interfaces without a name.
  public static let unnamed: UInt16 = 0
  /// Names that get a number of their own.
  static let limit = 4096
  /// Bytes of a name.
  static let nameLimit = 255

  private struct Names {
    var list = [""]
    var numbers: [String: UInt16] = [:]
    var evicted = 0

    mutating func number(of name: String) -> UInt16 {
      if let known = numbers[name] { return known }
      guard list.count <= limit else {
        evicted += 1
        return unnamed
      }
      let number = UInt16(list.count)
      list.append(name)
      numbers[name] = number
      return number
    }
  }

  private let names = Mutex(Names())

  public init() {}

  /// Interfaces without a number because the limit was reached.
  public var evicted: Int { names.withLock { $0.evicted } }

  /// The number of an interface, assigned on first use.
  public func number(of name: String) -> UInt16 {
    let name = name.utf8.count > Self.nameLimit ? String(decoding: name.utf8.prefix(Self.nameLimit), as: UTF8.self) : name
    return name.isEmpty ? Self.unnamed : names.withLock { $0.number(of: name) }
  }

  /// The name of an interface; empty if it has none.
  public subscript(number: UInt16) -> String {
    names.withLock { Int(number) < $0.list.count ? $0.list[Int(number)] : "" }
  }
}
