import Foundation
import Testing

@Suite struct WatchCommandTests {
  @Test func wrongInterfaces() throws {
    #expect(try Command.run("watch").status == 64)
    #expect(try Command.run("watch", "-i", "lo", "-i", "lo").status == 64)
    #expect(try Command.run("watch", "-i", "lo", "-i", "any").status == 64)
  }

  /// A piped capture raises the same alerts as its replay, at the same times, and stores them.
  @Test func pipe() throws {
    try withTemporaryFolder { folder throws in
      let database = folder.appendingPathComponent("memory.sqlite").path
      let capture = try Data(contentsOf: URL(fileURLWithPath: Command.capture("onvif-discovery")))
      let watched = try Command.run("watch", "-i", "-", "--format", "jsonl", "--database", database, input: capture)
      #expect(watched.status == 10)
      let replayed = try Command.run("replay", "--format", "jsonl", Command.capture("onvif-discovery"))
      let alerts = Self.alerts(replayed)
      #expect(!alerts.isEmpty && Self.alerts(watched) == alerts)
      let kept = try Command.run("alerts", "list", "--format", "jsonl", "--database", database)
      #expect(kept.output.split(separator: "\n").count == alerts.count)
    }
  }

  /// The digest is printed once a day by packet time; the command prints the same.
  @Test func digest() throws {
    try withTemporaryFolder { folder throws in
      let database = folder.appendingPathComponent("memory.sqlite").path
      // From 18:50 and 22:47 of one day; a pcapng file may have several sections.
      let captures = try ["onvif-discovery", "rtsp-http-camera"].map { try Data(contentsOf: URL(fileURLWithPath: Command.capture($0))) }
      let watch = ["watch", "-i", "-", "--utc", "--database", database, "--digest"]
      let early = try Command.run(watch + ["18:30"], input: captures[0] + captures[1])
      #expect(!early.output.contains("DIGEST"))
      try FileManager.default.removeItem(atPath: database)
      let watched = try Command.run(watch + ["20:00"], input: captures[0] + captures[1])
      #expect(watched.output.components(separatedBy: "DIGEST 23 Nov 20:00 to 24 Nov 22:47: 1 alert").count == 2, "\(watched.output)")
      #expect(watched.output.contains("undeclared camera: 192.168.70.20, Uniview IPC-B220 (open)"))
      #expect(watched.output.contains("5 devices seen, 5 of them new."))
      // The next digest is of another day.
      #expect(!(try Command.run(watch + ["20:00"], input: captures[1]).output.contains("DIGEST")))
      let printed = try Command.run("digest", "--database", database, "--since", "2026-11-24", "--utc", "--format", "json")
      let digest = try JSONSerialization.jsonObject(with: Data(printed.output.utf8)) as? [[String: Any]]
      #expect((digest?.first?["raised"] as? [Any])?.count == 1)
      #expect(try Command.run("digest", "--database", database, "--since", "2126-11-24").status == 64)
    }
    #expect(try Command.run("watch", "-i", "-", "--digest", "2026-11-24T20:00").status == 64)
    #expect(try Command.run("watch", "-i", "-", "--digest", "25:00").status == 64)
  }

  /// A guest's device is deleted after the given time; the device of an alert stays.
  @Test func retention() throws {
    try withTemporaryFolder { folder throws in
      let database = folder.appendingPathComponent("memory.sqlite").path
      let file = try Self.file("onvif-discovery")
      let capture = try Self.pcap(file.moved(days: -3), in: folder)
      // A computer that searches for printers.
      let later = try Self.pcap(file, packets: 0..<1, in: folder)
      let watch = ["watch", "-i", "-", "--database", database]
      func devices() throws -> Int {
        try Command.run("devices", "--database", database, "--format", "jsonl").output.split(separator: "\n").count
      }
      #expect(try Command.run(watch, input: capture).status == 10)
      #expect(try devices() == 4)
      _ = try Command.run(watch + ["--keep-devices", "4d"], input: later)
      #expect(try devices() == 4)
      _ = try Command.run(watch + ["--keep-devices", "2d"], input: later)
      // The camera, and the device that was seen again.
      #expect(try devices() == 2)
    }
    #expect(try Command.run("watch", "-i", "-", "--keep-devices", "1h").status == 64)
    #expect(try Command.run("watch", "-i", "-", "--database-limit", "0").status == 64)
  }

