import ChainMessages
import Testing

@testable import Central

@Suite struct AckQueueTests {
  private func topic(_ number: Int) throws -> ChainTopic {
    try GatewayAddress(tenant: "t", site: "s", gateway: "gw-000000000000000\(number)").topic(.acknowledgement)
  }

  @Test func ofEachGatewaysOnlyTheLastIsKept() throws {
    var queue = AckQueue()
    for seq in 1...1000 {
      for number in 0..<3 { queue.add([try topic(number): AckMessage(epoch: "e", seq: Int64(seq))]) }
    }
    #expect(queue.count == 3)
    for number in 0..<3 {
      let next = queue.next()
      #expect(next?.topic == (try topic(number)))
      #expect(next?.acknowledgement.seq == 1000)
    }
    let none = queue.next()
    #expect(none == nil)
    #expect(queue.isEmpty)
    queue.add([try topic(5): AckMessage(epoch: "e", seq: 2)])
    let last = queue.next()
    #expect(last?.acknowledgement.seq == 2)
  }
}
