import Testing

@testable import Detection

/// Who makes up more in a minute than any network has by itself.
@Suite struct FloodCounterTests {
  private static let start = Timestamp(seconds: 1000, nanoseconds: 0)
  private static let mac = MACAddress(bits: 0x02_00_00_00_00_07)

  private static func add(
    _ counter: inout FloodCounter, _ count: Int, _ what: Flood.What, in segment: Segment = .untagged, at time: Timestamp
  ) {
    for _ in 0..<count { counter.add(what, from: mac, on: 0, in: segment, at: time) }
  }

  @Test func aMinuteIsCountedWhole() {
    var counter = FloodCounter()
    Self.add(&counter, 3000, .arp, at: Self.start)
    #expect(counter.drain(at: Self.start + .seconds(30)).isEmpty)
    let minutes = counter.drain(at: Self.start + .seconds(61))
    #expect(minutes.map(\.count) == [3000])
    #expect(minutes.first?.source.mac == Self.mac && minutes.first?.segment == .untagged)
    #expect(counter.drain(at: Self.start + .seconds(500), isEnd: true).isEmpty)
  }

  @Test func aFewAreNoFlood() {
    var counter = FloodCounter()
    for minute in 0..<20 as Range<Int64> { Self.add(&counter, 500, .arp, at: Self.start + .seconds(61 * minute)) }
    #expect(counter.drain(at: Self.start, isEnd: true).isEmpty)
  }

  @Test func theEndOfTheInputEndsTheMinute() {
    var counter = FloodCounter()
    Self.add(&counter, 10_000, .macs, at: Self.start)
    #expect(counter.drain(at: Self.start, isEnd: true).map(\.count) == [10_000])
  }

  @Test func sourcesOfAFewDisplaceNone() {
    var counter = FloodCounter()
    for number in 0..<10_000 as Range<UInt64> {
      counter.add(.macs, on: 0, in: .untagged, at: Self.start)
      counter.add(.arp, from: MACAddress(bits: number), on: 0, in: .untagged, at: Self.start)
    }
    #expect(counter.drain(at: Self.start, isEnd: true).map(\.count) == [10_000])
  }

  @Test func severalSegmentsAreNone() {
    var counter = FloodCounter()
    var tagged = Segment.untagged
    tagged.push(vlan: 7)
    Self.add(&counter, 1000, .arp, at: Self.start)
    Self.add(&counter, 1000, .arp, in: tagged, at: Self.start)
    let minutes = counter.drain(at: Self.start, isEnd: true)
    #expect(minutes.map(\.count) == [2000] && minutes.first?.segment == nil)
  }

  @Test func aFloodOfAddressesIsReported() throws {
    let engine = Engine(signatures: SignatureSet([]))
    var feeder = Feeder(engine)
    for number in 0..<10_000 {
      let mac: [UInt8] = [2, 0, 0, 1, UInt8(number >> 8), UInt8(number & 255)]
      feeder.frame(InventoryTests.udp(mac, "192.168.1.20", "192.168.1.1"), at: 1 + Double(number) / 1000)
    }
    engine.finish()
    let flood = try #require(engine.drain().health.first?.flood)
    #expect(flood.what == .macs && flood.count >= 10_000)
    #expect(engine.coverage.flooded[.macs] == flood.count)
  }
}
