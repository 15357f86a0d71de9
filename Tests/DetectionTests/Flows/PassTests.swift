import Testing

@testable import Detection

/// Packets that are counted from their headers alone.
@Suite struct PassTests {
  typealias B = FrameBuilder

  private static let frames: [[UInt8]] = [
    B.ethernet(B.ipv4("192.168.1.10", "192.168.1.20", proto: 17, B.udp(1000, 2000, [1, 2, 3]))),
    B.ethernet(B.ipv4("192.168.1.10", "8.8.8.8", proto: 6, B.tcp(443, 50_000, seq: 1, [1, 2, 3, 4, 5]))),
    B.ethernet(B.ipv4("192.168.1.10", "8.8.8.8", proto: 6, B.tcp(443, 50_000, seq: 1, flags: [.fin, .ack])) + [0, 0, 0, 0, 0, 0]),
    B.ethernet(B.ipv4("192.168.1.10", "239.255.255.250", proto: 17, B.udp(1900, 1900, [7]))),
    B.ethernet(B.ipv4("192.168.1.10", "192.168.1.20", proto: 17, B.udp(4789, 4789, [8, 0, 0, 0, 0, 0, 1, 0]))),
  ]

  /// What the short way reads of a frame is what the long way reads, whatever is wrong with the frame.
  @Test func headersAreThoseOfThePacket() {
    var dice = TestRandom(seed: 1)
    var read = 0
    for round in 0..<40_000 {
      var bytes = Self.frames[round % Self.frames.count]
      for _ in 0..<dice.below(4) {
        bytes[12 + dice.below(bytes.count - 12)] = UInt8(dice.below(256))
      }
      if round % 3 == 0 { bytes.removeLast(dice.below(bytes.count)) }
      let frame = Frame(
        bytes: bytes.span.bytes, originalLength: bytes.count + (round % 4 == 0 ? dice.below(2000) : 0),
        linkType: .ethernet, time: .zero, reference: PacketReference(file: 0, number: 1))
      guard let headers = PlainHeaders(frame) else { continue }
      read += 1
      let packet = Packet(decoding: frame)
      let isSame =
        packet.undecoded == nil && packet.fragment == nil && packet.segment == .untagged && packet.tunnelSource == nil && packet.hasPorts
        && packet.syn == nil && packet.sourceMAC == headers.sourceMAC && packet.destinationMAC == headers.destinationMAC
        && packet.source == headers.source && packet.destination == headers.destination && packet.ipProtocol == headers.ipProtocol
        && packet.hopLimit == headers.hopLimit && packet.sourcePort == headers.sourcePort
        && packet.destinationPort == headers.destinationPort && packet.payloadLength == headers.payloadLength
        && RecentFlows.slot(packet) == headers.slot
      #expect(isSame, "\(bytes) of \(frame.originalLength)")
      if !isSame { return }
    }
    #expect(read > 10_000)
  }

  /// Frames of a phone's downloads and uploads, some seconds apart, with answers, silences and a second phone of the same address.
  private static func traffic() -> [(bytes: [UInt8], at: Double)] {
    var dice = TestRandom(seed: 7)
    var frames: [(bytes: [UInt8], at: Double)] = []
    var time = 1000.0
    for number in 0..<3000 {
      let port = UInt16(50_000 + number % 7)
      time += number % 997 == 0 ? Double(dice.below(140_000)) / 1000 : Double(dice.below(90)) / 1000
      // One of them is an upload.
      let isUp = port == 50_003 ? number % 10 != 0 : number % 5 == 0
      let isNew = number < 7 || number % 601 == 0
      let size = isUp ? (port % 2 == 1 ? 1400 : 0) : dice.below(port == 50_003 ? 60 : 1400)
      let flags: TCPFlags = isNew ? .syn : number % 499 == 0 ? [.rst, .ack] : .ack
      // Encrypted records, of which nothing is wanted.
      let payload = flags == .syn ? [] : [0x17, 3, 3, 0x40, 0] + [UInt8](repeating: 0xEE, count: size)
      let (from, to) = isUp || isNew ? (port, UInt16(443)) : (UInt16(443), port)
      let segment = B.tcp(from, to, seq: UInt32(number) * 1500, flags: flags, size == 0 ? [] : payload)
      let server = port == 50_003 ? "93.184.216.35" : "93.184.216.34"
      let ends = isUp || isNew ? ("192.168.1.10", server) : (server, "192.168.1.10")
      let phone = B.mac(number % 1000 > 900 ? 9 : 1)
      let ttl: UInt8 = isUp || isNew ? 64 : number % 1500 > 1200 ? 50 : 55
      let datagram = B.ipv4(ends.0, ends.1, proto: 6, ttl: ttl, segment)
      frames.append((isUp || isNew ? phone + datagram : B.mac(2) + datagram, time))
    }
    return frames
  }

  private struct Outcome: Equatable {
    var devices: [String] = []
    var observations: [String] = []
  }

  private static func outcome(tags: [(UInt16, UInt16)], onTwoThreads: Bool = false) -> Outcome {
    let engine = Engine(signatures: SignatureSet([]))
    if onTwoThreads { engine.useSecondThread() }
    var outcome = Outcome()
    engine.observer = { observation, _, _ in
      let place = "\(observation.packet.number) \(observation.subject.mac)"
      outcome.observations.append("\(place) \(observation.field.rawValue) \(observation.text)")
    }
    var feeder = Feeder(engine)
    for (bytes, time) in traffic() {
      let sender = Array(bytes.prefix(6))
      let frame = B.ethernet(from: sender, to: sender == B.mac(2) ? B.mac(1) : B.mac(2), tags: tags, Array(bytes.dropFirst(6)))
      feeder.frame(frame, at: time, length: bytes.count + 12)
    }
    engine.finish()
    for device in engine.devices() {
      outcome.devices.append(
        "\(device.id.mac) \(device.id.address) \(device.packetsSent) \(device.bytesSent) \(device.bytesReceived) "
          + "\(device.firstSeen.nanoseconds) \(device.lastSeen.nanoseconds)")
    }
    outcome.devices.sort()
    return outcome
  }

  /// Frames with a VLAN tag go the long way. Beside the VLAN, both ways give the same.
  @Test func bothWaysGiveTheSame() {
    let (short, long) = (Self.outcome(tags: []), Self.outcome(tags: [(0x8100, 7)]))
    #expect(short.devices == long.devices)
    #expect(short.observations == long.observations)
    #expect(short.devices.count >= 2 && short.observations.contains { $0.contains("upload.") })
  }

  /// More packets than a block holds.
  @Test func twoThreadsGiveTheSame() {
    #expect(Self.outcome(tags: []) == Self.outcome(tags: [], onTwoThreads: true))
  }
}

extension TestRandom {
  /// A number from 0 on.
  fileprivate mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
