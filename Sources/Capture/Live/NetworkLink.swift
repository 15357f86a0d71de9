import CLinux
import Glibc

/// The present state of a network interface; cheap enough to read every second.
enum NetworkLink {
  enum State: Hashable, Sendable {
    case absent
    case down
    /// Up, but without a cable or a partner at its other end.
    case noCarrier
    case running
  }

  static func index(of name: String) -> UInt32? {
    let index = if_nametoindex(name)
    return index == 0 ? nil : index
  }

  static func name(of index: UInt32) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IF_NAMESIZE)) { buffer in
      guard let start = buffer.baseAddress, if_indextoname(index, start) != nil else { return nil }
      return String(cString: start)
    }
  }

  static func state(of name: String) -> State {
    let socket = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return .running }  // out of descriptors: not a problem of the link
    defer { close(socket) }
    let flags = lenscap_interface_flags(socket, name)
    guard flags >= 0 else { return .absent }
    if flags & Int32(IFF_UP) == 0 { return .down }
    return flags & Int32(IFF_RUNNING) == 0 ? .noCarrier : .running
  }
}
