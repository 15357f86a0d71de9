import Foundation

/// Other programs that `setup` runs: this one with other commands, and systemctl.
enum Programs {
  static let watch = "lenscap-watch"
  static let serve = "lenscap-serve"

  /// Path of this program.
  private static var own: String { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/usr/bin/lenscap" }

  /// True if this machine runs systemd, and has the package's services.
  static var haveServices: Bool {
    unsafe access("/run/systemd/system", F_OK) == 0 && geteuid() == 0
      && run(["/usr/bin/env", "systemctl", "cat", watch, serve], quiet: true) == 0
  }

  /// Runs this program, with its output on this program's; as the user of `serve` where that exists, because only it may read the secrets,
  /// and files must not come to belong to root.
  ///
  /// - Returns: the exit status.
  static func lenscap(_ arguments: [String], asServe: Bool = false) -> Int32 {
    let isOther = unsafe asServe && geteuid() == 0 && getpwnam(serve) != nil && Ownership.groupID(Ownership.group) != nil
    let user = isOther ? ["/usr/bin/env", "runuser", "-u", serve, "-g", Ownership.group, "-G", Ownership.secretsGroup, "--"] : []
    return run(user + [own] + arguments)
  }

  /// Runs this program, which becomes the user of `serve` by itself where it must.
  ///
  /// - Returns: the line that it printed; nil if it failed, after it said why.
  static func lineOfLenscap(_ arguments: [String]) -> String? {
    let output = Pipe()
    guard run([own] + arguments, output: output) == 0 else { return nil }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).first.map(String.init)
  }

  static func systemctl(_ arguments: String...) -> Int32 { run(["/usr/bin/env", "systemctl"] + arguments) }

  private static func run(_ command: [String], quiet: Bool = false, output: Pipe? = nil) -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = URL(filePath: "/")
    process.standardInput = FileHandle.nullDevice
    if quiet {
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
    }
    // What is printed there fits into a pipe.
    if let output { process.standardOutput = output }
    guard (try? process.run()) != nil else { return -1 }
    process.waitUntilExit()
    return process.terminationStatus
  }
}
