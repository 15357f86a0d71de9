import ChainMessages
import Detection
import Documents
import Foundation
import GRDB
import Sinks
import Testing

@testable import Serve
@testable import Store

@Suite struct UplinkQueueTests {
  private let databases: Databases
  private var log: PropertyStore { databases.log }
  private var own: ServeStore { databases.own }

  init() throws { databases = try Databases() }

  /// Appends alerts; those in `staying` are of phones.
  private func append(_ count: Int, staying: Set<Int> = [], recorded: Timestamp = at(0)) throws {
    try log.write { db in
      for number in 1...count {
        let id = UInt64(number).hexDigits
        let sample = AlertSample(deviceClass: staying.contains(number) ? "personal" : "embedded")
        try LogEntry(
          uid: "s.\(number).1", type: "alert.raised", alert: id, at: recorded, recordedAt: recorded, document: sample.document.text
        )
        .insert(db)
      }
    }
  }

  private func queue() throws -> UplinkQueue { UplinkQueue(try own.uplink(), log: try log.logID()) }

  /// Connects, and central says what it has.
  private func greet(_ queue: UplinkQueue, _ seq: Int64 = 0, at time: Timestamp = at(0)) throws {
    queue.connected(at: time)
    _ = queue.acknowledge(AckMessage(epoch: queue.row.epoch, seq: seq), last: try log.lastLogNumber(), at: time)
  }

  private func next(_ queue: UplinkQueue, at time: Timestamp = at(0)) throws -> [EventMessage<JSONValue>] {
    try queue.read(log, own, at: time)
    return queue.next(at: time, jitter: 0)
  }

  private func acknowledge(_ queue: UplinkQueue, _ seq: Int64, at time: Timestamp = at(0)) throws -> UplinkQueue.Outcome {
    queue.acknowledge(AckMessage(epoch: queue.row.epoch, seq: seq), last: try log.lastLogNumber(), at: time)
  }

  @Test func everyEventNamesTheOneBeforeIt() throws {
    try append(5, staying: [1, 3])
    let queue = try queue()
    try greet(queue)
    let sent = try next(queue)
    #expect(sent.map(\.seq) == [2, 4, 5])
    #expect(sent.map(\.prev) == [0, 2, 4])
    #expect(sent.map(\.uid) == [2, 4, 5].map { "\(queue.row.epoch)-\($0)" })
    #expect(queue.row.epoch == (try log.logID()))
    #expect(try next(queue).isEmpty, "nothing is sent twice on one connection")
  }

  @Test func atMostAWindowIsOnTheWay() throws {
    try append(200)
    let queue = try queue()
    try greet(queue)
    #expect(try next(queue).count == UplinkQueue.window)
    #expect(queue.pending(log) == 200)
    #expect(try acknowledge(queue, 10) == .moved)
    #expect(try next(queue).map(\.seq) == Array(65...74))
    #expect(queue.pending(log) == 190)
  }

  @Test func onlyAnAcknowledgementMovesThePlace() throws {
    try append(3)
    let first = try queue()
    try greet(first)
    _ = try next(first)
    try first.store(in: own, log, at: at(1), isEnd: true)
    let second = try queue()
    try greet(second)
    #expect(try next(second).map(\.seq) == [1, 2, 3], "sent, and not acknowledged")
    #expect(try acknowledge(second, 2) == .moved)
    try second.store(in: own, log, at: at(2))
    let third = try queue()
    #expect(third.row.acked == 2 && third.row.lastAckTime == at(0))
    try greet(third, 2)
    let rest = try next(third)
    #expect(rest.map(\.seq) == [3] && rest.map(\.prev) == [2])
  }

  @Test func centralMayAskAgain() throws {
    try append(6)
    let queue = try queue()
    try greet(queue)
    _ = try next(queue)
    #expect(try acknowledge(queue, 6) == .moved)
    #expect(try next(queue).isEmpty)
    #expect(try acknowledge(queue, 2) == .sendsAgain, "central came back from a backup")
    let again = try next(queue)
    #expect(again.map(\.seq) == [3, 4, 5, 6] && again.map(\.prev) == [2, 3, 4, 5])
    #expect(queue.row.acked == 2)
    #expect(try acknowledge(queue, 0) == .sendsAgain)
    #expect(try next(queue).first?.prev == 0)
  }

  @Test func whatTheBoxNoLongerHasLeavesNoHole() throws {
    try append(6)
    let queue = try queue()
    try greet(queue, 0)
    _ = try next(queue)
    _ = try acknowledge(queue, 6)
    try log.write { try $0.execute(sql: "DELETE FROM log WHERE number < 5") }
    _ = try acknowledge(queue, 2)
    let again = try next(queue)
    #expect(again.map(\.seq) == [5, 6] && again.map(\.prev) == [2, 5], "central would wait for what nobody has")
  }

