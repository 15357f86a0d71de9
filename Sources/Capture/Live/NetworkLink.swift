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
    let index = unsafe if_nametoindex(name)
    return index == 0 ? nil : index
  }

  static func name(of index: UInt32) -> String? {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IF_NAMESIZE)) { buffer in
      guard let start = buffer.baseAddress, unsafe if_indextoname(index, start) != nil else { return nil }
      return unsafe String(cString: start)
    }
  }

  /// Nil if it cannot be asked, such as where there are no more descriptors.
  static func state(of name: String) -> State? {
    // Any socket answers (netdevice(7)). One of the Internet may be forbidden to a service.
    let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return nil }
    defer { close(socket) }
    let flags = unsafe lenscap_interface_flags(socket, name)
    guard flags >= 0 else { return errno == ENODEV ? .absent : nil }
    if flags & Int32(IFF_UP) == 0 { return .down }
    return flags & Int32(IFF_RUNNING) == 0 ? .noCarrier : .running
  }
}
