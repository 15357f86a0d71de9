import Foundation
import Testing

@testable import Capture
@testable import Detection

/// What Lenscap hands out holds no picture that ffmpeg could decode.
@Suite struct NoPicturesTests {
  static let withPictures = ["rtsp-tcp-camera", "rtsp-udp-camera", "mjpeg-camera", "motion-camera"]
  private static let script = Command.root.appendingPathComponent("Tests/CommandTests/pictures.py").path

  /// 1 if somebody with ffmpeg gets a picture out of a capture, otherwise 0.
  static func pictures(_ path: String, _ folder: URL) throws -> Int {
    let out = folder.appendingPathComponent("count").path
    #expect(try shell("python3 '\(script)' '\(path)' > '\(out)'") == 0)
    return try #require(Int(try String(contentsOfFile: out, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)))
  }

  /// Every packet of the capture, cut: more than any file of evidence holds.
  @Test(.needs(.tool("ffmpeg")), arguments: withPictures + ["bare-video", "home-made-cameras", "rtsp-tcp-midway", "rtsp-http-camera"])
  func aCutCaptureHasNone(name: String) throws {
    try withTemporaryFolder { (folder) throws in
      if Self.withPictures.contains(name) {
        #expect(try Self.pictures(Command.capture(name), folder) == 1, "or the test would show nothing")
      }
      let cut = folder.appendingPathComponent("cut.pcapng").path
      let writer = try PcapngWriter(path: cut, application: "test")
      let interface = writer.addInterface(linkType: .ethernet)
      var media = MediaCut()
      let file = try CaptureFile(path: Command.capture(name), index: 0)
      var packets = 0
      while try file.advance() {
        file.withFrame { frame in
          let kept = media.keptBytes(of: frame)
          #expect(kept <= frame.bytes.byteCount)
          writer.write(
            bytes: frame.bytes.withUnsafeBytes { Array($0.prefix(kept)) }, originalLength: frame.originalLength, time: frame.time,
            interface: interface, comment: "")
          packets += 1
        }
      }
      #expect(writer.close() == nil)
      #expect(packets > 10)
      #expect(try Self.pictures(cut, folder) == 0)
    }
  }

  @Test(.needs(.tool("ffmpeg")), arguments: withPictures)
  func evidenceHasNoneAndStatesWhatThatCosts(name: String) throws {
    try withTemporaryFolder { (folder) throws in
      let evidence = folder.appendingPathComponent("evidence.pcapng").path
      let whole = try Command.run("replay", "--format", "json", "--write-evidence", evidence, Command.capture(name))
      #expect(whole.status == 10)
      #expect(try Self.pictures(evidence, folder) == 0)
      let part = try Command.run("replay", "--format", "json", evidence)
      func cameras(_ result: Command.Result) -> [String] {
        result.devices.filter { $0["verdict"] as? String != "none" }.map { "\($0["id"] ?? "") \($0["verdict"] ?? "")" }
      }
      let isStated = whole.errors.contains("alone gives the verdict")
      #expect((cameras(part) == cameras(whole)) != isStated, "either the verdict is reached again, or the loss is stated")
    }
  }

  /// These two are what the evidence of most hidden cameras looks like.
  @Test(arguments: ["rtsp-tcp-camera", "rtsp-udp-camera", "mjpeg-camera"])
  func theVerdictIsReachedAgain(name: String) throws {
    try withTemporaryFolder { (folder) throws in
      let evidence = folder.appendingPathComponent("evidence.pcapng").path
      let whole = try Command.run("replay", "--write-evidence", evidence, Command.capture(name))
      #expect(!whole.errors.contains("alone gives the verdict"), "\(whole.errors)")
      #expect(try Command.run("replay", evidence).status == 10)
    }
  }

  /// The original length stays, so that analysers show the packet as cut.
  @Test func cutPacketsSaySo() throws {
    try withTemporaryFolder { (folder) throws in
      let evidence = folder.appendingPathComponent("evidence.pcapng").path
      let result = try Command.run("replay", "--write-evidence", evidence, Command.capture("bare-video"))
      #expect(result.errors.contains("cut behind the headers of media"))
      let data = try Data(contentsOf: URL(fileURLWithPath: evidence))
      #expect(data.range(of: Data("media payload was cut to its headers".utf8)) != nil)
      let packets = try PcapFile(pcapng: data).packets
      let originals = Set(try PcapFile(pcapng: Data(contentsOf: URL(fileURLWithPath: Command.capture("bare-video")))).packets.map(\.length))
      #expect(packets.contains { $0.length > UInt32($0.bytes.count) })
      #expect(packets.allSatisfy { originals.contains($0.length) })
    }
  }

  @Test func withMediaNeedsAReason() throws {
    try withTemporaryFolder { (folder) throws in
      let evidence = folder.appendingPathComponent("evidence.pcapng").path
      let capture = Command.capture("bare-video")
      for arguments in [["--with-media"], ["--with-media", "--reason", " "], ["--reason", "police"]] {
        #expect(try Command.run(["replay", "--write-evidence", evidence] + arguments + [capture]).status == 64, "\(arguments)")
        #expect(!FileManager.default.fileExists(atPath: evidence))
      }
      #expect(try Command.run("replay", "--with-media", "--reason", "police", capture).status == 64, "nothing is written")
      let result = try Command.run(
        "replay", "--write-evidence", evidence, "--with-media", "--reason", "order 17\u{1B}[2J of the court", capture)
      #expect(result.status == 10)
      let data = try Data(contentsOf: URL(fileURLWithPath: evidence))
      #expect(data.range(of: Data("with media payload, written by ".utf8)) != nil)
      #expect(data.range(of: Data("order 17 [2J of the court".utf8)) != nil, "without control characters")
      #expect(try PcapFile(pcapng: data).packets.allSatisfy { $0.length == UInt32($0.bytes.count) })
    }
  }
}
