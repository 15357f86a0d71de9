import Foundation
import Glibc
import Services

/// The programs of Debian that a repository is made with.
struct RepositoryTools {
  private static let limit = Duration.seconds(600)
  private static let outputLimit = 64 << 20
  private static let errorLimit = 4096
  /// With the packages that have them.
  private static let programs = [
    (name: "dpkg-deb", package: "dpkg"), (name: "dpkg-scanpackages", package: "dpkg-dev"), (name: "gpg", package: "gnupg"),
    (name: "gzip", package: "gzip"), (name: "env", package: "coreutils"),
  ]

  private let paths: [String: String]
  private let environment: [String]

  init(environment: [String: String]) throws {
    let folders = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map(String.init)
    var paths: [String: String] = [:]
    for program in Self.programs {
      guard let folder = folders.first(where: { unsafe access("\($0)/\(program.name)", X_OK) == 0 }) else {
        throw RepositoryError.missing(program: program.name, package: program.package)
      }
      paths[program.name] = "\(folder)/\(program.name)"
    }
    self.paths = paths
    // GPG finds the key, and whoever asks for its passphrase, by what the operator's shell has set.
    self.environment = environment.map { "\($0.key)=\($0.value)" }
  }

  /// Name, version and architecture as the package says.
  func fields(of path: String, named file: String) throws -> (name: String, version: String, architecture: String) {
    let output: [UInt8]
    do {
      output = try run("dpkg-deb", "--show", "--showformat=${Package}\\n${Version}\\n${Architecture}\\n", path)
    } catch RepositoryError.failed { throw RepositoryError.refused(file, "it is no Debian package") }
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard lines.count == 4 else { throw RepositoryError.refused(file, "it is no Debian package") }
    return (lines[0], lines[1], lines[2])
  }

  /// The list of the pool for an architecture, with all versions.
  func packages(in folder: String, architecture: String) throws -> [UInt8] {
    try run(
      "env", "--chdir=\(folder)", paths["dpkg-scanpackages"] ?? "dpkg-scanpackages", "--multiversion", "--arch", architecture, "--hash",
      "sha256", "pool")
  }

  func compressed(_ bytes: [UInt8]) throws -> [UInt8] { try run("gzip", "-9nc", input: bytes) }

  /// - Returns: the text with its signature, the signature alone, and the public half of the key.
  func sign(_ text: String, key: String, in folder: String) throws -> (inline: [UInt8], detached: [UInt8], publicKey: [UInt8]) {
    func gpg(_ arguments: String...) throws -> [UInt8] {
      let output = try run("gpg", ["--batch", "--quiet", "--digest-algo", "SHA512", "--armor"] + arguments, input: Array(text.utf8))
      guard !output.isEmpty else { throw RepositoryError.failed(program: "gpg", "it knows no key \(key.forLog)") }
      return output
    }
    // --local-user=…, so that a key that begins with a hyphen is none of its options.
    return (
      try gpg("--local-user=\(key)", "--clearsign"), try gpg("--local-user=\(key)", "--detach-sign"),
      try gpg("--export", "--", key)
    )
  }

  private func run(_ program: String, _ arguments: String...) throws -> [UInt8] { try run(program, arguments, input: []) }

  private func run(_ program: String, _ argument: String, input: [UInt8]) throws -> [UInt8] { try run(program, [argument], input: input) }

  private func run(_ program: String, _ arguments: [String], input: [UInt8]) throws -> [UInt8] {
    let process = ChildProcess(
      command: [paths[program] ?? program] + arguments, environment: environment, errorLimit: Self.errorLimit,
      outputLimit: Self.outputLimit)
    let outcome: ChildProcess.Outcome
    do { outcome = try process.run(input: input, limit: Self.limit, isCancelled: { false }) } catch {
      throw RepositoryError.failed(program: program, error.reason)
    }
    guard outcome.ending == .exited(0), outcome.output.count < Self.outputLimit else {
      let lines = String(decoding: outcome.errors, as: UTF8.self).split(separator: "\n")
      throw RepositoryError.failed(program: program, lines.suffix(3).joined(separator: "; "))
    }
    return outcome.output
  }
}
