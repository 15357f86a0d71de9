import ChainMessages
import Foundation
import GRDB
import Releases
import Store
import Synchronization
import Testing

@testable import Detection
@testable import Watch

/// Rooms and signatures that central gives: what `watch` takes of them, what it refuses, and what is left of them after a restart.
@Suite final class RecorderCentralTests: Sendable {
  private let folder = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString.prefix(8))"
  private var path: String { folder + "/lenscap.sqlite" }
  private var serve: String { folder + "/serve.sqlite" }
  private let clock = Mutex(Sample.start)
  private let key = ReleaseSigningKey()
  /// What does not compile, by a word in the archive.
  private let broken = Mutex("broken")
  private let own = Site([.init(room: "Lobby", criteria: [.vlan([10])])])

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false) }
  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private struct Wrong: Error, CustomStringConvertible { let description = "a.yaml:1:1: what\nand more" }

  /// A watch as it starts: with its recorder, and what the engine learns.
  private struct Running {
    let recorder: Recorder
    let service: CommandService
    let channel: EngineChannel

    /// What the engine was last told to use.
    func configuration() -> EngineConfiguration? {
      channel.drainCommands().reduce(nil) { last, command in if case .reconfigure(let new) = command { new } else { last } }
    }
  }

  private func start(takes: Set<CentralPart> = [.rooms, .signatures], key: ReleaseKey? = nil) async throws -> Running {
    let channel = EngineChannel()
    var options = RecorderOptions(
      path: path, signatures: SignatureSet([Sample.signature]), defaultSensorName: "test", clock: { self.clock.withLock { $0 } })
    options.serveDatabase = serve
    options.site = own
    options.central.takes = takes
    options.central.key = try key ?? self.key.publicKey
    options.central.compile = { archive, _ in
      let word = self.broken.withLock { $0 }
      for file in archive.files where String(decoding: file.bytes, as: UTF8.self).contains(word) { throw Wrong() }
      return SignatureSet(archive.files.map { Self.signature(String($0.name.dropLast(5))) })
    }
    let recorder = try Recorder(
      options, channel: channel, reporter: Reporter(format: PlainFormat(), output: StandardOutput(onClose: {}), remark: { _ in }))
    await recorder.begin(at: Sample.start)
    return Running(recorder: recorder, service: CommandService(path: serve, recorder: recorder, receiver: nil), channel: channel)
  }

  private static func signature(_ id: String) -> Signature {
    Signature(
      id: id, says: .camera, facet: .maker, strength: .strong,
      condition: .test([.ethernetOUI], ValueTest([.prefix([Array("00aabb".utf8)])])), vendor: .literal("Acme"), because: "maker {value}")
  }

  private func write(_ action: OperatorCommand.Action, _ argument: String, origin: String = "central", archive: (String, Data)? = nil)
    throws
  {
    try DatabaseQueue(path: serve).write { db in
      try db.execute(sql: OperatorCommand.schema)
      try db.execute(sql: OperatorCommand.partSchema.replacing("CREATE TABLE", with: "CREATE TABLE IF NOT EXISTS"))
      if let (id, bytes) = archive {
        try db.execute(sql: "DELETE FROM release_part")
        for (part, start) in stride(from: 0, to: bytes.count, by: OperatorCommand.partSize).enumerated() {
          let piece = Data(bytes.dropFirst(start).prefix(OperatorCommand.partSize))
          try db.execute(sql: "INSERT INTO release_part VALUES (?, ?, ?)", arguments: [id, part, piece])
        }
      }
      try OperatorCommand(action, alert: nil, who: "central", origin: origin, argument: argument, at: .zero).insert(db)
    }
  }

  /// Central sends a release with one file of this name.
  private func release(
    _ number: Int64, _ name: String, text: String = "- id: x\n", signedBy signer: ReleaseSigningKey? = nil, sent: ((Data) -> Data)? = nil
  ) throws {
    // More than one row of the database.
    let padded = Array((text + String(repeating: "# \n", count: 20_000)).utf8)
    let archive = try ReleaseArchive([.init(name: name + ".yaml", bytes: padded)]).bytes
    let id = "signatures-\(number)"
    let data = SignatureRelease(
      number: number, sha256: ReleaseArchive.sum(of: archive), bytes: archive.count, path: "/gateway/1/releases/\(id)")
    let bytes = try ConfigMessage(id: id, kind: "signatures", data: data).canonicalBytes()
    let given = OperatorCommand.Release(
      id: id, signed: String(decoding: bytes, as: UTF8.self), signature: try (signer ?? key).sign(bytes))
    try write(.release, given.json, archive: (id, sent?(archive) ?? archive))
  }

  private func look(_ running: Running) async {
    clock.withLock { $0 = $0 + .seconds(2) }
    await running.service.look()
  }

  private func refusals() throws -> [CentralRefusal] { try PropertyStore(path: path).centralsRefusals() }
  private func present() throws -> Int64? { try PropertyStore(path: path).signatureRelease()?.number }

  // MARK: Rooms

  @Test func roomsJoinTheOwnOnesAndOutlastTheRun() async throws {
    let running = try await start()
    #expect(running.configuration() == nil)
    let rules = [
      ["room": "Suite", "vlan": "20"], ["room": "Lobby", "vlan": "99"], ["room": "Hall", "vlan": "10"],
      ["room": "Bar", "subnet": "10.9.0.0/16"],
    ]
    try write(.rooms, OperatorCommand.RoomList(id: "rooms-1", rules: rules).json)
    await look(running)
    // The box has a room Lobby, and its VLAN 10 is no hall.
    #expect(running.configuration()?.site.rooms == ["Lobby", "Suite", "Bar"])
    #expect(try PropertyStore(path: path).rooms() == ["Lobby", "Suite", "Bar"])
    #expect(try PropertyStore(path: path).centralsRooms()?.id == "rooms-1")
    let again = try await start()
    #expect(again.configuration()?.site.rooms == ["Lobby", "Suite", "Bar"])
    // A configuration that takes them no more.
    #expect(try await start(takes: []).configuration() == nil)
    try write(.rooms, OperatorCommand.RoomList(id: "rooms-2", rules: []).json)
    await look(again)
    #expect(again.configuration()?.site.rooms == ["Lobby"])
    let deeds = try PropertyStore(path: path).deedsOnTheBox(before: nil, since: .zero, limit: 10)
    #expect(deeds.map(\.action) == ["rooms-from-central", "rooms-from-central"] && deeds.allSatisfy { $0.who == "central" })
  }

  @Test func wrongRoomsAreRefusedWithTheReason() async throws {
    let running = try await start()
    try write(.rooms, OperatorCommand.RoomList(id: "rooms-1", rules: [["room": "Suite", "vlan": "9999"]]).json)
    try write(.rooms, OperatorCommand.RoomList(id: "rooms-2", rules: [["room": "Suite"]]).json)
    try write(.rooms, OperatorCommand.RoomList(id: "rooms-3", rules: [["room": "Suite", "vlan": "1"]]).json, origin: "page")
    await look(running)
    #expect(running.configuration() == nil)
    #expect(try refusals().map(\.id) == ["rooms-1", "rooms-2"])
    #expect(try refusals()[0].reason.contains("is not a VLAN"))
  }

  // MARK: Signatures

  @Test func aReleaseIsUsedAndOutlastsTheRun() async throws {
    let running = try await start()
    try release(1, "one")
    await look(running)
    #expect(running.configuration()?.signatures.signatures.map(\.id) == ["one"])
    #expect(try present() == 1)
    #expect(try PropertyStore(path: path).signatureCounts().loaded == 1)
    #expect(try await start().configuration()?.signatures.signatures.map(\.id) == ["one"])
    #expect(try await start(takes: [.rooms]).configuration() == nil)
    // Another key than the one that signed it: it is not used, and waits.
    #expect(try await start(key: ReleaseSigningKey().publicKey).configuration() == nil)
  }

  @Test func whatIsNotAsItWasSignedIsRefused() async throws {
    let running = try await start()
    try release(1, "one", signedBy: ReleaseSigningKey())
    await look(running)
    #expect(try refusals().map(\.reason) == ["its signature is not of the release key"])
    try release(2, "two") { archive in
      var other = archive
      other[700] ^= 1
      return other
    }
    await look(running)
    #expect(try refusals().last == CentralRefusal(id: "signatures-2", reason: "its archive is another than the one that was signed"))
    try release(3, "three", text: "broken")
    await look(running)
    #expect(try refusals().last == CentralRefusal(id: "signatures-3", reason: "a.yaml:1:1: what, and 1 more"))
    #expect(try present() == nil)
    #expect(running.configuration() == nil)
    let deaf = try await start(takes: [.rooms])
    try release(4, "four")
    await look(deaf)
    #expect(try refusals().last?.reason == "uplink.accept does not name signatures")
  }

  @Test func theNumberNeverFallsButToTheOneBefore() async throws {
    let running = try await start()
    for number in [Int64(2), 5, 7] {
      try release(number, "n\(number)")
      await look(running)
    }
    #expect(try present() == 7)
    for number in [Int64(2), 6] {
      try release(number, "n\(number)")
      await look(running)
      #expect(try present() == 7)
      #expect(try refusals().last?.id == "signatures-\(number)")
    }
    try release(5, "n5")
    await look(running)
    #expect(try present() == 5)
    #expect(running.configuration()?.signatures.signatures.map(\.id) == ["n5"])
    // Nor further back, nor to the installed ones.
    try release(2, "n2")
    try write(.release, OperatorCommand.Release(id: "installed-x").json)
    await look(running)
    #expect(try present() == 5)
  }

  @Test func theFirstOneMayGiveWayToTheInstalledOnes() async throws {
    let running = try await start()
    try release(1, "one")
    await look(running)
    try write(.release, OperatorCommand.Release(id: "installed-1").json)
    await look(running)
    #expect(running.configuration()?.signatures.signatures.map(\.id) == [Sample.signature.id])
    #expect(try PropertyStore(path: path).signatureRelease()?.id == "installed-1")
    #expect(try await start().configuration() == nil)
  }

  @Test func whatTheWatchCannotStartWithIsLeft() async throws {
    let running = try await start()
    try release(1, "one")
    await look(running)
    try release(2, "two", text: "later")
    await look(running)
    // The next package has other installed signatures, with which it does not compile.
    broken.withLock { $0 = "later" }
    #expect(try await start().configuration()?.signatures.signatures.map(\.id) == ["one"])
    #expect(try present() == 1)
    #expect(try refusals().map(\.id) == ["signatures-2"])
    let health = try PropertyStore(path: path).log(after: 0).filter { $0.type == "health" }.map(\.document)
    #expect(health.contains { $0.contains("configuration-refused") && $0.contains("release 2") && $0.contains("release 1") })
  }

  @Test func whatTakesTheWatchDownIsLeft() async throws {
    let running = try await start()
    try release(1, "one")
    await look(running)
    // Each of these ends without a word.
    for _ in 1..<PropertyStore.startLimit { #expect(try await start().configuration() != nil) }
    #expect(try await start().configuration() == nil)
    #expect(try present() == nil)
    #expect(try refusals().map(\.reason) == ["the watch did not start with it"])
  }
}
