import Testing

@testable import Detection

/// IEEE 802.11 frames, and the headers that receivers add.
@Suite struct WiFiFrameTests {
  typealias B = FrameBuilder
  static let snap = "aaaa03 000000 0800"
  // Station 1, access point a0, its upstream 2, a second access point b0.
  static let (sta, ap, up, ap2) = ("020000000001", "0200000000a0", "020000000002", "0200000000b0")
  static let v4 = "192.168.1.10>192.168.1.20 1000>2000 3/3"

  struct Case: CustomTestStringConvertible {
    let name: String
    let header: String
    var rest = "aaaa03 000000 0800"
    let expected: String
    var testDescription: String { name }
    var bytes: [UInt8] { hex(header) + (rest.isEmpty ? [] : hex(rest) + PacketTests.datagram) }
  }

  static let cases = [
    Case(name: "to the distribution system", header: "0801 0000" + ap + sta + up + "1000", expected: "\(sta) \(v4)"),
    Case(name: "from the distribution system", header: "0802 0000" + sta + ap + up + "1000", expected: "\(up) \(v4)"),
    Case(name: "ad hoc", header: "0800 0000" + up + sta + ap + "1000", expected: "\(sta) \(v4)"),
    Case(name: "between access points", header: "0803 0000" + ap2 + ap + up + "1000" + sta, expected: "\(sta) \(v4)"),
    Case(name: "quality of service", header: "8801 0000" + ap + sta + up + "1000 0000", expected: "\(sta) \(v4)"),
    Case(name: "quality of service and HT control", header: "8881 0000" + ap + sta + up + "1000 0000 00000000", expected: "\(sta) \(v4)"),
    Case(
      name: "aggregate: the first subframe", header: "8801 0000" + ap + "020000000009" + ap + "1000 8000", rest: up + sta + "0027" + snap,
      expected: "\(sta) \(v4)"),
    Case(name: "encrypted", header: "0842 0000" + sta + ap + up + "1000", expected: "\(up) encrypted"),
    Case(name: "null function", header: "4801 0000" + ap + sta + up + "1000", rest: "", expected: sta),
    Case(name: "later fragment", header: "0801 0000" + ap + sta + up + "1100", expected: "\(sta) [802.11 fragment]"),
    Case(name: "acknowledgement", header: "d400 0000" + sta, rest: "", expected: "[802.11 control]"),
    Case(
      name: "beacon", header: "8000 0000 ffffffffffff" + ap + ap + "1000" + "0000000000000000 6400 0104 0003414243", rest: "", expected: ap),
    Case(name: "probe request", header: "4000 0000 ffffffffffff" + sta + "ffffffffffff 1000 0000", rest: "", expected: sta),
    Case(
      name: "protected management", header: "c040 0000" + sta + ap + ap + "1000 0000", rest: "",
      expected: "\(ap) [802.11 protected management]"),
  ]

  /// Each frame with every capture header.
  @Test(arguments: cases) func decoded(_ example: Case) {
    let radiotap = hex("0000 0900 02000000 00")
    let radiotapTime = hex("0000 1400 03000080 00000000 0000000000000000")
    let prism = hex("44000000 90000000") + Array(repeating: 0, count: 136)
    let prismBig = hex("00000044 00000090") + Array(repeating: 0, count: 136)
    let avs = hex("80211001 00000040") + Array(repeating: 0, count: 56)
    let ppi = hex("0000 0800 69000000")
    let ppiCommon = hex("0000 2000 69000000 0200 1400 0000000000000000 0000 0000 0000 0000 0000 0000")
    let cooked = hex("0000 0323 0000 0000000000000000 0004") + radiotap
    // A real radiotap header with flags behind the time: length 17.
    let flags = hex("0000 1100 03000000 0000000000000000 00")
    for (link, header) in [
      (105, []), (127, radiotap), (127, radiotapTime), (127, flags), (119, prism), (119, prismBig), (119, avs), (163, avs), (192, ppi),
      (192, ppiCommon),
      (113, cooked),
    ] as [(UInt16, [UInt8])] {
      #expect(PacketTests.decode(header + example.bytes, LinkType(rawValue: link)) == example.expected, "link type \(link)")
    }
    Damage.survives(radiotapTime + example.bytes, .radiotap)

  }

  @Test func damagedHeaders() {
    for (link, header) in [
      (119, "44000000 0c000000 00000000"), (163, "80211001 0000000c 00000000"),
      (192, "0000 2000 69000000 0200 1400 0000000000000000 0000 0000 0000 0000 0000 0000"),
    ] as [(UInt16, String)] {
      Damage.survives(hex(header) + Self.cases[0].bytes, LinkType(rawValue: link))
    }
  }

  @Test func radiotapFlags() {
    let data = Self.cases[0].bytes
    #expect(PacketTests.decode(hex("0000 0900 02000000 40") + data, .radiotap) == "[802.11 frame with a bad checksum]")
    // The checksum at the end belongs to nothing that is inside.
    let null = hex("0801 0000" + Self.ap + Self.sta + Self.up + "1000") + hex("aaaa03 000000 0806") + [1, 2, 3, 4]
    let bytes = hex("0000 0900 02000000 10") + null
    let packet = Packet(
      decoding: Frame(
        bytes: bytes.span.bytes, originalLength: bytes.count, linkType: .radiotap, time: .zero,
        reference: PacketReference(file: 0, number: 1)))
    #expect(packet.payload.byteCount == 0)
    // The body of a header of 26 bytes begins at 28.
    let padded =
      hex("0000 0900 02000000 20") + hex("8801 0000" + Self.ap + Self.sta + Self.up + "1000 0000 0000" + Self.snap) + PacketTests.datagram
    #expect(PacketTests.decode(padded, .radiotap) == "\(Self.sta) \(Self.v4)")
  }

  /// Stations of encrypted frames are counted.
  @Test func encryptedIsCounted() {
    let engine = Engine(signatures: SignatureSet([]), recognizers: Registry.recognizers)
    var feeder = Feeder(engine)
    let body = "112233445566778899"
    feeder.frame(hex("0841 0000" + Self.ap + Self.sta + Self.up + "1000" + body), link: .wifi, at: 1)
    feeder.frame(hex("0842 0000" + Self.sta + Self.ap + Self.up + "1000" + body), link: .wifi, at: 2)
    engine.finish()
    #expect(engine.coverage.encryptedWiFiPackets == 2)
    #expect(engine.coverage.undecoded.isEmpty)
    let station = engine.devices().first { $0.id.mac == MACAddress(Self.sta) }
    #expect(station?.packetsSent == 1 && station?.bytesSent == 33 && station?.bytesReceived == 33)
  }

  @Test func beaconIsObserved() {
    let engine = Engine(signatures: SignatureSet([]), recognizers: Registry.recognizers)
    var seen: [String] = []
    engine.observer = { observation, device, _ in
      if observation.field == .wifiSSID { seen.append("\(device) \(observation.text)") }
    }
    var feeder = Feeder(engine)
    feeder.frame(Self.cases.first { $0.name == "beacon" }!.bytes, link: .wifi, at: 1)
    #expect(seen == ["mac:02:00:00:00:00:a0 ABC"])
  }
}
