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

  /// Whoever floods under ever other addresses is not reported under each of them.
  @Test func soManySourcesAnHour() {
    var log = FloodLog()
    for number in 0..<10_000 { _ = log.report(flood("\(number)"), at: time(0)) }
    #expect(log.drain().count == FloodLog.sourceLimit)
    #expect(log.report(flood("another"), at: time(3599)) == nil && log.report(flood("another"), at: time(3600)) != nil)
  }

  /// A replay has one report, with all of the hour.
  @Test func whatGoesOnIsAdded() {
    var log = FloodLog()
    for minute in 0..<30 as Range<Int64> { log.add(flood("a"), at: time(60 * minute)) }
    #expect(log.drain().map(\.count) == [1200])
    log.add(flood("a"), at: time(3000))
    #expect(log.drain().isEmpty, "the report has been told")
  }

  /// The hour of a source goes on, and no hour of the clock has two reports about it.
  @Test func theClockIsSetBack() {
    var log = FloodLog()
    _ = log.report(flood("a"), at: time(10_000))
    log.move(by: Nanoseconds.seconds(-5000))
    #expect(log.report(flood("a"), at: time(8599)) == nil, "not an hour")
    #expect(log.report(flood("a"), at: time(8700)) == nil, "an hour, but as near to the first report")
    #expect(log.report(flood("a"), at: time(13_600)) != nil)
  }
}
