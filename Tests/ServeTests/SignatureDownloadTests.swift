import ChainMessages
import ConfigurationFiles
import Detection
import Foundation
import Releases
import Sinks
import Testing

@testable import Serve
@testable import Store

/// Releases of signatures on their way through `serve`: verified before anything is fetched, and handed to `watch`.
@Suite struct SignatureDownloadTests {
  private let databases: Databases
  private let key = ReleaseSigningKey()
  private let archive: Data

  init() throws {
    databases = try Databases()
    archive = try ReleaseArchive([.init(name: "a.yaml", bytes: Array(String(repeating: "# \n", count: 30_000).utf8))]).bytes
  }

  private func downloads(_ accept: [UplinkSettings.Kind] = [.signatures]) throws -> Downloads {
    Downloads(accept: accept, releaseKey: try key.publicKey, store: databases.own)
  }

  private func message(_ id: String = "signatures-1", number: Int64 = 1, signer: ReleaseSigningKey? = nil) throws -> ConfigMessage<
    JSONValue
  > {
    let data = SignatureRelease(
      number: number, sha256: ReleaseArchive.sum(of: archive), bytes: archive.count, path: SignatureRelease.path(of: id))
    let signed = ConfigMessage(id: id, kind: "signatures", data: data)
    var message = try ConfigMessage<JSONValue>(bytes: try signed.bytes())
    message.signature = try (signer ?? key).sign(try signed.canonicalBytes())
    return message
  }

  @Test func whatIsSignedIsFetchedAndHandedOver() throws {
    let downloads = try downloads()
    #expect(downloads.take(try message(), at: at(0)).isEmpty)
    let wanted = try #require(downloads.wanted)
    #expect(wanted.release.path == "/gateway/1/releases/signatures-1")
    #expect(downloads.fetched(wanted, archive, at: at(1)).first?.contains("goes to `watch`") == true)
    let file = try #require(try CommandFile.open(databases.own.path))
    let command = try #require(try file.commands(after: 0).last)
    let given = try JSONDecoder().decode(OperatorCommand.Release.self, from: Data((command.argument ?? "").utf8))
    #expect(command.action == "release" && command.origin == "central" && given.id == "signatures-1")
    // What `watch` reads can be verified again.
    _ = try SignedSignatures(text: given.signed ?? "", signature: given.signature ?? "", key: key.publicKey)
    #expect(try file.archive(of: "signatures-1", limit: ReleaseArchive.limit) == archive)
    #expect(try file.archive(of: "signatures-1", limit: archive.count - 1) == nil)
    #expect(try file.archive(of: "signatures-2", limit: ReleaseArchive.limit) == nil)
    #expect(downloads.take(try message(), at: at(2)).isEmpty && downloads.refused.isEmpty, "central sends it again and again")
    // `watch` decides.
    _ = try databases.log.apply(
      command, of: file.list, at: at(3), takes: [.signatures],
      prepared: .release(StoredRelease(id: given.id, number: 1, archive: archive, at: at(3))))
    #expect(try downloads.follow(databases.log) == ["signatures signatures-1 of central is in force"])
    #expect(downloads.applied == ["signatures": "signatures-1"])
    #expect(try file.archive(of: "signatures-1", limit: ReleaseArchive.limit) == nil, "it need not lie here any more")
    // It went back by itself.
    let release = try #require(try databases.log.signatureRelease())
    _ = try databases.log.leave(release, because: "it does not start", at: at(4))
    _ = try downloads.follow(databases.log)
    #expect(downloads.applied.isEmpty && downloads.refused["signatures-1"]?.contains("it does not start") == true)
  }

  @Test func whatWatchRefusesIsSaidWithItsReason() throws {
    let downloads = try downloads()
    _ = downloads.take(try message(), at: at(0))
    _ = downloads.fetched(try #require(downloads.wanted), archive, at: at(0))
    let file = try #require(try CommandFile.open(databases.own.path))
    let command = try #require(try file.commands(after: 0).last)
    _ = try databases.log.apply(command, of: file.list, at: at(1), takes: [.signatures], prepared: .refused("a.yaml:1:1: what"))
    _ = try downloads.follow(databases.log)
    #expect(downloads.refused == ["signatures-1": "`watch` refused it: a.yaml:1:1: what"])
  }

  @Test func whatIsWrongIsNotFetchedOrStored() throws {
    let downloads = try downloads()
    _ = downloads.take(try message(signer: ReleaseSigningKey()), at: at(0))
    #expect(downloads.refused["signatures-1"] == "its signature is not of the release key" && downloads.wanted == nil)
    var unsigned = try message("signatures-2")
    unsigned.signature = nil
    _ = downloads.take(unsigned, at: at(0))
    #expect(downloads.refused["signatures-2"] != nil && downloads.wanted == nil)
    var changed = try message("signatures-3")
    changed.data["number"] = 9
    _ = downloads.take(changed, at: at(0))
    #expect(downloads.refused["signatures-3"] != nil && downloads.wanted == nil)
    _ = downloads.take(try message("signatures-4"), at: at(0))
    _ = downloads.fetched(try #require(downloads.wanted), archive.dropLast(512), at: at(0))
    #expect(downloads.refused["signatures-4"] == "its archive is another than the one that was signed")
    #expect(try CommandFile.open(databases.own.path)?.last ?? 0 == 0)
  }

  @Test func roomsGoThroughTheWatch() throws {
    let downloads = try downloads([.rooms])
    let rules: JSONValue = [["room": "Suite", "vlan": "20"]]
    let message = ConfigMessage(id: "rooms-1", kind: "rooms", data: rules)
    #expect(downloads.take(message, at: at(0)) == ["rooms rooms-1 of central goes to `watch`: 1 rules"])
    let file = try #require(try CommandFile.open(databases.own.path))
    for command in try file.commands(after: 0) {
      _ = try databases.log.apply(command, of: file.list, at: at(1), takes: [.rooms], prepared: .rooms)
    }
    _ = try downloads.follow(databases.log)
    #expect(downloads.applied == ["rooms": "rooms-1"])
    for wrong in [["room": "x"], [["room": 5]], "x"] as [JSONValue] {
      _ = downloads.take(ConfigMessage(id: "rooms-2", kind: "rooms", data: wrong), at: at(2))
      #expect(downloads.refused["rooms-2"] == "its data is no list of rooms")
    }
  }
}
