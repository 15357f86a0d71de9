import Foundation
import Testing

/// Runs the program. `LENSCAP_BINARY` names another build than the one next to the tests.
enum Command {
  struct Result {
    let status: Int32
    let output: String
    let errors: String

    var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(output.utf8))) as? [String: Any] ?? [:] }
    var devices: [[String: Any]] { json["devices"] as? [[String: Any]] ?? [] }
    /// Results that do not depend on the files: devices, verdicts, evidence and counts, without names and numbers of files.
    var findings: [String] {
      devices.map { device in
        let evidence = (device["evidence"] as? [[String: Any]] ?? []).map { "\($0["signature"] ?? "")×\($0["count"] ?? 0)" }.sorted()
        return
          "\(device["id"] ?? "") \(device["verdict"] ?? "") \(device["role"] ?? "") \(device["model"] ?? "") \(device["packets_sent"] ?? 0) "
          + "\(device["bytes_sent"] ?? 0) \(evidence)"
      }
    }
  }

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static let binary: String = {
    if let named = ProcessInfo.processInfo.environment["LENSCAP_BINARY"] { return named }
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let beside = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("lenscap").path
    return FileManager.default.isExecutableFile(atPath: beside) ? beside : root.appendingPathComponent(".build/debug/lenscap").path
  }()

  static func capture(_ name: String) -> String { root.appendingPathComponent("captures/\(name).pcapng").path }

  static func run(_ arguments: String..., input: Data? = nil, environment: [String: String] = [:]) throws -> Result {
    try run(arguments, input: input, environment: environment)
  }

  static func run(_ arguments: [String], input: Data? = nil, environment: [String: String] = [:]) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: binary)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // Files, not pipes: a full pipe would stop the program.
    let (out, err, feed) = (folder.appendingPathComponent("out"), folder.appendingPathComponent("err"), folder.appendingPathComponent("in"))
    for file in [out, err] { try Data().write(to: file) }
    try (input ?? Data()).write(to: feed)
    process.standardOutput = try FileHandle(forWritingTo: out)
    process.standardError = try FileHandle(forWritingTo: err)
    process.standardInput = try FileHandle(forReadingFrom: feed)
    try process.run()
    process.waitUntilExit()
    return Result(
      status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: String(decoding: try Data(contentsOf: out), as: UTF8.self), errors: String(decoding: try Data(contentsOf: err), as: UTF8.self)
    )
  }
}

/// A folder that is deleted after the test.
func withTemporaryFolder<R>(_ body: (URL) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lenscap-" + UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}
