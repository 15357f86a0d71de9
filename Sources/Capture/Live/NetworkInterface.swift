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
    guard unsafe pcap_findalldevs(&first, &message) == 0 else { return [] }
    defer { unsafe pcap_freealldevs(first) }
    return unsafe sequence(first: first, next: { unsafe $0?.pointee.next }).compactMap {
      unsafe $0.map { unsafe NetworkInterface($0.pointee) }
    }
  }

  private init(_ device: pcap_if_t) {
    name = unsafe String(cString: device.name)
    summary = unsafe device.description.map { unsafe String(cString: $0) }
    isUp = unsafe device.flags & UInt32(PCAP_IF_UP) != 0
    isLoopback = unsafe device.flags & UInt32(PCAP_IF_LOOPBACK) != 0
    isWireless = unsafe device.flags & UInt32(PCAP_IF_WIRELESS) != 0
    isRunning = unsafe device.flags & UInt32(PCAP_IF_RUNNING) != 0
    let sockets = unsafe sequence(first: device.addresses, next: { unsafe $0?.pointee.next }).compactMap { unsafe $0?.pointee.addr }
    addresses = unsafe sockets.compactMap(Self.address)
    mac = unsafe sockets.lazy.compactMap(Self.linkAddress).first ?? .none
  }

  private static func address(_ socket: UnsafeMutablePointer<sockaddr>) -> IPAddress? {
    let raw = UnsafeRawPointer(socket)
    switch unsafe Int32(socket.pointee.sa_family) {
    case AF_INET: return unsafe IPAddress(v4: raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self).bigEndian)
    case AF_INET6: return unsafe IPAddress(bits: raw.loadUnaligned(fromByteOffset: 8, as: UInt128.self).bigEndian)
    default: return nil
    }
  }

  /// packet(7): in `sockaddr_ll` the length of the address is at 11, the address from 12 on.
  private static func linkAddress(_ socket: UnsafeMutablePointer<sockaddr>) -> MACAddress? {
    guard unsafe Int32(socket.pointee.sa_family) == AF_PACKET else { return nil }
    let bytes = unsafe UnsafeRawBufferPointer(start: socket, count: 20)
    guard unsafe bytes[11] == 6 else { return nil }
    let mac = unsafe MACAddress(bits: bytes[12..<18].reduce(0) { $0 << 8 | UInt64($1) })
    return mac.isNone ? nil : mac
  }
}
