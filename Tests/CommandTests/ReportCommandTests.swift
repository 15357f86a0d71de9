import Foundation
import Testing

/// `report`: papers for those who were not there.
@Suite struct ReportCommandTests {
  static let camera = Command.capture("rtsp-tcp-camera")

  static func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test func ofARecording() throws {
    try withTemporaryFolder { (folder) throws in
      let path = folder.appendingPathComponent("report.html").path
      let result = try Command.run("report", "--capture", Self.camera, Command.capture("benign/browser"), "--utc", "-o", path)
      #expect(result.status == 0, "\(result.errors)")
      let page = try Self.text(path)
      let answer = "1 probable camera that nobody declared, among 4 devices."
      let whole = try Command.run("replay", Self.camera, Command.capture("benign/browser"))
      #expect(whole.output.hasPrefix(answer.dropLast()), "the same answer as replay gives: \(whole.output.prefix(80))")
      #expect(page.contains("<p id=\"answer\" class=\"answer camera\">\(answer)</p>"))
      #expect(result.output.contains(answer))
      for text in [
        "Time zone</th><td>UTC", "What could not be seen", "Custody", "SHA-256", "<svg ", "over RTSP", "Who watched", "What was not seen",
        "lenscap replay ", "packet 13 of \(Self.camera)",
      ] {
        #expect(page.contains(text), "\(text)")
      }
      let sum = try shellOutput("sha256sum '\(Self.camera)'", folder).prefix(64)
      #expect(page.contains(sum))
      var mode = stat()
      #expect(stat(path, &mode) == 0 && mode.st_mode & 0o077 == 0, "for its owner alone")
    }
  }

  /// No script, nothing from elsewhere, well-formed.
  @Test func thePageNeedsNothingElse() throws {
    try withTemporaryFolder { (folder) throws in
      let path = folder.appendingPathComponent("report.html").path
      #expect(try Command.run("report", "--capture", Self.camera, "-o", path).status == 0)
      let page = try Self.text(path)
      for text in ["<script", "http://", "https://", "url(", "@import", "<link", "<img", "src="] {
        #expect(!page.contains(text), "\(text)")
      }
      #expect(page.contains("default-src 'none'"))
      // Every element ends where it may.
      let script =
        "import sys, html.parser\nopen_ = []\nclass P(html.parser.HTMLParser):\n  def handle_starttag(self, t, a):\n    if t not in ('meta', 'line', 'rect', '!doctype'): open_.append(t)\n  def handle_endtag(self, t):\n    if t not in ('line', 'rect'): assert open_.pop() == t, t\nP().feed(open(sys.argv[1]).read())\nassert not open_\n"
      let checker = folder.appendingPathComponent("check.py").path
      try script.write(toFile: checker, atomically: true, encoding: .utf8)
      #expect(try shell("python3 '\(checker)' '\(path)'") == 0)
    }
  }

