import Testing

@testable import Detection

/// A declared camera's MAC address that comes by two ways in turn is used by two devices. One that moves, or whose frames are seen twice,
/// is not.
@Suite struct DoubleTests {
  typealias B = FrameBuilder

  static let camera: [UInt8] = [0x02, 0, 0, 0, 0, 0x53]
  static let client: [UInt8] = [0x02, 0, 0, 0, 0, 0x09]

  /// Frames of the camera and its client.
  struct Scene {
    let engine: Engine
    var feeder: Feeder
    var sequence: UInt32 = 0

    init(declared: [String] = ["02:00:00:00:00:53"], site: Site = Site()) {
      engine = Engine(signatures: InventedCamerasTests.signatures, declared: DeclaredDevices(declared), site: site)
      feeder = Feeder(engine)
    }

    /// The camera answers a client: the client's frame, and the camera's, each with other bytes than the ones before.
    ///
    /// - Parameter again: the camera's frame is seen a second time, by this way.
    mutating func converse(
      port: UInt16 = 40_000, on interface: String = "", vlan: UInt16? = nil, accessPoint: UInt8? = nil, again: (String, UInt16?)? = nil,
      at time: Double
    ) {
      sequence += 100
      let request = B.tcp(port, 554, seq: sequence, ack: 1, [1, 2, 3])
      let answer = B.tcp(554, port, seq: sequence, ack: sequence + 3, [UInt8](repeating: UInt8(sequence & 255), count: 40))
      send(B.ipv4("10.0.0.9", "10.0.0.53", proto: 6, request), from: DoubleTests.client, to: DoubleTests.camera, interface, vlan, nil, time)
      let packet = B.ipv4("10.0.0.53", "10.0.0.9", proto: 6, answer)
      send(packet, from: DoubleTests.camera, to: DoubleTests.client, interface, vlan, accessPoint, time + 0.001)
      if let again { send(packet, from: DoubleTests.camera, to: DoubleTests.client, again.0, again.1, nil, time + 0.002) }
    }

    private mutating func send(
      _ packet: [UInt8], from: [UInt8], to: [UInt8], _ interface: String, _ vlan: UInt16?, _ accessPoint: UInt8?, _ time: Double
    ) {
      if let accessPoint {
        // A station sends to its access point (IEEE 802.11-2020 section 9.3.2.1).
        let header = hex("0801 0000") + B.mac(accessPoint) + from + to + hex("1000 aaaa03000000 0800")
        feeder.frame(header + packet, link: .wifi, at: time, on: interface)
      } else {
        feeder.frame(B.ethernet(from: from, to: to, tags: vlan.map { [(UInt16(0x8100), $0)] } ?? [], packet), at: time, on: interface)
      }
    }

    /// Of which sort the two devices are.
    mutating func doubles() -> [String?] {
      engine.finish()
      return engine.drain().events.filter { $0.kind == .changed }.map { $0.changes.first { $0.what == .shared }?.to }
    }
  }

  @Test func twoInterfacesInTurn() {
    var scene = Scene()
    for turn in 0..<40 { scene.converse(on: turn % 2 == 0 ? "eth1" : "eth2", at: 1000 + Double(turn)) }
    #expect(scene.doubles() == ["two interfaces at once"])
  }

  @Test func theEventSaysSo() throws {
    var scene = Scene()
    for turn in 0..<40 { scene.converse(on: turn % 2 == 0 ? "eth1" : "eth2", at: 1000 + Double(turn)) }
    scene.engine.finish()
    let event = try #require(scene.engine.drain().events.first)
    #expect(event.severity == .high && event.device.isDeclared && event.device.id.mac.description == "02:00:00:00:00:53")
  }

  @Test func twoAccessPointsInTurn() {
    var scene = Scene()
    scene.converse(at: 999)
    for turn in 0..<40 { scene.converse(accessPoint: turn % 2 == 0 ? 0xA1 : 0xA2, at: 1000 + Double(turn)) }
    #expect(scene.doubles() == ["two access points at once"])
  }

  @Test func twoVLANsInTurn() {
    var scene = Scene()
    for turn in 0..<40 { scene.converse(vlan: turn % 2 == 0 ? 12 : 13, at: 1000 + Double(turn)) }
    #expect(scene.doubles() == ["two VLANs at once"])
  }

