import Foundation
import Testing

/// `replay` with `--filter`, `--from` and `--to`.
@Suite struct SelectionCommandTests {
  static let camera = Command.capture("camera-boot")

  private func packets(_ options: String..., environment: [String: String] = [:]) throws -> Int? {
    let result = try Command.run(["replay", "--format", "json"] + options + [Self.camera], environment: environment)
    let files = (result.json["source"] as? [String: Any])?["files"] as? [[String: Any]]
    #expect(files?.first?["packets"] as? Int == 87, "the packets of the file")
    return (result.json["coverage"] as? [String: Any])?["packets"] as? Int
  }

  @Test func filterDoesNotRenumberPackets() throws {
    #expect(try packets("--filter", "") == 87)
    let result = try Command.run("replay", "--format", "json", "-f", "udp port 5353", Self.camera)
    let numbers = result.devices.flatMap { $0["evidence"] as? [[String: Any]] ?? [] }
      .filter { ($0["field"] as? String)?.hasPrefix("mdns") == true }
      .compactMap { ($0["packet"] as? [String: Any])?["number"] as? Int }
    #expect(numbers.min() == 15, "the number in the whole file")
    let text = try Command.run("replay", "--filter", "arp", Self.camera)
    #expect(text.status == 0)
    #expect(text.output.contains(" of 87 packets were selected"))
  }

  @Test func wrongFilter() throws {
    for file in [Self.camera, "/nowhere.pcap"] {
      let result = try Command.run("replay", "--filter", "udp prot 53", file)
      #expect(result.status == 64)
      #expect(result.errors.contains("filter \"udp prot 53\": can't parse filter expression: syntax error"))
    }
    let link = try Command.run("replay", "--filter", "wlan type mgt", Self.camera)
    #expect(link.status == 64, "valid for other link types only")
    #expect(link.errors.contains("802.11"))
    #expect(link.output.isEmpty)
  }

  /// The capture is from 18:47:54.28 to 18:47:56 UTC; the packets with the number 39 and above from 18:47:55.5.
  @Test func times() throws {
    let expected = try packets("--utc", "--from", "18:47:55")
    #expect(expected == 71)
    for same in [
      "2026-11-24T18:47:55Z", "2026-11-24 18:47:55", "2026-11-24t18:47:55.000z", "2026-11-24T19:17:55+00:30", "2026-11-24T10:47:55-08:00",
    ] {
      #expect(try packets("--utc", "--from", same) == expected, "\(same)")
    }
    #expect(try packets("--utc", "--to", "18:47:55") == 87 - 71, "packets before a time and from it on add up to all")
    #expect(try packets("--utc", "--from", "18:47", "--to", "18:48") == 87)
    #expect(try packets("--utc", "--to", "18:47") == 0)
    // The first packet: from its time on, and before it.
    #expect(try packets("--from", "2026-11-24T18:47:54.283212Z") == 87 - 1)
    #expect(try packets("--from", "2026-11-24T18:47:54.2832121Z") == 87 - 2)
  }

  /// A recorder without a clock: the time is too large to represent.
  @Test func absurdTimeIsSelected() throws {
    var file = Data()
    let header: [UInt32] = [0x0A0D_0D0A, 28, 0x1A2B_3C4D, 1, .max, .max, 28]
    let interface: [UInt32] = [1, 20, 1, 0, 20]
    let packet: [UInt32] = [6, 48, 0, .max, .max, 14, 14, 0x0202_0202, 0x0202_0202, 0x0202_0202, 0x0608, 48]
    for word in header + interface + packet { Swift.withUnsafeBytes(of: word.littleEndian) { file.append(contentsOf: $0) } }
    try withTemporaryFolder { (folder) throws in
      let path = folder.appendingPathComponent("late.pcapng").path
      #expect(FileManager.default.createFile(atPath: path, contents: file))
      let result = try Command.run("replay", "--format", "json", path)
      #expect((result.json["coverage"] as? [String: Any])?["packets"] as? Int == 1)
    }
  }

  @Test func zones() throws {
    let tokyo = ["TZ": "Asia/Tokyo"]  // nine hours ahead, already the next day
    #expect(try packets("--from", "03:47:55", environment: tokyo) == 71)
    #expect(try packets("--from", "2026-11-25T03:47:55", environment: tokyo) == 71)
    #expect(try packets("--utc", "--from", "18:47:55", environment: tokyo) == 71)
    #expect(try packets("--from", "18:47:55Z", environment: tokyo) == 71)
  }

  @Test func wrongTimes() throws {
    for time in [
      "", "noon", "25:00", "14", "14:60", "14:00:61", "2026-02-29T10:00:00Z", "2026-13-01T10:00", "2026-11-24T14:00:00+1", "2026-11-24",
      "14:00x",
    ] {
      let result = try Command.run("replay", "--from", time, Self.camera)
      #expect(result.status == 64, "\(time)")
      #expect(result.errors.contains("write it as"), "\(time)")
    }
    let reversed = try Command.run("replay", "--utc", "--from", "19:00", "--to", "18:00", Self.camera)
    #expect(reversed.status == 64)
    #expect(reversed.errors.contains("is not before --to"))
  }
}

/// `replay --separately`.
@Suite struct SeparatelyCommandTests {
  static let files = ["benign/browser", "camera-boot", "camera-boot"].map(Command.capture)

  private func run(_ format: String) throws -> Command.Result {
    try Command.run(["replay", "--separately", "--format", format] + Self.files)
  }

  @Test func eachFileIsANetwork() throws {
    let result = try run("json")
    #expect(result.status == 10)
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 3, "one document a line")
    for (line, file) in zip(lines, Self.files) {
      let alone = try Command.run("replay", "--format", "json", file)
      let document = Command.Result(status: 0, output: String(line), errors: "")
      #expect(document.json as NSDictionary == alone.json as NSDictionary, "as if read alone: \(file)")
      #expect(document.json["schema"] as? String == "lenscap/1")
    }
  }

  @Test func textAndLines() throws {
    let text = try run("text").output
    #expect(text.hasPrefix("No undeclared camera among "))
    #expect(text.ranges(of: "\n\n1 camera that nobody declared").count == 2)
    #expect(try run("jsonl").output.split(separator: "\n").count { $0.contains("\"type\":\"source\"") } == 3)
  }

  @Test func oneStatusForAll() throws {
    #expect(try Command.run("replay", "--separately", "/nowhere.pcap", Self.files[0]).status == 66)
    #expect(try Command.run("replay", "--separately", "/nowhere.pcap", #filePath, Self.files[0]).status == 65)
    #expect(try Command.run("replay", "--separately", #filePath, Self.files[1]).status == 10)
    #expect(try Command.run("replay", "--separately", Self.files[0], Self.files[0]).status == 0)
  }
}
