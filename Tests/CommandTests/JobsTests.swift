import Foundation
import Testing

/// `--jobs`: the output is the same, to the byte, for every number of threads.
@Suite struct JobsTests {
  static let numbers = [1, 2, 3, 8]
  /// Bytes of a file from which a second thread is used; the captures here are larger.
  static let threshold = 512 << 10

  /// A camera's boot between hours of other traffic, so that its evidence is far from the beginning.
  static let large: PcapFile = {
    do {
      let other = try PcapFile(pcapng: Data(contentsOf: URL(fileURLWithPath: Command.capture("rtsp-tcp-camera"))))
      let boot = try PcapFile(pcapng: Data(contentsOf: URL(fileURLWithPath: Command.capture("camera-boot"))))
      return (1...13).reduce(other) { $0 + other.moved(days: $1) } + boot.moved(days: 14) + other.moved(days: 15)
    } catch {
      fatalError("\(error)")
    }
  }()

  @Test(arguments: ["0", "-1", "many", ""])
  func wrongNumbers(number: String) throws {
    #expect(try Command.run("replay", "--jobs=\(number)", ReplayCommandTests.camera).status == 64)
  }

  /// Standard output, standard error and status of each number of threads.
  private func expectSame(_ arguments: [String], input: Data? = nil, status: Int32, _ what: Comment) throws {
    let single = try Command.run(["replay", "--jobs", "1"] + arguments, input: input)
    #expect(single.status == status, what)
    for number in Self.numbers.dropFirst() {
      let several = try Command.run(["replay", "--jobs", "\(number)"] + arguments, input: input)
      #expect(several.output == single.output && several.errors == single.errors && several.status == single.status, what)
    }
    let standard = try Command.run(["replay"] + arguments, input: input)
    #expect(standard.output == single.output && standard.errors == single.errors && standard.status == single.status, what)
  }

  @Test(.needs(.tool("gzip")), arguments: ["text", "json", "jsonl"])
  func oneFile(format: String) throws {
    try withTemporaryFolder { (folder) throws in
      let path = folder.appendingPathComponent("large.pcap").path
      try Self.large.write(to: path)
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      try #require(data.count > 2 * Self.threshold)
      try expectSame(["--format", format, path], status: 10, "pcap")
      try expectSame(["--format", format, "-"], input: data, status: 10, "standard input")
      try #require(try shell("gzip -k '\(path)'") == 0)
      try expectSame(["--format", format, path + ".gz"], status: 10, "gzip")
      try expectSame(["--format", format, "--filter", "udp", "--from", "12:00", path], status: 10, "a selection")
    }
  }

  @Test func severalFiles() throws {
    try withTemporaryFolder { (folder) throws in
      let count = Self.large.packets.count
      // Files that follow each other, and one that overlaps with all of them.
      for (index, range) in [0..<count / 3, count / 3..<count / 2, count / 2..<count].enumerated() {
        try Self.large.write(to: folder.appendingPathComponent("\(index).pcap").path, packets: range)
      }
      try expectSame(["--format", "json", folder.path], status: 10, "one after the other")
      try Self.large.write(to: folder.appendingPathComponent("all.pcap").path)
      try expectSame(["--format", "json", folder.path, ReplayCommandTests.camera], status: 10, "at the same time")
      let mixed = ["--separately", folder.path, "/nowhere.pcap", ReplayCommandTests.benign, #filePath, ReplayCommandTests.camera]
      for format in ["text", "json", "jsonl"] { try expectSame(["--format", format] + mixed, status: 10, "separately") }
      try expectSame(mixed + ["--from", "2040-01-01T00:00:00Z", "--to", "20:00"], status: 64, "a selection that fails")
    }
  }

  @Test func pcapng() throws {
    let names = ["home-made-cameras", "bare-video", "mjpeg-camera", "motion-camera", "rtsp-tcp-camera", "camera-boot"]
    let sections = try names.reduce(Data()) { try $0 + Data(contentsOf: URL(fileURLWithPath: Command.capture($1))) }
    try #require(sections.count > Self.threshold)
    try expectSame(["--format", "json", "-"], input: sections, status: 10, "several sections")
  }

  @Test(.needs(.tool("gzip")))
  func damagedFiles() throws {
    try withTemporaryFolder { (folder) throws in
      let path = folder.appendingPathComponent("large.pcap").path
      try Self.large.write(to: path)
      var data = try Data(contentsOf: URL(fileURLWithPath: path))
      try data.dropLast(5).write(to: URL(fileURLWithPath: path))
      try expectSame(["--format", "json", path], status: 10, "cut")
      try #require(try shell("gzip -k '\(path)'") == 0)
      try #require(try shell("truncate -s -100 '\(path).gz'") == 0)
      try expectSame(["--format", "json", path + ".gz"], status: 10, "a cut stream")
      // A record far behind the beginning that claims to be longer than any.
      data.replaceSubrange(24 + 8..<24 + 12, with: [0xFF, 0xFF, 0xFF, 0x7F])
      try data.write(to: URL(fileURLWithPath: path))
      try expectSame(["--format", "json", path], status: 65, "damaged at once")
      let benign = try Data(contentsOf: URL(fileURLWithPath: ReplayCommandTests.benign))
      let block: [UInt8] = [6, 0, 0, 0, 0xFD, 0xFF, 0xFF, 0x7F]
      let long = (0..<Self.threshold * 2 / benign.count + 1).reduce(Data()) { sum, _ in sum + benign }
      try expectSame(["--format", "text", "-"], input: long + block + block, status: 65, "damaged late")
    }
  }

  @Test func threads() throws {
    #expect(try Self.threads("--jobs", "1") == 1)
    #expect(try Self.threads("--jobs", "2") == 3, "one reads ahead, one reads conversations, one judges devices")
    #expect(try Self.threads("--jobs", "8") == 3, "one file needs no more")
  }

  /// The number of threads that a replay has while it waits for more of a large capture.
  static func threads(_ arguments: String..., environment: [String: String] = [:]) throws -> Int {
    try withTemporaryFolder { (folder) throws in
      let path = folder.appendingPathComponent("large.pcap").path
      try large.write(to: path)
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      let (process, feed) = (Process(), Pipe())
      process.executableURL = URL(fileURLWithPath: Command.binary)
      process.arguments = ["replay"] + arguments + ["-"]
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      (process.standardInput, process.standardOutput) = (feed, FileHandle.nullDevice)
      try process.run()
      // Returns when the last 64 KiB are in the pipe. The replay has read the others, on as many threads as it uses.
      try feed.fileHandleForWriting.write(contentsOf: data)
      let count = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.processIdentifier)/task").count
      try feed.fileHandleForWriting.close()
      process.waitUntilExit()
      #expect(process.terminationStatus == 10)
      return count
    }
  }
}
