import Testing

@testable import Detection

@Suite struct MediaTableTests {
  private static let flow = Flow(key: DirectedKey(from: 0, 1, to: 1, 2, .udp).key, originatorIsLow: true, at: .zero)

  @Test func aFullTableTakesTheNextStreamInAFinishedOnesPlace() {
    var table = MediaTable()
    let stream = MediaStream(name: "RTP", sender: Endpoint(port: 1), receiver: Endpoint(port: 2))
    for _ in 0..<MediaTable.capacity { _ = table.open(stream, flow: 7, at: .zero) }
    #expect(table.open(stream, flow: 8, at: .zero) == 0, "all of them go on")
    table.close(100, Self.flow)
    let later = MediaStream(name: "later", sender: Endpoint(port: 3), receiver: Endpoint(port: 4))
    #expect(table.open(later, flow: 9, at: .zero) == 100)
    #expect(table.records[99].stream == later)
    #expect(table.records.count == MediaTable.capacity)
  }
}
