import ChainMessages
import ConfigurationFiles
import Detection
import Foundation
import Sinks
import Testing

@testable import Serve
@testable import Store

/// What `serve` does with an order of software: it looks at it, writes it down, and reads what root did.
@Suite struct UpgradesTests {
  private let databases: Databases
  private let release = ReleaseSample()

  init() throws {
    databases = try Databases()
    try release.pem.write(toFile: databases.folder + "/release.pem", atomically: true, encoding: .utf8)
  }

  private var request: String { databases.folder + "/upgrade-request.json" }

  private func upgrades(key: String? = "release.pem") -> Upgrades {
    Upgrades(
      releaseKey: key.map { databases.folder + "/" + $0 }, store: databases.own, folder: databases.folder, state: databases.folder)
  }

  private func downloads(_ accept: [UplinkSettings.Kind] = [.software]) -> Downloads {
    Downloads(accept: accept, store: databases.own, upgrades: upgrades())
  }

  private func written() throws -> UpgradeRequest { try UpgradeRequest(bytes: Array(try Data(contentsOf: URL(filePath: request)))) }

  /// Root took the request, and did this.
  private func answer(_ outcome: UpgradeResult.Outcome, _ text: String = "text", id: String = "s-1", attempt: Int = 1) throws {
    unlink(request)
    let result = UpgradeResult(id: id, attempt: attempt, outcome: outcome, text: text, time: "2026-01-01T00:00:00Z")
    try JSONEncoder().encode(result).write(to: URL(filePath: databases.folder + "/result.json"))
  }

  @Test func anOrderGoesToRootAndItsResultToCentral() throws {
    let message = try release.order()
    let downloads = downloads()
    #expect(downloads.take(message, at: at(0)) == ["software s-1 of central: lenscap 0.2.0 waits for `lenscap upgrade`"])
    let asked = try written()
    #expect(asked.attempt == 1 && asked.message.signature == message.signature)
    #expect(try asked.message.canonicalBytes() == message.canonicalBytes())
    #expect(try FileManager.default.attributesOfItem(atPath: request)[.posixPermissions] as? Int == 0o600)
    #expect(downloads.take(message, at: at(1)).isEmpty, "central sends it again and again")
    #expect(downloads.followUpgrade(at: at(10)).isEmpty && downloads.applied.isEmpty && downloads.refused.isEmpty)
    try answer(.applied)
    // The package started `serve` again.
    let again = self.downloads()
    #expect(again.followUpgrade(at: at(60)) == ["software s-1 of central is in force"])
    #expect(again.applied == ["software": "s-1"] && again.hasChanged)
    #expect(again.take(message, at: at(70)).isEmpty && !FileManager.default.fileExists(atPath: request))
  }

  @Test func whatIsNotSignedOrNotAcceptedIsNotWrittenDown() throws {
    let other = ReleaseSample()
    let message = try release.order()
    var changed = message
    changed.data["version"] = "0.3.0"
    var renamed = message
    renamed.id = "s-2"
    for (wrong, reason) in [
      (try other.order(), "signature"), (changed, "signature"), (renamed, "signature"), (try release.order(signature: "AAAA"), "signature"),
      (try release.order(signature: "no base64!"), "signature"),
      (ConfigMessage(id: "s-1", kind: "software", data: message.data), "signature"),
    ] {
      guard case .refused(let text) = upgrades().take(wrong, at: at(0)) else {
        Issue.record("\(wrong)")
        continue
      }
      #expect(text.contains(reason))
    }
    #expect(downloads([.declared]).take(message, at: at(0)) == ["software s-1 of central is refused: uplink.accept does not name software"])
    #expect(upgrades(key: nil).take(message, at: at(0)) == .refused("the configuration has no uplink.release_key"))
    for key in ["missing.pem", "serve.sqlite"] {
      guard case .refused = upgrades(key: key).take(message, at: at(0)) else {
        Issue.record("\(key)")
        continue
      }
    }
    #expect(!FileManager.default.fileExists(atPath: request))
  }

