import Foundation
import Testing

@Suite struct ReplayCommandTests {
  static let camera = Command.capture("camera-boot")
  static let benign = Command.capture("benign/browser")

  @Test func statuses() throws {
    #expect(try Command.run("replay", Self.camera).status == 10)
    #expect(try Command.run("replay", Self.benign).status == 0)
    #expect(try Command.run("replay").status == 64)
    #expect(try Command.run("replay", "--format", "xml", Self.benign).status == 64)
    #expect(try Command.run("replay", "--lan", "everything", Self.benign).status == 64)
    #expect(try Command.run("nonsense").status == 64)
    #expect(try Command.run("replay", "/nowhere.pcap").status == 66)
    #expect(try Command.run("replay", #filePath).status == 65)
    try withTemporaryFolder { (folder) throws in
      #expect(try Command.run("replay", folder.path).status == 65, "a folder without captures")
    }
    #expect(try Command.run("replay", "--known", "/nowhere.yaml", Self.benign).status == 66)
    #expect(try Command.run("--help").status == 0)
    #expect(try Command.run("--version").output.first?.isNumber == true)
    // A camera comes before all errors; unreadable input before missing input.
    #expect(try Command.run("replay", "/nowhere.pcap", Self.camera).status == 10)
    #expect(try Command.run("replay", "/nowhere.pcap", #filePath).status == 65)
  }

