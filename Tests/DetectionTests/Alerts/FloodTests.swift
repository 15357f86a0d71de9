import Testing

@testable import Detection

@Suite struct FloodTests {
  private func flood(_ source: String, _ what: Flood.What = .macs) -> Flood { Flood(what, from: source, count: 40, hidden: "newcomers") }
  private func time(_ seconds: Int64) -> Timestamp { Timestamp(seconds: seconds, nanoseconds: 0) }

  @Test func oncePerSourceAndHour() {
    var log = FloodLog()
    let reported = [
      log.report(flood("a"), at: time(0)), log.report(flood("a"), at: time(3599)), log.report(flood("b"), at: time(3599)),
      log.report(flood("a", .dns), at: time(3599)), log.report(flood("a"), at: time(3600)),
    ].map { $0 != nil }
    #expect(reported == [true, false, true, true, true])
    #expect(log.drain().map(\.time) == [0, 3599, 3599, 3600].map(time))
    #expect(log.isEmpty)
  }

  /// The id does not depend on the count, which a replay knows sooner.
  @Test func countsRiseUntilTheyAreDrained() {
    var log = FloodLog()
    let ticket = log.report(flood("a"), at: time(0))
    log.update(ticket, count: 90)
    let event = log.drain().first
    #expect(event?.count == 90 && event?.text.contains("90") == true && event?.text.contains("newcomers") == true)
    log.update(ticket, count: 100)
    #expect(log.isEmpty && event?.id == HealthEvent(flood("a"), at: time(0)).id)
  }

  @Test func memoryIsBounded() {
    var log = FloodLog()
    for number in 0..<10_000 { _ = log.report(flood("\(number)"), at: time(0)) }
    #expect(log.drain().count == FloodLog.pendingLimit)
  }
}
