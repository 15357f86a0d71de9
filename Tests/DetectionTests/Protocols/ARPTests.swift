import Testing

@testable import Detection

@Suite struct ARPTests {
  static let recognizer = ARPRecognizer()

  @Test(arguments: [
    // reply: 192.168.1.37 is at b0:c5:54:25:5b:0e
    ("0001 0800 06 04 0002 02000000000a c0a80125 020000000001 c0a80101", ["ip.address=192.168.1.37"]),
    // request by the same
    ("0001 0800 06 04 0001 02000000000a c0a80125 000000000000 c0a80101", ["ip.address=192.168.1.37"]),
    // probe: the address belongs to no device yet
    ("0001 0800 06 04 0001 02000000000a 00000000 000000000000 c0a80125", []),
    // an address at another one's, which only the other may say
    ("0001 0800 06 04 0002 0200000000ee c0a80125 020000000001 c0a80101", []),
    // behind LLC, the hardware is an IEEE 802 network
    ("0006 0800 06 04 0002 02000000000a c0a80125 020000000001 c0a80101", ["ip.address=192.168.1.37"]),
    // not Ethernet and IPv4; cut
    ("0007 0800 06 04 0002 02000000000a c0a80125 020000000001 c0a80101", []),
    ("0001 0800 06 04 0002 02000000000a c0a801", []),
  ])
  func binding(bytes: String, expected: [String]) {
    let (_, observed) = Harness.datagram(Self.recognizer, hex(bytes), transport: .arp)
    #expect(observed.summary == expected)
    for observation in observed { #expect(observation.subject.mac == MACAddress("02000000000a")) }
  }
}
