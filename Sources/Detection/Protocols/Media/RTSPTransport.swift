/// The Transport header (RFC 2326 section 12.39, RFC 7826 section 18.54): its UDP ports, addresses and channel.
struct RTSPTransport {
  var clientPorts: [UInt16] = []
  var serverPorts: [UInt16] = []
  /// The channel of interleaved media.
  var channel: UInt8?
  /// Addresses other than those of the connection: a multicast group, or a host of the same network.
  var source: IPAddress?
  var destination: IPAddress?

  init() {}

  init(_ value: RawSpan) {
    clientPorts = Self.ports(value.parameter("client_port"))
    serverPorts = Self.ports(value.parameter("server_port"))
    channel = value.parameter("interleaved").flatMap { UInt8($0.prefix { $0 != "-" }) }
    destination = value.parameter("destination").flatMap(Self.address)
    source = value.parameter("source").flatMap(Self.address)
    // Multicast: one port for all receivers.
    if clientPorts.isEmpty { clientPorts = Self.ports(value.parameter("port")) }
    // RTSP 2.0: `":8000"`, `"192.0.2.1:8000"`.
    if let text = value.parameter("dest_addr"), let colon = text.lastIndex(of: ":") {
      clientPorts = Self.ports(String(text[text.index(after: colon)...]))
      destination = Self.address(String(text[..<colon]))
    }
    if let text = value.parameter("src_addr"), let colon = text.lastIndex(of: ":") {
      serverPorts = Self.ports(String(text[text.index(after: colon)...]))
      source = Self.address(String(text[..<colon]))
    }
  }

  /// `5000-5001`, `5000`.
  private static func ports(_ text: String?) -> [UInt16] {
    guard let text else { return [] }
    let ports = text.split(separator: "-").prefix(2).compactMap { UInt16($0) }
    return ports.count == 2 && ports[1] != ports[0] &+ 1 ? [ports[0]] : ports
  }

  private static func address(_ text: String) -> IPAddress? {
    guard let address = IPAddress(text.filter { $0 != "[" && $0 != "]" }) else { return nil }
    return address.isMulticast || address.isUnicast && (address.isPrivate || address.isLinkLocal) ? address : nil
  }
}
