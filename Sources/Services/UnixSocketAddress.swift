import Glibc

/// The address of a unix socket (unix(7)).
struct UnixSocketAddress {
  /// Bytes of a path, without the NUL at its end: `sun_path` has 108.
  static let pathLimit = 107

  private var storage = sockaddr_un()
  private let length: socklen_t

  /// A path in the file system; nil if it is empty or too long.
  init?(path: String) { self.init(bytes: Array(path.utf8), isAbstract: false) }

  /// As in the variable NOTIFY_SOCKET (sd_notify(3)): a path, or a name of the abstract namespace behind `@`.
  init?(notification: String) {
    if notification.hasPrefix("@") {
      self.init(bytes: Array(notification.utf8.dropFirst()), isAbstract: true)
    } else if notification.hasPrefix("/") {
      self.init(path: notification)
    } else {
      return nil
    }
  }

  private init?(bytes: [UInt8], isAbstract: Bool) {
    guard !bytes.isEmpty, bytes.count <= Self.pathLimit, !bytes.contains(0) else { return nil }
    storage.sun_family = sa_family_t(AF_UNIX)
    let start = isAbstract ? 1 : 0
    unsafe withUnsafeMutableBytes(of: &storage.sun_path) { path in
      for (index, byte) in bytes.enumerated() { unsafe path[start + index] = byte }
    }
    let header = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
    // The name of an abstract socket ends with the address; a path has a NUL behind it.
    length = socklen_t(header + bytes.count + 1)
  }

  func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    unsafe withUnsafePointer(to: storage) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, length) }
    }
  }
}

/// A datagram socket that never waits.
final class DatagramSocket: Sendable {
  let descriptor: Int32

  /// Nil if the process may have no more descriptors, or no unix sockets.
  init?() {
    descriptor = socket(
      AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    if descriptor < 0 { return nil }
  }

  deinit { close(descriptor) }

  /// - Returns: false if nobody took it.
  @discardableResult
  func send(_ bytes: [UInt8], to address: UnixSocketAddress) -> Bool {
    unsafe address.withPointer { pointer, length in
      unsafe bytes.withUnsafeBytes { unsafe sendto(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL), pointer, length) }
    } == bytes.count
  }
}
