import Foundation
import Testing

@testable import Releases

/// Archives of signatures come from elsewhere: names lead nowhere, and limits hold.
@Suite struct ReleaseArchiveTests {
  private func file(_ name: String, _ text: String = "- id: x\n") -> ReleaseArchive.File { .init(name: name, bytes: Array(text.utf8)) }

  private func entry(_ name: String, _ bytes: Data, size: Int? = nil) -> Data {
    Tar.header(.init(name: name, size: size ?? bytes.count), time: 0) + bytes + Data(count: Tar.padding(bytes.count))
  }

  private let end = Data(count: 2 * Tar.block)

  @Test func whatWasPackedComesOut() throws {
    let files = [file("cameras/axis.yaml", "- id: axis\n"), file("apps.yaml", String(repeating: "x", count: 512))]
    let archive = try ReleaseArchive(files)
    #expect(try ReleaseArchive(bytes: archive.bytes) == archive)
    #expect(archive.files.map(\.name) == ["apps.yaml", "cameras/axis.yaml"])
    #expect(try ReleaseArchive(files.reversed()).bytes == archive.bytes, "the same files have the same sum")
  }

  @Test(arguments: [
    "../evil.yaml", "a/../../evil.yaml", "/etc/evil.yaml", "a//b.yaml", "./a.yaml", ".hidden.yaml", "a/.b.yaml", "a.yml", "a b.yaml",
    "a\nb.yaml", "ä.yaml", "a\\b.yaml", ".yaml", String(repeating: "a", count: 95) + ".yaml",
  ])
  func aNameThatLeadsElsewhereIsRefused(name: String) {
    #expect(throws: ReleaseProblem.self) { try ReleaseArchive([file(name)]) }
    if name.utf8.count < 100 { #expect(throws: ReleaseProblem.self) { try ReleaseArchive(bytes: entry(name, Data("x".utf8)) + end) } }
  }

  @Test func limitsHold() {
    #expect(throws: ReleaseProblem.self) { try ReleaseArchive([]) }
    #expect(throws: ReleaseProblem.self) { try ReleaseArchive(bytes: end) }
    #expect(throws: ReleaseProblem.self) { try ReleaseArchive((0...ReleaseArchive.fileLimit).map { file("a\($0).yaml") }) }
    let many = (0...ReleaseArchive.fileLimit).reduce(into: Data()) { $0 += entry("a\($1).yaml", Data()) }
    #expect(throws: ReleaseProblem.self) { try ReleaseArchive(bytes: many + end) }
    let large = Data(count: ReleaseArchive.largestFile + 1)
    #expect(throws: ReleaseProblem.self) { try ReleaseArchive([.init(name: "a.yaml", bytes: Array(large))]) }
    #expect(throws: ReleaseProblem.self) { try ReleaseArchive(bytes: entry("a.yaml", large) + end) }
    let most = Array(repeating: UInt8(0x20), count: ReleaseArchive.largestFile)
    #expect(throws: ReleaseProblem.self) { try ReleaseArchive((0..<8).map { .init(name: "a\($0).yaml", bytes: most) }) }
    #expect(throws: ReleaseProblem.self) { try ReleaseArchive(bytes: Data(count: ReleaseArchive.limit + 1)) }
    #expect(throws: ReleaseProblem.self) { try ReleaseArchive([file("a.yaml"), file("a.yaml")]) }
  }

  @Test func aDamagedArchiveIsRefused() throws {
    let good = try ReleaseArchive([file("a.yaml")]).bytes
    #expect(throws: ReleaseProblem.self) { try ReleaseArchive(bytes: entry("a.yaml", Data("x".utf8), size: 100_000)) }
    #expect(throws: ReleaseProblem.self) { try ReleaseArchive(bytes: entry("a.yaml", Data("x".utf8), size: 1 << 32)) }
    #expect(throws: ReleaseProblem.self) { try ReleaseArchive(bytes: good.prefix(700)) }
    #expect(throws: ReleaseProblem.self) { try ReleaseArchive(bytes: good + Data("more".utf8)) }
    #expect(throws: ReleaseProblem.self) { try ReleaseArchive(bytes: Data("no archive".utf8)) }
    var link = good
    link[156] = UInt8(ascii: "2")
    #expect(throws: ReleaseProblem.self) { try ReleaseArchive(bytes: link) }
  }
}
