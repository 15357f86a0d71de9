import Testing

@testable import Detection

/// How a UDP conversation finds who reads it.
@Suite struct DatagramConversationTests {
  /// Answers by the first byte of a datagram, and its parser likewise.
  struct Fake: Recognizer, Equatable {
    let name: String
    let answers: [UInt8: Disposition]
    var parsed: [UInt8: Disposition] = [:]
    var transports: Transports { .udp }

    func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
      let answer = answers[message.payload.u8(0)] ?? .notMine
      sink.emit(.dnsQuery, "\(name) \(message.payload.u8(0))")
      return answer
    }

    func makeParser() -> any Parser { FakeParser(name: name, answers: parsed) }
  }

  final class FakeParser: Parser {
    let name: String
    let answers: [UInt8: Disposition]
    init(name: String, answers: [UInt8: Disposition]) { (self.name, self.answers) = (name, answers) }

    func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
      sink.emit(.dnsQuery, "\(name) reads \(message.payload.u8(0))")
      return answers[message.payload.u8(0)] ?? .mine
    }
  }

  struct Run {
    let recognizers: [any Recognizer]
    var conversation: DatagramConversation
    private var number: UInt64 = 0

    init(_ recognizers: [any Recognizer]) {
      self.recognizers = recognizers
      conversation = DatagramConversation(candidates: RecognizerSet(of: recognizers, on: .udp))
    }

    /// What a datagram makes the recognizers do; `unknown` for one that is reported as it is.
    mutating func send(_ byte: UInt8, fromOriginator: Bool = true, reportsUnknown: Bool = true) -> [String] {
      number += 1
      let bytes = [byte]
      var sink = ObservationSink()
      let (one, two) = (Harness.camera, Harness.other)
      let message = Message(
        payload: bytes.span.bytes, length: 1, transport: .udp, source: fromOriginator ? one : two, destination: fromOriginator ? two : one,
        fromOriginator: fromOriginator, time: .zero, packet: PacketReference(file: 0, number: number))
      conversation.deliver(message, to: recognizers, reportsUnknown: reportsUnknown, into: &sink)
      return sink.observations.map { $0.field == .udpPayload ? "unknown" : $0.text }
    }
  }

  @Test func whoIsNotConcernedIsNotAskedAgain() {
    var run = Run([Fake(name: "a", answers: [:]), Fake(name: "b", answers: [1: .needMore, 2: .message])])
    #expect(run.send(1) == ["a 1", "b 1", "unknown"])
    #expect(run.send(2) == ["b 2"])
    #expect(run.send(2) == ["b 2"], "each message is asked about")
    #expect(run.conversation.isClaimed)
    #expect(!run.conversation.isFinished)
  }

  @Test func theFirstThatClaimsReadsOn() {
    var run = Run([Fake(name: "a", answers: [1: .mine], parsed: [9: .done]), Fake(name: "b", answers: [1: .mine, 2: .mine])])
    #expect(run.send(1) == ["a 1", "a reads 1"])
    #expect(run.send(2, fromOriginator: false) == ["a reads 2"])
    #expect(run.send(9) == ["a reads 9"])
    #expect(run.conversation.isFinished)
    #expect(run.conversation.parser == nil)
    #expect(run.send(2) == [])
  }

  @Test func aMistakenClaimGoesToTheOthers() {
    var run = Run([Fake(name: "a", answers: [1: .mine], parsed: [2: .notMine]), Fake(name: "b", answers: [1: .mine, 3: .done])])
    #expect(run.send(1) == ["a 1", "a reads 1"])
    #expect(run.send(2) == ["a reads 2", "unknown"])
    #expect(!run.conversation.isClaimed)
    #expect(run.send(3) == ["b 3"])
    #expect(run.conversation.isFinished)
  }

  @Test func unknownOnesAreReportedThreeTimesEachWay() {
    var run = Run([])
    for _ in 0..<5 { _ = run.send(1) }
    #expect(!run.conversation.isFinished)
    #expect(run.send(1) == [])
    #expect((0..<3).map { _ in run.send(1, fromOriginator: false) } == [["unknown"], ["unknown"], ["unknown"]])
    #expect(run.conversation.isFinished)
    var silent = Run([])
    #expect(silent.send(1, reportsUnknown: false) == [])
  }

  @Test func undecidedOnesAreGivenUp() {
    var run = Run([Fake(name: "a", answers: [1: .needMore])])
    for _ in 0..<DatagramConversation.undecidedLimit - 1 { _ = run.send(1) }
    #expect(!run.conversation.isFinished)
    #expect(run.send(1) == ["a 1"])
    #expect(run.conversation.isFinished)
  }

  @Test func anAbandonedOneIsOver() {
    var run = Run([Fake(name: "a", answers: [1: .mine])])
    _ = run.send(1)
    run.conversation.abandon()
    #expect(run.conversation.parser == nil)
    #expect(run.send(1) == [])
  }
}
