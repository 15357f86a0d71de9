import Glibc
import Testing

@testable import Capture

@Suite struct DamageTests {
  static let files: [[UInt8]] = [
    PcapVariant().file(Sample.few), PcapVariant(magic: 0xa1b2_cd34, bigEndian: true).file(Sample.few),
    PcapVariant(magic: 0x1c00_01ac).file(Sample.few), PcapngVariant().file(Sample.few),
    PcapngVariant(bigEndian: true).file(Sample.few) + PcapngVariant().file([])
      + PcapngVariant().simplePacket(Sample(0, [1, 2])) + PcapngVariant().block(99, [1, 2, 3, 4]),
  ]

  @Test(arguments: files)
  func cutAtEveryByte(file: [UInt8]) throws {
    let whole = try Reading(file)
    #expect(whole.error == nil)
    var previous = 0
    for length in 0..<file.count {
      let reading = try Reading(Array(file[..<length]))
      #expect(reading.packets.count >= previous && reading.packets.elementsEqual(whole.packets.prefix(reading.packets.count)))
      previous = reading.packets.count
      switch reading.error?.reason {
      case nil: break  // at a boundary
      case .isNotACapture: #expect(length < 4)
      case .cut: #expect(try #require(reading.error?.offset) <= UInt64(length))
      default: Issue.record("\(String(describing: reading.error)) at \(length)")
      }
    }
    #expect(previous >= whole.packets.count - 1)
  }

  @Test(arguments: files)
  func flippedBitsNeverTrap(file: [UInt8]) throws {
    for place in file.indices {
      for bit in 0..<8 {
        var damaged = file
        damaged[place] ^= 1 << UInt8(bit)
        let reading = try Reading(damaged)
        #expect(reading.packets.count < 100)
      }
      for value in [0, 0x7f, 0xff] as [UInt8] {
        var damaged = file
        for next in place..<min(place + 4, file.count) { damaged[next] = value }
        _ = try Reading(damaged)
      }
    }
  }

  @Test func filesThatAreNotCaptures() throws {
    for (bytes, description) in [
      ([], "an empty file"), (Array("snoop\0\0\0\0\0\0\u{2}".utf8), "a Sun snoop capture (editcap converts it)"),
      (Array("Dear all,\n".utf8), "text"), (Array(repeating: 0, count: 100), "zeros"),
      ([1, 2, 0xff], "unknown data that begins 01 02 ff"),
    ] as [([UInt8], String)] {
      let reading = try Reading(bytes)
      #expect(reading.error?.reason == .isNotACapture(looksLike: description))
    }
  }

  @Test func filesThatCannotBeOpened() throws {
    let missing = Reading(path: "/nonexistent/lobby.pcap").error
    #expect(missing?.reason == .noSuchFile)
    #expect(missing?.description == "/nonexistent/lobby.pcap: no such file")
    let folder = Reading(path: "/tmp").error
    #expect(folder?.reason == .notReadable(errno: EISDIR))
    #expect(folder?.description == "/tmp: is a directory; name the capture files in it")
    let broken = Reading(path: "/proc/self/mem").error  // reading its first page fails
    #expect(broken?.reason == .io(errno: EIO))
  }
}
