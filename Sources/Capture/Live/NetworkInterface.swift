import CPcap
import Detection
import Glibc

/// An interface that libpcap can capture on.
public struct NetworkInterface: Hashable, Sendable {
  public let name: String
  /// The system's description, if there is one.
  public let summary: String?
  public let isUp: Bool
  /// Up, and with a carrier if the medium has one.
  public let isRunning: Bool
  public let isLoopback: Bool
  public let isWireless: Bool
  public let addresses: [IPAddress]
  /// The interface's link address, or none.
  public let mac: MACAddress

  /// All interfaces visible to this user, in libpcap's order, which puts likely ones first; empty if libpcap fails.
  public static func all() -> [NetworkInterface] {
    var first: UnsafeMutablePointer<pcap_if_t>?
    var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    guard pcap_findalldevs(&first, &message) == 0 else { return [] }
    defer { pcap_freealldevs(first) }
    return sequence(first: first, next: { $0?.pointee.next }).compactMap { $0.map { NetworkInterface($0.pointee) } }
  }

  private init(_ device: pcap_if_t) {
    name = String(cString: device.name)
    summary = device.description.map { String(cString: $0) }
    isUp = device.flags & UInt32(PCAP_IF_UP) != 0
    isLoopback = device.flags & UInt32(PCAP_IF_LOOPBACK) != 0
    isWireless = device.flags & UInt32(PCAP_IF_WIRELESS) != 0
    isRunning = device.flags & UInt32(PCAP_IF_RUNNING) != 0
    let sockets = sequence(first: device.addresses, next: { $0?.pointee.next }).compactMap { $0?.pointee.addr }
    addresses = sockets.compactMap(Self.address)
    mac = sockets.lazy.compactMap(Self.linkAddress).first ?? .none
  }

  private static func address(_ socket: UnsafeMutablePointer<sockaddr>) -> IPAddress? {
    let raw = UnsafeRawPointer(socket)
    switch Int32(socket.pointee.sa_family) {
    case AF_INET: return IPAddress(v4: raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self).bigEndian)
    case AF_INET6: return IPAddress(bits: raw.loadUnaligned(fromByteOffset: 8, as: UInt128.self).bigEndian)
    default: return nil
    }
  }

  /// packet(7): in `sockaddr_ll` the length of the address is at 11, the address from 12 on.
  private static func linkAddress(_ socket: UnsafeMutablePointer<sockaddr>) -> MACAddress? {
    guard Int32(socket.pointee.sa_family) == AF_PACKET else { return nil }
    let bytes = UnsafeRawBufferPointer(start: socket, count: 20)
    guard bytes[11] == 6 else { return nil }
    let mac = MACAddress(bits: bytes[12..<18].reduce(0) { $0 << 8 | UInt64($1) })
    return mac.isNone ? nil : mac
  }
}
