import Testing

@testable import Detection

@Suite struct DHCPv6Tests {
  static let recognizer = DHCPv6Recognizer()

  /// DUID-LLT of b0:c5:54:25:5b:0e (RFC 8415 section 11.2) and DUID-LL.
  static let identifier = "0001 000e 0001 0001 2c3d4e5f b0c554255b0e"
  static let shortIdentifier = "0001 000a 0003 0001 b0c554255b0e"
  /// Client FQDN (RFC 4704): cam, a part of a name; and cam.lan.
  static let name = "0027 0005 01 03 63616d"
  /// Enterprise 311, "MSFT 5.0".
  static let vendorClass = "0010 000e 00000137 0008 4d53465420352e30"
  static let solicit = "01 a1b2c3" + identifier + "0008 0002 0000" + name + vendorClass + "0006 0004 0017 0018"
  /// IA_NA with 2001:db8::37.
  static let address = "0003 0028 00000001 00000e10 00001518 0005 0018 20010db8000000000000000000000037 00001c20 00001c20"

  @Test(arguments: [
    (solicit, ["dhcp.hostname=cam", "dhcp.vendor_class=MSFT 5.0"]),
    ("03 a1b2c3" + identifier + "0027 000a 00 03 63616d 03 6c616e 00", ["dhcp.hostname=cam.lan"]),
    // two classes; an empty name; a name of no labels
    ("0b a1b2c3 0010 000c 00000137 0002 4142 0002 4344", ["dhcp.vendor_class=AB", "dhcp.vendor_class=CD"]),
    ("01 a1b2c3 0027 0001 00", []), ("01 a1b2c3 0027 0002 00 00", []),
    // relayed; an option that is longer than the message
    ("0c 00 20010db8000000000000000000000001 fe800000000000000000000000000001 0009 0004 01a1b2c3", []),
    ("01 a1b2c3 0027 00ff 00 03 63616d", []),
    // an offer binds nothing
    ("02 a1b2c3" + identifier + address, []),
  ])
  func clients(bytes: String, expected: [String]) {
    let (disposition, observed) = Harness.datagram(Self.recognizer, hex(bytes), from: 546, to: 547)
    #expect(disposition == .message)
    #expect(observed.summary == expected)
    for observation in observed { #expect(observation.subject == Harness.camera.station) }
  }

  @Test func replies() {
    let bytes = hex("07 a1b2c3" + Self.identifier + Self.address + Self.name)
    // The frame identifies the client that gets the address.
    let observed = Harness.datagram(Self.recognizer, bytes, from: 547, to: 546).1
    #expect(observed.summary == ["ip.address=2001:db8::37"], "an answer names nobody")
    #expect(observed[0].subject == Station(mac: Harness.other.station.mac, address: IPAddress("2001:db8::37")!))
    // Given up: a lifetime of zero.
    let gone = hex("07 a1b2c3" + Self.identifier + Self.address.dropLast(8) + "00000000")
    #expect(Harness.datagram(Self.recognizer, gone, from: 547, to: 546).1.isEmpty)
  }

  @Test(arguments: [identifier, shortIdentifier, "0001 000a 0003 0001 01005e000001", "0001 0006 0002 00000009 00", ""])
  func repliesWithoutLinkLayer(identifier: String) {
    let bytes = hex("07 a1b2c3" + identifier + Self.address)
    var sink = ObservationSink()
    let nobody = Endpoint(station: Station(address: IPAddress("fe80::1")!), port: 546)
    let message = Message(
      payload: bytes.span.bytes, length: bytes.count, transport: .udp, source: nobody, destination: nobody, fromOriginator: true,
      time: .zero,
      packet: PacketReference(file: 0, number: 1))
    sink.begin(message)
    _ = Self.recognizer.recognize(message, into: &sink)
    let isNamed = identifier == Self.identifier || identifier == Self.shortIdentifier
    #expect(sink.observations.map(\.subject.mac) == (isNamed ? [MACAddress("b0c554255b0e")!] : []))
  }

  @Test func others() {
    #expect(!Harness.claims(Self.recognizer, hex(Self.solicit), from: 5460, to: 5470))
    for text in ["", "01a1b2", "00a1b2c3", "0ea1b2c3"] { #expect(!Harness.claims(Self.recognizer, hex(text), from: 546, to: 547)) }
  }
}
