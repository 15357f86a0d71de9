import Foundation
import Testing

/// `replay --write-evidence`.
@Suite struct EvidenceCommandTests {
  static let camera = Command.capture("camera-boot")

  @Test(arguments: ["camera-boot", "rtsp-tcp-camera", "rtsp-two-cameras", "onvif-discovery"])
  func theEvidenceStillShowsTheCamera(name: String) throws {
    try withTemporaryFolder { (folder) throws in
      let evidence = folder.appendingPathComponent("evidence.pcapng").path
      let whole = try Command.run("replay", "--format", "json", "--write-evidence", evidence, Command.capture(name))
      #expect(whole.status == 10)
      let part = try Command.run("replay", "--format", "json", evidence)
      #expect(part.status == 10)
      func cameras(_ result: Command.Result) -> [String] {
        result.devices.filter { $0["verdict"] as? String != "none" }.map { "\($0["id"] ?? "") \($0["verdict"] ?? "") \($0["model"] ?? "")" }
      }
      #expect(cameras(part) == cameras(whole))
      let data = try Data(contentsOf: URL(fileURLWithPath: evidence))
      let cited = Set(
        whole.devices.filter { $0["verdict"] as? String != "none" }.flatMap { $0["evidence"] as? [[String: Any]] ?? [] }
          .compactMap { ($0["packet"] as? [String: Any])?["number"] as? Int })
      let written = try PcapFile(pcapng: data).packets
      // The same packets, in their order: time, length and bytes, up to media. Beside those that are cited stand the conversations they
      // belong to.
      let original = try PcapFile(pcapng: Data(contentsOf: URL(fileURLWithPath: Command.capture(name)))).packets
      var numbers: [Int] = []
      for packet in written {
        let place = original.indices.first { number in
          let source = original[number]
          return source.bytes.starts(with: packet.bytes) && packet.length == source.length
            && (packet.seconds, packet.nanoseconds) == (source.seconds, source.nanoseconds)
        }
        numbers.append(try #require(place) + 1)
      }
      #expect(numbers == Set(numbers).sorted(), "each once")
      #expect(cited.isSubset(of: numbers))
    }
  }

  @Test func comments() throws {
    try withTemporaryFolder { (folder) throws in
      let evidence = folder.appendingPathComponent("evidence.pcapng").path
      let result = try Command.run("replay", "--write-evidence", evidence, Self.camera, Command.capture("benign/browser"))
      #expect(result.errors.hasPrefix("\(evidence): 12 packets of evidence"))
      let data = try Data(contentsOf: URL(fileURLWithPath: evidence))
      for text in [
        "lenscap 0.1.0", Self.camera,
        "generic-model-imou (camera, strong): sends the DHCP host name \"IPC-C22\", an Imou camera model\ngeneric-cam-host-name (camera, supports)",
      ] {
        #expect(data.range(of: Data(text.utf8)) != nil, "\(text)")
      }
    }
  }

  @Test(.needs(.tool("tshark"))) func tsharkShowsTheComments() throws {
    try withTemporaryFolder { (folder) throws in
      let evidence = folder.appendingPathComponent("evidence.pcapng").path
      _ = try Command.run("replay", "--write-evidence", evidence, Self.camera, Command.capture("benign/browser"))
      let shown = folder.appendingPathComponent("shown.txt").path
      let fields = "-T fields -e frame.number -e frame.time_epoch -e frame.comment"
      #expect(try shell("tshark -r '\(evidence)' \(fields) > '\(shown)' 2>/dev/null") == 0)
      let lines = try String(contentsOfFile: shown, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 12)
      #expect(lines.first?.hasPrefix("1\t1795546074.283212000\tgeneric-model-imou (camera, strong): sends") == true)
      #expect(lines.allSatisfy { $0.contains(": ") })
    }
  }

  /// Packets of several files are found again, and distinguished by their interface.
  @Test(arguments: [true, false]) func severalFiles(separately: Bool) throws {
    try withTemporaryFolder { (folder) throws in
      let evidence = folder.appendingPathComponent("evidence.pcapng").path
      let files = ["rtsp-tcp-camera", "benign/browser", "camera-boot"].map(Command.capture)
      let result = try Command.run(["replay"] + (separately ? ["--separately"] : []) + ["--write-evidence", evidence] + files)
      #expect(result.status == 10)
      let data = try Data(contentsOf: URL(fileURLWithPath: evidence))
      #expect(data.range(of: Data(files[0].utf8)) != nil)
      #expect(data.range(of: Data(files[1].utf8)) == nil, "no packet of it is cited")
      let times = try PcapFile(pcapng: data).packets.map { Double($0.seconds) + Double($0.nanoseconds) / 1e9 }
      #expect(times.count == 23)
      #expect(times == times.sorted())
      #expect(try Command.run("replay", evidence).output.contains("1 camera and 1 probable camera"))
    }
  }

  @Test func nothingToCite() throws {
    try withTemporaryFolder { (folder) throws in
      let evidence = folder.appendingPathComponent("evidence.pcapng").path
      #expect(try Command.run("replay", "--write-evidence", evidence, Command.capture("benign/browser")).status == 0)
      #expect(try Command.run("replay", evidence).status == 0, "a capture without packets")
    }
  }

  @Test func refusals() throws {
    try withTemporaryFolder { (folder) throws in
      let copy = folder.appendingPathComponent("copy.pcapng")
      let data = try Data(contentsOf: URL(fileURLWithPath: Self.camera))
      try data.write(to: copy)
      let link = folder.appendingPathComponent("link.pcapng").path
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: copy.path)
      for target in [copy.path, link] {
        let result = try Command.run("replay", "--write-evidence", target, copy.path)
        #expect(result.status == 64)
        #expect(result.errors.contains("is one of the captures to read"))
      }
      #expect(try Data(contentsOf: copy) == data, "untouched")
      let evidence = folder.appendingPathComponent("evidence.pcapng").path
      let input = try Command.run("replay", "--write-evidence", evidence, "-", input: data)
      #expect(input.status == 64)
      #expect(input.errors.contains("standard input"))
      #expect(try Command.run("replay", "--write-evidence", "-", copy.path).status == 64)
      #expect(!FileManager.default.fileExists(atPath: evidence))
      let nowhere = try Command.run("replay", "--write-evidence", "/nowhere/x.pcapng", copy.path)
      #expect(nowhere.status == 74)
      #expect(nowhere.errors.contains("cannot be written"))
      // The report is printed first, and then the error of the full disk.
      let full = try Command.run("replay", "--write-evidence", "/dev/full", Command.capture("benign/browser"))
      #expect(full.status == 74)
      #expect(full.output.hasPrefix("No undeclared camera"))
    }
  }
}
