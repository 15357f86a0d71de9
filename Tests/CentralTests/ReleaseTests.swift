import ChainMessages
import Foundation
import HTTPTypes
import Hummingbird
import Releases
import Testing

@testable import Central
@testable import WebDesk

/// Releases: what is signed, which boxes get it in which stage, and what makes it stop.
@Suite struct ReleaseTests {
  private let key = ReleaseSigningKey()
  private let address: String
  private let registry: PostgresConnection
  private let ingest: PostgresConnection
  private static let archive = Result { try ReleaseArchive([.init(name: "a.yaml", bytes: Array("- id: x\n".utf8))]) }

  init() throws {
    address = try Servers.shared.get().migrated()
    registry = try PostgresConnection(address, role: CentralRole.registry)
    ingest = try PostgresConnection(address, role: CentralRole.ingest)
  }

  /// Boxes of a tenant that take signatures and watch.
  private func boxes(_ count: Int, tenant: String = "alpha", accept: String = #"["signatures"]"#) throws -> [Registry.Gateway] {
    let gateways = try (0..<count).map { _ in try enrolled(tenant: tenant, site: "paris", address) }
    for gateway in gateways { _ = try said(gateway, accept: accept) }
    return gateways
  }

  /// A box says how it is.
  ///
  /// - Returns: what it gets, by kind.
  private func said(
    _ gateway: Registry.Gateway, applied: String? = nil, refused: String? = nil, accept: String = #"["signatures"]"#, watching: Bool = true
  ) throws -> [String: ConfigMessage<SignatureRelease?>] {
    let state = """
      {"epoch":"e1","version":"1","watching":\(watching),"accept":\(accept),"applied":{\(applied.map { #""signatures":"\#($0)""# } ?? "")},\
      "refused":{\(refused.map { #""\#($0)":"it does not compile""# } ?? "")}}
      """
    var reception = Reception()
    let outcome = try reception.store([message(gateway, "state", state)], ingest)
    var messages: [String: ConfigMessage<SignatureRelease?>] = [:]
    for (key, data) in outcome.configurations {
      messages[key.kind] = try? JSONDecoder().decode(ConfigMessage<SignatureRelease?>.self, from: data)
      let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
      if messages[key.kind] == nil, let id = object?["id"] as? String {
        messages[key.kind] = ConfigMessage(id: id, kind: key.kind, data: nil)
      }
    }
    return messages
  }

  private func release(soak: Int = 0, tenant: String = "alpha") throws -> String {
    try registry.transaction {
      try Registry.add(.signatures(try Self.archive.get()), key: key, soak: soak, tenant: tenant, by: "test", $0).id
    }
  }

  private func round(calm: Bool = true) throws {
    var round = StagingRound(at: calm ? .now - .seconds(3600) : .now)
    _ = try registry.transaction { try round.run($0) }
  }

  private func row(_ id: String) throws -> (status: String, percent: Int64, reason: String?) {
    let row = try #require(try registry.run("SELECT status, percent, reason FROM release WHERE id = $1", [PostgresValue(id)]).first)
    return (try row.text("status"), try row.integer("percent"), try row.textIfAny("reason"))
  }

  private func chosen(_ id: String) throws -> Set<String> {
    Set(
      try registry.run("SELECT gateway FROM release_gateway WHERE release = $1", [PostgresValue(id)]).rows.map { try $0.text("gateway") })
  }

  private func alerts(_ count: Int, of gateway: Registry.Gateway, from: Int = 0) throws {
    var reception = Reception()
    let messages = (from..<from + count).map { eventMessage(gateway, $0 + 1, prev: $0, alert: "A-\($0)", device: "d\($0)") }
    _ = try reception.store(messages, ingest)
  }

  // MARK: What is signed

