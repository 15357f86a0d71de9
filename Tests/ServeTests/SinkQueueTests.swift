import ConfigurationFiles
import Detection
import Foundation
import GRDB
import Sinks
import Testing

@testable import Serve
@testable import Store

@Suite struct SinkQueueTests {
  private let databases: Databases
  private var log: PropertyStore { databases.log }
  private var own: ServeStore { databases.own }

  init() throws { databases = try Databases() }

  private func append(_ numbers: ClosedRange<Int>, recorded: Timestamp = at(0), isFirstReport: Bool = false) throws {
    try log.write { db in
      for number in numbers {
        try LogEntry(
          uid: "s.\(number).1", type: "alert.raised", alert: "alert\(number)", at: recorded, recordedAt: recorded,
          isFirstReport: isFirstReport, document: #"{"type":"alert","summary":"event \#(number)"}"#
        ).insert(db)
      }
    }
  }

  private func queue(_ settings: SinkSettings) throws -> SinkQueue {
    let row = try own.sink(settings.name) ?? SinkRow(name: settings.name, logPlace: 0, ownPlace: 0)
    return SinkQueue(
      settings, row: row, pending: try own.pendingDeliveries(of: settings.name),
      former: try own.messages(to: settings.name, since: at(-600)),
      zone: .gmt)
  }

  /// Sends until nothing is due, and answers with the numbers of events in each message.
  private func drain(_ queue: SinkQueue, at time: Timestamp) throws -> [Int] {
    try queue.read(log, own)
    var sizes: [Int] = []
    while let (events, _) = queue.next(at: time) {
      sizes.append(events.count)
      _ = queue.finished(.success(()), at: time, jitter: 0)
      try queue.read(log, own)
    }
    try queue.store(in: own)
    return sizes
  }

  @Test func eventsGoOutInOrderAndOnce() throws {
    try append(1...3)
    let queue = try queue(.sample())
    try queue.read(log, own)
    var uids: [String] = []
    while let (_, uid) = queue.next(at: at(1)) {
      uids.append(uid)
      #expect(queue.next(at: at(1)) == nil, "one at a time")
      #expect(queue.finished(.success(()), at: at(1), jitter: 0) == .delivered)
    }
    #expect(uids == ["s.1.1", "s.2.1", "s.3.1"])
    try queue.store(in: own)
    #expect(try drain(self.queue(.sample()), at: at(2)).isEmpty, "a queue that begins again goes on behind what was delivered")
  }

  @Test func aFailureHoldsBackWhatComesAfterIt() throws {
    try append(1...2)
    let settings = SinkSettings.sample { $0.retry = [.seconds(10)] }
    let queue = try queue(settings)
    try queue.read(log, own)
    #expect(queue.next(at: at(0))?.uid == "s.1.1")
    #expect(queue.finished(.failure(.temporary("refused")), at: at(0), jitter: 0) == .retries)
    #expect(queue.next(at: at(9)) == nil)
    #expect(queue.state == .retrying)
    #expect(queue.next(at: at(10))?.uid == "s.1.1")
    #expect(queue.finished(.success(()), at: at(10), jitter: 0) == .delivered)
    #expect(queue.state == .ok)
    #expect(queue.next(at: at(10))?.uid == "s.2.1")
  }

  @Test func attemptsSurviveARestart() throws {
    try append(1...1)
    let settings = SinkSettings.sample {
      $0.retry = [.seconds(10), .seconds(100)]
      $0.giveUpAfter = .seconds(1000)
    }
    let first = try queue(settings)
    try first.read(log, own)
    _ = first.next(at: at(0))
    _ = first.finished(.failure(.temporary("down")), at: at(0), jitter: 0)
    try first.store(in: own)

    let second = try queue(settings)
    try second.read(log, own)
    #expect(second.next(at: at(5)) == nil)
    #expect(second.next(at: at(10)) != nil)
    _ = second.finished(.failure(.temporary("down")), at: at(10), jitter: 0)
    #expect(second.next(at: at(109)) == nil, "the second wait is the longer one")
    _ = second.next(at: at(1001))
    #expect(second.finished(.failure(.temporary("down")), at: at(1001), jitter: 0) == .failed, "given up, counted from the first attempt")
    #expect(second.waiting.isEmpty)
  }

  @Test func aRefusedEventDoesNotBlockTheNext() throws {
    try append(1...2)
    let queue = try queue(.sample())
    try queue.read(log, own)
    _ = queue.next(at: at(0))
    #expect(queue.finished(.failure(.refused("too large")), at: at(0), jitter: 0) == .failed)
    #expect(queue.next(at: at(0))?.uid == "s.2.1")
    try queue.store(in: own)
    #expect(try own.deliveries(of: "desk", limit: 9).first?.error == "too large")
  }

