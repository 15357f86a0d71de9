import Foundation
import Testing

/// What people read when somebody invents cameras: first the one that is real, then a few lines.
@Suite struct InventedCamerasCommandTests {
  /// A camera that boots, among others that only send an answer to a search; as pcap.
  private static func capture(inventing count: Int) throws -> Data {
    let real = try PcapFile(pcapng: try Data(contentsOf: URL(fileURLWithPath: Command.capture("camera-boot")))).packets
    let start = try #require(real.first)
    var records: [(time: UInt64, bytes: Data)] = real.map {
      (UInt64($0.seconds) * 1_000_000 + UInt64($0.nanoseconds / 1000), $0.bytes)
    }
    for number in 0..<count {
      records.append((UInt64(start.seconds) * 1_000_000 + 1_000_000 + UInt64(number) * 1000, frame(number)))
    }
    records.sort { $0.time < $1.time }
    var file = Data()
    func word(_ value: UInt32) { withUnsafeBytes(of: value.littleEndian) { file.append(contentsOf: $0) } }
    for value: UInt32 in [0xA1B2_C3D4, 0x0004_0002, 0, 0, 262_144, 1] { word(value) }
    for record in records {
      word(UInt32(record.time / 1_000_000))
      word(UInt32(record.time % 1_000_000))
      word(UInt32(record.bytes.count))
      word(UInt32(record.bytes.count))
      file.append(record.bytes)
    }
    return file
  }

  /// A SADP answer to everybody, from an address of its own.
  private static func frame(_ number: Int) -> Data {
    let text = Data(
      ("<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<ProbeMatch>\r\n<DeviceType>138</DeviceType>\r\n"
        + "<DeviceDescription>DS-2CD2043G2-I</DeviceDescription>\r\n</ProbeMatch>").utf8)
    let (high, low) = (UInt8(number >> 8), UInt8(number & 255))
    func big(_ value: Int) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
    let link: [UInt8] = [1, 0, 0x5E, 0x7F, 0xFF, 0xFA, 0, 0xE0, 0x4C, 0x77, high, low, 8, 0]
    let ip: [UInt8] = [0x45, 0] + big(28 + text.count) + [0, 0, 0, 0, 64, 17, 0, 0, 10, 77, high, low, 239, 255, 255, 250]
    let udp: [UInt8] = big(37020) + big(37020) + big(8 + text.count) + [0, 0]
    return Data(link + ip + udp) + text
  }

  @Test func replayTellsOfTheRealOneFirst() throws {
    try withTemporaryFolder { folder throws in
      let path = folder.appendingPathComponent("invented.pcap").path
      try Self.capture(inventing: 600).write(to: URL(fileURLWithPath: path))
      let text = try Command.run("replay", "--utc", path)
      let lines = text.output.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(text.status == 10)
      #expect(lines.first?.hasPrefix("1 camera and 600 invented cameras that nobody declared") == true, "\(lines.first ?? "")")
      let first = try #require(lines.first { $0.hasPrefix("CAMERA") || $0.hasPrefix("INVENTED") })
      #expect(first.contains("IPC-C22"))
      #expect(lines.count { $0.contains("600 cameras that nothing corroborates") } == 1)
      #expect(lines.count { $0.hasPrefix("FLOOD") } == 1)
      #expect(lines.count < 60, "\(lines.count)")
    }
  }

  @Test func documentsSayWhatIsInvented() throws {
    try withTemporaryFolder { folder throws in
      let path = folder.appendingPathComponent("invented.pcap").path
      try Self.capture(inventing: 600).write(to: URL(fileURLWithPath: path))
      let report = try Command.run("replay", "--format", "json", path)
      let alerts = try #require(report.json["alerts"] as? [[String: Any]])
      let groups = alerts.filter { $0["group"] != nil && $0["event"] as? String == "raised" }
      #expect(groups.count == 1 && groups.first?["severity"] as? String == "medium")
      #expect(groups.first?["kind"] as? String == "unknown-camera" && groups.first?["follows"] is NSNull)
      let group = try #require(groups.first?["group"] as? [String: Any])
      #expect(group["count"] as? Int == 600 && (group["examples"] as? [String])?.count == 5 && group["port"] as? String == "unnamed")
      let health = try #require(alerts.filter { $0["kind"] as? String == "health" }.compactMap { $0["health"] as? [String: Any] }.first)
      #expect(health["code"] as? String == "flood" && health["what"] as? String == "cameras" && health["count"] as? Int == 600)
      #expect(Set(health.keys) == ["code", "text", "interface", "segment", "source", "what", "count", "hidden"])
      // Those that had an alert before are folded into that of the group, and have none beside it.
      let cases = alerts.filter { $0["kind"] as? String == "unknown-camera" && $0["follows"] is NSNull }
      #expect(cases.count == 2 && alerts.count < 30)
      let folded = alerts.filter { ($0["changes"] as? [[String: Any]])?.contains { $0["what"] as? String == "group" } == true }
      // The real one may have been among them, and left again.
      #expect((19...22).contains(folded.count) && folded.allSatisfy { $0["event"] as? String == "changed" })
      let coverage = try #require(report.json["coverage"] as? [String: Any])
      #expect((coverage["flooded"] as? [[String: Any]])?.first?["count"] as? Int == 600)
      // The real one has an alert of its own.
      let real = alerts.filter { ($0["subject"] as? [String: Any])?["model"] as? String == "IPC-C22" }
      #expect(!real.isEmpty && real.allSatisfy { $0["group"] == nil })
    }
  }

  @Test func watchTellsLittleAndKeepsItsLimit() throws {
    try withTemporaryFolder { folder throws in
      let database = folder.appendingPathComponent("watch.sqlite").path
      let capture = try Self.capture(inventing: 12_000)
      let watched = try Command.run(
        "watch", "-i", "-", "--utc", "--database", database, "--database-limit", "16", input: capture)
      #expect(watched.status == 10)
      let lines = watched.output.split(separator: "\n")
      #expect(lines.count < 200, "\(lines.count)")
      #expect(lines.contains { $0.contains("IPC-C22") } && lines.contains { $0.contains("INVENTED") })
      #expect(watched.errors.contains("HEALTH") && watched.errors.contains("makes up cameras"))
      let size = try FileManager.default.attributesOfItem(atPath: database)[.size] as? Int ?? 0
      #expect(size <= 17 << 20, "\(size)")
      let open = try Command.run("alerts", "list", "--database", database)
      #expect(open.output.contains("IPC-C22") && open.output.split(separator: "\n").count < 60)
      // Nothing is told again.
      let again = try Command.run("watch", "-i", "-", "--utc", "--database", database, input: try Self.capture(inventing: 0))
      #expect(!again.output.contains("10.77."), "\(again.output)")
    }
  }
}
