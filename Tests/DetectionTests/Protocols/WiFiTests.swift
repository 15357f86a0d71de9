import Testing

@testable import Detection

@Suite struct WiFiTests {
  static let recognizer = WiFiRecognizer()
  static let header = "0000 ffffffffffff 0200000000a0 0200000000a0 1000"
  static let fixed = "0000000000000000 6400 0104"

  @Test(arguments: [
    ("8000" + header + fixed + "0007 49504341 4d2d31", ["wifi.ssid=IPCAM-1"]),
    ("5000" + header + fixed + "0007 49504341 4d2d31 0101 82", ["wifi.ssid=IPCAM-1"]),
    // behind another element; with the four bytes of the order bit
    ("8000" + header + fixed + "0101 82 0003 414243", ["wifi.ssid=ABC"]),
    ("8080" + header + "00000000" + fixed + "0003 414243", ["wifi.ssid=ABC"]),
    // hidden: empty, zeros
    ("8000" + header + fixed + "0000", []), ("8000" + header + fixed + "0003 000000", []),
    // longer than 32 bytes; cut
    ("8000" + header + fixed + "0021" + String(repeating: "41", count: 33), []), ("8000" + header + fixed + "0003 4142", []),
    ("8000" + header + "0000", []),
  ])
  func announced(bytes: String, expected: [String]) {
    let (disposition, observed) = Harness.datagram(Self.recognizer, hex(bytes), transport: .wifi)
    #expect(disposition == .message && observed.summary == expected)
  }

  /// Names in requests of stations belong to other devices.
  @Test(arguments: [
    "4000" + header + "0003 414243", "0000" + header + "0104 0100 0003 414243",
    "2000" + header + "0104 0100 0200000000a0 0003 414243",
  ])
  func asked(bytes: String) {
    let (disposition, observed) = Harness.datagram(Self.recognizer, hex(bytes), transport: .wifi)
    #expect(disposition == .message && observed.isEmpty)
  }

  /// Authentication, data, and short frames.
  @Test(arguments: ["b000" + header + "0003 414243", "0800" + header + "0003 414243", "8000 0000", ""])
  func silent(bytes: String) {
    let (disposition, observed) = Harness.datagram(Self.recognizer, hex(bytes), transport: .wifi)
    #expect(disposition == .notMine && observed.isEmpty)
  }

  // MARK: Wi-Fi Protected Setup

  /// Version, state, and attributes in the order of wpa_supplicant. Serial number and UUID must not be reported.
  static let setup = "104a0001 10 10440001 02"
  static let uuid = "10470010 00112233445566778899aabbccddeeff"
  static let maker = "10210004 41636d65"
  static let model = "10230009 4950432d48323634 30"
  static let number = "10240004 76322e31"
  static let serial = "10420006 313233343536"
  static let deviceName = "10110005 4950436131"
  static func type(_ category: String, _ kind: String) -> String { "10540008" + category + "0050f204" + kind }

  /// One element of Microsoft's number and type 4, with these attributes.
  static func element(_ attributes: String) -> String {
    let size = String(hex(attributes).count + 4, radix: 16)
    return "dd" + (size.count == 1 ? "0" : "") + size + "0050f204" + attributes
  }

  @Test(arguments: [
    (
      "8000" + header + fixed + "0003 414243" + element(setup + uuid + maker + model + number + serial + type("0004", "0004") + deviceName),
      [
        "wifi.ssid=ABC", "wifi.wps.manufacturer=Acme", "wifi.wps.model=IPC-H2640", "wifi.wps.model_number=v2.1",
        "wifi.wps.device_type=security camera", "wifi.wps.device_name=IPCa1",
      ]
    ),
    // Stations: probe, association and reassociation requests
    ("4000" + header + "0000" + element(setup + type("0004", "0003")), ["wifi.wps.device_type=web camera"]),
    ("0000" + header + "0104 0100 0003 414243" + element(type("0001", "0001")), ["wifi.wps.device_type=computer"]),
    ("2000" + header + "0104 0100 0200000000a0 0003 414243" + element(type("000a", "0005")), ["wifi.wps.device_type=telephone"]),
    (
      "4000" + header + element(type("0004", "0001") + type("0004", "0002")),
      [
        "wifi.wps.device_type=digital still camera", "wifi.wps.device_type=video camera",
      ]
    ),
    ("4000" + header + element(type("00ff", "0000")), ["wifi.wps.device_type=category 255"]),
    // An attribute that goes on in the next element
    (
      "8000" + header + fixed + element(maker + "10230009 4950432d") + element("48323634 30"),
      [
        "wifi.wps.manufacturer=Acme", "wifi.wps.model=IPC-H2640",
      ]
    ),
    // Blanks instead of names, another list's type, a type cut short, an attribute longer than what is there
    ("8000" + header + fixed + element("10210001 20 10230000" + "10540008 0004 00147c00 0004" + "10540002 0004" + "10110009 41"), []),
    // Elements of others: the same vendor's WMM, another vendor's
    ("8000" + header + fixed + "dd07 0050f202 000100" + "dd0c 506f9a04" + maker, []), ("8000" + header + fixed + "dd04 0050f204", []),
  ])
  func protectedSetup(bytes: String, expected: [String]) {
    #expect(Harness.datagram(Self.recognizer, hex(bytes), transport: .wifi).1.summary == expected)
  }

  @Test func manyElements() {
    let bytes = hex("8000" + Self.header + Self.fixed + String(repeating: Self.element(Self.maker + Self.model), count: 80))
    #expect(Harness.datagram(Self.recognizer, bytes, transport: .wifi).1.count <= WPSElement.limit / 20 * 2)
  }

  @Test func damage() {
    let bytes = hex("8000" + Self.header + Self.fixed + "0101 82 0003 414243" + Self.element(Self.maker + Self.type("0004", "0004")))
    for count in 0...bytes.count { _ = Harness.datagram(Self.recognizer, Array(bytes.prefix(count)), transport: .wifi) }
    for index in bytes.indices {
      var changed = bytes
      changed[index] = 0xFF
      _ = Harness.datagram(Self.recognizer, changed, transport: .wifi)
    }
  }
}
