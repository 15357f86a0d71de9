@testable import Detection

/// The traffic by which one device shows values of fields, as a capture on its network would hold it.
struct Wire {
  /// Another end of the device's conversations.
  struct Peer {
    var mac: [UInt8]
    var address: String

    static let viewer = Peer(mac: FrameBuilder.mac(0x0B), address: "192.168.1.11")
    static let router = Peer(mac: FrameBuilder.mac(0x01), address: "192.168.1.1")
    /// A host of the Internet, behind the router.
    static let server = Peer(mac: FrameBuilder.mac(0x01), address: "203.0.113.7")
    static let everybody = Peer(mac: hex("ffffffffffff"), address: "255.255.255.255")
    static func group(_ address: String) -> Peer { Peer(mac: hex("01005e000001"), address: address) }
  }

  /// A connection, with the next sequence number of each side.
  struct Connection {
    let peer: Peer
    let port: UInt16
    let peerPort: UInt16
    var sent: UInt32 = 1000
    var received: UInt32 = 5000
  }

  typealias Piece = (fromDevice: Bool, bytes: [UInt8])

  static let frameLimit = 1460

  private(set) var mac = hex("020000000031")
  private(set) var address = "192.168.1.49"
  /// The port of a payload is the other side's, to which the device speaks; if not, its own.
  let speaksToPort: Bool
  private(set) var frames: [(seconds: Double, link: LinkType, bytes: [UInt8])] = []
  private var seconds = 1.0
  private var freePort: UInt16 = 41000

  /// - Parameter values: all that the device shows; its addresses are among them or the usual ones.
  init(of values: [Observation] = [], speaksToPort: Bool = false) {
    self.speaksToPort = speaksToPort
    for value in values {
      if value.field == .ethernetOUI { mac = hex(value.text) }
      if value.field == .ipAddress { address = value.text }
    }
    // What every device does first: it asks who else has its address (RFC 5227).
    link(0x0806, to: hex("ffffffffffff"), hex("0001 0800 06 04 0001") + mac + ip(address) + hex("000000000000") + ip(address))
  }

  func ip(_ address: String) -> [UInt8] { FrameBuilder.big32(IPAddress(address)!.v4) }

  /// A port that no conversation of this device used.
  mutating func port() -> UInt16 {
    freePort += 1
    return freePort
  }

  mutating func pause(_ seconds: Double) { self.seconds += seconds }

  // MARK: Frames

  mutating func frame(_ bytes: [UInt8], over link: LinkType = .ethernet) {
    seconds += 0.002
    frames.append((seconds, link, bytes))
  }

  mutating func link(_ type: UInt16, to: [UInt8], _ payload: [UInt8]) {
    frame(FrameBuilder.ethernet(from: mac, to: to, type: type, payload))
  }

  private mutating func packet(_ proto: UInt8, _ payload: [UInt8], with peer: Peer, fromDevice: Bool, from own: String) {
    let (source, destination) = fromDevice ? (own, peer.address) : (peer.address, own)
    let (from, to) = fromDevice ? (mac, peer.mac) : (peer.mac, mac)
    if peer.address.contains(":") {
      return frame(FrameBuilder.ethernet(from: from, to: to, type: 0x86DD, FrameBuilder.ipv6(source, destination, next: proto, payload)))
    }
    for start in stride(from: 0, to: payload.count, by: 1480) {
      let end = min(start + 1480, payload.count)
      let fragment = UInt16(start / 8) | (end < payload.count ? 0x2000 : 0)
      frame(
        FrameBuilder.ethernet(
          from: from, to: to, FrameBuilder.ipv4(source, destination, proto: proto, fragment: fragment, Array(payload[start..<end]))))
    }
  }

  // MARK: Datagrams

  /// - Parameters:
  ///   - from: the sender's port.
  ///   - own: the device's address, where it is another one than usual.
  mutating func datagram(
    _ bytes: [UInt8], from: UInt16, to: UInt16, with peer: Peer = .viewer, fromDevice: Bool = true, own: String? = nil
  ) {
    packet(17, FrameBuilder.udp(from, to, bytes), with: peer, fromDevice: fromDevice, from: own ?? address)
  }

  // MARK: Connections

  /// - Parameter port: the server's.
  mutating func connect(_ port: UInt16, isServer: Bool, with peer: Peer) -> Connection {
    let free = self.port()
    var connection = Connection(peer: peer, port: isServer ? port : free, peerPort: isServer ? free : port)
    segment([], .syn, in: connection, fromDevice: !isServer)
    if isServer { connection.received += 1 } else { connection.sent += 1 }
    segment([], [.syn, .ack], in: connection, fromDevice: isServer)
    if isServer { connection.sent += 1 } else { connection.received += 1 }
    segment([], .ack, in: connection, fromDevice: !isServer)
    return connection
  }

  private mutating func segment(_ bytes: [UInt8], _ flags: TCPFlags, in connection: Connection, fromDevice: Bool) {
    let (from, to) = fromDevice ? (connection.port, connection.peerPort) : (connection.peerPort, connection.port)
    let (next, other) = fromDevice ? (connection.sent, connection.received) : (connection.received, connection.sent)
    packet(
      6, FrameBuilder.tcp(from, to, seq: next, ack: flags.contains(.ack) ? other : 0, flags: flags, bytes), with: connection.peer,
      fromDevice: fromDevice, from: address)
  }

  mutating func send(_ bytes: [UInt8], in connection: inout Connection, fromDevice: Bool) {
    for start in stride(from: 0, to: bytes.count, by: Self.frameLimit) {
      let piece = Array(bytes[start..<min(start + Self.frameLimit, bytes.count)])
      segment(piece, .ack, in: connection, fromDevice: fromDevice)
      if fromDevice { connection.sent &+= UInt32(piece.count) } else { connection.received &+= UInt32(piece.count) }
    }
  }

  mutating func close(_ connection: Connection) {
    segment([], [.fin, .ack], in: connection, fromDevice: true)
    segment([], [.fin, .ack], in: connection, fromDevice: false)
  }

  /// A whole connection in which the device is the server.
  mutating func serve(_ port: UInt16, to peer: Peer = .viewer, _ pieces: Piece...) { talk(port, isServer: true, with: peer, pieces) }

  /// A whole connection in which the device is the client.
  mutating func call(_ port: UInt16, at peer: Peer = .server, _ pieces: Piece...) { talk(port, isServer: false, with: peer, pieces) }

  mutating func talk(_ port: UInt16, isServer: Bool, with peer: Peer, _ pieces: [Piece]) {
    var connection = connect(port, isServer: isServer, with: peer)
    for piece in pieces { send(piece.bytes, in: &connection, fromDevice: piece.fromDevice) }
    close(connection)
  }
}
