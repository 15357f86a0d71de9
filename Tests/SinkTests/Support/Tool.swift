import Foundation
import Services
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

/// Runs a program to its end, and kills it where that does not come in two minutes. Its output is kept up to a mebibyte.
@discardableResult
func run(_ program: String, _ arguments: String..., input: [UInt8] = []) -> (status: Int32, output: String) {
  run(program, arguments, input: input)
}

@discardableResult
func run(_ program: String, _ arguments: [String], input: [UInt8] = []) -> (status: Int32, output: String) {
  let environment = ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
  let process = ChildProcess(command: [program] + arguments, environment: environment, outputLimit: 1 << 20)
  _ = ignoresPipes
  let outcome = try? process.run(input: input, limit: .seconds(120), isCancelled: { false })
  guard let outcome, case .exited(let status) = outcome.ending else { return (-1, "") }
  return (status, String(decoding: outcome.output, as: UTF8.self))
}

/// A program need not read its input to the end.
private let ignoresPipes: Void = { signal(SIGPIPE, SIG_IGN) }()

/// Runs what waits on a thread of its own, as sinks do, and not on one of the shared pool.
func onQueue<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue(label: "test").async { continuation.resume(with: Result { try body() }) }
  }
}
