import ChainMessages

/// Acknowledgements that wait for the broker. They are cumulative, so of each gateway's only the last is kept: however slow the broker is, there
/// are no more of them than gateways.
struct AckQueue {
  private var order: [ChainTopic] = []
  private var head = 0
  private var latest: [ChainTopic: AckMessage] = [:]

  var isEmpty: Bool { latest.isEmpty }
  var count: Int { latest.count }

  mutating func add(_ acknowledgements: [ChainTopic: AckMessage]) {
    for (topic, acknowledgement) in acknowledgements where latest.updateValue(acknowledgement, forKey: topic) == nil { order.append(topic) }
  }

  /// The one that waited longest.
  mutating func next() -> (topic: ChainTopic, acknowledgement: AckMessage)? {
    guard head < order.count, let acknowledgement = latest.removeValue(forKey: order[head]) else { return nil }
    defer {
      head += 1
      if head == order.count { (order, head) = ([], 0) }
    }
    return (order[head], acknowledgement)
  }
}
