import Testing

@testable import Detection

/// Who forwards between the LAN and what is beyond it.
@Suite struct ForwarderTableTests {
  private static let networks = ["8.8.8.8", "9.9.9.9"].map { IPAddress($0)! }

  private static func mac(_ number: Int) -> MACAddress { MACAddress(bits: 0x02_00_00_00_00_00 + UInt64(number)) }

  /// None takes another one's place while there is room: which one is a router must not differ from run to run.
  @Test func asManyAsThereAreRoomFor() {
    var table = ForwarderTable()
    var routers: Set<MACAddress> = []
    for network in Self.networks {
      for isSource in [true, false] {
        for number in 0..<ForwarderTable.capacity {
          let finding = table.add(network, by: Self.mac(number), in: .untagged, isSource: isSource)
          if let finding, finding.isRouter { routers.insert(finding.mac) }
        }
      }
    }
    #expect(routers.count == ForwarderTable.capacity)
  }

  @Test func theIdlestGoes() {
    var table = ForwarderTable()
    for isSource in [true, false] { _ = table.add(Self.networks[0], by: Self.mac(0), in: .untagged, isSource: isSource) }
    for number in 1...ForwarderTable.capacity { _ = table.add(Self.networks[0], by: Self.mac(number), in: .untagged, isSource: true) }
    let findings = [true, false].map { table.add(Self.networks[1], by: Self.mac(0), in: .untagged, isSource: $0) }
    #expect(findings[0] == nil && findings[1]?.isRouter == false, "what it forwarded before is forgotten")
  }
}
