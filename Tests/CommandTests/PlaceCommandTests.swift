import Foundation
import Testing

@testable import Capture
@testable import Detection

/// `--site` with rules for interfaces: through the commands, live and replayed.
@Suite struct PlaceCommandTests {
  static let site = """
    - { room: Room 1, interface: port1 }
    - { room: Room 2, interface: port2 }
    """

  /// The room of each device in a capture.
  static func rooms(_ result: Command.Result) -> [String: String] {
    Dictionary(
      result.devices.compactMap { device in
        ((device["place"] as? [String: Any])?["room"] as? String).map { (device["id"] as? String ?? "", $0) }
      }, uniquingKeysWith: { first, _ in first })
  }

  static func arp(_ last: UInt8) -> [UInt8] {
    let mac: [UInt8] = [0x24, 0x6F, 0x28, 0, 0, last]
    return [255, 255, 255, 255, 255, 255] + mac + [8, 6, 0, 1, 8, 0, 6, 4, 0, 1] + mac + [10, 7, 0, last, 0, 0, 0, 0, 0, 0, 10, 7, 0, 1]
  }

  static func write(_ path: String, _ frames: [(interface: String, bytes: [UInt8])]) throws {
    let names = CaptureInterfaces()
    let writer = try CaptureWriter(path: path, application: "test", snapLength: 65_535, interfaces: names)
    for (index, frame) in frames.enumerated() {
      writer.write(
        Frame(
          bytes: frame.bytes.span.bytes, originalLength: frame.bytes.count, linkType: .ethernet,
          time: Timestamp(seconds: 1_800_000_000 + Int64(index), nanoseconds: 0), reference: PacketReference(file: 0, number: 1),
          interface: names.number(of: frame.interface)))
    }
    #expect(writer.close() == nil)
  }

  @Test func replayOfTwoInterfaces() throws {
    try withTemporaryFolder { (folder) throws in
      let (site, capture) = (folder.appendingPathComponent("site.yaml").path, folder.appendingPathComponent("two.pcapng").path)
      try Self.site.write(toFile: site, atomically: true, encoding: .utf8)
      try Self.write(capture, [("port1", Self.arp(1)), ("port2", Self.arp(2)), ("port3", Self.arp(3)), ("", Self.arp(4))])
      let result = try Command.run("replay", "--format", "json", "--site", site, capture)
      #expect(Self.rooms(result) == ["mac:24:6f:28:00:00:01": "Room 1", "mac:24:6f:28:00:00:02": "Room 2"])
      #expect(result.devices.count == 4)
      // In separate files, where interface numbers start again.
      let files = (1...2).map { folder.appendingPathComponent("\($0).pcapng").path }
      try Self.write(files[0], [("port2", Self.arp(1))])
      try Self.write(files[1], [("port1", Self.arp(2))])
      let several = try Command.run(["replay", "--format", "json", "--site", site] + files)
      #expect(Self.rooms(several) == ["mac:24:6f:28:00:00:01": "Room 2", "mac:24:6f:28:00:00:02": "Room 1"])
    }
  }

  @Test func evidenceFileHasTheInterface() throws {
    try withTemporaryFolder { (folder) throws in
      let (site, capture) = (folder.appendingPathComponent("site.yaml").path, folder.appendingPathComponent("all.pcapng").path)
      let evidence = folder.appendingPathComponent("evidence.pcapng").path
      try Self.site.write(toFile: site, atomically: true, encoding: .utf8)
      let packets = try PcapFile(pcapng: Data(contentsOf: URL(fileURLWithPath: Command.capture("camera-boot")))).packets
      try Self.write(capture, packets.map { ("port2", [UInt8]($0.bytes)) })
      let whole = try Command.run("replay", "--format", "json", "--site", site, "--write-evidence", evidence, capture)
      #expect(whole.status == 10)
      let part = try Command.run("replay", "--format", "json", "--site", site, evidence)
      #expect(part.status == 10)
      for result in [whole, part] {
        let alerts = result.json["alerts"] as? [[String: Any]] ?? []
        #expect(!alerts.isEmpty && alerts.allSatisfy { ($0["summary"] as? String)?.hasSuffix(", Room 2") == true }, "\(alerts)")
      }
    }
  }

  /// What a watch of several interfaces, or of all, says live, and what the replay of its recording says.
  @Test(.needs(.namespaces), arguments: ["-i port1 -i port2", "-i any"])
  func liveIsReplayed(interfaces: String) throws {
    try withTemporaryFolder { (folder) throws in
      let file = folder.appendingPathComponent("watched.pcapng").path
      let site = folder.appendingPathComponent("site.yaml").path
      try Self.site.write(toFile: site, atomically: true, encoding: .utf8)
      let packets = try PcapFile(pcapng: Data(contentsOf: URL(fileURLWithPath: Command.capture("camera-boot")))).packets
      let frames = folder.appendingPathComponent("frames").path
      try packets.map { $0.bytes.map { String(format: "%02x", $0) }.joined() }.joined(separator: "\n")
        .write(toFile: frames, atomically: true, encoding: .utf8)
      let set = (1...2).map {
        "ip link add port\($0) type veth peer name far\($0) && ip link set port\($0) up && ip link set far\($0) up"
      }.joined(separator: " && ")
      let sender = """
        python3 -c "import socket, time; time.sleep(1); s = socket.socket(17, 3); s.bind(('far2', 0)); \
        [s.send(bytes.fromhex(line.strip())) for line in open('\(frames)')]"
        """
      let watch =
        "timeout --preserve-status -s INT 4 '\(Command.binary)' watch \(interfaces) --format jsonl --site '\(site)' --write '\(file)' --user root"
      let watched = try inANamespace("\(set) && { \(sender) & \(watch); status=$?; wait; exit $status; }")
      #expect(watched.status == 10, "\(watched.errors)")
      let replayed = try Command.run("replay", "--format", "jsonl", "--site", site, file)
      func summaries(_ output: String) -> [String] {
        let alerts = output.split(separator: "\n").compactMap {
          (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
        }.filter { $0["type"] as? String == "alert" && $0["kind"] as? String != "health" }
        let latest = Dictionary(alerts.map { ($0["id"] as? String ?? "", "\($0["time"] ?? "") \($0["summary"] ?? "")") }) { $1 }
        return latest.values.sorted()
      }
      #expect(!summaries(watched.output).isEmpty)
      #expect(summaries(watched.output).allSatisfy { $0.hasSuffix(", Room 2") }, "\(summaries(watched.output))")
      #expect(summaries(watched.output) == summaries(replayed.output))
    }
  }
}
