import Foundation
import Services
import Testing

/// The sockets by which one service wakes the other.
@Suite final class NudgeTests {
  private let folder = NSTemporaryDirectory() + "nudge-\(UUID().uuidString.prefix(8))"
  private var path: String { folder + "/x.sock" }

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false) }
  deinit { try? FileManager.default.removeItem(atPath: folder) }

  @Test func nudgesArrive() async throws {
    let receiver = try Nudge.Receiver(at: ["/nowhere/x.sock", path])
    #expect(receiver.path == path)
    let sender = Nudge.Sender(to: ["/nowhere/x.sock", path])
    #expect(sender.send())
    #expect(await receiver.nudges.first { _ in true } != nil)
  }

  /// A sender never waits.
  @Test func nudgesThatNobodyTakesAreLost() throws {
    let sender = Nudge.Sender(to: [path, String(repeating: "x", count: 200)])
    #expect(!sender.send())
    do { _ = try Nudge.Receiver(at: [path]) }
    #expect(!sender.send())
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  /// The socket of a process that was killed is replaced; that of a living one is not.
  @Test func staleSocketsAreReplaced() throws {
    let stale = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let bound = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(stale, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    try #require(bound == 0)
    #expect(throws: Nudge.Failure.inUse(path)) { try Nudge.Receiver(at: [path]) }
    close(stale)
    let receiver = try Nudge.Receiver(at: [path])
    #expect(throws: Nudge.Failure.inUse(path)) { try Nudge.Receiver(at: [path]) }
    #expect(Nudge.Sender(to: [receiver.path]).send())
  }

  @Test func otherFilesAndLongPathsAreRefused() throws {
    try Data("x".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: Nudge.Failure.notASocket(path)) { try Nudge.Receiver(at: [path]) }
    #expect(FileManager.default.fileExists(atPath: path))
    let long = "/" + String(repeating: "x", count: 107)
    #expect(throws: Nudge.Failure.badPath(long)) { try Nudge.Receiver(at: [long]) }
  }

  /// Others than the owner may send only in a folder that is shared with a group.
  @Test(arguments: [(0o755, 0o600), (0o2770, 0o660)])
  func theFolderDecidesWhoMaySend(folderMode: Int, socketMode: Int) throws {
    chmod(folder, mode_t(folderMode))
    let receiver = try Nudge.Receiver(at: [path])
    let mode = try FileManager.default.attributesOfItem(atPath: receiver.path)[.posixPermissions] as? Int
    #expect(mode == socketMode)
  }
}
