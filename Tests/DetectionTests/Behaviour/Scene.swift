import SignatureFiles
import Testing

@testable import Detection

/// Packets of a device at 192.168.1.20 and others, of which only sizes and times matter: they are cut behind the headers.
struct Scene {
  static let device = "192.168.1.20"
  static let server = "203.0.113.8"
  static let deviceMAC: [UInt8] = [0x02, 0, 0, 0, 0, 0x20]
  static let routerMAC: [UInt8] = [0x02, 0, 0, 0, 0, 1]
  /// 2023-11-14 22:13:20 UTC, 800 seconds into its hour.
  static let start = 1_700_000_000.0

  /// The rules of `signatures/behaviour.yaml`.
  static let rules: SignatureSet = {
    let folder = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    return SignatureSet(SignatureLoader.read("/\(folder)/signatures/behaviour.yaml").signatures.map(\.signature))
  }()

  private struct Wire {
    let time: Double
    let bytes: [UInt8]
    let length: Int
  }

  private var wires: [Wire] = []

  /// A packet with that much payload, from the device or to it.
  mutating func packet(
    at time: Double, _ size: Int, out: Bool = true, peer: String = Scene.server, port: UInt16 = 40_000, peerPort: UInt16 = 8000,
    isTCP: Bool = false, payload: [UInt8]? = nil, toMAC: [UInt8] = Scene.routerMAC
  ) {
    let isV6 = peer.contains(":")
    let device = isV6 ? "fd00::20" : Self.device
    let (from, to) = out ? (device, peer) : (peer, device)
    let ports = out ? (port, peerPort) : (peerPort, port)
    let content = payload ?? []
    let segment =
      isTCP
      ? FrameBuilder.tcp(ports.0, ports.1, seq: 1, content)
      : Array(FrameBuilder.udp(ports.0, ports.1, content).replacing(length: size + 8))
    let whole = segment.count - content.count + size
    let network =
      isV6
      ? FrameBuilder.ipv6(from, to, next: isTCP ? 6 : 17, segment).replacing(length: whole, at: 4)
      : FrameBuilder.ipv4(from, to, proto: isTCP ? 6 : 17, totalLength: whole + 20, segment)
    let frame = FrameBuilder.ethernet(
      from: out ? Self.deviceMAC : toMAC, to: out ? toMAC : Self.deviceMAC, type: isV6 ? 0x86DD : 0x0800, network)
    wires.append(Wire(time: time, bytes: frame, length: frame.count - content.count + size))
  }

  /// The device asks for an address.
  mutating func dhcp(at time: Double) {
    let body =
      [1, 1, 6, 0] + [UInt8](repeating: 0, count: 24) + Self.deviceMAC + [UInt8](repeating: 0, count: 202) + [0x63, 0x82, 0x53, 0x63]
      + [53, 1, 1, 55, 4, 1, 3, 6, 12, 255]
    let bytes = FrameBuilder.ethernet(
      from: Self.deviceMAC, to: [255, 255, 255, 255, 255, 255],
      FrameBuilder.ipv4("0.0.0.0", "255.255.255.255", proto: 17, FrameBuilder.udp(68, 67, body)))
    wires.append(Wire(time: time, bytes: bytes, length: bytes.count))
  }

  /// Video: pictures of 1 to 5 packets, each some milliseconds late.
  mutating func video(
    from start: Double, seconds: Double, rate: Double = 20, peer: String = Scene.server, port: UInt16 = 40_000, isTCP: Bool = false,
    acknowledged: Bool = false, seed: UInt64 = 1
  ) {
    var random = TestRandom(seed: seed)
    for number in 0..<Int(seconds * rate) {
      let time = start + Double(number) / rate + Double(random.next() % 4000) / 1e6
      let full = Int(random.next() % 4)
      for index in 0...full {
        packet(
          at: time + Double(index) * 0.0002, index == full ? 200 + Int(random.next() % 900) : 1400, peer: peer, port: port, isTCP: isTCP)
      }
      if acknowledged { packet(at: time + 0.03, 0, out: false, peer: peer, port: port, isTCP: isTCP) }
    }
  }

  struct Result {
    var fired: Set<String> = []
    var observations: [Observation] = []
    var events: [AlertEvent] = []
    var device: Device?
    let engine: Engine

    func last(_ field: Field) -> Double? { observations.last { $0.field == field }.flatMap { Double($0.text) } }
  }

  /// - Parameters:
  ///   - more: signatures besides the rules.
  ///   - isLive: the clock is moved on four times a second, as in a watch.
  func run(
    _ more: [Signature] = [], headersOnly: Bool = false, isLive: Bool = false, until end: Double? = nil, finishes: Bool = true,
    from former: Engine? = nil
  ) -> Result {
    let engine = Engine(signatures: SignatureSet(Self.rules.signatures + more), headersOnly: headersOnly)
    if let former { engine.apply(.recall(former.snapshots(), lastPacket: former.lastPacket)) }
    var result = Result(engine: engine)
    var observations: [Observation] = []
    var fired: Set<String> = []
    engine.observer = { observation, id, signatures in
      guard id.mac == MACAddress(bits: 0x02_00_00_00_00_20) else { return }
      if [.uploadPeer, .fanOutMessage].contains(observation.field) || observation.field.isNumeric { observations.append(observation) }
      fired.formUnion(signatures.map(\.id))
    }
    var feeder = Feeder(engine)
    var now = wires.map(\.time).min() ?? 0
    for wire in wires.enumerated().sorted(by: { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }).map(\.element) {
      while isLive, now + 0.25 < wire.time {
        now += 0.25
        engine.advance(to: Timestamp(nanoseconds: Int64(now * 1e9)))
      }
      feeder.frame(wire.bytes, at: wire.time, length: wire.length)
    }
    if let end { engine.advance(to: Timestamp(nanoseconds: Int64(end * 1e9))) }
    if finishes { engine.finish() } else { engine.suspend() }
    (result.observations, result.fired) = (observations, fired)
    result.events = engine.drain().events
    result.device = engine.devices().first { $0.id.mac == MACAddress(bits: 0x02_00_00_00_00_20) }
    engine.observer = nil
    return result
  }
}

extension [UInt8] {
  /// With another length in its header, where the packet is cut.
  fileprivate func replacing(length: Int, at place: Int = 4) -> [UInt8] {
    var bytes = self
    bytes[place] = UInt8(truncatingIfNeeded: length >> 8)
    bytes[place + 1] = UInt8(truncatingIfNeeded: length)
    return bytes
  }
}