  @Test func boxesVerifyWhatCentralSigned() throws {
    _ = try boxes(1)
    let id = try release()
    let text = try #require(
      try registry.run("SELECT message FROM release WHERE id = $1", [PostgresValue(id)]).first?.text("message"))
    let message = try ConfigMessage<SignatureRelease>(bytes: Data(text.utf8))
    let signed = try SignedSignatures(
      text: String(decoding: try message.canonicalBytes(), as: UTF8.self), signature: message.signature ?? "", key: key.publicKey)
    #expect(signed.id == id && signed.release.number == 1 && signed.release.path == "/gateway/1/releases/\(id)")
    let archive = try #require(try registry.transaction { try Registry.archive(of: id, tenant: "alpha", $0) })
    #expect(try signed.archive(archive) == Self.archive.get())
    #expect(try registry.transaction { try Registry.archive(of: id, tenant: "beta", $0) } == nil)
  }

  @Test func softwareIsSignedInTheSameWay() throws {
    _ = try boxes(1)
    let sum = String(repeating: "A", count: 64)
    let new = NewRelease.software(version: "1.2.3-1~deb12", sha256: sum)
    let text = try new.message(id: "software-1", number: 7, key: key)
    let message = try ConfigMessage<SoftwareRelease>(bytes: Data(text.utf8))
    #expect(key.publicKeyVerifies(message))
    #expect(
      message.data
        == SoftwareRelease(
          number: 7, package: "lenscap", version: "1.2.3-1~deb12", sha256: sum.lowercased(), repository: "/debian"))
    for wrong in [NewRelease.software(version: "1;rm", sha256: sum), .software(version: "1.2", sha256: "abc")] {
      #expect(throws: ChainError.self) { try wrong.message(id: "software-1", number: 1, key: key) }
    }
  }

  @Test func signaturesThatDoNotCheckAreNotReleased() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "signatures-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(throws: (any Error).self) { try NewRelease.signatures(folder: folder, installed: nil) }
    try Data("- id: x\n  says: nothing\n".utf8).write(to: URL(filePath: folder + "/a.yaml"))
    #expect(throws: (any Error).self) { try NewRelease.signatures(folder: folder, installed: nil) }
    // The installed ones are well; and they are a release, too.
    let own = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../signatures").standardized.path
    guard case .signatures(let archive) = try NewRelease.signatures(folder: own, installed: own) else { throw ReleaseProblem.sum }
    #expect(archive.files.count > 100)
  }

  // MARK: Stages

  @Test func itGoesToOneThenATenthThenAll() throws {
    let all = try boxes(20)
    _ = try boxes(3, accept: #"["declared"]"#)
    _ = try boxes(2, tenant: "beta")
    let id = try release()
    try round()
    let first = try chosen(id)
    #expect(first.count == 1)
    for gateway in all { #expect(try said(gateway)["signatures"]?.id == (first.contains(gateway.id) ? id : nil)) }
    try round()
    #expect(try row(id).percent == 1, "no box has it yet")
    for percent in [Int64(10), 100] {
      for gateway in all where try chosen(id).contains(gateway.id) { #expect(try said(gateway, applied: id).isEmpty) }
      try round()
      #expect(try row(id).percent == percent)
      #expect(try chosen(id).count == (percent == 10 ? 2 : 20))
      #expect(try chosen(id).isSuperset(of: first))
    }
    for gateway in all { _ = try said(gateway, applied: id) }
    try round()
    #expect(try row(id).status == "done")
    // A box that joins later gets it, too.
    let late = try boxes(1)[0]
    try round()
    #expect(try said(late)["signatures"]?.id == id)
  }

  @Test func itWaitsForTheSoakTime() throws {
    let box = try boxes(1)[0]
    let id = try release(soak: 3600)
    try round()
    _ = try said(box, applied: id)
    try round()
    #expect(try row(id).percent == 1)
    try registry.run("UPDATE release_gateway SET taken = taken - interval '2 hours'")
    try round()
    #expect(try row(id).percent == 10)
  }

  @Test func aBoxThatIsAwayIsNotTheFirst() throws {
    let all = try boxes(3)
    for gateway in all.dropLast() { _ = try said(gateway, watching: false) }
    let id = try release()
    try round()
    #expect(try chosen(id) == [all[2].id])
  }

  // MARK: Stopping

  @Test func aRefusalStopsItAndBoxesGetBackWhatTheyHad() throws {
    let all = try boxes(20)
    let good = try release()
    for _ in 0..<2 { try registry.transaction { _ = try Registry.advanceRelease(good, by: "test", $0) } }
    try round()
    for gateway in all { _ = try said(gateway, applied: good) }
    try round()
    #expect(try row(good).status == "done")
    let bad = try release()
    try registry.transaction { _ = try Registry.advanceRelease(bad, by: "test", $0) }
    try round()
    let members = try chosen(bad)
    let two = all.filter { members.contains($0.id) }
    #expect(two.count == 2)
    _ = try said(two[0], applied: bad)
    _ = try said(two[1], applied: good, refused: bad)
    try round()
    let stopped = try row(bad)
    #expect(stopped.status == "stopped" && stopped.reason?.contains("it does not compile") == true)
    #expect(try said(two[0], applied: bad)["signatures"]?.id == good)
    #expect(try said(two[0], applied: good).isEmpty)
    #expect(try said(two[1], applied: good, refused: bad).isEmpty)
    let actions = try registry.run("SELECT who, detail FROM audit WHERE action = 'release-stopped'").rows
    #expect(try actions.map { try $0.text("who") } == ["central"])
  }

  @Test func whereThereWasNoneBeforeTheInstalledOnesComeBack() throws {
    let box = try boxes(1)[0]
    let id = try release(soak: 3600)
    try round()
    _ = try said(box, applied: id)
    try round()
    try registry.transaction { try Registry.stopRelease(id, because: "no", by: "test", $0) }
    #expect(try said(box, applied: id)["signatures"]?.id == "installed-\(id)")
    #expect(try said(box, applied: "installed-\(id)").isEmpty)
    // It may go on, and the next one does.
    try registry.transaction { try Registry.resumeRelease(id, by: "test", $0) }
    #expect(try said(box, applied: "installed-\(id)")["signatures"]?.id == id)
    let next = try release()
    #expect(try row(id).status == "superseded")
    try round()
    #expect(try said(box, applied: id)["signatures"]?.id == next)
    #expect(throws: RegistryError.self) { try registry.transaction { try Registry.advanceRelease(id, by: "test", $0) } }
  }

  @Test func aJumpOfAlertsStopsIt() throws {
    let all = try boxes(3)
    let id = try release(soak: 3600)
    try round()
    let members = try chosen(id)
    let box = try #require(all.first { members.contains($0.id) })
    _ = try said(box, applied: id)
    try alerts(4, of: box)
    try round()
    #expect(try row(id).status == "running")
    try alerts(1, of: box, from: 4)
    try round()
    let stopped = try row(id)
    #expect(stopped.status == "stopped" && stopped.reason?.hasPrefix("alerts jumped") == true)
    try registry.transaction { try Registry.resumeRelease(id, by: "test", $0) }
    _ = try said(box, applied: id)
    try round()
    #expect(try row(id).status == "running", "what was before is excused")
  }

  @Test func boxesThatGoBlindStopIt() throws {
    let all = try boxes(3)
    let id = try release(soak: 3600)
    try round()
    let members = try chosen(id)
    let box = try #require(all.first { members.contains($0.id) })
    _ = try said(box, applied: id)
    try round()
    _ = try said(box, applied: id, watching: false)
    try round(calm: false)
    #expect(try row(id).status == "running", "central has just begun, and knows nothing")
    try round()
    #expect(try row(id).status == "stopped")
  }

  // MARK: Boxes that are there

  @Test func boxesThatAreThereGetWhatChangedOnceAndAtOnce() throws {
    let box = try boxes(1)[0]
    var changes = ConfigurationChanges()
    #expect(try changes.due(ingest).isEmpty)
    let id = try release()
    try round()
    let due = try changes.due(ingest)
    #expect(due.keys.map(\.kind) == ["signatures"] && String(decoding: due.values.first ?? Data(), as: UTF8.self).contains(id))
    #expect(try changes.due(ingest).isEmpty)
    _ = try said(box, applied: id)
    #expect(try changes.due(ingest).isEmpty)
    try registry.transaction { try Registry.stopRelease(id, because: "no", by: "test", $0) }
    let back = try changes.due(ingest).values.map { String(decoding: $0, as: UTF8.self) }
    #expect(back.count == 1 && back[0].contains("installed-"))
  }

  // MARK: Tenants

  @Test func anotherTenantsReleaseIsNotThere() async throws {
    let (own, other) = (try boxes(1)[0], try boxes(1, tenant: "beta")[0])
    let id = try release()
    try round()
    #expect(try chosen(id) == [own.id])
    #expect(try said(other).isEmpty)
    let pool = PostgresPool(address, role: CentralRole.registry, connections: 1)
    let routes = ReleaseRoutes(registry: pool)
    func status(_ gateway: String, _ tenant: String, _ release: String) async throws -> HTTPResponse.Status {
      do { return try await routes.archive(of: release, for: gateway, tenant: tenant).status } catch let error as WebError {
        return error.status
      }
    }
    #expect(try await status(own.id, "alpha", id) == .ok)
    #expect(try await status(other.id, "beta", id) == .notFound)
    #expect(try await status(own.id, "alpha", "signatures-0000000000000000") == .notFound)
    #expect(try await status(own.id, "beta", id) == .forbidden)
    #expect(try await status("gw-0000000000000000", "alpha", id) == .forbidden)
    try registry.transaction { try Registry.revoke(own.id, by: "test", $0) }
    #expect(try await status(own.id, "alpha", id) == .forbidden)
  }
}

extension ReleaseSigningKey {
  fileprivate func publicKeyVerifies(_ message: ConfigMessage<some Codable & Sendable>) -> Bool {
    guard let bytes = try? message.canonicalBytes(), let key = try? publicKey else { return false }
    return key.verifies(message.signature ?? "", of: bytes)
  }
}
