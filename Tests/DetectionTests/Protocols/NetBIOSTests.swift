import Testing

@testable import Detection

@Suite struct NetBIOSTests {
  static let recognizer = NetBIOSRecognizer()

  /// RFC 1001 section 14.1: the half bytes as letters from A.
  static func encoded(_ name: String, _ suffix: UInt8) -> [UInt8] {
    let bytes = ascii(name) + [UInt8](repeating: 0x20, count: 15 - name.utf8.count) + [suffix]
    let letters: [UInt8] = bytes.flatMap { (byte: UInt8) -> [UInt8] in [0x41 + (byte >> 4), 0x41 + (byte & 15)] }
    return [32] + letters + [0]
  }

  /// A registration of 192.168.1.10 (the harness's sender): RFC 1002 section 4.2.2.
  static func registration(_ name: [UInt8], flags: String = "2910", nbFlags: String = "0000", address: String = "c0a8010a") -> [UInt8] {
    hex("8d01" + flags + "0001 0000 0000 0001") + name + hex("0020 0001 c00c 0020 0001 000493e0 0006" + nbFlags + address)
  }

  @Test(arguments: [
    (registration(encoded("IPC-C22", 0)), ["nbns.name=IPC-C22"]), (registration(encoded("IPC-C22", 0x20)), ["nbns.name=IPC-C22"]),
    // refresh, in both numbers; registration of a host with several addresses
    (registration(encoded("A B", 0), flags: "4000"), ["nbns.name=A B"]), (registration(encoded("A", 0), flags: "4800"), ["nbns.name=A"]),
    (registration(encoded("A", 0), flags: "7910"), ["nbns.name=A"]),
    // release; a query; of another suffix; a group; another's address
    (registration(encoded("A", 0), flags: "3000"), []),
    (hex("8d01 0110 0001 0000 0000 0000") + encoded("IPC-C22", 0x20) + hex("0020 0001"), []), (registration(encoded("A", 0x1D)), []),
    (registration(encoded("WORKGROUP", 0), nbFlags: "8000"), []), (registration(encoded("A", 0), address: "c0a8010b"), []),
    // a name with scope, written twice
    (
      hex("8d01 2910 0001 0000 0000 0001") + encoded("A", 0).dropLast() + hex("03 6c616e 00 0020 0001") + encoded("A", 0)
        + hex("0020 0001 000493e0 0006 0000 c0a8010a"), ["nbns.name=A"]
    ),
    // answers: the sender's own; a server's for another; of two addresses; negative
    (answer("c0a8010a"), ["nbns.name=NVR"]), (answer("c0a80163"), []), (answer("c0a80163 0000 c0a8010a"), ["nbns.name=NVR"]),
    (hex("8d01 8583 0000 0001 0000 0000") + encoded("NVR", 0) + hex("0020 0001 00000000 0006 0000 c0a8010a"), []),
    // node status of three names (RFC 1002 section 4.2.18)
    (
      hex("8d01 8400 0000 0001 0000 0000") + encoded("*", 0) + hex("0021 0001 00000000 0037 03")
        + ascii("DCS-935L       ") + hex("00 0400") + ascii("WORKGROUP      ") + hex("00 8400") + ascii("DCS-935L       ") + hex("20 0400"),
      ["nbns.name=DCS-935L"]
    ),
  ])
  func names(bytes: [UInt8], expected: [String]) {
    #expect(Harness.claims(Self.recognizer, bytes, from: 137, to: 137))
    let observed = Harness.datagram(Self.recognizer, bytes, from: 137, to: 137).1
    #expect(observed.summary == expected)
    for observation in observed { #expect(observation.subject == Harness.camera.station) }
  }

  static func answer(_ entries: String) -> [UInt8] {
    let data = hex("0000" + entries)
    return hex("8d01 8500 0000 0001 0000 0000") + encoded("NVR", 0) + hex("0020 0001 000493e0 00") + [UInt8(data.count)] + data
  }

  /// [MS-BRWS] section 2.2.1 in a mail slot of [MS-MAIL], in a datagram of RFC 1002 section 4.4.2.
  static func announcement(_ command: String) -> [UInt8] {
    var bytes = hex("110e 8d02 c0a8010a 008a 00bb 0000") + encoded("DCS-935L", 0) + encoded("WORKGROUP", 0x1D)
    bytes += hex("ff534d42 25 00000000 00 0000 000000000000000000000000 0000 0000 0000 0000 11 0000 2100 0000 0000 0000 00 00 00000000")
    bytes += hex("e8030000 0000 0000 2100 5600 03 00 0100 0000 0200 3200") + ascii("\\MAILSLOT\\BROWSE\0")
    bytes += hex(command + "00 80fc0a00") + ascii("DCS-935L") + [UInt8](repeating: 0, count: 8)
    return bytes + hex("04 09 03180000 0f01 55aa") + ascii("camera\0")
  }

  @Test(arguments: [("01", ["nbns.name=DCS-935L"]), ("0f", ["nbns.name=DCS-935L"]), ("0c", []), ("08", []), ("02", [])])
  func publicTransports(command: String, expected: [String]) {
    let bytes = Self.announcement(command)
    #expect(Harness.claims(Self.recognizer, bytes, from: 138, to: 138))
    #expect(Harness.datagram(Self.recognizer, bytes, from: 138, to: 138).1.summary == expected)
  }

  @Test func others() {
    #expect(!Harness.claims(Self.recognizer, Self.registration(Self.encoded("A", 0)), to: 5353))
    #expect(!Harness.claims(Self.recognizer, ascii("no name service at all"), to: 137))
    #expect(!Harness.claims(Self.recognizer, ascii("no datagram"), to: 138))
    #expect(!Harness.claims(Self.recognizer, [], to: 137))
    // Letters beyond P, and another length.
    var wrong = Self.registration(Self.encoded("A", 0))
    wrong[14] = 0x51
    #expect(Harness.datagram(Self.recognizer, wrong, from: 137, to: 137).1.isEmpty)
  }

  @Test func hostile() {
    // A cut announcement may name a part: it is only looked at whole.
    let bytes = Self.announcement("01")
    for count in 0..<bytes.count {
      let said = Harness.datagram(Self.recognizer, Array(bytes[..<count]), from: 138, to: 138, length: bytes.count).1.summary
      #expect(said == [] || said == ["nbns.name=DCS-935L"])
    }
    var random = TestRandom(seed: 1002)
    for _ in 0..<2000 {
      _ = Harness.datagram(Self.recognizer, hex("8d01 8400 0000 0001 0000 0000 20") + random.bytes(80), from: 137, to: 137)
    }
  }
}