  @Test func aWrongOrderIsRefusedThoughItIsSigned() throws {
    for (data, reason) in wrongOrders {
      guard case .refused(let text) = upgrades().take(try release.order(data), at: at(0)) else {
        Issue.record("\(data)")
        continue
      }
      #expect(text.contains(reason), "\(data): \(text)")
    }
    #expect(!FileManager.default.fileExists(atPath: request))
  }

  @Test func numbersRise() throws {
    let upgrades = upgrades()
    _ = upgrades.take(try release.order("s-7", ReleaseSample.data(number: 7)), at: at(0))
    #expect(
      upgrades.take(try release.order("s-6", ReleaseSample.data(number: 6)), at: at(1))
        == .refused("release 6 is older than 7, which waits"))
    try answer(.applied, id: "s-7")
    #expect(upgrades.follow(at: at(2))?.1 == .applied)
    for number in [6, 7] as [Int64] {
      guard case .refused = upgrades.take(try release.order("s-x", ReleaseSample.data(number: number)), at: at(3)) else {
        Issue.record("\(number)")
        continue
      }
    }
    guard case .waits = upgrades.take(try release.order("s-8", ReleaseSample.data(number: 8)), at: at(4)) else {
      Issue.record("a later one is taken")
      return
    }
  }

  @Test func whatRootRefusedIsNotTriedAgain() throws {
    let downloads = downloads()
    _ = downloads.take(try release.order(), at: at(0))
    try answer(.refused, "version 0.2.0 is not higher than 0.2.0")
    #expect(downloads.followUpgrade(at: at(1)) == ["software s-1 of central is refused: version 0.2.0 is not higher than 0.2.0"])
    #expect(downloads.take(try release.order(), at: at(2)).isEmpty && !FileManager.default.fileExists(atPath: request))
    #expect(try databases.own.uplinkState().refused["s-1"] != nil, "for `lenscap status`")
  }

  @Test func whatFailedIsTriedAgainForADay() throws {
    let upgrades = upgrades()
    _ = upgrades.take(try release.order(), at: at(0))
    for attempt in 1..<Upgrades.attempts {
      let now = Double(attempt) * 3600
      try answer(.failed, "no network", attempt: attempt)
      #expect(upgrades.follow(at: at(now))?.1 == .waits("is tried again in an hour: no network"))
      #expect(upgrades.follow(at: at(now + 3000)) == nil)
      #expect(upgrades.follow(at: at(now + 3600))?.1 == .waits("waits for `lenscap upgrade` again"))
      #expect(try written().attempt == attempt + 1)
      #expect(upgrades.follow(at: at(now + 3600)) == nil, "the former attempt's result is not this one's")
    }
    try answer(.failed, "no network", attempt: Upgrades.attempts)
    #expect(upgrades.follow(at: at(90_000))?.1 == .refused("was tried 24 times, at last: no network"))
    #expect(upgrades.follow(at: at(90_010)) == nil)
  }

  @Test func aUnitThatIsOffIsSaid() throws {
    let upgrades = upgrades()
    _ = upgrades.take(try release.order(), at: at(0))
    #expect(upgrades.follow(at: at(800)) == nil)
    guard case .refused(let text)? = upgrades.follow(at: at(1000))?.1 else {
      Issue.record("nothing was said")
      return
    }
    #expect(text.contains("lenscap-upgrade.path"))
    #expect(!FileManager.default.fileExists(atPath: request), "nothing is installed by surprise when somebody switches it on")
  }

  @Test func aRequestThatALostPowerSwallowedIsMadeAgain() throws {
    let upgrades = upgrades()
    _ = upgrades.take(try release.order(), at: at(0))
    unlink(request)
    #expect(upgrades.follow(at: at(3 * 3600)) == nil, "it may take its time")
    #expect(upgrades.follow(at: at(5 * 3600))?.1 == .waits("waits for `lenscap upgrade` again"))
    #expect(try written().attempt == 2)
  }

  @Test func theFolderIsTheOneThatTheUnitLooksIn() {
    #expect(Upgrades.folder(database: "/data/serve.sqlite", environment: [:]) == "/data")
    #expect(
      Upgrades.folder(database: "/data/serve.sqlite", environment: ["STATE_DIRECTORY": "/var/lib/lenscap/serve"])
        + "/" + UpgradeFiles.requestName == UpgradeFiles.request)
  }
}
