import Crypto
import Foundation
import Services

/// apt-get and dpkg, with lists and a folder of packages of their own, so that neither the machine's sources nor its lists are in the game.
struct Apt: PackageManager {
  private static let lookLimit = Duration.seconds(600)
  private static let fetchLimit = Duration.seconds(3600)
  private static let installLimit = Duration.seconds(3600)
  private static let largestPackage = 1 << 30
  private static let outputLimit = 1 << 20
  private static let errorLimit = 16 << 10
  private static let programs = "/usr/bin/"
  private static let environment = [
    "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "APT_LISTCHANGES_FRONTEND=none",
    "NEEDRESTART_SUSPEND=1",
  ]

  /// Root's, and made anew for each upgrade.
  let folder: String
  private var archives: String { folder + "/archives" }

  private var options: [String] {
    [
      "Dir::Etc::sourcelist=\(folder)/sources.list", "Dir::Etc::sourceparts=-", "Dir::State::lists=\(folder)/lists",
      "Dir::Cache=\(folder)", "Dir::Cache::archives=\(archives)", "Acquire::https::CaInfo=\(folder)/ca.pem",
      "Acquire::AllowInsecureRepositories=false", "Acquire::AllowDowngradeToInsecureRepositories=false", "Acquire::Languages=none",
      "Acquire::Retries=2", "Acquire::https::Timeout=60", "APT::Get::AllowUnauthenticated=false", "APT::Update::Error-Mode=any",
      "APT::Install-Recommends=false", "APT::Install-Suggests=false", "APT::Sandbox::Seccomp=false", "DPkg::Lock::Timeout=300",
      "Dpkg::Use-Pty=false", "Dpkg::Options::=--force-confdef", "Dpkg::Options::=--force-confold",
    ].flatMap { ["-o", $0] }
  }

  // MARK: dpkg

  func mend() throws(UpgradeRefusal) {
    guard let (status, _) = try state(), status != "installed" else { return }
    // After a power cut between unpacking and configuring. Of the rest, apt says itself what is wrong.
    _ = try? run("dpkg", ["--force-confdef", "--force-confold", "--configure", UpgradeOrder.package], Self.installLimit)
  }

  func installed() throws(UpgradeRefusal) -> String? {
    guard let (status, version) = try state(), status == "installed" else { return nil }
    return version
  }

  private func state() throws(UpgradeRefusal) -> (status: String, version: String)? {
    let outcome = try start("dpkg-query", ["--show", "--showformat=${db:Status-Status} ${Version}", UpgradeOrder.package], Self.lookLimit)
    // 1: it knows no such package.
    if outcome.ending == .exited(1) { return nil }
    let words = try Self.text(outcome, "dpkg-query").split(separator: " ").map(String.init)
    return words.count == 2 ? (words[0], words[1]) : nil
  }

  func isHigher(_ version: String, than other: String) throws(UpgradeRefusal) -> Bool {
    try start("dpkg", ["--compare-versions", version, "gt", other], Self.lookLimit).ending == .exited(0)
  }

  // MARK: apt

  func look(at source: PackageSource) throws(UpgradeRefusal) {
    let key = "\(folder)/repository.\(source.isArmoured ? "asc" : "gpg")"
    do {
      try? FileManager.default.removeItem(atPath: folder)
      for path in [folder, "\(folder)/lists", archives] {
        guard unsafe mkdir(path, 0o755) == 0 else { throw SystemError.number(errno) }
      }
      try Self.write(source.key, to: key)
      // apt takes it instead of the system's.
      if let authorities = source.authorities { try Self.write(Array(authorities.utf8), to: "\(folder)/ca.pem") }
      try Self.write(
        Array("deb [signed-by=\(key)] \(source.address) stable main\n".utf8), to: "\(folder)/sources.list")
    } catch { throw UpgradeRefusal("\(folder): it cannot be made", mayPass: true) }
    if source.authorities == nil {
      do throws(SystemError) {
        try Self.write(try RegularFile("/etc/ssl/certs/ca-certificates.crt").bytes(upTo: 8 << 20), to: "\(folder)/ca.pem")
      } catch { throw UpgradeRefusal("/etc/ssl/certs/ca-certificates.crt: \(error.reason)") }
    }
    try run("apt-get", ["-q"] + options + ["update"], Self.lookLimit)
  }

