import Testing

@testable import Detection

/// Tables that are full, and searches that go on, cost the same for each entry.
@Suite struct ConstantWorkTests {
  static func expectation(_ port: Int) -> Detection.Expectation {
    Detection.Expectation(kind: .searcher, address: IPAddress("192.168.1.10")!, port: UInt16(port))
  }

  @Test func theOldestExpectationGoes() {
    var table = ExpectationTable()
    let address = IPAddress("192.168.1.10")!
    let count = ExpectationTable.capacity + 100
    for port in 0..<count { table.add(Self.expectation(port), at: Timestamp(nanoseconds: Int64(port))) }
    #expect(table.evicted == 100)
    let now = Timestamp(nanoseconds: Int64(count))
    #expect((0..<count).filter { table.find(address, UInt16($0), at: now) != nil } == Array(100..<count))
    // Announced again, it is the newest.
    table.add(Self.expectation(100), at: now)
    table.add(Self.expectation(60_000), at: now)
    #expect(table.find(address, 100, at: now) != nil)
    #expect(table.find(address, 101, at: now) == nil)
  }

  @Test func expectationsThatAreOverAreNotGivenUp() {
    var table = ExpectationTable()
    for port in 0..<ExpectationTable.capacity { table.add(Self.expectation(port), at: .zero) }
    table.add(Self.expectation(50_000), at: .zero + ExpectationTable.lifetime)
    #expect(table.evicted == 0)
  }

  @Test func deadlines() {
    var queue = DeadlineQueue()
    #expect(queue.next == .distantFuture)
    let times = (0..<500).map { Int64($0 * 7919 % 500) }
    for time in times { queue.add(Int(time), at: Timestamp(nanoseconds: time)) }
    #expect(queue.next == .zero)
    #expect(queue.drain(upTo: Timestamp(nanoseconds: 99), isEnd: false).map(\.device) == Array(0..<100))
    #expect(queue.next == Timestamp(nanoseconds: 100))
    queue.add(50, at: Timestamp(nanoseconds: 50))
    #expect(queue.drain(upTo: .zero, isEnd: true).map(\.device) == [50] + Array(100..<500))
    #expect(queue.drain(upTo: .distantFuture, isEnd: true).isEmpty)
  }

  /// Frames that stay open, a byte at a time: each byte is tried a bounded number of times.
  @Test func resync() {
    var resync = RTSPResync()
    resync.begin()
    let frame = hex("24 00 ffff 80 60 0001 00000000 00000001")
    let count = 10_000
    for index in 0..<count {
      let byte = [frame[index % frame.count]]
      #expect(resync.search(byte.span.bytes) == nil)
    }
    #expect(resync.tried < count * (RTSPResync.openLimit + 50))
  }

  /// The same chain is found in pieces as in one, with others that are open before it.
  @Test func resyncInPieces() {
    let open = hex("24 00 ffff 80 60 0001 00000000 00000001")
    let frame = { (number: UInt8) in hex("24 00 0010 80 60 00") + [number] + hex("00000000 00000002 01020304") }
    let bytes = [UInt8](repeating: 1, count: 100) + open + frame(1) + frame(2) + [7]
    for size in [1, 3, bytes.count] {
      var resync = RTSPResync()
      resync.begin()
      var found: [UInt8]?
      for start in stride(from: 0, to: bytes.count, by: size) where found == nil {
        found = resync.search(Array(bytes[start..<min(start + size, bytes.count)]).span.bytes)
      }
      #expect(found?.starts(with: frame(1)) == true, "in pieces of \(size)")
    }
  }
}