  @Test func aDisabledSinkKeepsItsEventsUntilItIsEnabled() throws {
    try append(1...1)
    let queue = try queue(.sample())
    try queue.read(log, own)
    _ = queue.next(at: at(0))
    #expect(queue.finished(.failure(.disabled("gone")), at: at(0), jitter: 0) == .disabled)
    #expect(queue.state == .disabled)
    try queue.store(in: own)
    #expect(queue.next(at: at(10_000)) == nil)
    try own.requestRetry(of: "desk", enables: true)
    queue.follow(try #require(try own.sink("desk")))
    #expect(queue.next(at: at(10_001))?.uid == "s.1.1")
  }

  @Test func retryNowDoesNotWait() throws {
    try append(1...1)
    let queue = try queue(.sample { $0.retry = [.seconds(3600)] })
    try queue.read(log, own)
    _ = queue.next(at: at(0))
    _ = queue.finished(.failure(.temporary("down")), at: at(0), jitter: 0)
    try queue.store(in: own)
    try own.requestRetry(of: "desk", enables: false)
    queue.follow(try #require(try own.sink("desk")))
    #expect(queue.next(at: at(1)) != nil)
  }

  // MARK: Persons and machines

  @Test func aPersonGetsTenMessagesAndThenOneGathered() throws {
    try append(1...1000)
    let queue = try queue(.sample("phone", .mail))
    #expect(try drain(queue, at: at(1)) == Array(repeating: 1, count: 10))
    #expect(try drain(queue, at: at(29)).isEmpty, "more may come")
    #expect(try drain(queue, at: at(31)) == [990])
    try append(1001...1005, recorded: at(60))
    #expect(try drain(queue, at: at(120)).isEmpty, "one gathered message in ten minutes")
    #expect(try drain(queue, at: at(660)).reduce(0, +) == 5)
  }

  @Test func aMachineGetsEverythingAtOnce() throws {
    try append(1...1000)
    #expect(try drain(queue(.sample()), at: at(1)) == Array(repeating: 1, count: 1000))
  }

  @Test func aGatheredMessageKeepsItsMembersAndIdAfterARestart() throws {
    try append(1...15)
    let settings = SinkSettings.sample("phone", .mail) { $0.retry = [.seconds(1)] }
    let first = try queue(settings)
    _ = try drain(first, at: at(1))
    let sent = try #require(first.next(at: at(40)))
    #expect(sent.events.count == 5)
    _ = first.finished(.failure(.temporary("down")), at: at(40), jitter: 0)
    try first.store(in: own)
    try append(16...17, recorded: at(41))

    let second = try queue(settings)
    try second.read(log, own)
    let again = try #require(second.next(at: at(50)))
    #expect(again.uid == sent.uid)
    #expect(again.events == sent.events)
  }

  @Test func theFirstReportIsOneMessageToAPersonAndManyToAMachine() throws {
    try append(1...12, isFirstReport: true)
    let person = try queue(.sample("phone", .mail))
    #expect(try drain(person, at: at(20)).isEmpty)
    #expect(try drain(person, at: at(30)) == [12])
    #expect(try drain(queue(.sample()), at: at(1)).count == 12)
  }

  @Test func aFirstReportThatNeverEndsIsSentAfterTenMinutes() throws {
    for minute in 0..<11 { try append(minute...minute, recorded: at(Double(minute) * 60), isFirstReport: true) }
    let person = try queue(.sample("phone", .mail))
    #expect(try drain(person, at: at(600)) == [11])
  }

  // MARK: Conditions

  @Test func whatAPersonDidGoesToSinksThatHadTheAlert() throws {
    try append(1...1)
    let (told, other) = (try queue(.sample("told")), try queue(.sample("other") { $0.when.rooms = ["Room 9"] }))
    #expect(try drain(told, at: at(0)) == [1])
    #expect(try drain(other, at: at(0)).isEmpty)
    try log.write { db in
      try LogEntry(
        uid: "s.1.p1", type: "alert.acknowledged", alert: "alert1", at: at(5), recordedAt: at(5), who: "Maria", note: "I go",
        document: #"{"type":"alert","summary":"event 1"}"#
      ).insert(db)
    }
    try told.read(log, own)
    let event = try #require(told.next(at: at(6))?.events.first)
    #expect(event.document["event"] == "acknowledged")
    #expect(event.document["who"] == "Maria")
    #expect(event.document["note"] == "I go")
    #expect(event.document["type"] == nil)
    #expect(try drain(other, at: at(6)).isEmpty)
  }

  @Test func aNewDatabaseOfTheWatchIsReadFromItsStart() throws {
    try append(1...5)
    let queue = try queue(.sample())
    _ = try drain(queue, at: at(0))
    queue.follow(isOther: true, last: 5)
    #expect(try drain(queue, at: at(1)).count == 5)
  }

  @Test func anOlderCopyOfTheLogHidesNothingNew() throws {
    try append(1...3)
    let row = SinkRow(name: "desk", logPlace: 9, ownPlace: 0)
    let queue = SinkQueue(.sample(), row: row, pending: [], zone: .gmt)
    queue.follow(isOther: false, last: 3)
    #expect(try drain(queue, at: at(0)).isEmpty, "what it holds was handled before")
    try append(4...4)
    #expect(try drain(queue, at: at(0)) == [1])
  }

  @Test func anotherLogWaitsForTheMessageThatIsBeingSent() throws {
    try append(1...2)
    let queue = try queue(.sample())
    try queue.read(log, own)
    _ = queue.next(at: at(0))
    queue.follow(isOther: true, last: 2)
    #expect(queue.finished(.success(()), at: at(0), jitter: 0) == .delivered)
    #expect(queue.waiting.isEmpty)
    #expect(try drain(queue, at: at(1)).count == 2)
  }

  @Test func aSinkThatBeginsGetsWhatHappenedInTheLastMinutes() throws {
    try append(1...2, recorded: at(-3600))
    try append(3...4, recorded: at(-60))
    let row = SinkRow(name: "desk", logPlace: -1, ownPlace: -1)
    let queue = SinkQueue(.sample(), row: row, pending: [], zone: .gmt, begun: at(0))
    try queue.read(nil, own)
    try queue.store(in: own)
    #expect(try #require(try own.sink("desk")).logPlace < 0, "without the log there is no place")
    try queue.read(log, own)
    try queue.store(in: own)
    #expect(try #require(try own.sink("desk")).logPlace == 2, "it is kept before anything was sent")
    #expect(try drain(queue, at: at(0)).count == 2)
    #expect(try #require(try own.sink("desk")).logPlace == 4)
  }

  // MARK: Steps of the clock

  @Test func aClockThatIsSetBackBlocksNothing() throws {
    let year = 31_536_000.0
    try append(1...1, recorded: at(year))
    let machine = try queue(.sample { $0.retry = [.seconds(10)] })
    try machine.read(log, own)
    _ = machine.next(at: at(year))
    _ = machine.finished(.failure(.temporary("down")), at: at(year), jitter: 0)
    #expect(machine.next(at: at(0)) != nil, "the next attempt is not a year ahead")
    try append(2...20, recorded: at(year))
    let person = try queue(.sample("phone", .mail))
    #expect(try drain(person, at: at(0)).reduce(0, +) == 20)
  }

  @Test func theLogsOrderCountsNotTheClock() throws {
    try append(1...1, recorded: at(100))
    try append(2...2, recorded: at(50))
    let queue = try queue(.sample())
    try queue.read(log, own)
    #expect(queue.waiting.map(\.number) == [1, 2])
  }

  // MARK: The ceiling

  @Test func aTrickleBeyondTheCeilingIsGatheredToo() throws {
    try append(1...10)
    let queue = try queue(.sample("phone", .mail))
    #expect(try drain(queue, at: at(1)).count == 10)
    var messages = 0
    for number in 11...22 {
      let time = Double(number - 10) * 40
      try append(number...number, recorded: at(time))
      messages += try drain(queue, at: at(time + 35)).count
    }
    #expect(messages == 1, "one message beyond the ceiling, even if it holds one event")
  }

  @Test func aProgramThatIsStartedOverAndOverSendsNoMore() throws {
    try append(1...10)
    #expect(try drain(queue(.sample("phone", .mail)), at: at(1)).count == 10)
    try append(11...15, recorded: at(5))
    #expect(try drain(queue(.sample("phone", .mail)), at: at(6)).isEmpty)
    #expect(try drain(queue(.sample("phone", .mail)), at: at(40)) == [5])
    try append(16...17, recorded: at(50))
    #expect(try drain(queue(.sample("phone", .mail)), at: at(100)).isEmpty, "a gathered message is remembered, too")
  }

  @Test func theFirstReportDoesNotHoldBackAnAlert() throws {
    try append(1...12, isFirstReport: true)
    let person = try queue(.sample("phone", .mail))
    #expect(try drain(person, at: at(30)) == [12])
    try append(13...13, recorded: at(40))
    #expect(try drain(person, at: at(41)) == [1])
  }

  // MARK: Ends

  @Test func aMessageThatIsCutOffIsNoAttempt() throws {
    try append(1...1)
    let queue = try queue(.sample())
    try queue.read(log, own)
    _ = queue.next(at: at(0))
    queue.wasCutOff()
    #expect(queue.state == .ok)
    #expect(queue.next(at: at(0))?.uid == "s.1.1")
  }

  @Test func theTimeInWhichASinkWasDisabledDoesNotCount() throws {
    try append(1...1)
    let queue = try queue(.sample { $0.giveUpAfter = .seconds(100) })
    try queue.read(log, own)
    _ = queue.next(at: at(0))
    _ = queue.finished(.failure(.disabled("gone")), at: at(0), jitter: 0)
    try queue.store(in: own)
    try own.requestRetry(of: "desk", enables: true)
    queue.follow(try #require(try own.sink("desk")))
    _ = queue.next(at: at(5000))
    #expect(queue.finished(.failure(.temporary("down")), at: at(5000), jitter: 0) == .retries)
  }

  @Test func whatIsNotReadYetIsPendingToo() throws {
    try append(1...500)
    let queue = try queue(.sample())
    try queue.read(log, own)
    #expect(queue.waiting.count < 500)
    #expect(queue.pending(log) == 500)
  }
}
