import Foundation
import Testing

@testable import Packs
@testable import Papers

/// Packs, their signatures, and what is said about changed ones.
@Suite struct PackTests {
  static let files = [
    PackFile(name: PackName.alert, text: "{}\n"), PackFile(name: PackName.report, text: "<p>report</p>\n"),
    PackFile(name: PackName.proof, bytes: [0x0A, 0x0D, 0x0D, 0x0A]), PackFile(name: PackName.configuration, text: "database: \"a\"\n"),
    PackFile(name: PackName.versions, text: "{}\n"), PackFile(name: PackName.signatures + "axis.yaml", text: "- id: axis\n"),
  ]

  /// A database's folder with a key.
  static func withKey<R>(_ body: (SigningKey, URL) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lenscap-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let database = folder.appendingPathComponent("lenscap.sqlite")
    try Data().write(to: database)
    return try body(try SigningKey(besideDatabase: database.path), folder)
  }

  static func pack(_ key: SigningKey) -> [UInt8] { EvidencePack.archive(files, signedBy: key) ?? [] }

  static func lines(_ bytes: [UInt8], key: PublicKey? = nil) -> [String] {
    PackVerification(of: bytes, name: "case.zip", key: key).findings.map(\.line)
  }

  @Test func anUnchangedPackIsVerified() throws {
    try Self.withKey { (key, _) throws in
      let pack = Self.pack(key)
      #expect(Self.lines(pack).isEmpty)
      #expect(Self.lines(pack, key: key.publicKey).isEmpty)
      #expect(PackVerification(of: pack, name: "case.zip").signer == key.publicKey)
      let names = try ZipReader(pack).entries.map(\.name)
      #expect(
        names == [
          "manifest.sha256", "manifest.sig", "public.pem", "alert.json", "report.html", "proof.pcapng", "configuration.yaml",
          "versions.json",
          "signatures/axis.yaml",
        ])
    }
  }

  /// Each byte of the archive, one after the other: of files, of headers, of names, of the directory.
  @Test func everyFlippedByteIsFound() throws {
    try Self.withKey { (key, _) throws in
      let pack = Self.pack(key)
      let entries = try ZipReader(pack).entries
      for place in pack.indices {
        var changed = pack
        changed[place] ^= 0x10
        let found = Self.lines(changed)
        #expect(!found.isEmpty, "byte \(place)")
        // A file's bytes are named exactly.
        if let entry = entries.first(where: { $0.local.suffix($0.bytes?.count ?? 0).contains(place) }) {
          #expect(found == ["\(entry.name): changed"], "byte \(place)")
        }
      }
    }
  }

  private static func repacked(_ pack: [UInt8], _ change: (inout [PackFile]) -> Void) throws -> [UInt8] {
    var files = try ZipReader(pack).entries.map { PackFile(name: $0.name, bytes: Array($0.bytes ?? [])) }
    change(&files)
    return ZipWriter.archive(files) ?? []
  }

  /// Somebody writes the archive anew, with check sums that fit.
  @Test func changedMissingAndAdded() throws {
    try Self.withKey { (key, _) throws in
      let pack = Self.pack(key)
      let changed = try Self.repacked(pack) { files in
        files[files.firstIndex { $0.name == PackName.alert }!] = PackFile(name: PackName.alert, text: "{\"verdict\": \"none\"}\n")
      }
      #expect(Self.lines(changed) == ["alert.json: changed"])
      #expect(Self.lines(try Self.repacked(pack) { $0.removeAll { $0.name == PackName.proof } }) == ["proof.pcapng: missing"])
      #expect(Self.lines(try Self.repacked(pack) { $0.append(PackFile(name: "more.txt", text: "x")) }) == ["more.txt: added"])
      for name in [PackName.manifest, PackName.signature, PackName.key] {
        #expect(Self.lines(try Self.repacked(pack) { $0.removeAll { $0.name == name } }).contains("\(name): missing"))
      }
      // The check sums of the changed file are changed, too, but nobody can sign them.
      let listed = try Self.repacked(changed) { files in
        let rest = files.filter { ![PackName.manifest, PackName.signature].contains($0.name) }
        files[0] = PackFile(name: PackName.manifest, text: PackManifest(of: rest).text)
      }
      #expect(!Self.lines(listed).isEmpty)
      let moved = try Self.repacked(pack) { $0.swapAt(3, 4) }
      #expect(!Self.lines(moved).isEmpty || moved != pack)
    }
  }

  @Test func anotherKey() throws {
    try Self.withKey { (key, _) throws in
      try Self.withKey { (other, _) throws in
        let verification = PackVerification(of: Self.pack(other), name: "case.zip", key: key.publicKey)
        #expect(verification.findings.map(\.line) == ["public.pem: changed"])
        #expect(verification.remarks.contains { $0.contains(other.publicKey.fingerprint) && $0.contains(key.publicKey.fingerprint) })
      }
    }
  }

  @Test func manifestsAreStrict() {
    let sum = String(repeating: "a", count: 64)
    #expect(PackManifest("\(sum)  a\n\(sum)  b c\n".utf8)?.text == "\(sum)  a\n\(sum)  b c\n")
    for text in [
      "", "\(sum)  a", "\(sum) a\n", "\(sum)  \n", "\(sum.uppercased())  a\n", "\(sum)  a\n\n", "\(sum)  a\n\(sum)  a\n", "\(sum)x  a\n",
    ] {
      #expect(PackManifest(text.utf8) == nil, "\(text)")
    }
    #expect(PackManifest([0xFF, 0x0A]) == nil)
    #expect(
      PackManifest.sum(of: Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "FIPS 180-2, B.1")
  }

  // MARK: Keys

  @Test func theKeyIsMadeOnceAndForItsOwnerAlone() throws {
    try Self.withKey { (key, folder) throws in
      let path = folder.appendingPathComponent(SigningKey.fileName).path
      let database = folder.appendingPathComponent("lenscap.sqlite").path
      var facts = stat()
      #expect(stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
      #expect(try SigningKey(besideDatabase: database).publicKey == key.publicKey)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2, "no temporary file is left")
      chmod(path, 0o640)
      #expect(throws: SigningKey.Failure.exposed(path: path)) { try SigningKey(besideDatabase: database) }
      chmod(path, 0o600)
      try Data("no key".utf8).write(to: URL(fileURLWithPath: path))
      #expect(throws: SigningKey.Failure.damaged(path: path)) { try SigningKey(besideDatabase: database) }
      try FileManager.default.removeItem(atPath: path)
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/hostname")
      #expect(throws: SigningKey.Failure.self) { try SigningKey(besideDatabase: database) }
    }
  }

  @Test func publicKeysAreReadStrictly() throws {
    try Self.withKey { (key, _) throws in
      let pem = key.publicKey.pem
      #expect(PublicKey(pem: pem.utf8) == key.publicKey)
      for text in [
        "", "no key", pem + pem, pem.replacingOccurrences(of: "PUBLIC", with: "PRIVATE"), String(pem.dropFirst()),
        String(repeating: "A", count: 5000), pem.replacingOccurrences(of: "MCo", with: "MCp"),
      ] {
        #expect(PublicKey(pem: text.utf8) == nil)
      }
    }
  }
}