  func changes(installing package: String) throws(UpgradeRefusal) -> [PackageChange] {
    Self.changes(try run("apt-get", ["-q", "--simulate"] + options + ["install", package], Self.lookLimit))
  }

  /// Lines such as `Inst lenscap [0.1.0] (0.2.0 Lenscap:stable [amd64])` of `apt-get --simulate`.
  static func changes(_ output: String) -> [PackageChange] {
    output.split(separator: "\n").compactMap { line in
      guard let match = line.prefixMatch(of: /(Inst|Conf|Remv|Purg) ([^ ]+)( \[[^\]]*\])?( \(([^ )]+))?/) else { return nil }
      let (name, version) = (String(match.2), match.5.map(String.init))
      return switch match.1 {
      case "Inst": PackageChange(.install, name, version: version)
      case "Conf": PackageChange(.configure, name, version: version)
      default: PackageChange(.remove, name)
      }
    }
  }

  func fetch(_ package: String) throws(UpgradeRefusal) -> String {
    try run(
      "apt-get", ["-q", "--yes", "--no-remove", "--download-only"] + options + ["install", package], Self.fetchLimit)
    let files = ((try? FileManager.default.contentsOfDirectory(atPath: archives)) ?? []).filter { $0.hasSuffix(".deb") }
    guard files.count == 1 else { throw UpgradeRefusal("apt fetched \(files.count) packages, not one") }
    return "\(archives)/\(files[0])"
  }

  func sha256(of file: String) throws(UpgradeRefusal) -> String {
    do throws(SystemError) {
      let package = try RegularFile(file)
      guard package.size <= Self.largestPackage else { throw SystemError(reason: "it has more than \(Self.largestPackage >> 20) MiB") }
      var hash = SHA256()
      var place = 0
      while place < package.size {
        let piece = try package.read(at: place, count: 1 << 20)
        guard !piece.isEmpty else { throw SystemError(reason: "it became shorter meanwhile") }
        hash.update(data: piece)
        place += piece.count
      }
      return hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    } catch { throw UpgradeRefusal("\(file): \(error.reason)") }
  }

  func install(_ file: String) throws(UpgradeRefusal) {
    try run("apt-get", ["-q", "--yes", "--no-remove"] + options + ["install", file], Self.installLimit)
  }

  func clean() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: archives)) ?? [] where name.hasSuffix(".deb") {
      unsafe unlink("\(archives)/\(name)")
    }
  }

  // MARK: Programs

  @discardableResult private func run(_ program: String, _ arguments: [String], _ limit: Duration) throws(UpgradeRefusal) -> String {
    try Self.text(try start(program, arguments, limit), program)
  }

  private func start(_ program: String, _ arguments: [String], _ limit: Duration) throws(UpgradeRefusal) -> ChildProcess.Outcome {
    let process = ChildProcess(
      command: [Self.programs + program] + arguments, environment: Self.environment, errorLimit: Self.errorLimit,
      outputLimit: Self.outputLimit)
    do throws(SystemError) { return try process.run(input: [], limit: limit, isCancelled: { false }) } catch {
      throw UpgradeRefusal("\(program): \(error.reason)", mayPass: true)
    }
  }

  private static func text(_ outcome: ChildProcess.Outcome, _ program: String) throws(UpgradeRefusal) -> String {
    let output = String(decoding: outcome.output, as: UTF8.self)
    guard outcome.ending == .exited(0) else {
      let errors = String(decoding: outcome.errors, as: UTF8.self).split(separator: "\n").filter {
        !$0.hasPrefix("W:") && !$0.hasPrefix("N:")
      }
      let reason = errors.isEmpty ? "it did not end in order" : errors.suffix(3).joined(separator: " ")
      // On standard output it says which packages are missing.
      let needs = output.split(separator: "\n").filter { $0.contains("Depends:") }.map { $0.trimmingPrefix(while: \.isWhitespace) }
      guard needs.isEmpty else { throw UpgradeRefusal("other packages are needed:" + needs.prefix(3).map { " \($0)" }.joined()) }
      throw UpgradeRefusal("\(program): \(reason)", mayPass: true)
    }
    return output
  }

  private static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw .number(errno) }
    let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
    guard (try? handle.write(contentsOf: Data(bytes))) != nil, fchmod(file, 0o644) == 0 else { throw .number(errno) }
  }
}
