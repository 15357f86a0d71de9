import Detection
import Testing

@testable import Capture

@Suite struct PacketFilterTests {
  /// A UDP datagram to port 53, with its IP header.
  static let datagram: [UInt8] =
    [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2] + [0x9c, 0x40, 0, 53, 0, 8, 0, 0]

  func test(_ expression: String, _ linkType: LinkType, _ bytes: [UInt8]) throws -> Bool {
    let filter = try PacketFilter(expression, linkType: linkType)
    let reference = PacketReference(file: 0, number: 1)
    return filter.matches(
      Frame(bytes: bytes.span.bytes, originalLength: bytes.count, linkType: linkType, time: .zero, reference: reference))
  }

  @Test func framesOfSeveralLinks() throws {
    let ethernet = Array(repeating: 2, count: 12) + [8, 0] + Self.datagram
    let cooked = Array(repeating: 0, count: 14) + [8, 0] + Self.datagram
    for (link, bytes) in [
      (.ethernet, ethernet), (.linuxSLL, cooked), (.raw, Self.datagram), (.rawIPOpenBSD, Self.datagram),
      (.rawIPBSDOS, Self.datagram), (.ipv4, Self.datagram),
    ] as [(LinkType, [UInt8])] {
      #expect(try test("udp port 53", link, bytes), "\(link)")
      #expect(try !test("udp port 54", link, bytes), "\(link)")
      #expect(try test("host 10.0.0.2 and not tcp", link, bytes), "\(link)")
      #expect(try !test("udp port 53", link, Array(bytes.dropLast(6))), "\(link), cut before the port")
      #expect(try !test("udp port 53", link, []), "\(link), empty")
      #expect(try test("", link, bytes), "\(link)")
    }
  }

  @Test func errorsHaveLibpcapsMessage() {
    let error = #expect(throws: PacketFilterError.self) { try PacketFilter("tcp and port nonsense", linkType: .ethernet) }
    #expect(error?.description == "filter \"tcp and port nonsense\": unknown port 'nonsense'")
    #expect(throws: PacketFilterError.self) { try PacketFilter("ether host 1:2:3:4:5:6", linkType: .raw) }
    #expect(throws: PacketFilterError.self) { try PacketFilter("tcp", linkType: LinkType(rawValue: 9999)) }
  }

  @Test func linkTypesOfTheLibraryAndOfFiles() {
    #expect(LinkType(dlt: 12) == .raw && LinkType.raw.dlt == 12)
    #expect(LinkType(dlt: 1) == .ethernet && LinkType.ethernet.dlt == 1)
    #expect(LinkType(dlt: 276) == .linuxSLL2 && LinkType.linuxSLL2.dlt == 276)
  }

  @Test func countersWrap() {
    var accumulator = StatisticsAccumulator()
    accumulator.add(received: .max - 9, droppedByKernel: 1, droppedByInterface: 0)
    accumulator.add(received: 10, droppedByKernel: 3, droppedByInterface: 1)
    #expect(accumulator.total == CaptureStatistics(received: (1 << 32) + 10, droppedByKernel: 3, droppedByInterface: 1))
  }

  @Test func permissionErrorGivesTheCommand() {
    let error = LiveCaptureError.noPermission(interface: "eth0", program: "/usr/bin/lenscap")
    #expect(
      error.description
        == "eth0: no permission to capture; run as root, or once: setcap cap_net_raw,cap_net_admin+ep /usr/bin/lenscap")
    #expect(programPath().hasPrefix("/"))
  }
}
