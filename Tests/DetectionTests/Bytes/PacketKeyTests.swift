import Testing

@testable import Detection

/// Strangers choose all parts of the keys that their packets are looked up by. None of them may make many keys with one hash.
@Suite struct PacketKeyTests {
  private static let count: UInt64 = 2000

  private static func segment(_ number: UInt64) -> Segment {
    var segment = Segment()
    segment.push(.vxlan, UInt32(number))
    return segment
  }

  private static func hashes(_ key: (UInt64) -> some PacketKey) -> Int { Set((1...count).map { key($0)._rawHashValue(seed: 7) }).count }

  /// Whatever one part adds to a mixture, the other could take away, where it is known how they are mixed.
  @Test func partsThatCancelEachOther() {
    for shift in [0, 28, 33] as [UInt64] {
      let devices = Self.hashes { number in
        let segment = Self.segment(number)
        return DeviceID(segment: segment, mac: MACAddress(bits: 0x02_00_00_00_00_01 ^ segment.bits << shift), address: .none)
      }
      #expect(devices == Int(Self.count))
    }
    let sources = Self.hashes { number in
      FloodCounter.Source(
        what: .syn, interface: 0, mac: MACAddress(bits: 0x02_00_00_00_00_00 + number), address: IPAddress(v4: 0x0A00_0000 ^ UInt32(number)),
        isCostly: false)
    }
    #expect(sources == Int(Self.count))
  }
}
