import Glibc

/// Tells the service manager how this process is doing (sd_notify(3)). Does nothing where none asked for it.
public final class ServiceManager: Sendable {
  /// Bytes of a status line that are sent.
  private static let statusLimit = 512

  private let address: UnixSocketAddress?
  private let socket: DatagramSocket?
  /// Half of the time after which the service manager takes a silent process for stuck; nil if it does not watch this one.
  public let watchdogInterval: Duration?

  /// - Parameters:
  ///   - socket: the variable NOTIFY_SOCKET: a path, or an abstract name behind `@`.
  ///   - watchdogMicroseconds: the variable WATCHDOG_USEC.
  ///   - watchdogProcess: the variable WATCHDOG_PID.
  public init(socket name: String?, watchdogMicroseconds: String? = nil, watchdogProcess: String? = nil) {
    address = name.flatMap { UnixSocketAddress(notification: $0) }
    socket = address == nil ? nil : DatagramSocket()
    let isMine = watchdogProcess.map { Int32($0) == getpid() } ?? true
    let time = watchdogMicroseconds.flatMap { Int64($0) } ?? 0
    watchdogInterval = address != nil && isMine && time > 0 ? .microseconds(time / 2) : nil
  }

  /// As the environment says.
  public convenience init() {
    func variable(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }
    self.init(
      socket: variable("NOTIFY_SOCKET"), watchdogMicroseconds: variable("WATCHDOG_USEC"), watchdogProcess: variable("WATCHDOG_PID"))
  }

  /// The service has started, or has reloaded.
  public func ready(status: String) { notify("READY=1\nSTATUS=\(Self.line(status))") }

  /// One line for `systemctl status`.
  public func status(_ text: String) { notify("STATUS=\(Self.line(text))") }

  /// The service reads its configuration again; `ready` ends this.
  public func reloading() {
    var now = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    notify("RELOADING=1\nMONOTONIC_USEC=\(Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000)")
  }

  /// The service ends in good order.
  public func stopping() { notify("STOPPING=1") }

  /// The process works. To be called each `watchdogInterval`, and only if it does.
  public func keepAlive() { notify("WATCHDOG=1") }

  private func notify(_ text: String) {
    guard let address, let socket else { return }
    socket.send(Array(text.utf8), to: address)
  }

  /// Without line breaks, which would begin another assignment.
  private static func line(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }.prefix(statusLimit)))
  }
}