  /// Those that send and capture bring thirty others along, which a replay would carry all the time.
  @Test func librariesAreLoadedWhenTheyAreUsed() throws {
    let loaded = try Command.run("--version", environment: ["LD_TRACE_LOADED_OBJECTS": "1"]).output
    #expect(loaded.contains("libz.so"))
    for name in ["libcurl", "libmosquitto", "libpcap", "libssl"] { #expect(!loaded.contains(name)) }
    try withTemporaryFolder { (folder) throws in
      let environment = ["LD_LIBRARY_PATH": folder.path]
      for name in ["libcurl.so.4", "libpcap.so.0.8"] { try Data().write(to: folder.appendingPathComponent(name)) }
      #expect(try Command.run(["replay", Self.camera], environment: environment).status == 10)
      let configuration = folder.appendingPathComponent("lenscap.yaml").path
      let text = "sinks: [{ name: desk, kind: http, preset: ntfy, url: \"http://127.0.0.1:9/topic\" }]"
      #expect(FileManager.default.createFile(atPath: configuration, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600]))
      let sending = try Command.run(["sinks", "test", "desk", "--config", configuration], environment: environment)
      #expect(sending.status == 127)
      #expect(sending.errors.contains("libcurl.so.4"))
      let filtering = try Command.run(["replay", Self.camera, "--filter", "tcp"], environment: environment)
      #expect(filtering.status == 127)
      #expect(filtering.errors.contains("libpcap.so.0.8"))
    }
  }

  @Test func text() throws {
    let result = try Command.run("replay", "--utc", Self.camera)
    #expect(result.output.hasPrefix("1 camera that nobody declared, among "))
    #expect(result.output.contains("CAMERA"))
    #expect(result.output.contains("IPC-C22"))
    #expect(result.output.contains("packet "))
    #expect(!result.output.contains("\u{1B}"), "no colour outside a terminal")
    #expect(result.errors.isEmpty)
    #expect(try Command.run("replay", Self.benign).output.hasPrefix("No undeclared camera among "))
  }

  @Test func declaredCamera() throws {
    try withTemporaryFolder { (folder) throws in
      let known = folder.appendingPathComponent("known.yaml")
      try "- 02:00:00:00:00:00\n- name: IPC-*\n".write(to: known, atomically: true, encoding: .utf8)
      let result = try Command.run("replay", "--format", "json", "--known", known.path, Self.camera)
      #expect(result.status == 0)
      #expect((result.json["alerts"] as? [Any])?.isEmpty == true)
      #expect(result.devices.contains { $0["known"] as? Bool == true && $0["verdict"] as? String == "camera" })
      try "cameras: everywhere\n".write(to: known, atomically: true, encoding: .utf8)
      let refused = try Command.run("replay", "--known", known.path, Self.camera)
      #expect(refused.status == 65)
      #expect(refused.errors.contains("expected a list"))
    }
  }

  /// The same packets give the same findings, however they come.
  @Test(
    .needs(.tool("gzip")), .needs(.tool("xz")), .needs(.tool("zstd")),
    arguments: ["camera-boot", "rtsp-tcp-camera", "benign/phone-vendor-app"])
  func everyWayOfFeeding(name: String) throws {
    let path = Command.capture(name)
    let whole = try Command.run("replay", "--format", "json", path)
    #expect(whole.findings.count >= 2)
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(try Command.run("replay", "--format", "json", "-", input: data).findings == whole.findings, "standard input")
    try withTemporaryFolder { (folder) throws in
      for (tool, suffix) in [("gzip", "gz"), ("xz", "xz"), ("zstd", "zst")] {
        try #require(try shell("\(tool) -c '\(path)' > '\(folder.path)/x.pcapng.\(suffix)'") == 0, "\(tool)")
        #expect(try Command.run("replay", "--format", "json", "\(folder.path)/x.pcapng.\(suffix)").findings == whole.findings, "\(tool)")
      }
      let pcap = folder.appendingPathComponent("x.pcap").path
      let halves = try PcapFile(pcapng: data)
      try halves.write(to: pcap)
      #expect(try Command.run("replay", "--format", "json", pcap).findings == whole.findings, "pcap")
      let (first, second) = (folder.appendingPathComponent("b.pcap").path, folder.appendingPathComponent("a.pcap").path)
      try halves.write(to: first, packets: 0..<halves.packets.count / 2)
      try halves.write(to: second, packets: halves.packets.count / 2..<halves.packets.count)
      #expect(try Command.run("replay", "--format", "json", first, second).findings == whole.findings, "two files")
      #expect(try Command.run("replay", "--format", "json", second, first).findings == whole.findings, "two files, the later one first")
      for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where file.hasPrefix("x.") {
        try FileManager.default.removeItem(atPath: folder.appendingPathComponent(file).path)
      }
      #expect(try Command.run("replay", "--format", "json", folder.path).findings == whole.findings, "a folder")
    }
  }

  @Test func cutFileIsReadUpToTheCut() throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: Self.camera))
    let cut = try Command.run("replay", "--format", "json", "-", input: data.prefix(data.count - 7))
    #expect(cut.status == 10)
    #expect(cut.errors.contains("byte"))
    let files = (cut.json["source"] as? [String: Any])?["files"] as? [[String: Any]]
    #expect(files?.first?["error"] is String)
    #expect(try Command.run("replay", "-", input: data.prefix(200)).status == 65)
  }

  @Test func everyLineOfJSONLIsAnObjectWithAType() throws {
    let lines = try Command.run("replay", "--format", "jsonl", Self.camera).output.split(separator: "\n")
    let types = lines.map { line in
      ((try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any])?["type"] as? String
    }
    #expect(types.first == "source")
    #expect(types.last == "coverage")
    #expect(Set(types) == ["source", "device", "alert", "coverage"])
  }
}

@Suite struct SignatureCommandTests {
  @Test func explain() throws {
    let result = try Command.run("signatures", "explain", "--format", "jsonl", Command.capture("camera-boot"))
    #expect(result.status == 0)
    #expect(result.output.contains("\"field\":\"dhcp.hostname\""))
    #expect(result.output.contains("\"value\":\"IPC-C22\""))
    #expect(try Command.run("signatures", "explain", "/nowhere").status == 66)
  }

  @Test func checkReportsTheFault() throws {
    try withTemporaryFolder { (folder) throws in
      let file = folder.appendingPathComponent("acme.yaml")
      try "signatures:\n  - id: acme\n    says: camra\n".write(to: file, atomically: true, encoding: .utf8)
      let result = try Command.run("signatures", "check", "--signatures", folder.path)
      #expect(result.status == 65)
      #expect(result.output.contains("acme.yaml:3"))
    }
    #expect(try Command.run("signatures", "check").status == 0)
    #expect(try Command.run("signatures", "list", "--vendor", "D-Link").output.contains("d-link"))
  }
}

func shell(_ command: String) throws -> Int32 {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/bin/sh")
  process.arguments = ["-c", command]
  try process.run()
  process.waitUntilExit()
  return process.terminationStatus
}
