import Detection
import Foundation
import Testing

@testable import Capture

@Suite final class OutputFileTests {
  private let folder = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString)"
  private var path: String { folder + "/out.pcapng" }

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false) }
  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test func aNewFileIsForItsOwner() throws {
    _ = try PcapngWriter(path: path, application: "test")
    #expect(try mode(path) == 0o600)
  }

  @Test func anExistingFileIsEmptied() throws {
    try Data(repeating: 1, count: 1 << 20).write(to: URL(fileURLWithPath: path))
    let writer = try PcapngWriter(path: path, application: "test")
    #expect(writer.close() == nil)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count < 100)
  }

  /// Nobody who puts a link into the folder chooses which file is emptied or made.
  @Test(arguments: [true, false]) func linksAreNotFollowed(targetExists: Bool) throws {
    let target = folder + "/target"
    if targetExists { try Data("kept".utf8).write(to: URL(fileURLWithPath: target)) }
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    let error = CaptureError(path: path, reason: .notWritable(errno: ELOOP))
    #expect(throws: error) { try PcapngWriter(path: self.path, application: "test") }
    #expect(error.description == "\(path): is a symbolic link, which is not followed; name the file itself")
    #expect(FileManager.default.contents(atPath: target) == (targetExists ? Data("kept".utf8) : nil))
  }

  /// As a shell names it: `-w >(zstd > out.zst)`.
  @Test func aPipeOfTheShellIsWritten() throws {
    let pipe = Pipe()
    let writer = try PcapngWriter(path: "/dev/fd/\(pipe.fileHandleForWriting.fileDescriptor)", application: "test")
    #expect(writer.close() == nil)
    #expect(pipe.fileHandleForReading.availableData.prefix(4) == Data([0x0A, 0x0D, 0x0D, 0x0A]))
  }

  /// Packets are left out, and their number is known; an interface that is new meanwhile is not, for later packets need it.
  @Test func aFullDiskIsNoticed() throws {
    let names = CaptureInterfaces()
    let writer = try CaptureWriter(path: "/dev/full", application: "test", snapLength: 100, interfaces: names)
    #expect(writer.error == nil)
    writer.flush()
    let full = CaptureError(path: "/dev/full", reason: .notWritable(errno: ENOSPC))
    #expect(writer.error == full)
    let bytes: [UInt8] = [1, 2, 3]
    for number in 0..<3 {
      writer.write(
        Frame(
          bytes: bytes.span.bytes, originalLength: 3, linkType: .ethernet, time: .zero, reference: PacketReference(file: 0, number: 1),
          interface: names.number(of: "eth\(number)")))
    }
    #expect(writer.missed == 3)
    #expect(writer.close() == full)
  }
}
