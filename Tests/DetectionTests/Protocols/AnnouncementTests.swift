import Detection
import Testing

/// The recognizers that `--headers-only` leaves active.
@Suite struct AnnouncementTests {
  @Test func theyAreTold() {
    let announced = Registry.recognizers.filter { $0.publicTransports != [] }.map(\.name)
    #expect(
      Set(announced) == [
        "arp", "nd", "dhcp", "dhcpv6", "mdns", "llmnr", "ssdp", "ws-discovery", "wifi", "lldp", "cdp", "netbios", "dhip",
        "sadp", "dvrip", "hds", "tdp", "kasa", "tuya", "lan-search",
      ])
  }

  @Test func noConnectionIsAnAnnouncement() {
    for recognizer in Registry.recognizers {
      #expect(recognizer.transports.isSuperset(of: recognizer.publicTransports), "\(recognizer.name)")
      #expect(!recognizer.publicTransports.contains(.tcp), "\(recognizer.name)")
    }
  }

  /// An unknown datagram counts as an announcement if it goes to a group.
  @Test(arguments: [false, true]) func unknownDatagrams(_ headersOnly: Bool) {
    let engine = Engine(signatures: SignatureSet([]), headersOnly: headersOnly)
    var seen: [Field] = []
    engine.observer = { observation, _, _ in seen.append(observation.field) }
    func send(_ destination: [UInt8], _ address: [UInt8]) {
      let udp: [UInt8] = [0x30, 0x39, 0x30, 0x3A, 0, 12, 0, 0, 0xEE, 0xEE, 0xEE, 0xEE]
      let ip: [UInt8] = [0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 7] + address
      let bytes = destination + [2, 0, 0, 0, 0, 7, 8, 0] + ip + udp
      engine.ingest(
        Frame(
          bytes: bytes.span.bytes, originalLength: bytes.count, linkType: .ethernet, time: Timestamp(seconds: 1_000_000, nanoseconds: 0),
          reference: PacketReference(file: 0, number: 1)))
    }
    send([2, 0, 0, 0, 0, 8], [10, 0, 0, 8])
    #expect(seen.contains(.udpPayload) == !headersOnly)
    seen = []
    send([UInt8](repeating: 0xFF, count: 6), [10, 0, 0, 255])
    #expect(seen.contains(.udpPayload))
  }
}