  /// Alerts before the damage are reported, and then the error.
  @Test func damagedPipe() throws {
    let capture = try Data(contentsOf: URL(fileURLWithPath: Command.capture("rtsp-two-cameras")))
    let cut = try Command.run("watch", "-i", "-", "--format", "jsonl", input: capture.dropLast(7))
    #expect(cut.status == 10 && cut.errors.contains("standard input: is cut off"))
    let nothing = try Command.run("watch", "-i", "-", input: Data("no capture at all".utf8))
    #expect(nothing.status == 65 && nothing.errors.contains("standard input: is not a pcap or pcapng capture"))
    #expect(try Command.run("watch", "-i", "-", "-i", "lo").status == 64)
    #expect(try Command.run("watch", "-i", "-", "--filter", "port port").status == 64)
  }

  /// A digest late in the evening is printed every day, whatever the day's length.
  @Test func digestOfTheEvening() throws {
    try withTemporaryFolder { folder throws in
      let database = folder.appendingPathComponent("memory.sqlite").path
      let file = try Self.file("rtsp-http-camera")
      let watch = ["watch", "-i", "-", "--utc", "--database", database, "--digest", "22:30"]
      // From 22:47 on, on two days.
      let watched = try Command.run(watch, input: Self.pcap(file.moved(days: -1) + file, in: folder))
      #expect(watched.output.contains("DIGEST 23 Nov 22:30 to 24 Nov 22:47"), "\(watched.output)")
    }
  }

  /// Packets from a later year do not expire stored data, and later alerts are reported.
  @Test func pipeOfTheFuture() throws {
    try withTemporaryFolder { folder throws in
      let database = folder.appendingPathComponent("memory.sqlite").path
      let watch = ["watch", "-i", "-", "--database", database, "--keep-alerts", "4w", "--keep-devices", "4w"]
      // Packets from yesterday, so that they have not expired by this machine's clock.
      let capture = try Self.file("onvif-discovery")
      let age = Int(Date().timeIntervalSince1970) - Int(capture.packets[0].seconds)
      let file = capture.moved(days: age / 86_400 - 1)
      func alerts() throws -> [String] {
        try Command.run("alerts", "list", "--all", "--format", "jsonl", "--database", database).output.split(separator: "\n").map {
          let alert = try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
          return "\(alert["id"] ?? "") \(alert["status"] ?? "") \(alert["time"] ?? "") \(alert["updated"] ?? "")"
        }
      }
      #expect(try Command.run(watch, input: Self.pcap(file, in: folder)).status == 10)
      let before = try alerts()
      #expect(before.count == 1)
      _ = try Command.run(watch, input: Self.pcap(file.moved(days: 20_000), packets: 0..<1, in: folder))
      #expect(try alerts() == before)
      _ = try Command.run(watch, input: Self.pcap(file, in: folder))
      #expect(try alerts() == before, "the same camera is not new")
    }
  }

  private static func file(_ capture: String) throws -> PcapFile {
    try PcapFile(pcapng: Data(contentsOf: URL(fileURLWithPath: Command.capture(capture))))
  }

  private static func pcap(_ file: PcapFile, packets: Range<Int>? = nil, in folder: URL) throws -> Data {
    let path = folder.appendingPathComponent("file.pcap")
    try file.write(to: path.path, packets: packets)
    return try Data(contentsOf: path)
  }

  private static func alerts(_ result: Command.Result) -> [String: String] {
    var found: [String: String] = [:]
    for line in result.output.split(separator: "\n") {
      guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], object["type"] as? String == "alert",
        let id = object["id"] as? String, let time = object["time"] as? String
      else { continue }
      found[id] = time
    }
    return found
  }

  /// Packets of both interfaces are counted and recorded.
  @Test(.needs(.namespaces)) func severalInterfaces() throws {
    try withTemporaryFolder { (folder) throws in
      let file = folder.appendingPathComponent("watched.pcap").path
      let sender = """
        python3 -c "import socket, time; time.sleep(1); \
        a = socket.socket(17, 3); a.bind(('lenscap-t0', 0)); a.send(b'\\xff' * 6 + b'\\x02\\0\\0\\0\\0\\x07' + b'\\x12\\x34' + b'first' * 12); \
        b = socket.socket(2, 2); b.sendto(b'second' * 12, ('127.0.0.1', 9))"
        """
      let watch = "timeout --preserve-status -s INT 3 '\(Command.binary)' watch -i lo -i lenscap-t0 --write '\(file)'"
      let watched = try inANamespace("\(sender) & \(watch); status=$?; wait; exit $status")
      #expect(watched.status == 0)
      #expect(watched.errors.contains("watching lo (ethernet), lenscap-t0 (ethernet)"))
      let data = try Data(contentsOf: URL(fileURLWithPath: file))
      for text in ["first", "second"] { #expect(data.range(of: Data(text.utf8)) != nil, "\(text)") }
    }
  }
}