  @Test(arguments: ["address", "mac"])
  func ofADevice(choice: String) throws {
    try withTemporaryFolder { (folder) throws in
      let path = folder.appendingPathComponent("report.html").path
      let replayed = try Command.run("replay", "--format", "json", Self.camera)
      let camera = try #require(replayed.devices.first { $0["verdict"] as? String == "probable" })
      let id = choice == "mac" ? camera["mac"] as? String : (camera["ips"] as? [String])?.first
      let result = try Command.run("report", "--capture", Self.camera, "--device", try #require(id), "-o", path)
      #expect(result.status == 0, "\(result.errors)")
      let page = try Self.text(path)
      #expect(page.contains("class=\"answer camera\">A probable camera"))
      #expect(page.contains("that nobody declared: "))
      let other = try #require(replayed.devices.first { $0["verdict"] as? String == "none" }?["mac"] as? String)
      #expect(try Command.run("report", "--capture", Self.camera, "--device", other, "-o", path).status == 0)
      #expect(try Self.text(path).contains("Nothing shows that this device is a camera: "))
    }
  }

  /// Guests' devices that nothing speaks against are counted, not named.
  @Test func ofOthersThereIsOnlyTheirNumber() throws {
    try withTemporaryFolder { (folder) throws in
      let path = folder.appendingPathComponent("report.html").path
      let browser = Command.capture("benign/browser")
      #expect(try Command.run("report", "--capture", browser, "-o", path).status == 0)
      let page = try Self.text(path)
      #expect(page.contains("class=\"answer\">No undeclared camera among "))
      #expect(page.contains("showed nothing that makes a camera likely"))
      for device in try Command.run("replay", "--format", "json", browser).devices {
        let mac = device["mac"] as? String ?? "none"
        #expect(!page.lowercased().contains(mac))
      }
    }
  }

  /// A camera that calls itself a piece of a page, or turns lines around.
  @Test(arguments: [("<i>&'\"x", "&lt;i&gt;&amp;&#39;&quot;x"), ("A\u{9B}B\u{202E}", "A B")])
  func hostileNames(name: String, shown: String) throws {
    try withTemporaryFolder { (folder) throws in
      var bytes = try Data(contentsOf: URL(fileURLWithPath: Command.capture("camera-boot")))
      let own = Data("IPC-C22".utf8)
      #expect(own.count == name.utf8.count)
      while let place = bytes.range(of: own) { bytes.replaceSubrange(place, with: Data(name.utf8)) }
      let (capture, path) = (folder.appendingPathComponent("hostile<script>.pcapng"), folder.appendingPathComponent("report.html").path)
      try bytes.write(to: capture)
      #expect(try Command.run("report", "--capture", capture.path, "-o", path).status == 0)
      let page = try Self.text(path)
      #expect(page.contains(shown) && !page.contains(name) && !page.contains("<script"))
      #expect(page.contains("hostile&lt;script&gt;.pcapng"))
      #expect(page.unicodeScalars.allSatisfy { $0 == "\n" || ![.control, .format].contains($0.properties.generalCategory) })
    }
  }

  /// The sample in the documents is what the command beside it writes, but for the day and the signatures.
  @Test func theSampleIsUpToDate() throws {
    try withTemporaryFolder { (folder) throws in
      let path = folder.appendingPathComponent("sample.html").path
      let command = "report --capture captures/mjpeg-camera.pcapng --utc -o"
      #expect(try shell("cd '\(Command.root.path)' && '\(Command.binary)' \(command) '\(path)' > /dev/null") == 0)
      func lines(_ path: String) throws -> [Substring] {
        let changing = ["Written</th>", "Written by</th>", "Signatures</th>"]
        return try Self.text(path).split(separator: "\n").filter { line in !changing.contains { line.contains($0) } }
      }
      #expect(try lines(path) == lines(Command.root.appendingPathComponent("docs/sample-report.html").path))
      let guide = try Self.text(Command.root.appendingPathComponent("docs/papers.md").path)
      #expect(guide.contains("lenscap \(command) docs/sample-report.html"))
    }
  }

  @Test func refusals() throws {
    try withTemporaryFolder { (folder) throws in
      let path = folder.appendingPathComponent("report.html").path
      #expect(try Command.run("report", "-o", path).status == 64)
      #expect(try Command.run("report", "--capture", Self.camera).status == 64, "no output")
      #expect(try Command.run("report", "--capture", Self.camera, "-o", "report.txt").status == 64)
      #expect(try Command.run("report", "--capture", Self.camera, "--device", "10.99.99.99", "-o", path).status == 64)
      #expect(try Command.run("report", "--capture", "-", "-o", path).status == 64)
      #expect(try Command.run("report", "--capture", "/nowhere.pcap", "-o", path).status == 66)
      #expect(!FileManager.default.fileExists(atPath: path))
      #expect(try Command.run("report", "3f2a", "--database", "/nowhere.sqlite", "-o", path).status == 66)
      #expect(try Command.run("report", "--capture", Self.camera, "-o", "/nowhere/report.html").status == 74)
      let missing = try Command.run(
        "report", "--capture", Self.camera, "-o", folder.appendingPathComponent("r.pdf").path, environment: ["PATH": folder.path])
      #expect(missing.status == 69)
      #expect(missing.errors.contains(".html"), "it offers what can be had")
    }
  }

  /// A cut capture is reported as far as it goes.
  @Test func damagedCaptures() throws {
    try withTemporaryFolder { (folder) throws in
      let (cut, path) = (folder.appendingPathComponent("cut.pcapng"), folder.appendingPathComponent("report.html").path)
      try Data(contentsOf: URL(fileURLWithPath: Self.camera)).dropLast(7).write(to: cut)
      #expect(try Command.run("report", "--capture", cut.path, "-o", path).status == 65)
      #expect(try Self.text(path).contains("not read to the end"))
    }
  }

  @Test(.needs(.tool("weasyprint")), .needs(.tool("pdfdetach")), .needs(.jsonSchema))
  func asDocument() throws {
    try withTemporaryFolder { (folder) throws in
      let path = folder.appendingPathComponent("report.pdf").path
      let result = try Command.run("report", "--capture", Self.camera, "-o", path)
      #expect(result.status == 0, "\(result.errors)")
      let list = try shellOutput("pdfdetach -list '\(path)'", folder)
      let names = list.split(separator: "\n").dropFirst().compactMap { $0.split(separator: " ").last.map(String.init) }
      #expect(names.sorted() == ["alert.json", "manifest.sha256", "proof.pcapng"])
      #expect(try shell("cd '\(folder.path)' && pdfdetach -saveall report.pdf && sha256sum --quiet -c manifest.sha256") == 0)
      #expect(try Command.run("replay", folder.appendingPathComponent("proof.pcapng").path).status == 10)
      try SchemaTests.expectValid(try Self.text(folder.appendingPathComponent("alert.json").path), "document")
      let text = try shellOutput("pdftotext '\(path)' -", folder)
      #expect(text.contains("that nobody declared") && text.contains("Custody"))
    }
  }
}

/// What a command prints.
func shellOutput(_ command: String, _ folder: URL) throws -> String {
  let path = folder.appendingPathComponent("output-" + UUID().uuidString).path
  #expect(try shell("\(command) > '\(path)'") == 0, "\(command)")
  return try String(contentsOfFile: path, encoding: .utf8)
}
