import Detection
import Testing

@testable import Capture

@Suite struct PcapngWriterTests {
  @Test func packetsOfSeveralLinksAreReadBack() throws {
    let file = try TemporaryFile([])
    let writer = try PcapngWriter(path: file.path, application: "lenscap")
    let links = [writer.addInterface(linkType: .ethernet, description: "a.pcap"), writer.addInterface(linkType: .raw, description: "")]
    #expect(links == [0, 1])
    let samples = (0..<9).map { size in
      Sample(
        1_795_546_074_283_212_123 + UInt64(size), Array(repeating: UInt8(size), count: size), original: size + size % 3,
        linkType: size % 2 == 0 ? 1 : 101)
    }
    for (number, sample) in samples.enumerated() {
      writer.write(
        bytes: sample.bytes, originalLength: sample.originalLength, time: Timestamp(nanoseconds: 1_795_546_074_283_212_123 + Int64(number)),
        interface: links[number % 2], comment: String(repeating: "é", count: number))
    }
    #expect(writer.close() == nil)
    let reading = Reading(path: file.path)
    #expect(reading.error == nil)
    #expect(reading.packets == samples)
  }

  /// Interfaces with the same number in different files are distinguished by name; one file may have several link types.
  @Test func interfacesAreReadBack() throws {
    let written = CaptureInterfaces()
    let file = try TemporaryFile([])
    let writer = try CaptureWriter(path: file.path, application: "lenscap", snapLength: 100, interfaces: written)
    let links: [(String, LinkType)] = [("eth1", .ethernet), ("", .raw), ("eth2", .ethernet), ("eth1", .raw), ("eth1", .ethernet)]
    for (size, link) in links.enumerated() {
      let bytes = [UInt8](repeating: UInt8(size), count: size)
      writer.write(
        Frame(
          bytes: bytes.span.bytes, originalLength: size + 1, linkType: link.1, time: Timestamp(nanoseconds: 1_795_546_074_283_212_123),
          reference: PacketReference(file: 0, number: 1), interface: written.number(of: link.0)))
    }
    #expect(writer.close() == nil)
    let names = CaptureInterfaces()
    _ = names.number(of: "other")
    let capture = try CaptureFile(path: file.path, index: 0, interfaces: names)
    for (size, link) in links.enumerated() {
      #expect(try capture.advance())
      capture.withFrame { frame in
        #expect(names[frame.interface] == link.0)
        #expect(frame.linkType == link.1)
        #expect(frame.bytes.byteCount == size && frame.originalLength == size + 1)
        #expect(frame.time.nanoseconds == 1_795_546_074_283_212_123)
      }
    }
    #expect(try !capture.advance())
  }

  /// An option's length has 16 bits; cutting never splits a character.
  @Test func longCommentsAreCut() throws {
    let file = try TemporaryFile([])
    let writer = try PcapngWriter(path: file.path, application: "lenscap")
    let interface = writer.addInterface(linkType: .ethernet, description: "")
    let comment = "x" + String(repeating: "é", count: 40_000)
    writer.write(bytes: [1, 2, 3], originalLength: 3, time: .zero, interface: interface, comment: comment)
    #expect(writer.close() == nil)
    #expect(Reading(path: file.path).packets.count == 1)
    let written = try contents(of: file.path)
    #expect(written.count { $0 == 0xC3 } == written.count { $0 == 0xA9 })
  }

  @Test func writeErrorsAreReported() throws {
    let error = #expect(throws: CaptureError.self) { try PcapngWriter(path: "/nowhere/x.pcapng", application: "lenscap") }
    #expect(error?.description == "/nowhere/x.pcapng: cannot be written: No such file or directory")
    let full = try PcapngWriter(path: "/dev/full", application: "lenscap")
    #expect(full.close()?.reason == .notWritable(errno: 28))
  }
}