  /// Each has a viewer of its own, and both say little.
  @Test func twoConversationsInTurn() {
    var scene = Scene()
    for turn in 0..<40 {
      scene.converse(port: turn % 2 == 0 ? 40_000 : 40_001, on: turn % 2 == 0 ? "eth1" : "eth2", at: 1000 + 6 * Double(turn))
    }
    #expect(scene.doubles() == ["two interfaces at once"])
  }

  @Test func onceAndWithinAMinute() {
    var scene = Scene()
    var told = 0
    for turn in 0..<4000 {
      scene.converse(on: turn % 2 == 0 ? "eth1" : "eth2", at: 1000 + Double(turn) / 4)
      if turn == 240 { told = scene.engine.drain().events.count }
    }
    #expect(told == 1 && scene.doubles() == [])
  }

  // MARK: One device

  @Test func othersAreNotWatched() {
    var scene = Scene(declared: ["02:00:00:00:00:54"])
    for turn in 0..<40 { scene.converse(on: turn % 2 == 0 ? "eth1" : "eth2", at: 1000 + Double(turn)) }
    #expect(scene.doubles() == [])
  }

  /// Between two access points it changes for hours, and takes its conversations along.
  @Test(arguments: [3.0, 8, 60, 600])
  func aCameraThatRoams(stay: Double) {
    var scene = Scene()
    scene.converse(at: 999)
    for turn in 0..<30 {
      for frame in 0..<20 {
        scene.converse(accessPoint: turn % 2 == 0 ? 0xA1 : 0xA2, at: 1000 + stay * (Double(turn) + Double(frame) / 20))
      }
    }
    #expect(scene.doubles() == [])
  }

  /// It passes many access points quickly.
  @Test func aCameraThatIsCarried() {
    var scene = Scene()
    scene.converse(at: 999)
    for turn in 0..<60 { scene.converse(accessPoint: 0xA0 + UInt8(turn % 6), at: 1000 + Double(turn)) }
    #expect(scene.doubles() == [])
  }

  /// A bridge, or a mesh, shows each frame on two interfaces; either may be the first.
  @Test(arguments: [false, true])
  func framesThatAreSeenTwice(inTurn: Bool) {
    var scene = Scene()
    for turn in 0..<200 {
      let isSecond = inTurn && turn % 2 == 1
      scene.converse(on: isSecond ? "eth2" : "eth1", again: (isSecond ? "eth1" : "eth2", nil), at: 1000 + Double(turn) / 3)
    }
    #expect(scene.doubles() == [])
  }

  /// A mirror port shows a frame with its tag where it enters, and without it where it leaves; or twice the same.
  @Test(arguments: [UInt16(12), nil])
  func aMirrorPort(vlan: UInt16?) {
    var scene = Scene()
    for turn in 0..<200 { scene.converse(vlan: vlan, again: ("", nil), at: 1000 + Double(turn) / 3) }
    #expect(scene.doubles() == [])
  }

  /// A cable is put into another port and back, again and again.
  @Test func aCameraThatIsMoved() {
    var scene = Scene()
    for turn in 0..<20 {
      for frame in 0..<20 { scene.converse(on: turn % 2 == 0 ? "eth1" : "eth2", at: 1000 + 30 * Double(turn) + Double(frame)) }
    }
    #expect(scene.doubles() == [])
  }

  /// What is declared later is watched from then on.
  @Test func declaredLater() {
    var scene = Scene(declared: [])
    scene.converse(at: 999)
    scene.engine.apply(.declare(DeclaredDevices(["02:00:00:00:00:53"]), dismissals: [:]))
    for turn in 0..<40 { scene.converse(on: turn % 2 == 0 ? "eth1" : "eth2", at: 1000 + Double(turn)) }
    #expect(scene.doubles() == ["two interfaces at once"])
  }

  /// Other settings do not report it once more.
  @Test func settingsDoNotRepeatIt() {
    var scene = Scene()
    for turn in 0..<40 { scene.converse(on: turn % 2 == 0 ? "eth1" : "eth2", at: 1000 + Double(turn)) }
    #expect(scene.engine.drain().events.count == 1)
    scene.engine.apply(
      .reconfigure(
        EngineConfiguration(signatures: InventedCamerasTests.signatures, declared: DeclaredDevices(["02:00:00:00:00:53"]))))
    for turn in 0..<40 { scene.converse(on: turn % 2 == 0 ? "eth1" : "eth2", at: 1050 + Double(turn)) }
    #expect(scene.doubles() == [])
  }
}
