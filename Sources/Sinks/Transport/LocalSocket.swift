import Glibc
import Services

/// Datagrams to a socket of this machine (unix(7)), a connection for each: the one who listens may have been started anew.
enum LocalSocket {
  /// How long a full socket may stay full.
  static let writeLimit: Int32 = 5000

  static func send(_ bytes: [UInt8], to path: String) throws(DeliveryError) {
    func failure() -> DeliveryError { .temporary("\(path): \(SystemError.number(errno).reason)") }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard path.hasPrefix("/"), path.utf8.count < room else { throw .temporary("\(path) is not the path of a socket") }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    let status = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard status == 0 else { throw failure() }
    while unsafe Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) < 0 {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      guard errno == EAGAIN || errno == EINTR else { throw failure() }
      guard unsafe poll(&waiting, 1, writeLimit) > 0 else { throw .temporary("\(path): nobody reads") }
    }
  }
}
