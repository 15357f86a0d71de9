import Foundation
import Testing

@testable import Central

/// The repository with a key of GPG and packages that are made for it. What apt says of it, `Tests/Live/check-upgrade` tries.
@Suite final class PackageRepositoryTests {
  private static let key = "releases@chain.example"
  private let root = "/tmp/lenscap-repository-\(UUID().uuidString.prefix(8))"
  private var folder: String { root + "/debian" }

  init() throws {
    try FileManager.default.createDirectory(
      atPath: root + "/gpg", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit {
    _ = try? run("gpgconf", "--kill", "all")
    try? FileManager.default.removeItem(atPath: root)
  }

  private var environment: [String: String] { ProcessInfo.processInfo.environment.merging(["GNUPGHOME": root + "/gpg"]) { $1 } }

  @discardableResult private func run(_ arguments: String...) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.environment = environment
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, FileHandle.nullDevice)
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  private func makeKey() throws {
    #expect(try run("gpg", "--batch", "--passphrase", "", "--quick-generate-key", Self.key, "ed25519", "sign", "never").status == 0)
  }

  private func package(_ name: String, _ version: String, architecture: String = "amd64", content: String = "") throws -> String {
    let stage = root + "/stage-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: stage + "/DEBIAN", withIntermediateDirectories: true)
    try """
    Package: \(name)
    Version: \(version)
    Architecture: \(architecture)
    Maintainer: Nobody <nobody@chain.example>
    Description: for a test
     \(content.isEmpty ? "Nothing." : content)

    """.write(toFile: stage + "/DEBIAN/control", atomically: true, encoding: .utf8)
    let path = root + "/\(UUID().uuidString).deb"
    try #require(try run("dpkg-deb", "--root-owner-group", "--nocheck", "--build", stage, path).status == 0)
    return path
  }

  private func repository() throws -> PackageRepository { try PackageRepository(folder: folder, environment: environment) }

  private func text(_ path: String) throws -> String { try String(contentsOfFile: folder + "/" + path, encoding: .utf8) }

  private func hash(_ path: String) throws -> String { RepositoryFile.sha256(of: Array(try Data(contentsOf: URL(filePath: path)))) }

  @Test func versionsAreAddedAndSigned() throws {
    try makeKey()
    let (first, second) = (try package("lenscap", "0.1.0"), try package("lenscap", "0.2.0~rc1+b2"))
    let central = try package("lenscap-central", "0.2.0", architecture: "arm64")
    let added = try repository().add([first], key: Self.key)
    #expect(added == [.init(name: "lenscap", version: "0.1.0", architecture: "amd64", sha256: try hash(first), isNew: true)])
    let former = try text("dists/stable/InRelease")
    #expect(try repository().add([second, central, first], key: Self.key).map(\.isNew) == [true, true, false])

    let list = try text("dists/stable/main/binary-amd64/Packages")
    for line in ["Version: 0.1.0", "Version: 0.2.0~rc1+b2", "SHA256: \(try hash(first))"] { #expect(list.contains(line + "\n"), "\(list)") }
    #expect(list.contains("Filename: pool/main/lenscap/lenscap_0.1.0_amd64.deb\n") && !list.contains("arm64"))
    #expect(try text("dists/stable/main/binary-arm64/Packages").contains("Package: lenscap-central\n"))
    #expect(try run("gzip", "-dc", folder + "/dists/stable/main/binary-amd64/Packages.gz").output == list)

    let release = try text("dists/stable/Release")
    for name in ["Packages", "Packages.gz"] {
      let sha256 = try hash(folder + "/dists/stable/main/binary-amd64/" + name)
      #expect(release.contains(" \(sha256) ") && release.contains(" main/binary-amd64/\(name)\n"))
      #expect(FileManager.default.fileExists(atPath: folder + "/dists/stable/main/binary-amd64/by-hash/SHA256/" + sha256))
    }
    // A box that read the former InRelease finds what that names.
    for sha256 in former.matches(of: /[0-9a-f]{64}/).map({ String($0.0) }) {
      #expect(FileManager.default.fileExists(atPath: folder + "/dists/stable/main/binary-amd64/by-hash/SHA256/" + sha256))
    }
    #expect(try run("gpg", "--batch", "--verify", folder + "/dists/stable/InRelease").status == 0)
    #expect(try run("gpg", "--batch", "--verify", folder + "/dists/stable/Release.gpg", folder + "/dists/stable/Release").status == 0)
    #expect(try run("gpg", "--batch", "--show-keys", folder + "/repository.asc").output.contains(Self.key))
    let left = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }
    #expect(!left.contains { $0.contains(".new-") || $0.contains(".draft-") }, "\(left)")
  }

  @Test func otherPackagesAreRefused() throws {
    try makeKey()
    let repository = try repository()
    try Data("no package".utf8).write(to: URL(filePath: root + "/no.deb"))
    let link = root + "/link.deb"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: try package("lenscap", "0.1.0"))
    let refused = [
      try package("bash", "9.9"), try package("lenscap-tools", "0.1.0"), try package("lenscap", "1:0.1.0"),
      try package("lenscap", "0.1.0", architecture: "riscv64"), root + "/no.deb", root + "/missing.deb", link,
    ]
    for file in refused {
      let error = #expect(throws: RepositoryError.self) { try repository.add([try package("lenscap", "0.5.0"), file], key: Self.key) }
      guard case .refused(file, _) = error else {
        Issue.record("\(file): \(String(describing: error))")
        continue
      }
    }
    #expect((try? FileManager.default.contentsOfDirectory(atPath: folder + "/pool/main/lenscap")) ?? [] == [], "of a list, all or none")
    #expect(!FileManager.default.fileExists(atPath: folder + "/dists/stable/InRelease"))
  }

  @Test func aVersionKeepsItsContent() throws {
    try makeKey()
    let first = try package("lenscap", "0.1.0")
    _ = try repository().add([first], key: Self.key)
    let error = #expect(throws: RepositoryError.self) {
      try repository().add([try package("lenscap", "0.1.0", content: "Other.")], key: Self.key)
    }
    #expect(error?.description.contains("0.1.0 is there with another content") == true)
    #expect(try hash(folder + "/pool/main/lenscap/lenscap_0.1.0_amd64.deb") == hash(first))
  }

  @Test func withoutItsKeyNothingChanges() throws {
    try makeKey()
    _ = try repository().add([try package("lenscap", "0.1.0")], key: Self.key)
    let before = try text("dists/stable/InRelease")
    let error = #expect(throws: RepositoryError.self) {
      try repository().add([try package("lenscap", "0.2.0")], key: "nobody@chain.example")
    }
    guard case .failed("gpg", _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try text("dists/stable/InRelease") == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/pool/main/lenscap") == ["lenscap_0.1.0_amd64.deb"])
  }

  @Test func aMissingProgramIsNamedWithItsPackage() {
    let error = #expect(throws: RepositoryError.self) { try PackageRepository(folder: folder, environment: ["PATH": root]) }
    #expect(error?.description == "the program dpkg-deb is needed: apt install dpkg")
  }
}