  @Test func anAcknowledgementOfAnotherEpochIsIgnored() throws {
    try append(3)
    let queue = try queue()
    try greet(queue)
    _ = try next(queue)
    #expect(queue.acknowledge(AckMessage(epoch: "other", seq: 3), last: 3, at: at(1)) == .ignored)
    #expect(queue.row.acked == 0)
  }

  @Test func aHoleIsFilledAtOnceButNotForever() throws {
    try append(3)
    let queue = try queue()
    try greet(queue)
    _ = try next(queue)
    #expect(try acknowledge(queue, 0, at: at(1)) == .sendsAgain, "central has nothing of what was sent")
    #expect(try next(queue, at: at(1)).map(\.seq) == [1, 2, 3])
    #expect(try acknowledge(queue, 0, at: at(2)) == .ignored, "it says so for each of them")
    #expect(try acknowledge(queue, 0, at: at(7)) == .sendsAgain)
  }

  @Test func whatNobodyAcknowledgesIsSentAgainEverMoreSlowly() throws {
    try append(2)
    let queue = try queue()
    try greet(queue)
    #expect(try next(queue).count == 2)
    #expect(try next(queue, at: at(59)).isEmpty)
    #expect(try next(queue, at: at(60)).count == 2)
    #expect(try next(queue, at: at(179)).isEmpty)
    #expect(try next(queue, at: at(180)).count == 2)
    #expect(queue.waitingSince == at(0))
    _ = try acknowledge(queue, 2, at: at(200))
    #expect(queue.waitingSince == nil)
  }

  @Test func aNewConnectionSendsWhatIsNotAcknowledged() throws {
    try append(3)
    let queue = try queue()
    try greet(queue)
    _ = try next(queue)
    _ = try acknowledge(queue, 1)
    queue.disconnected()
    #expect(try next(queue).isEmpty)
    queue.connected(at: at(5))
    #expect(try next(queue, at: at(6)).isEmpty, "central says first what it has")
    #expect(try next(queue, at: at(15)).map(\.seq) == [2, 3], "or it says nothing, and that must not stop the box")
  }

  // MARK: Guests

