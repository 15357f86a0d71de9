import Glibc

/// A failure to start or continue a live capture.
public enum LiveCaptureError: Error, Equatable, Sendable {
  /// The process may not capture; `program` is the path of the executable that needs the right.
  case noPermission(interface: String, program: String)
  case noSuchInterface(String, known: [String])
  case interfaceDown(String)
  /// The interface was removed while capturing.
  case interfaceGone(String)
  /// Monitor mode was requested, but the interface has none.
  case noMonitorMode(String)
  case badFilter(PacketFilterError)
  /// With libpcap's message.
  case other(interface: String, message: String)
}

extension LiveCaptureError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noPermission(let interface, let program):
      "\(interface): no permission to capture; run as root, or once: setcap cap_net_raw,cap_net_admin+ep \(program)"
    case .noSuchInterface(let name, let known):
      "\(name): no such interface; "
        + (known.isEmpty ? "none is visible to this user" : "available: \(known.joined(separator: ", "))")
    case .interfaceDown(let name): "\(name): the interface is down; bring it up with: ip link set \(name) up"
    case .interfaceGone(let name): "\(name): the interface has disappeared"
    case .noMonitorMode(let name): "\(name): has no monitor mode; omit --monitor, or name a wireless card that has it"
    case .badFilter(let error): error.description
    case .other(let interface, let message): "\(interface): \(message)"
    }
  }
}

/// The path of the running program, for `setcap`.
func programPath() -> String {
  unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX) + 1) { buffer in
    let count = unsafe readlink("/proc/self/exe", buffer.baseAddress!, Int(PATH_MAX))
    guard count > 0 else { return CommandLine.arguments.first ?? "BINARY" }
    unsafe buffer[count] = 0
    return unsafe String(cString: buffer.baseAddress!)
  }
}
