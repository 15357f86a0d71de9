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

  @Test func aFloodIsToldAtOnceAndItsRestWhenTheMinuteIsOver() {
    var counter = FloodCounter()
    Self.add(&counter, 1000, .arp, at: Self.start)
    #expect(counter.drain(at: Self.start + .seconds(10)).isEmpty)
    Self.add(&counter, 1000, .arp, at: Self.start + .seconds(10))
    let minutes = counter.drain(at: Self.start + .seconds(20))
    #expect(minutes.map(\.count) == [2000])
    #expect(minutes.first?.source.mac == Self.mac && minutes.first?.segment == .untagged)
    Self.add(&counter, 700, .arp, at: Self.start + .seconds(30))
    #expect(counter.drain(at: Self.start + .seconds(40)).isEmpty)
    #expect(counter.drain(at: Self.start + .seconds(61)).map(\.count) == [700])
    #expect(counter.drain(at: Self.start + .seconds(500), isEnd: true).isEmpty)
  }

  /// Names that are asked for again and again are as few as they are.
  @Test func onlyWhatDiffersCounts() {
    var counter = FloodCounter()
    for number in 0..<100_000 as Range<UInt64> {
      counter.add(.dns, from: Self.mac, in: .untagged, kind: number % 8000, at: Self.start)
    }
    #expect(counter.drain(at: Self.start, isEnd: true).isEmpty)
    for number in 0..<100_000 as Range<UInt64> {
      counter.add(.dns, from: Self.mac, in: .untagged, kind: number % 40_000, at: Self.start)
    }
    let count = counter.drain(at: Self.start, isEnd: true).first?.count ?? 0
    #expect((36_000...44_000).contains(count), "\(count)")
  }

  /// A resolver may ask four times as much.
  @Test(arguments: [(40_000, 0), (100_000, 1)])
  func whoAsksForOthersMayAskMore(count: UInt64, floods: Int) {
    var counter = FloodCounter()
    for number in 0..<count { counter.add(.dns, from: Self.mac, in: .untagged, kind: number, asksForOthers: true, at: Self.start) }
    #expect(counter.drain(at: Self.start, isEnd: true).count == floods)
  }

  /// Whoever asks for addresses under names of others, all from one MAC address, is known by it.
  @Test(arguments: [false, true])
  func oneSenderIsNamed(areSeveral: Bool) {
    var counter = FloodCounter()
    for number in 0..<300 as Range<UInt64> {
      counter.add(.vlans, in: .untagged, sender: areSeveral ? MACAddress(bits: number) : Self.mac, at: Self.start)
    }
    #expect(counter.drain(at: Self.start, isEnd: true).map(\.sender) == [areSeveral ? .none : Self.mac])
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
