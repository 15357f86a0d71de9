import Foundation

/// Other programs that `setup` runs: this one with other commands, and systemctl.
enum Programs {
  static let watch = "lenscap-watch"
  static let serve = "lenscap-serve"

  /// Path of this program.
  private static var own: String { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/usr/bin/lenscap" }

  /// True if this machine runs systemd, and has the package's services.
  static var haveServices: Bool {
    access("/run/systemd/system", F_OK) == 0 && geteuid() == 0 && run(["/usr/bin/env", "systemctl", "cat", watch, serve], quiet: true) == 0
  }

  /// Runs this program, with its output on this program's; as the user of `serve` where that exists, because only it may read the secrets,
  /// and files must not come to belong to root.
  ///
  /// - Returns: the exit status.
  static func lenscap(_ arguments: [String], asServe: Bool = false) -> Int32 {
    let isOther = asServe && geteuid() == 0 && getpwnam(serve) != nil && Ownership.groupID(Ownership.group) != nil
    let user = isOther ? ["/usr/bin/env", "runuser", "-u", serve, "-g", Ownership.group, "-G", Ownership.secretsGroup, "--"] : []
    return run(user + [own] + arguments)
  }

  static func systemctl(_ arguments: String...) -> Int32 { run(["/usr/bin/env", "systemctl"] + arguments) }

  private static func run(_ command: [String], quiet: Bool = false) -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = URL(filePath: "/")
    process.standardInput = FileHandle.nullDevice
    if quiet {
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
    }
    guard (try? process.run()) != nil else { return -1 }
    process.waitUntilExit()
    return process.terminationStatus
  }
}
