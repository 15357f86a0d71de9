import ConfigurationFiles
import Foundation
import Testing

@testable import Sinks

@Suite struct FileSinkTests {
  private let scratch = try! Scratch()

  private func sink(_ name: String = "out.jsonl", format: String? = nil) throws -> FileSink {
    var settings = SinkSettings(name: "f", kind: .file)
    settings.path = scratch.path(name)
    settings.format = format
    return try FileSink(settings)
  }

  @Test func eachEventIsALine() async throws {
    let sink = try sink()
    try await sink.deliver(Sample.parcel())
    try await sink.deliver(Sample.parcel(of: Sample.event(.silent), Sample.event(.back, 2)))
    let lines = try scratch.lines("out.jsonl").map { try JSONValue(Data($0.utf8)) }
    #expect(lines.map { $0["type"]?.string } == ["alert.raised", "alert.silent", "alert.back"])
    #expect(lines[0]["device"] == "mac:02:00:00:00:00:01")
    #expect(lines[0]["uid"]?.string == Sample.event().uid)
    let mode = try FileManager.default.attributesOfItem(atPath: scratch.path("out.jsonl"))[.posixPermissions] as? Int
    #expect(mode == 0o640)
  }

  @Test func eveIsAnAlertOfSuricata() async throws {
    try await sink(format: "eve").deliver(Sample.parcel())
    let line = try JSONValue(Data(try #require(scratch.lines("out.jsonl").first).utf8))
    #expect(line["event_type"] == "alert")
    #expect(line["timestamp"] == "2026-11-24T14:03:11.123456+0000")
    #expect(line["src_ip"] == "10.0.0.1")
    #expect(line["dest_ip"] == "192.0.2.7")
    #expect(line["proto"] == "UDP")
    #expect(line["host"] == "attic")
    #expect(line["alert"]?["severity"] == 1)
    #expect(line["alert"]?["signature_id"] == 1_730_001)
    #expect(line["lenscap"]?["type"] == "alert.raised")
  }

  @Test(arguments: Event.Kind.allCases)
  func everyKindHasItsSignature(kind: Event.Kind) {
    let eve = Sample.event(kind).eve["alert"]
    #expect(eve?["signature"]?.string?.hasPrefix("Lenscap: ") == true)
    #expect(Event.Kind.allCases.filter { Sample.event($0).eve["alert"]?["signature_id"] == eve?["signature_id"] } == [kind])
  }

  @Test(arguments: Sample.hostileNames + [""], ["lenscap", "eve"])
  func hostileNamesStayInTheirLine(name: String, format: String) async throws {
    let sink = try sink(format: format)
    for _ in 0..<2 { try await sink.deliver(Sample.parcel(of: Sample.event(name: name), text: name)) }
    let lines = scratch.lines("out.jsonl")
    #expect(lines.count == 2)
    let document = try JSONValue(Data(lines[1].utf8))
    #expect((format == "eve" ? document["lenscap"] : document)?["subject"]?["model"]?.string == name)
  }

  @Test func rotatedFileIsLeft() async throws {
    let sink = try sink()
    try await sink.deliver(Sample.parcel())
    try FileManager.default.moveItem(atPath: scratch.path("out.jsonl"), toPath: scratch.path("old"))
    try await sink.deliver(Sample.parcel())
    #expect(scratch.lines("old").count == 1)
    #expect(scratch.lines("out.jsonl").count == 1)
    await sink.reopen()
    try await sink.deliver(Sample.parcel())
    #expect(scratch.lines("out.jsonl").count == 2)
  }

  @Test func unfinishedLineIsEnded() async throws {
    _ = try scratch.write("out.jsonl", "{\"half\":")
    try await sink().deliver(Sample.parcel())
    let lines = scratch.lines("out.jsonl")
    #expect(lines.count == 2)
    #expect(try JSONValue(Data(lines[1].utf8))["type"] == "alert.raised")
  }

  @Test func onlyRegularFilesAreWritten() async throws {
    #expect(mkfifo(scratch.path("fifo"), 0o600) == 0)
    try FileManager.default.createSymbolicLink(atPath: scratch.path("link"), withDestinationPath: scratch.path("target"))
    try FileManager.default.createDirectory(atPath: scratch.path("folder"), withIntermediateDirectories: true)
    for name in ["fifo", "link", "folder", "missing/file"] {
      let error = try #require(try await sink(name).deliveryError(Sample.parcel()), "\(name)")
      guard case .temporary = error else {
        Issue.record("\(name): \(error)")
        continue
      }
    }
    #expect(!FileManager.default.fileExists(atPath: scratch.path("target")))
  }

  @Test func twoProcessesTakeTurns() async throws {
    let holder = open(scratch.path("out.jsonl"), O_RDWR | O_CREAT, 0o600)
    defer { close(holder) }
    #expect(flock(holder, LOCK_EX) == 0)
    let sink = try sink()
    #expect(await sink.deliveryError(Sample.parcel())?.reason.contains("locked") == true)
    #expect(flock(holder, LOCK_UN) == 0)
    #expect(await sink.deliveryError(Sample.parcel()) == nil)
  }

  @Test(.enabled(if: geteuid() == 0, "needs root, for a small file system"))
  func fullDiskLeavesNoPartialLine() async throws {
    let folder = scratch.path("small")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    guard run("/usr/bin/env", "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder).status == 0 else { return }
    defer { _ = run("/usr/bin/env", "umount", folder) }
    let sink = try sink("small/out.jsonl")
    let parcel = Sample.parcel(of: Sample.event(name: String(repeating: "x", count: 3_000)))
    var delivered = 0
    while delivered < 100, await sink.deliveryError(parcel) == nil { delivered += 1 }
    #expect(delivered < 100)
    #expect(await sink.deliveryError(parcel)?.reason.contains("No space left") == true)
    #expect(scratch.text("small/out.jsonl").last == "\n")
    #expect(scratch.lines("small/out.jsonl").count == delivered)
    try FileManager.default.moveItem(atPath: scratch.path("small/out.jsonl"), toPath: scratch.path("old"))
    #expect(await sink.deliveryError(parcel) == nil)
    #expect(try scratch.lines("small/out.jsonl").map { try JSONValue(Data($0.utf8))["type"] } == ["alert.raised"])
  }
}
