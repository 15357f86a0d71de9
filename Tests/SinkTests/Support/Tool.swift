import Foundation
import Testing

/// A program or module that a test needs. Without it the test is skipped, and says so; in continuous integration (`CI=true`) it fails.
enum Tool: String {
  case openssl
  case python3
  case aiosmtpd
  case standardwebhooks

  var isThere: Bool {
    switch self {
    case .openssl, .python3: Self.path(of: rawValue) != nil
    case .aiosmtpd: run("/usr/bin/python3", "-c", "import aiosmtpd").status == 0
    case .standardwebhooks: run(Tool.labPython, "-c", "import standardwebhooks").status == 0
    }
  }

  /// The path of a program; nil where it is not installed.
  static func path(of program: String) -> String? {
    ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"].map { "\($0)/\(program)" }.first(
      where: FileManager.default.isExecutableFile)
  }

  /// Where `Scripts/install-packages test` puts what Debian has not.
  static let labPython = "/opt/lenscap-lab/bin/python"
  /// Programs that real clients and servers are made of.
  static let programs = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Live").path
}

extension Trait where Self == ConditionTrait {
  static func needs(_ tool: Tool) -> Self {
    .enabled(if: tool.isThere || ProcessInfo.processInfo.environment["CI"] == "true", "needs \(tool.rawValue)")
  }
}

/// Runs a program to its end. Input and output are files: the end of a pipe comes only when no other program that started meanwhile has it
/// open any more.
@discardableResult
func run(_ program: String, _ arguments: String..., input: Data = Data()) -> (status: Int32, output: String) {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lenscap-run-\(UUID().uuidString)")
  let (inFile, outFile) = (folder.appendingPathComponent("in"), folder.appendingPathComponent("out"))
  defer { try? FileManager.default.removeItem(at: folder) }
  do {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try input.write(to: inFile)
    try Data().write(to: outFile)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: inFile)
    process.standardOutput = try FileHandle(forWritingTo: outFile)
    process.standardError = FileHandle.nullDevice
    // `waitUntilExit` runs a loop of the calling thread, and may never end on one of the shared pool.
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    try process.run()
    ended.wait()
    return (process.terminationStatus, String(decoding: try Data(contentsOf: outFile), as: UTF8.self))
  } catch { return (-1, "") }
}

/// Runs what waits on a thread of its own, as sinks do, and not on one of the shared pool.
func onQueue<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue(label: "test").async { continuation.resume(with: Result { try body() }) }
  }
}
