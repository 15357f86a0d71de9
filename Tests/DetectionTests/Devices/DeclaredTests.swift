import Testing

@testable import Detection

/// What a declaration covers, and what shows that somebody uses it.
@Suite struct DeclaredTests {
  private static func covers(_ pattern: String, names: [String] = [], vendor: String? = nil, model: String? = nil) -> Bool {
    DeclaredDevices([pattern]).contains(
      mac: MACAddress("b0c554255b0e")!, addresses: [IPAddress("192.168.1.37")!], names: names, vendor: vendor, model: model)
  }

  @Test(arguments: ["b0:c5:54:25:5b:0e", "B0-C5-54-*", "b0c554*", "192.168.1.37"])
  func addressesCoverWhateverTheNameIs(pattern: String) {
    #expect(Self.covers(pattern))
    #expect(Self.covers(pattern, names: ["x"], vendor: "Imou", model: "IPC-C22"))
  }

  /// A device chooses its name, so its maker or model has to agree.
  @Test(
    arguments: [
      ("lobby-*", nil, nil, false), ("lobby-*", "Imou", "IPC-C22", false),
      ("lobby-* by Axis", nil, nil, false), ("lobby-* by Axis", "Imou", "IPC-C22", false), ("lobby-* by Axis", "Axis", nil, true),
      ("lobby-* by axis", "Axis Communications", nil, true), ("lobby-* by P32*", "Axis", "P3245", true),
      ("*-axis-*", "Axis", nil, true), ("*-axis-*", "Imou", nil, false), ("lobby-axis-1", "Axis", nil, true),
    ] as [(String, String?, String?, Bool)])
  func aNameNeedsAMaker(pattern: String, vendor: String?, model: String?, isCovered: Bool) {
    #expect(Self.covers(pattern, names: ["lobby-axis-1"], vendor: vendor, model: model) == isCovered)
  }

  @Test func aModelIsCoveredByItself() {
    #expect(Self.covers("IPC-C22", vendor: "Imou", model: "IPC-C22"))
    #expect(Self.covers("Imou IPC-*", vendor: "Imou", model: "IPC-C22"))
    #expect(!Self.covers("IPC-C22 by Axis", vendor: "Imou", model: "IPC-C22"))
  }

  /// A name that looks like the address of another camera is a name.
  @Test func aNameIsNoAddress() { #expect(!Self.covers("00:40:8c:*", names: ["00:40:8c:11:22:33"], vendor: "Imou")) }

  @Test(arguments: [
    ("lobby-*", true), ("cafe", true), ("Imou IPC-C22", true), ("lobby-* by Axis", false), ("b0:c5:54:25:5b:0e", false), ("b0:c5:*", false),
    ("b0c554255b0e", false), ("10.20.0.50", false), ("fe80::1", false),
  ])
  func namesAlone(pattern: String, isName: Bool) { #expect(DeclaredDevices.isNameAlone(pattern) == isName) }

  @Test func patternsAreKeptAsTheyAre() {
    let declared = DeclaredDevices(["Lobby-* by Axis", "B0-C5-54-*"])
    #expect(declared.texts == ["lobby-* by axis", "b0:c5:54:*"])
    #expect(DeclaredDevices(declared.texts) == declared)
  }

  // MARK: Doubles

  private static let camera = GuestNetwork.camera
  private static let declared = DeclaredDevices([camera.link.description])

  private static func doubles(_ net: GuestNetwork, _ declared: DeclaredDevices = declared) -> [String?] {
    net.run(declared: declared).events.filter { $0.kind == .changed }.map { $0.changes.first { $0.what == .shared }?.to }
  }

  @Test func twoMakersAreTwoDevices() {
    var net = GuestNetwork()
    net.mdns(Self.camera)
    #expect(Self.doubles(net) == [])
    net.sadp(Self.camera)
    #expect(Self.doubles(net) == ["Axis and Hikvision"])
    net.sadp(Self.camera)
    #expect(Self.doubles(net).count == 1, "once")
    #expect(net.run(declared: Self.declared).events.map(\.severity) == [.high])
    #expect(Self.doubles(net, DeclaredDevices()) == [], "an undeclared camera has an alert as it is")
  }

  private static func opens(_ net: inout GuestNetwork, ttl: UInt8, port: UInt16) {
    let options = hex("020405b4 0402 080a0000000100000000 01 0303 03")
    let header = FrameBuilder.big(port) + FrameBuilder.big(443) + FrameBuilder.big32(1) + FrameBuilder.big32(0) + [0xA0, 2]
    net.frame(
      FrameBuilder.ethernet(
        from: camera.mac, to: GuestNetwork.router.mac,
        FrameBuilder.ipv4(camera.address, "203.0.113.8", proto: 6, ttl: ttl, header + FrameBuilder.big(5840) + [0, 0, 0, 0] + options)))
  }

  @Test(arguments: [(UInt8(64), false), (128, true)])
  func twoStacksAreTwoDevices(ttl: UInt8, isDouble: Bool) {
    var net = GuestNetwork()
    Self.opens(&net, ttl: 64, port: 5000)
    Self.opens(&net, ttl: ttl, port: 5001)
    #expect(Self.doubles(net) == (isDouble ? ["two IP stacks"] : []))
  }

  /// A camera that was moved is at the new port and stays there.
  @Test(arguments: [(["p1", "p2", "p2"], false), (["p1", "p1"], false), (["p1", "p2", "p1"], true)])
  func twoPortsInTurnAreTwoDevices(ports: [String], isDouble: Bool) {
    var net = GuestNetwork()
    for port in ports { net.dhcpRequest(Self.camera, options: "5204 0102" + ascii(port).hexDigits) }
    #expect(Self.doubles(net) == (isDouble ? ["two switch ports"] : []))
  }

  /// A camera that gives itself a declared name is reported all the same.
  @Test func aChosenNameHidesNoCamera() {
    var net = GuestNetwork()
    net.dhcpRequest(Self.camera, options: GuestNetwork.option(12, "lobby-cam-9"))
    net.serves(Self.camera)
    #expect(net.run(declared: DeclaredDevices(["lobby-cam-*"])).events.map(\.kind) == [.raised])
    #expect(net.run(declared: DeclaredDevices(["lobby-cam-* by Hikvision"])).events.isEmpty)
  }
}
