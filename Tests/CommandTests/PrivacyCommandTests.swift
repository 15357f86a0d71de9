import Foundation
import Testing

@testable import Store

/// `lenscap privacy`, and alerts on hold, on the database of a watch that ended.
@Suite struct PrivacyCommandTests {
  private static let camera = "00:e0:4c:36:0c:22"

  private func withDatabase(_ body: (URL, (String...) throws -> Command.Result) throws -> Void) throws {
    try withTemporaryFolder { (folder) throws in
      let path = folder.appending(path: "lenscap.sqlite").path
      let user = geteuid() == 0 ? ["--user", "root"] : []
      let packets = try Data(contentsOf: URL(fileURLWithPath: Command.capture("camera-boot")))
      #expect(try Command.run(["watch", "-i", "-", "--database", path] + user, input: packets).status == 10)
      try body(folder) { arguments in try Command.run(arguments + ["--database", path]) }
    }
  }

  /// Of the camera, as the watch kept them beside the database.
  private func packets(in folder: URL) throws -> Int {
    let ring = folder.appending(path: "lenscap.sqlite-packets").path
    let address = Data(Self.camera.split(separator: ":").compactMap { UInt8($0, radix: 16) })
    return try FileManager.default.contentsOfDirectory(atPath: ring).reduce(0) { count, name in
      let packets = try PcapFile(pcapng: Data(contentsOf: URL(fileURLWithPath: "\(ring)/\(name)"))).packets
      return count + packets.filter { Data($0.bytes.prefix(12)).range(of: address) != nil }.count
    }
  }

  @Test(.needs(.jsonSchema)) func theReportIsComplete() throws {
    try withDatabase { folder, run in
      let result = try run("privacy", "report", "--format", "json")
      #expect(result.status == 0)
      try SchemaTests.expectValid(result.output, "privacy")
      let stored = try #require(result.json["stored"] as? [[String: Any]])
      let cameras = try #require(stored.first { $0["kind"] as? String == "cameras" })
      #expect(cameras["count"] as? Int == 1 && (cameras["fields"] as? [String: Int])?["mac"] == 1)
      #expect(stored.first { $0["kind"] as? String == "alerts" }?["kept_seconds"] as? Int == 366 * 86_400)
      let paths = (result.json["files"] as? [[String: Any]] ?? []).compactMap { $0["path"] as? String }
      #expect(paths.contains(folder.appending(path: "lenscap.sqlite").path))
      let text = try run("privacy", "report").output
      #expect(text.contains("cameras, and devices with an alert: 1, ") && text.contains("messages that left the house: none"))
      #expect(!text.contains(Self.camera), "it counts, and names nobody")
    }
  }

  /// As long as the configuration says.
  @Test func guestsAreKeptAsConfigured() throws {
    try withDatabase { folder, run in
      let file = folder.appending(path: "lenscap.yaml")
      try "retention: { guests: 2d, rooms: 90d, evidence: 3d }\nevidence: off\n".write(to: file, atomically: true, encoding: .utf8)
      let shown = try Command.run("config", "show", file.path, "--format", "json").json["config"] as? [String: [String: Any]]
      #expect(shown?["retention.guests"]?["value"] as? String == "2d" && shown?["retention.rooms"]?["value"] as? String == "90d")
      #expect(shown?["retention.evidence"]?["value"] as? String == "3d" && shown?["evidence"]?["value"] as? Bool == false)
      #expect(try Command.run("config", "check", file.path).errors.contains("no effect") == false)
      let report = try run("privacy", "report", "--format", "json", "--config", file.path)
      let rooms = (report.json["stored"] as? [[String: Any]])?.first { $0["kind"] as? String == "rooms" }
      #expect(rooms?["kept_seconds"] as? Int == 90 * 86_400)
    }
  }

  @Test func erasing() throws {
    try withDatabase { folder, run in
      #expect(try packets(in: folder) > 0)
      #expect(try run("privacy", "erase", "nobody", "--yes").status == 64)
      let refused = try run("privacy", "erase", Self.camera)
      #expect(refused.status == 64 && refused.errors.contains("--yes"), "there is no terminal to ask on")
      #expect(try run("alerts", "list").output.contains("undeclared camera"))
      let erased = try run("privacy", "erase", Self.camera.uppercased(), "--yes")
      #expect(erased.status == 0 && erased.output.hasPrefix("erased of \(Self.camera): 1 device, "), "\(erased)")
      #expect(erased.output.contains(/erased of [0-9a-f:]+: [0-9,]+ packets that the watch had kept/))
      #expect(try packets(in: folder) == 0)
      #expect(erased.output.contains(/stays: who erased it and when, with the hash scrypt:[0-9a-f]{32}:[0-9a-f]{64}/))
      #expect(try run("alerts", "list", "--all").output == "No alerts.\n")
      #expect(try !run("devices", "--format", "json").output.contains(Self.camera))
      let report = try run("privacy", "report", "--format", "json")
      #expect((report.json["erasures"] as? [[String: Any]])?.first?["alerts"] as? Int == 1)
      #expect(try run("privacy", "erase", Self.camera, "--yes").output.hasPrefix("nothing is stored about"))
    }
  }

  @Test(.needs(.jsonSchema)) func whatIsHeldStays() throws {
    try withDatabase { folder, run in
      let all = try JSONSerialization.jsonObject(with: Data(try run("alerts", "list", "--format", "json").output.utf8)) as? [[String: Any]]
      let alert = try #require(all?.first?["id"] as? String)
      #expect(all?.first?["held"] as? Bool == false)
      #expect(try run("alerts", "hold", "ffff").status == 64)
      #expect(try run("alerts", "hold", String(alert.prefix(6)), "--note", "the police").output.hasPrefix("\(alert) on hold: "))
      let shown = try run("alerts", "show", alert)
      #expect(shown.output.hasPrefix("\(alert)  open, held\n") && shown.output.contains("“the police”"))
      let document = try run("alerts", "show", alert, "--format", "json").output
      #expect(document.contains("\"held\" : true"))
      try SchemaTests.expectValid(document, "alert")
      let kept = try run("privacy", "erase", Self.camera, "--yes")
      let stays = "stays: alert \(alert), which is on hold, with its device, evidence, history, packets and papers"
      #expect(kept.status == 0 && kept.output.contains(stays))
      #expect(try packets(in: folder) > 0)
      #expect(try run("devices").output.uppercased().contains(Self.camera.uppercased()))
      #expect(try run("alerts", "release", alert).status == 0)
      #expect(try run("privacy", "erase", Self.camera, "--yes").output.hasPrefix("erased"))
      #expect(try packets(in: folder) == 0)
    }
  }
}
