import CPcap

/// An interface that libpcap can capture on.
public struct NetworkInterface: Hashable, Sendable {
  public let name: String
  /// The system's words for it, if it has any.
  public let summary: String?
  public let isUp: Bool
  public let isLoopback: Bool
  public let isWireless: Bool

  /// All that are visible to this user, in libpcap's order, which puts likely ones first; empty where it cannot tell.
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
  }
}
