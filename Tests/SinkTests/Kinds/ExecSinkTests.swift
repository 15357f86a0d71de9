import ConfigurationFiles
import Foundation
import Testing

@testable import Sinks

@Suite struct ExecSinkTests {
  private let scratch = try! Scratch()

  private func sink(_ script: String, limit: Duration = .seconds(20)) throws -> ExecSink {
    var settings = SinkSettings(name: "e", kind: .exec)
    // Not by the file's own first line: another thread that starts a program may hold a file open that was just written.
    let file = try scratch.write("program", "cd \(scratch.folder.path)\n\(script)\n")
    settings.command = ["/bin/sh", file, "an argument; touch $(x)"]
    settings.timeLimit = limit
    return try ExecSink(settings)
  }

  @Test func programReadsTheEvent() async throws {
    try await sink("cat > input; printf '%s' \"$1\" > argument").deliver(
      Sample.parcel(of: Sample.event(), Sample.event(.silent)))
    let lines = try scratch.lines("input").map { try JSONValue(Data($0.utf8)) }
    #expect(lines.map { $0["type"]?.string } == ["alert.raised", "alert.silent"])
    #expect(scratch.text("argument") == "an argument; touch $(x)")
  }

  @Test func environmentHasNothingElse() async throws {
    let event = Event(kind: .raised, uid: "a.b\n-1;$(x)", time: Sample.time, alert: "0=\u{202E}f", document: Sample.document())
    try await sink("exec /usr/bin/env > environment").deliver(Sample.parcel(of: event))
    let lines = Set(scratch.lines("environment").filter { !$0.hasPrefix("PWD=") && !$0.hasPrefix("OLDPWD=") && !$0.hasPrefix("_=") })
    #expect(
      lines == [
        "PATH=\(ExecSink.path)", "LANG=C.UTF-8", "LENSCAP_EVENT=alert.raised", "LENSCAP_UID=a.b-1x", "LENSCAP_ALERT=0f",
      ])
  }

  @Test func programHasThreeFilesAndNoBlockedSignal() async throws {
    let leaked = open("/dev/null", O_RDONLY)
    defer { close(leaked) }
    try await sink("ls /proc/self/fd > files; grep -E '^Sig(Blk|Ign)' /proc/self/status > signals").deliver(
      Sample.parcel())
    // ls itself opens the folder, as 3.
    #expect(scratch.lines("files") == ["0", "1", "2", "3"])
    // glibc ignores two signals of its own, 32 and 33.
    let signals = scratch.lines("signals").compactMap { $0.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } }
    #expect(signals.map { $0 & 0x7FFF_FFFF } == [0, 0])
  }

  @Test(arguments: [1, 69, 75, 127])
  func otherStatusIsTriedAgain(status: Int) async throws {
    let error = try await sink("printf 'no \\033[31mroute\\r\\n' >&2; exit \(status)").deliveryError(Sample.parcel())
    guard case .temporary(let reason, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.hasSuffix("ended with \(status): no [31mroute"))
  }

  @Test func dataErrorIsRefused() async throws {
    guard case .refused = try await sink("exit 65").deliveryError(Sample.parcel()) else {
      Issue.record("not refused")
      return
    }
  }

  @Test func manyWordsAreCut() async throws {
    let error = try await sink("yes | head -c 500000 >&2; yes | head -c 500000; exit 1").deliveryError(Sample.parcel())
    #expect(try #require(error).reason.utf8.count < 400)
  }

  @Test func missingProgramIsNamed() async throws {
    var settings = SinkSettings(name: "e", kind: .exec)
    settings.command = [scratch.path("nothing")]
    let error = try await ExecSink(settings).deliveryError(Sample.parcel())
    #expect(error?.reason.contains("No such file") == true)
    settings.command = ["sh", "-c", "true"]
    #expect(throws: SinkConfigurationError.self) { try ExecSink(settings) }
  }

  /// A document larger than a pipe holds.
  @Test(arguments: ["exit 0", "exec 0<&-; sleep 0.2", "sleep 0.2", "cat > input"])
  func programNeedNotRead(script: String) async throws {
    let event = Sample.event(name: String(repeating: "m", count: 1_000_000))
    #expect(try await sink(script).deliveryError(Sample.parcel(of: event)) == nil)
    if script.hasPrefix("cat") { #expect(scratch.text("input").utf8.count > 1_000_000) }
  }

  @Test func lateProgramIsEndedWithItsChildren() async throws {
    let script = "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > inner; sleep 1000' & echo $$ > outer; wait"
    let error = try await sink(script, limit: .milliseconds(500)).deliveryError(Sample.parcel())
    #expect(error?.reason.contains("did not end within") == true)
    try await expectGone(["inner", "outer"])
  }

  @Test func cancellationEndsTheProgram() async throws {
    let sink = try sink("trap '' TERM; sleep 1000 & echo $! > inner; echo $$ > outer; wait", limit: .seconds(1000))
    let delivery = Task { await sink.deliveryError(Sample.parcel()) }
    #expect(await eventually { !scratch.lines("outer").isEmpty })
    delivery.cancel()
    #expect(await delivery.value?.reason == "cancelled")
    try await expectGone(["inner", "outer"])
  }

  @Test func whatAProgramLeavesBehindIsEnded() async throws {
    try await sink("sleep 1000 & echo $! > inner; exit 0").deliver(Sample.parcel())
    try await expectGone(["inner"])
  }

  private func expectGone(_ names: [String]) async throws {
    for name in names {
      let number = try #require(pid_t(scratch.lines(name).first ?? ""), "\(name)")
      // An orphan that was killed may be a zombie until the process that adopted it looks.
      #expect(await eventually { kill(number, 0) != 0 || isZombie(number) }, "\(name)")
    }
  }

  private func isZombie(_ number: pid_t) -> Bool {
    ((try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8)) ?? ") Z").contains(") Z")
  }

  @Test(arguments: Sample.hostileNames + [""])
  func hostileNamesStayInTheInput(name: String) async throws {
    try await sink("cat > input; exec /usr/bin/env > environment").deliver(Sample.parcel(of: Sample.event(name: name), text: name))
    let lines = scratch.lines("input")
    #expect(lines.count == 1)
    #expect(try JSONValue(Data(try #require(lines.first).utf8))["subject"]?["model"]?.string == name)
    #expect(
      scratch.lines("environment").allSatisfy {
        $0.hasPrefix("LENSCAP_") || ["PATH", "LANG", "PWD", "OLDPWD", "_"].contains($0.prefix { $0 != "=" })
      })
  }
}
