import Foundation
import Testing

/// Packs, reports and certificates that people ask for on the page: a running watch has them made by a process without rights.
@Suite final class PagePaperTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lenscap-" + UUID().uuidString)
  private let process = Process()
  private let input = Pipe()
  private var database: String { folder.appendingPathComponent("lenscap.sqlite").path }
  private var papers: String { database + "-papers" }
  private var said: URL { folder.appendingPathComponent("said") }
  private static let list = "0123456789abcdef"

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data().write(to: said)
    process.executableURL = URL(fileURLWithPath: Command.binary)
    // As root it would become another user, who cannot reach this folder.
    let user = geteuid() == 0 ? ["--user", "root"] : []
    process.arguments = ["watch", "-i", "-", "--database", database, "-w", folder.path + "/all.pcapng"] + user
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: said)
    try process.run()
  }

  deinit {
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Waits until it is so; a minute is far more than it takes.
  private func until<Value>(_ what: String, _ find: () throws -> Value?) throws -> Value {
    let end = Date(timeIntervalSinceNow: 60)
    while Date() < end, process.isRunning {
      if let found = try find() { return found }
      usleep(50_000)
    }
    throw Missing(what: what + ": " + ((try? String(contentsOf: said, encoding: .utf8)) ?? ""))
  }

  private struct Missing: Error { let what: String }

  private func send(_ capture: String) throws {
    input.fileHandleForWriting.write(try Data(contentsOf: URL(fileURLWithPath: Command.capture(capture))))
  }

  private func alert() throws -> String {
    try send("mjpeg-camera")
    return try until("an alert") {
      let list = try Command.run("alerts", "list", "--format", "jsonl", "--database", database).output
      return list.firstMatch(of: /"id":"([0-9a-f]{16})"/).map { String($0.1) }
    }
  }

  /// As `serve` does.
  private static let ask = """
    import sqlite3, sys
    db = sqlite3.connect(sys.argv[1])
    db.executescript("CREATE TABLE IF NOT EXISTS command (number INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, action TEXT NOT NULL, "
      "alert TEXT, who TEXT NOT NULL, origin TEXT NOT NULL, note TEXT, argument TEXT) STRICT;"
      "CREATE TABLE IF NOT EXISTS command_list (id TEXT NOT NULL) STRICT; DELETE FROM command_list; "
      "INSERT INTO command_list VALUES ('\(list)')")
    db.execute("INSERT INTO command (time, action, alert, who, origin, note, argument) VALUES (0, ?, ?, 'boss', 'page', ?, ?)",
      [argument or None for argument in sys.argv[2:]])
    db.commit()
    """

  private func ask(_ action: String, _ alert: String?, note: String? = nil, _ argument: String) throws {
    let file = folder.appendingPathComponent("ask.py")
    try Data(Self.ask.utf8).write(to: file)
    let words = [folder.path + "/serve.sqlite", action, alert ?? "", note ?? "", argument].map { "'\($0)'" }.joined(separator: " ")
    #expect(try shell("python3 '\(file.path)' \(words)") == 0)
  }

  private func paper(_ number: Int, _ format: String) throws -> String {
    let path = "\(papers)/\(Self.list)-\(number).\(format)"
    return try until(path) { FileManager.default.fileExists(atPath: path) ? path : nil }
  }

  private func rows(_ sql: String) throws -> String {
    let (file, out) = (folder.appendingPathComponent("rows.py"), folder.appendingPathComponent("rows"))
    try Data("import sqlite3, sys\nprint(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall())".utf8).write(to: file)
    _ = try shell("python3 '\(file.path)' '\(database)' \"\(sql)\" > '\(out.path)'")
    return try String(contentsOf: out, encoding: .utf8)
  }

  @Test func aPackIsMadeSignedAndWhole() throws {
    let alert = try alert()
    try ask("evidence", alert, "{}")
    let pack = try paper(1, "zip")
    #expect(try Command.run("evidence", "verify", pack).status == 0)
    #expect(try FileManager.default.attributesOfItem(atPath: pack)[.posixPermissions] as? Int == 0o600)
    let row = try until("ready") { () -> String? in
      let row = try rows("SELECT state, sha256 FROM paper")
      return row.contains("ready") ? row : nil
    }
    #expect(try shell("sha256sum '\(pack)' | grep -q \"$(echo \"\(row)\" | grep -o '[0-9a-f]\\{64\\}')\"") == 0)
    #expect(try Command.run("alerts", "show", alert, "--database", database).output.contains("boss via page"))
    #expect(process.isRunning)
  }

  @Test func aReportACertificateAndPicturesAreMade() throws {
    let alert = try alert()
    try ask("report", alert, #"{"format":"html"}"#)
    try ask("certificate", nil, #"{"month":"2024-01","format":"html"}"#)
    try ask("evidence", alert, note: "--order 17 of the court", #"{"media":true}"#)
    #expect(try String(contentsOfFile: paper(1, "html"), encoding: .utf8).contains("Incident report"))
    #expect(try String(contentsOfFile: paper(2, "html"), encoding: .utf8).contains("2024"))
    #expect(try Command.run("evidence", "verify", paper(3, "zip")).status == 0)
    let history = try Command.run("alerts", "show", alert, "--database", database).output
    #expect(history.contains("handed-out") && history.contains("--order 17 of the court") && history.contains("boss via page"))
  }

  /// What could not be made says why.
  @Test func failuresAreInWords() throws {
    let alert = try alert()
    try ask("certificate", nil, #"{"month":"2099-12"}"#)
    _ = try until("the problem") { try rows("SELECT problem FROM paper").contains("still to come") ? true : nil }
    try FileManager.default.removeItem(atPath: papers)
    try ask("evidence", alert, "{}")
    _ = try until("the problem") { try rows("SELECT problem FROM paper").contains("No such file or directory") ? true : nil }
    #expect(try String(contentsOf: said, encoding: .utf8).contains("was not made"))
  }

  /// The process that waits for orders, and so every one that it starts.
  @Test func itHasNoRights() throws {
    _ = try alert()
    let children = try String(
      contentsOfFile: "/proc/\(process.processIdentifier)/task/\(process.processIdentifier)/children", encoding: .utf8)
    let child = try #require(children.split(separator: " ").first)
    let status = try String(contentsOfFile: "/proc/\(child)/status", encoding: .utf8)
    for line in ["CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "CapAmb:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"] {
      #expect(status.contains(line + "\n"), "\(line)")
    }
    process.terminate()
    process.waitUntilExit()
    let end = Date(timeIntervalSinceNow: 60)
    while FileManager.default.fileExists(atPath: "/proc/\(child)"), Date() < end { usleep(50_000) }
    #expect(!FileManager.default.fileExists(atPath: "/proc/\(child)"), "it ends with the watch")
  }

  /// While it watches: packets, and the papers about it.
  @Test func erasingReachesPacketsAndPapers() throws {
    let alert = try alert()
    let list = try Command.run("alerts", "list", "--format", "jsonl", "--database", database).output
    let mac = String(try #require(list.firstMatch(of: /"mac":"([0-9a-f:]+)"/)).1)
    let address = Data(mac.split(separator: ":").compactMap { UInt8($0, radix: 16) })
    func packets() throws -> Int {
      let folder = database + "-packets"
      return try FileManager.default.contentsOfDirectory(atPath: folder).reduce(0) { count, name in
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")) else { return count }
        return count + (try PcapFile(pcapng: data).packets.filter { $0.bytes.prefix(12).range(of: address) != nil }.count)
      }
    }
    try ask("evidence", alert, "{}")
    let pack = try paper(1, "zip")
    #expect(try packets() > 0)
    let erased = try Command.run("privacy", "erase", mac, "--yes", "--database", database)
    #expect(erased.status == 0 && erased.output.contains("the running watch takes out its"), "\(erased)")
    #expect(erased.output.contains("1 paper made for the page"))
    // Of a piped capture, the packets tell the time.
    try send("rtsp-tcp-midway")
    _ = try until("the packets go") { try packets() == 0 ? true : nil }
    try send("onvif-discovery")
    _ = try until("the pack goes") { FileManager.default.fileExists(atPath: pack) ? nil : true }
    _ = try until("the address goes") { try rows("SELECT pending FROM erasure").contains("None") ? true : nil }
  }

  /// In the package's folder `serve` reads them by its group, whatever the umask.
  @Test(.needs(.namespaces)) func papersOfTheGroupAreForTheGroup() throws {
    try withTemporaryFolder { folder throws in
      let user = geteuid() == 0 ? "--user root" : ""
      let text = """
        cd '\(folder.path)'; (cat /etc/group; echo lenscap:x:54321:) > group; mkdir d; chgrp 54321 d; chmod 2750 d
        export B='\(Command.binary)' C='\(PackCommandTests.camera)'; unset LENSCAP_DATABASE
        unshare -m bash -c 'mount --bind group /etc/group; umask 077
          (cat $C; while [ ! -e end ]; do sleep 0.1; done) | $B watch -i - \(user) --database d/d.sqlite > out 2> err &
          for i in $(seq 600); do A=$($B alerts list --database d/d.sqlite --format jsonl 2> /dev/null | grep -o "\\"id\\":\\"[0-9a-f]*" | head -1 | cut -d\\" -f4)
            [ -n "$A" ] && break; sleep 0.1; done
          python3 "$0" d/serve.sqlite evidence "$A" "" "{}"
          for i in $(seq 600); do [ -e d/d.sqlite-papers/*.zip ] && [ ! -e d/d.sqlite-papers/part-* ] && break; sleep 0.1; done
          touch end; wait' ask.py
        stat -c '%a %g' d/d.sqlite-papers d/d.sqlite-papers/*.zip > modes; stat -c '%a' d/d.sqlite-packets >> modes
        """
      try Data(Self.ask.utf8).write(to: folder.appendingPathComponent("ask.py"))
      try text.write(to: folder.appendingPathComponent("script"), atomically: true, encoding: .utf8)
      #expect(try shell("bash '\(folder.path)/script'") == 0)
      let modes = try String(contentsOfFile: folder.path + "/modes", encoding: .utf8)
      #expect(modes == "2750 54321\n640 54321\n2700\n" || modes == "2750 54321\n640 54321\n700\n", "\(modes)")
    }
  }

  @Test func nobodyElseStartsIt() throws {
    #expect(try Command.run("make-papers", "--database", database).status == 64)
    #expect(try !Command.run("--help").output.contains("make-papers"))
  }
}