  /// A run with guests: every byte of every message, those that stay and those that go.
  @Test func noByteOfAGuestIsSent() throws {
    try log.write { db in
      func insert(_ type: String, _ sample: AlertSample, who: String? = nil, note: String? = nil, alert: String? = AlertSample.alert) throws
      {
        try LogEntry(
          uid: "s.\(type)", type: type, alert: alert, at: at(0), recordedAt: at(0), who: who, note: note, document: sample.document.text
        ).insert(db)
      }
      for deviceClass in ["embedded", "personal", "media", "unknown"] {
        for role in ["camera", "recorder", "viewer", "relay", "other"] {
          for event in ["raised", "surer", "changed", "silent", "back"] {
            try insert(
              "alert.\(event)",
              AlertSample(
                role: role, deviceClass: deviceClass, event: event,
                changes: [["what": "viewer", "from": .null, "to": .string(Guest.ip)], ["what": "room", "from": "1", "to": "2"]]))
          }
        }
      }
      for word in ["acknowledged", "dismissed", "declared", "reopened", "cleared", "confirmed", "later"] {
        try insert("alert.\(word)", AlertSample(), who: "Anna", note: "room service at nine")
      }
      try insert("alert.declared", AlertSample(), who: "Anna", alert: nil)
      try insert(
        "health", AlertSample(event: "health", kind: "health", extra: ["health": ["code": "flood", "text": .string(Guest.mac)]]), alert: nil
      )
    }
    let queue = try queue()
    queue.filter.names = OthersNames([Guest.hostname, Guest.mac])
    try greet(queue)
    var sent: [EventMessage<JSONValue>] = []
    while case let more = try next(queue), let last = more.last {
      sent += more
      _ = try acknowledge(queue, last.seq)
    }
    #expect(sent.count > UplinkQueue.window && queue.pending(log) == 0)
    for message in sent {
      let text = try String(decoding: message.bytes(), as: UTF8.self).lowercased()
      for word in Guest.forbidden { #expect(!text.contains(word), "\(word) in \(text)") }
    }
  }

  // MARK: Epochs

  @Test func aNewDatabaseBeginsAnew() throws {
    try append(3)
    let queue = try queue()
    try greet(queue)
    _ = try next(queue)
    _ = try acknowledge(queue, 3)
    #expect(queue.follow(log: try log.logID(), last: 3) == false)
    #expect(queue.follow(log: "ffffffffffffffff", last: 1))
    #expect(queue.row.epoch == "ffffffffffffffff" && queue.row.acked == 0)
  }

  @Test func anOlderCopyIsAnotherEpoch() throws {
    try append(6)
    let queue = try queue()
    try greet(queue)
    _ = try next(queue)
    _ = try acknowledge(queue, 6)
    let id = try log.logID()
    #expect(queue.follow(log: id, last: 4), "numbers 5 and 6 will be used twice")
    #expect(queue.row.epoch == "\(id)-2")
    try queue.store(in: own, log, at: at(1))
    #expect(try self.queue().row.epoch == "\(id)-2")
    // Central knows more than a `serve` whose database was lost.
    let other = UplinkQueue(nil, log: id)
    #expect(other.acknowledge(AckMessage(epoch: id, seq: 500), last: 6, at: at(1)) == .newEpoch)
    #expect(other.row.acked == 0)
  }

  @Test func anAcknowledgementBeyondWhatWasReadIsBelieved() throws {
    try append(6)
    let queue = try queue()
    try greet(queue, 4)
    #expect(try next(queue).map(\.seq) == [5, 6])
  }

  // MARK: Withdrawing

  @Test func onlyWhatWentUpIsWithdrawn() throws {
    try append(2, staying: [1])
    try log.write { db in
      for number in [1, 2] {
        try LogEntry(
          uid: "s.\(number).p1", type: "alert.dismissed", alert: UInt64(number).hexDigits, at: at(5), recordedAt: at(5), who: "Maria",
          document: AlertSample().document.text
        ).insert(db)
      }
    }
    let queue = try queue()
    try greet(queue)
    let sent = try next(queue)
    #expect(sent.map(\.seq) == [2, 4])
    #expect(sent.last?.data["event"] == "dismissed")
    _ = try acknowledge(queue, 2)
    try queue.store(in: own, log, at: at(6))
    let later = try self.queue()
    try greet(later, 2)
    #expect(try next(later).map(\.seq) == [4], "it is known after a restart, too")
  }

  @Test func whatIsSentAgainIsTheSame() throws {
    try append(1, staying: [1])
    try log.write { db in
      try LogEntry(
        uid: "s.1.2", type: "alert.surer", alert: UInt64(1).hexDigits, at: at(5), recordedAt: at(5), document: AlertSample().document.text
      ).insert(db)
    }
    let queue = try queue()
    try greet(queue)
    #expect(try next(queue).map(\.seq) == [2])
    _ = try acknowledge(queue, 2)
    try queue.store(in: own, log, at: at(6))
    _ = try acknowledge(queue, 0)
    #expect(try next(queue).map(\.seq) == [2], "the first event was before anything went up")
  }

  // MARK: Keeping

  @Test func whatCentralHasHadForAWeekIsReleased() throws {
    let day = 86_400.0
    try append(10, staying: [9, 10])
    let queue = try queue()
    try greet(queue)
    _ = try next(queue)
    _ = try acknowledge(queue, 4)
    try queue.store(in: own, log, at: at(0))
    _ = try acknowledge(queue, 8, at: at(day))
    try queue.store(in: own, log, at: at(day))
    #expect(queue.row.released == 0)
    try queue.store(in: own, log, at: at(7 * day))
    #expect(queue.row.released == 4)
    try queue.store(in: own, log, at: at(8 * day))
    #expect(queue.row.released == 10, "what is not for central is no reason to keep the log")
    let file = try #require(try CommandFile.open(own.path))
    #expect(try file.released(of: log.logID()) == 10)
    #expect(try file.released(of: "another") == 0)
    _ = try acknowledge(queue, 2, at: at(8 * day))
    try queue.store(in: own, log, at: at(8 * day))
    #expect(queue.row.released == 2, "and a week begins anew")
    _ = try next(queue, at: at(8 * day))
    _ = try acknowledge(queue, 8, at: at(8 * day))
    try queue.store(in: own, log, at: at(9 * day))
    #expect(queue.row.released == 2)
  }

  @Test func theStateIsOldNewsWhenNobodyWritesIt() throws {
    let queue = try queue()
    queue.set(.online, problem: nil)
    try queue.store(in: own, log, at: at(0))
    let row = try #require(try own.uplink())
    #expect(row.state(at: at(60)) == .online)
    #expect(row.state(at: at(600)) == .offline)
  }
}
