import Testing

@testable import Detection

/// Which conversations go where there are too many.
@Suite struct FlowTableTests {
  private static let start = Timestamp(nanoseconds: 1_000_000_000_000)

  private static func flow(_ number: UInt32, at time: Timestamp = start, packets: (UInt32, UInt32) = (1, 0)) -> Flow {
    let key = DirectedKey(from: number, 1000, to: .max, 80, .tcp).key
    var flow = Flow(key: key, originatorIsLow: true, at: time)
    (flow.packetsForward, flow.packetsBackward) = packets
    return flow
  }

  private static let candidates = RecognizerSet(of: [], on: .tcp, headersOnly: false)

  @Test func whatNobodyAnsweredGoesFirst() {
    var flows = FlowTable()
    let (answered, long) = (Self.flow(1, packets: (1, 1)), Self.flow(2, packets: (8, 0)))
    for flow in [answered, long] { _ = flows.insert(flow, candidates: Self.candidates) }
    for number in 10..<20 as Range<UInt32> { _ = flows.insert(Self.flow(number), candidates: Self.candidates) }
    for number in 10..<20 as Range<UInt32> { #expect(flows.takeIdlest()?.flow.key == Self.flow(number).key) }
    #expect(flows.evicted == 10)
    #expect(flows.takeIdlest()?.flow.key == answered.key)
    #expect(flows.takeIdlest()?.flow.key == long.key)
    #expect(flows.takeIdlest()?.flow.key == nil)
  }

  @Test func aConversationThatWasIdleIsOver() {
    var flows = FlowTable()
    _ = flows.insert(Self.flow(1), candidates: Self.candidates)
    _ = flows.insert(Self.flow(2, at: Self.start + .seconds(10)), candidates: Self.candidates)
    #expect(flows.takeExpired(at: Self.start + .seconds(600))?.flow.key == nil)
    #expect(flows.takeExpired(at: Self.start + .seconds(601))?.flow.key == Self.flow(1).key)
    #expect(flows.takeExpired(at: Self.start + .seconds(601))?.flow.key == nil)
    #expect(flows.takeExpired(at: Self.start + .seconds(611))?.flow.key == Self.flow(2).key)
    #expect(flows.evicted == 0)
  }
}

/// The order of use, in ranks.
@Suite struct UseOrderTests {
  @Test func theLeastRecentlyUsedComesFirst() {
    var order = UseOrder(ranks: 2)
    for entry in [3, 1, 2] { order.use(entry, rank: 0) }
    #expect(Array(order.entries(0)) == [3, 1, 2])
    order.use(3, rank: 0)
    #expect(Array(order.entries(0)) == [1, 2, 3])
    order.use(2, rank: 1)
    #expect(Array(order.entries(0)) == [1, 3] && Array(order.entries(1)) == [2])
    #expect(order.rank(2) == 1 && order.rank(7) == nil)
    order.remove(1)
    order.remove(1)
    #expect(order.oldest(0) == 3 && order.count(0) == 1 && order.count(1) == 1)
    order.remove(3)
    #expect(order.oldest(0) == nil && Array(order.entries(0)).isEmpty)
  }
}
