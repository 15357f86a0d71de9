import Foundation
import Services
import Store
import Synchronization
import Testing

@testable import Detection
@testable import Watch

/// Papers are made by another process, one after the other; whatever becomes of it, whoever asked learns of it.
@Suite final class PaperServiceTests: Sendable {
  private let folder = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString.prefix(8))"
  private var path: String { folder + "/lenscap.sqlite" }
  private let alert = "0000000000000001"

  init() throws { try FileManager.default.createDirectory(atPath: folder + "/lenscap.sqlite-papers", withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// A process in place of the one that makes papers: a script that gets a job as `job`.
  private func maker(_ script: String) throws -> PaperMaker {
    let head =
      "import json, os, socket, sys, time\ns = socket.socket(fileno=0)\nwhile True:\n  data = s.recv(65536)\n  if not data: break\n"
    let body = "  job = json.loads(data)\n" + script.split(separator: "\n").map { "  \($0)\n" }.joined()
    return try PaperMaker(
      program: "/usr/bin/env", arguments: ["env", "python3", "-c", head + body], environment: PaperMaker.environment)
  }

  private func recorder() async throws -> Recorder {
    let event = Sample.raised()
    let stored = StoredAlert(event, kind: "unknown-camera", summary: "a camera", document: "{}")
    try PropertyStore(path: path).record([AlertRecord(stored, device: Sample.update([event]).changed.first)], at: .zero)
    let options = RecorderOptions(
      path: path, signatures: SignatureSet([Sample.signature]), defaultSensorName: "test", clock: { Sample.start })
    let recorder = try Recorder(
      options, channel: EngineChannel(), reporter: Reporter(format: PlainFormat(), output: StandardOutput(onClose: {}), remark: { _ in }))
    await recorder.begin(at: Sample.start)
    return recorder
  }

  private func order(_ count: Int = 1, media: Bool = false, from recorder: Recorder) async {
    for _ in 0..<count {
      let paper = OperatorCommand.Paper(.evidence, hasMedia: media)
      let command = OperatorCommand(
        .evidence, alert: alert, who: "boss", origin: "page", note: media ? "why" : nil, argument: paper.json, at: .zero)
      _ = await recorder.apply([Numbered(command).command], of: "0123456789abcdef")
    }
  }

  /// Commands get their number from the other database.
  private struct Numbered {
    static let next = Mutex<Int64>(0)
    let command: OperatorCommand

    init(_ command: OperatorCommand) {
      let number = Self.next.withLock { number in
        number += 1
        return number
      }
      var text = (try? JSONEncoder().encode(command)).map { String(decoding: $0, as: UTF8.self) } ?? ""
      text.replace("{", with: "{\"number\":\(number),", maxReplacements: 1)
      self.command = (try? JSONDecoder().decode(OperatorCommand.self, from: Data(text.utf8))) ?? command
    }
  }

  /// Runs the service until no paper waits.
  private func run(_ recorder: Recorder, _ maker: PaperMaker?, recording: String? = nil) async throws -> [StoredPaper] {
    let service = PaperService(
      recorder: recorder, maker: maker, folder: path + "-papers", recording: recording, wakeup: recorder.paperWakeup)
    let task = Task { try await service.run() }
    let end = ContinuousClock.now + .seconds(60)
    var papers: [StoredPaper] = []
    repeat {
      try await Task.sleep(for: .milliseconds(20))
      papers = try PropertyStore(path: path).papers(about: alert, limit: 50)
    } while papers.contains { $0.paperState.isUnderWay } && ContinuousClock.now < end
    task.cancel()
    recorder.paperWakeup.wake()
    _ = try? await task.value
    return papers
  }

  @Test func papersAreMadeOneAfterTheOther() async throws {
    let recorder = try await recorder()
    await order(3, from: recorder)
    let maker = try maker(
      """
      name = f"{os.environ['LENSCAP_TEST_FOLDER']}/{job['file']}" if 'LENSCAP_TEST_FOLDER' in os.environ else os.devnull
      s.send(json.dumps({"bytes": len(job["alert"]), "sha256": job["who"]}).encode())
      """)
    let papers = try await run(recorder, maker)
    #expect(papers.map(\.paperState) == [.ready, .ready, .ready])
    #expect(papers.allSatisfy { $0.bytes == 16 && $0.sha256 == "boss via page" })
  }

  @Test func aProcessThatEndsIsReportedInWords() async throws {
    let recorder = try await recorder()
    await order(2, from: recorder)
    let papers = try await run(recorder, try maker("os.abort()"))
    #expect(papers.map(\.paperState) == [.failed, .failed])
    #expect(papers.allSatisfy { $0.problem?.contains("the process that makes papers has ended") == true })
  }

  @Test func nonsenseIsNoPaper() async throws {
    let recorder = try await recorder()
    await order(from: recorder)
    #expect(try await run(recorder, try maker("s.send(b'{\"bytes\": -1, \"sha256\": \"x\"}')")).map(\.paperState) == [.failed])
  }

  @Test func withoutTheProcessNothingIsMade() async throws {
    let recorder = try await recorder()
    await order(from: recorder)
    #expect(try await run(recorder, nil).first?.problem?.contains("could not be started") == true)
  }

  /// The packets of the ring have none.
  @Test func picturesNeedARecording() async throws {
    let recorder = try await recorder()
    await order(media: true, from: recorder)
    let script = "s.send(json.dumps({\"bytes\": 1, \"sha256\": f\"{job['recording']} {job['mediaReason']}\"}).encode())"
    #expect(try await run(recorder, try maker(script)).first?.problem?.contains("there is no media") == true)
    await order(media: true, from: recorder)
    #expect(try await run(recorder, try maker(script), recording: "all.pcapng").first?.sha256 == "all.pcapng why")
  }

  @Test func filesWithoutAPaperGo() async throws {
    let recorder = try await recorder()
    await order(from: recorder)
    let folder = path + "-papers"
    for name in ["part-x.zip", "0123456789abcdef-99.zip"] { try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
    let papers = try await run(
      recorder, try maker("open('\(folder)/' + job['file'], 'w').close()\ns.send(b'{\"bytes\": 0, \"sha256\": \"a\"}')"))
    let end = ContinuousClock.now + .seconds(60)
    while try FileManager.default.contentsOfDirectory(atPath: folder) != [papers[0].file], ContinuousClock.now < end {
      PaperFolder.sweep(folder, keeping: try PropertyStore(path: path).enforcePapers(at: Sample.start))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [papers[0].file])
  }

  /// Whoever took the watch over can ask for no other file and no other program.
  @Test(arguments: [
    #""file":"../x.zip""#, #""file":"0123456789abcdef-1.zip/../x.zip""#, #""file":"0123456789abcdef-1.html""#, #""kind":"replay""#,
    #""alert":"--help""#, #""alert":"../x""#, #""format":"exe""#, #""mediaReason":"why""#,
    #""month":"2026-11""#,
  ])
  func jobsAreChecked(change: String) throws {
    var fields = [
      "file": "\"0123456789abcdef-1.zip\"", "kind": "\"evidence\"", "format": "\"zip\"", "alert": "\"c0ffee\"", "who": "\"boss\"",
      "isForCentral": "false",
    ]
    func job() throws -> PaperJob {
      let text = "{" + fields.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
      return try JSONDecoder().decode(PaperJob.self, from: Data(text.utf8))
    }
    #expect(try job().isSound)
    let parts = change.split(separator: ":", maxSplits: 1)
    fields[String(parts[0].dropFirst().dropLast())] = String(parts[1])
    #expect(try !job().isSound)
  }
}
