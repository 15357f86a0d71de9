import Foundation
import GRDB
import Testing

@testable import Detection
@testable import Store

/// What the database holds of devices' classes, of their traffic, and of evidence that ends.
@Suite final class StoredClassTests {
  private let path = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString).sqlite"
  private static let start = Timestamp(seconds: 1_700_000_000, nanoseconds: 5)

  deinit {
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
  }

  private static let cloud = Signature(
    id: "cloud", says: .camera, facet: .cloud, strength: SharedWith.app.strengths,
    condition: .test([.dnsQuery], ValueTest([.prefix([Array("cam".utf8)])])), because: "looks up {value}")
  private static let video = Signature(
    id: "video", says: .camera, facet: .media, strength: .proves,
    condition: .test([.httpServer], ValueTest([.prefix([Array("x".utf8)])])), because: "serves {value}")

  private static func evidence(
    _ signature: Signature, _ value: String, validUntil: Timestamp? = nil, of deviceClass: DeviceClass
  ) -> Evidence {
    Evidence(
      signature: signature.summary, field: .dnsQuery, value: value, firstSeen: start, packet: PacketReference(file: 0, number: 3),
      count: 1, vendor: nil, model: value, kind: nil, validUntil: validUntil, deviceClass: deviceClass)
  }

  private static let traffic = Traffic(
    upBitsPerSecond: 1_200_000, downBitsPerSecond: 9000, since: start, picturesPerSecond: 14.9, to: IPAddress("2001:db8::1")!)

  private static func snapshot(
    _ deviceClass: DeviceClass, _ evidence: [Evidence] = [], traffic: Traffic? = traffic, lasting: Duration = .seconds(3 * 3600),
    isDeclared: Bool = false, uploads: Bool = false, alert: Alert? = nil
  ) -> DeviceSnapshot {
    let reason = ClassReason(
      field: .dhcpVendorClass, value: "udhcp 1.19.4", reason: "small Linux", packet: PacketReference(file: 2, number: 7))
    return DeviceSnapshot(
      device: Device(
        id: DeviceID(segment: .untagged, mac: MACAddress(bits: 0x00AA_BB00_0001)), addresses: [IPAddress("10.0.0.1")!], hostname: nil,
        vendor: nil, model: nil, kind: nil, role: .other, weighing: Weighing(evidence.map(\.weighed)), isDeclared: isDeclared,
        isRouter: false, room: nil, firstSeen: start, lastSeen: start + lasting, packetsSent: 1, bytesSent: 1, bytesReceived: 0,
        evidence: evidence, streams: [], deviceClass: deviceClass, classReasons: [reason], traffic: traffic, uploadsForHours: uploads),
      alert: alert)
  }

  /// The device asks for an address by ARP: a device is in use once it was seen.
  private static func announce(in engine: Engine, at time: Timestamp) {
    let mac: [UInt8] = [0, 0xAA, 0xBB, 0, 0, 1]
    let addresses: [UInt8] = mac + [10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2]
    let bytes = [UInt8](repeating: 0xFF, count: 6) + mac + [8, 6, 0, 1, 8, 0, 6, 4, 0, 1] + addresses
    engine.ingest(
      Frame(
        bytes: bytes.span.bytes, originalLength: bytes.count, linkType: .ethernet, time: time,
        reference: PacketReference(file: 0, number: 1)))
  }

  private func store(_ snapshots: DeviceSnapshot..., at now: Timestamp = .zero) throws -> PropertyStore {
    let store = try PropertyStore(path: path)
    try store.save(snapshots, lastPacket: nil, at: now)
    return store
  }

  private func bytes() -> String {
    ["", "-wal"].map { suffix in
      String(decoding: (try? Data(contentsOf: URL(fileURLWithPath: path + suffix))) ?? Data(), as: UTF8.self)
    }.joined()
  }

  @Test func classAndTrafficAreRestored() throws {
    let until = Self.start + .seconds(86_400)
    let evidence = Self.evidence(Self.cloud, "cam1", validUntil: until, of: .embedded)
    let store = try store(Self.snapshot(.embedded, [evidence]))
    for device in try store.devices().map(\.device) + store.devices(knownBy: [Self.cloud]).map(\.device) {
      #expect(device.deviceClass == .embedded && device.traffic == Self.traffic)
      let reason = try #require(device.classReasons.first)
      #expect(
        reason.field == .dhcpVendorClass && reason.value == "udhcp 1.19.4" && reason.reason == "small Linux" && reason.packet.number == 7)
      #expect(device.evidence.map(\.value) == ["cam1"] && device.evidence.map(\.signature.id) == ["cloud"])
      #expect(device.evidence.first?.strength == .strong && device.evidence.first?.validUntil == until)
    }
    try store.save([Self.snapshot(.unknown, [evidence.weighed(for: .unknown)], traffic: nil)], lastPacket: nil, at: .zero)
    let changed = try #require(try store.devices().first?.device)
    #expect(changed.deviceClass == .unknown && changed.traffic == nil && changed.evidence.first?.strength == .supports)
  }

  /// What one packet said is no more than that after a restart.
  @Test(arguments: [true, false])
  func corroborationIsRestored(isCorroborated: Bool) throws {
    var evidence = Self.evidence(Self.video, "x", of: .unknown)
    evidence.isCorroborated = isCorroborated
    let store = try store(Self.snapshot(.unknown, [evidence]))
    for device in try store.devices().map(\.device) + store.devices(knownBy: [Self.video]).map(\.device) {
      #expect(device.evidence.map(\.isCorroborated) == [isCorroborated])
      #expect(device.isCorroborated == isCorroborated)
    }
  }

  /// A phone whose app looked up a camera's cloud.
  @Test func ofPeoplesDevicesNoValuesAreStored() throws {
    let secret = "cam-of-the-app.example.com"
    let store = try store(Self.snapshot(.personal, [Self.evidence(Self.cloud, secret, of: .personal)]))
    let device = try #require(try store.devices().first?.device)
    #expect(device.deviceClass == .personal && device.classReasons.map(\.value) == [nil] && device.classReasons.count == 1)
    #expect(device.evidence.map(\.signature.id) == ["cloud"] && device.evidence.map(\.value) == [""])
    #expect(device.evidence.map(\.model) == [nil] && device.traffic == nil)
    let bytes = bytes()
    for text in [secret, "udhcp", "2001:db8::1"] { #expect(!bytes.contains(text)) }
  }

  /// What was stored before a device showed that it is a phone goes when it does.
  @Test func valuesGoWhenADeviceTurnsOutToBeAPersons() throws {
    let evidence = Self.evidence(Self.cloud, "cam1", of: .unknown)
    let store = try store(Self.snapshot(.unknown, [evidence]))
    #expect(try store.devices().first?.device.evidence.map(\.value) == ["cam1"])
    try store.save([Self.snapshot(.personal, [evidence.weighed(for: .personal)])], lastPacket: nil, at: .zero)
    #expect(try store.devices().first?.device.evidence.map(\.value) == [""])
  }

  /// A phone that is used as a camera is an alert, and its proof is kept; what its apps looked up is not.
  @Test func aPhoneThatServesVideoKeepsItsProof() throws {
    let items = [Self.evidence(Self.video, "x-stream", of: .personal), Self.evidence(Self.cloud, "cam1", of: .personal)]
    let device = try #require(try store(Self.snapshot(.personal, items)).devices().first?.device)
    #expect(device.evidence.map(\.value) == ["x-stream", ""] && device.traffic == Self.traffic)
  }

  /// The class is what the next run begins with, and what weighs its evidence.
  @Test func theClassOutlivesARestart() throws {
    let store = try store(Self.snapshot(.embedded, [Self.evidence(Self.cloud, "cam1", of: .embedded)]))
    let engine = Engine(signatures: SignatureSet([Self.cloud]))
    engine.apply(.recall(try store.devices(knownBy: [Self.cloud]), lastPacket: nil))
    Self.announce(in: engine, at: Self.start + .seconds(60))
    let device = try #require(engine.snapshots().first?.device)
    #expect(device.deviceClass == .embedded && device.evidence.first?.strength == .strong && device.verdict >= .probable)
  }

  @Test func evidenceThatEndedDoesNotComeBack() throws {
    let until = Self.start + .seconds(4 * 3600)
    let evidence = Self.evidence(Self.cloud, "cam1", validUntil: until, of: .embedded)
    let store = try store(Self.snapshot(.embedded, [evidence]))
    func recalled(at time: Timestamp) throws -> Device? {
      let engine = Engine(signatures: SignatureSet([Self.cloud]))
      engine.advance(to: time)
      engine.apply(.recall(try store.devices(knownBy: [Self.cloud]), lastPacket: nil))
      Self.announce(in: engine, at: time)
      return engine.snapshots().first?.device
    }
    #expect(try recalled(at: until - .seconds(1))?.evidence.count == 1)
    let late = try #require(try recalled(at: until + .seconds(1)))
    #expect(late.evidence.isEmpty && late.verdict == Verdict.none)
    // Nor does the database show it once the device was saved without it.
    try store.save([Self.snapshot(.embedded)], lastPacket: nil, at: until - .seconds(1))
    #expect(try store.devices().first?.device.evidence.count == 1)
    try store.save([Self.snapshot(.embedded)], lastPacket: nil, at: until + .seconds(1))
    #expect(try store.devices().first?.device.evidence.isEmpty == true)
  }

  @Test func theFormerVersionOpens() throws {
    let queue = try DatabaseQueue(path: path)
    try queue.write { try $0.execute(sql: "PRAGMA application_id = \(0x4C45_4E53)") }
    try Schema.migrator.migrate(queue, upTo: "4")
    try queue.write { db in
      try db.execute(
        sql: """
          INSERT INTO device (id, segment, mac, addresses, role, verdict, confidence, is_declared, first_seen, last_seen, packets_sent,
            bytes_sent, bytes_received, alert_streams)
          VALUES ('mac:00:aa:bb:00:00:01', 0, '00:aa:bb:00:00:01', '10.0.0.1', 'camera', 'camera', 0.99, 0, 5, 9, 1, 60, 0, 0);
          INSERT INTO evidence (device, signature, says, facet, strength, field, value, reason, count, first_seen, packet)
          VALUES ('mac:00:aa:bb:00:00:01', 'cloud', 'camera', 'cloud', 'strong', 'dns.query', 'cam1', 'looks up cam1', 1, 5, 1);
          """)
    }
    try queue.close()
    let store = try PropertyStore(path: path)
    let device = try #require(try store.devices().first?.device)
    #expect(device.deviceClass == .unknown && device.classReasons.isEmpty && device.traffic == nil)
    #expect(device.evidence.map(\.strength) == [.strong] && device.evidence.first?.validUntil == nil)
    #expect(try store.devices(of: .unknown, since: .zero).count == 1 && store.unexplainedUploads(since: .zero).isEmpty)
  }

  /// Whoever watched when the run ended still does when the next begins, and an hour is an hour over restarts.
  @Test func whoWatchesIsKept() throws {
    let watched = Watched(
      peer: IPAddress("203.0.113.8")!, lag: .milliseconds(1300), since: Self.start, length: .seconds(18), bytes: 1_234_567)
    let alert = Alert(
      id: "0123456789abcdef", time: Self.start, device: Self.snapshot(.embedded).id, verdict: .camera, watched: watched,
      watchReported: Self.start + .seconds(2))
    let evidence = Self.evidence(Self.video, "x", of: .embedded)
    let store = try store(Self.snapshot(.embedded, [evidence], alert: alert))
    #expect(try store.devices(knownBy: [Self.video]).first?.alert == alert)
  }

  /// A phone's or a declared camera's hours of video are explained.
  @Test(arguments: [
    (snapshot(.unknown, uploads: true), true), (snapshot(.embedded, uploads: true), true), (snapshot(.personal, uploads: true), false),
    (snapshot(.media, uploads: true), false), (snapshot(.infrastructure, uploads: true), false), (snapshot(.unknown), false),
    (snapshot(.unknown, isDeclared: true, uploads: true), false), (snapshot(.unknown, traffic: nil, uploads: true), false),
    (snapshot(.embedded, [evidence(video, "x", of: .embedded)], uploads: true), false),
  ])
  func unexplainedUploads(snapshot: DeviceSnapshot, isListed: Bool) throws {
    let store = try store(snapshot)
    let last = Self.start + .seconds(3 * 3600)
    let found = try store.unexplainedUploads(since: last)
    #expect(found.map(\.id) == (isListed ? [snapshot.id] : []) && found.allSatisfy { $0.device.traffic == Self.traffic })
    #expect(try store.unexplainedUploads(since: last + .seconds(1)).isEmpty)
  }

  @Test func devicesOfAClass() throws {
    let store = try store(Self.snapshot(.embedded, [Self.evidence(Self.cloud, "cam1", of: .embedded)]))
    let last = Self.start + .seconds(3 * 3600)
    #expect(try store.devices(of: .embedded, since: last).map(\.device.deviceClass) == [.embedded])
    #expect(try store.devices(of: .embedded, since: last + .seconds(1)).isEmpty && store.devices(of: .media, since: .zero).isEmpty)
  }
}
