import Foundation
import Testing

/// A watch that waits for its first packet: others see that it is alive, and it reads its files again.
@Suite final class RunningWatchTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lenscap-" + UUID().uuidString)
  private let process = Process()
  private let input = Pipe()
  private var database: String { folder.appendingPathComponent("lenscap.sqlite").path }
  private var configuration: URL { folder.appendingPathComponent("lenscap.yaml") }
  private var known: URL { folder.appendingPathComponent("known.yaml") }
  private var said: URL { folder.appendingPathComponent("said") }

  private static let settings = "interfaces: '-'\ndatabase: lenscap.sqlite\nknown: known.yaml\n"

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for file in [known, said] { try Data().write(to: file) }
    try Data(Self.settings.utf8).write(to: configuration)
    process.executableURL = URL(fileURLWithPath: Command.binary)
    // As root it would become another user, who cannot reach this folder.
    let user = geteuid() == 0 ? ["--user", "root"] : []
    process.arguments = ["watch", "--config", configuration.path] + user
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
  private func until(_ isSo: () throws -> Bool) throws -> Bool {
    let end = Date(timeIntervalSinceNow: 60)
    while Date() < end, process.isRunning {
      if try isSo() { return true }
      usleep(50_000)
    }
    return false
  }

  private func hasSaid(_ words: String...) throws -> Bool {
    let lines = try String(contentsOf: said, encoding: .utf8).split(separator: "\n")
    return lines.contains { line in words.allSatisfy { line.contains($0) } }
  }

  private func isWatching() throws -> Bool {
    try Command.run("status", "--format", "json", "--database", database).output.contains(#""watching" : true"#)
  }

  @Test func aReplayLeavesItsCoreToIt() throws {
    let environment = ["LENSCAP_DATABASE": database]
    #expect(try until(isWatching))
    #expect(try JobsTests.threads(environment: environment) == 1)
    #expect(try JobsTests.threads("--jobs", "2", environment: environment) == 3, "asked for")
    process.terminate()
    process.waitUntilExit()
    let processors = ProcessInfo.processInfo.activeProcessorCount
    #expect(try JobsTests.threads(environment: environment) == (processors > 1 ? 3 : 1))
  }

  @Test func aWatchWithoutPacketsIsAliveUntilItEnds() throws {
    #expect(try until { try hasSaid("watching standard input") })
    #expect(try until(isWatching))
    process.terminate()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    #expect(try !isWatching())
  }

  /// It takes from itself what it does not need, by whomever it was started.
  @Test func itsRightsAreFew() throws {
    #expect(try until { try hasSaid("watching standard input") })
    let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
    #expect(status.contains("NoNewPrivs:\t1\n") && status.contains("Seccomp:\t2\n"))
    if geteuid() == 0 { #expect(status.contains("CapBnd:\t0000000000000000\n")) }
    let limits = try String(contentsOfFile: "/proc/\(process.processIdentifier)/limits", encoding: .utf8)
    #expect(limits.split(separator: "\n").contains { $0.hasPrefix("Max core file size") && $0.contains(" 0  ") })
  }

  @Test func theFilesAreReadAgain() throws {
    #expect(try until { try hasSaid("watching standard input") })
    try Data("- [\n".utf8).write(to: known)
    kill(process.processIdentifier, SIGHUP)
    #expect(try until { try hasSaid("the configuration is wrong", known.path) })
    try Data("- b0:c5:54:25:5b:0e\n".utf8).write(to: known)
    kill(process.processIdentifier, SIGHUP)
    #expect(try until { try hasSaid("the configuration was read again") })
  }

  @Test func theConfigurationIsReadAgain() throws {
    #expect(try until { try hasSaid("watching standard input") })
    try Data((Self.settings + "bufer: 5\n").utf8).write(to: configuration)
    kill(process.processIdentifier, SIGHUP)
    #expect(try until { try hasSaid("the configuration is wrong", "\(configuration.path):4:1: unknown key \"bufer\"") })
    try Data((Self.settings + "buffer: 5\nretention: { devices: 2d }\n").utf8).write(to: configuration)
    kill(process.processIdentifier, SIGHUP)
    #expect(try until { try hasSaid("the configuration was read again", "what changed in buffer needs a restart") })
  }
}
