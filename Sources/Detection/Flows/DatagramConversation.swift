/// Finds the recognizer that understands a UDP conversation and gives it the datagrams of both directions.
///
/// While no recognizer has claimed the conversation, each datagram is shown to all that are still in question. Datagrams that none of
/// them knows are reported as they are, so that signatures can look at them.
struct DatagramConversation {
  /// Unclaimed datagrams after which no recognizer is asked any more: a capture may begin within a picture of more than a hundred.
  static let undecidedLimit = 192
  /// Unknown datagrams of each direction that are reported.
  static let unknownLimit: UInt8 = 3

  private var candidates: RecognizerSet
  /// Reads the conversation since a recognizer claimed it.
  private(set) var parser: (any Parser)?
  private var unknownFromOriginator: UInt8 = 0
  private var unknownFromResponder: UInt8 = 0
  /// A recognizer claimed the conversation, or its last message.
  private(set) var isClaimed = false
  /// No recognizer wants its datagrams any more.
  private(set) var isFinished = false

  init(candidates: RecognizerSet) { self.candidates = candidates }

  /// Takes the next datagram.
  /// - Parameter reportsUnknown: a datagram that no recognizer knows is reported.
  mutating func deliver(
    _ message: borrowing Message, to recognizers: [any Recognizer], reportsUnknown: Bool = true, into sink: inout ObservationSink
  ) {
    guard !isFinished else { return }
    sink.begin(message)
    if parser == nil, ask(message, recognizers, into: &sink) { return }
    if let parser, read(message, parser, into: &sink) { return }
    reportUnknown(message, isReported: reportsUnknown, into: &sink)
  }

  /// Gives the conversation up: there are too many.
  mutating func abandon() {
    parser = nil
    isFinished = true
  }

  /// - Returns: a recognizer dealt with the datagram. If not, either none did, or there is a parser now.
  private mutating func ask(_ message: borrowing Message, _ recognizers: [any Recognizer], into sink: inout ObservationSink) -> Bool {
    for index in candidates {
      switch recognizers[index].recognize(message, into: &sink) {
      case .notMine:
        candidates.remove(index)
      case .needMore:
        continue
      case .message:
        isClaimed = true
        return true
      case .done, .next:
        isClaimed = true
        isFinished = true
        return true
      case .mine:
        isClaimed = true
        candidates.remove(index)
        parser = recognizers[index].makeParser()
        return false
      }
    }
    return false
  }

  /// - Returns: the parser knew the datagram.
  private mutating func read(_ message: borrowing Message, _ parser: any Parser, into sink: inout ObservationSink) -> Bool {
    switch parser.consume(message, into: &sink) {
    case .done, .next:
      self.parser = nil
      isFinished = true
    case .notMine:
      self.parser = nil
      isClaimed = false
      return false
    case .needMore, .message, .mine: break
    }
    return true
  }

  private mutating func reportUnknown(_ message: borrowing Message, isReported: Bool, into sink: inout ObservationSink) {
    let seen = message.fromOriginator ? unknownFromOriginator : unknownFromResponder
    if seen < Self.unknownLimit, isReported, message.payload.byteCount > 0 {
      sink.emitPayload(.udpPayload, message.payload, length: message.length)
    }
    if message.fromOriginator { unknownFromOriginator = seen &+ 1 } else { unknownFromResponder = seen &+ 1 }
    let total = Int(unknownFromOriginator) + Int(unknownFromResponder)
    let bothReported = Swift.min(unknownFromOriginator, unknownFromResponder) >= Self.unknownLimit
    if total >= Self.undecidedLimit || candidates.isEmpty && bothReported { isFinished = true }
  }
}
