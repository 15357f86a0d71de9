/// A TCP conversation while it is read: puts the segments of both directions in order and hands the bytes to the recognizers.
final class StreamDelivery {
  private var fromOriginator = StreamAssembler()
  private var fromResponder = StreamAssembler()
  private var conversation: StreamConversation

  init(candidates: RecognizerSet, searching: RecognizerSet) {
    conversation = StreamConversation(candidates: candidates, searching: searching)
  }

  var isFinished: Bool { conversation.isFinished }

  /// Bytes that wait for earlier ones.
  var held: Int { fromOriginator.held + fromResponder.held }

  /// Takes a segment.
  /// - Parameters:
  ///   - message: its payload and its ends.
  ///   - budget: bytes that may still wait, in all conversations.
  /// - Returns: places where bytes are missing from the capture.
  func add(
    _ packet: borrowing Packet, _ message: borrowing Message, to recognizers: [any Recognizer], budget: inout Int,
    into sink: inout ObservationSink
  ) -> Int {
    var gaps = 0
    // The other side has sent all that this side confirms.
    if packet.tcpFlags.contains(.ack) { confirm(packet.tcpAcknowledgment, message, recognizers, &budget, &gaps, into: &sink) }
    if packet.tcpFlags.contains(.syn) {
      open(packet.tcpSequence, fromOriginator: message.fromOriginator)
    } else if packet.payloadLength > 0 {
      add(packet.tcpSequence, message, recognizers, &budget, &gaps, into: &sink)
    }
    if packet.tcpFlags.contains(.fin) || packet.tcpFlags.contains(.rst) { conversation.end(message, into: &sink) }
    return gaps
  }

  private func open(_ sequence: UInt32, fromOriginator: Bool) {
    if fromOriginator { self.fromOriginator.opened(sequence: sequence) } else { fromResponder.opened(sequence: sequence) }
  }

  private func confirm(
    _ sequence: UInt32, _ message: borrowing Message, _ recognizers: [any Recognizer], _ budget: inout Int, _ gaps: inout Int,
    into sink: inout ObservationSink
  ) {
    let (source, destination, originates) = (message.destination, message.source, !message.fromOriginator)
    if originates {
      fromOriginator.confirmed(sequence, budget: &budget) {
        self.hand($0, from: source, to: destination, originates, recognizers, &gaps, into: &sink)
      }
    } else {
      fromResponder.confirmed(sequence, budget: &budget) {
        self.hand($0, from: source, to: destination, originates, recognizers, &gaps, into: &sink)
      }
    }
  }

  private func add(
    _ sequence: UInt32, _ message: borrowing Message, _ recognizers: [any Recognizer], _ budget: inout Int, _ gaps: inout Int,
    into sink: inout ObservationSink
  ) {
    let (source, destination, originates) = (message.source, message.destination, message.fromOriginator)
    let (payload, length, time, packet) = (message.payload, message.length, message.time, message.packet)
    let isNext =
      originates
      ? fromOriginator.takeNext(sequence, captured: payload.byteCount, length: length)
      : fromResponder.takeNext(sequence, captured: payload.byteCount, length: length)
    if isNext { return conversation.deliver(message, to: recognizers, into: &sink) }
    if originates {
      fromOriginator.add(sequence: sequence, payload, length: length, time: time, packet: packet, budget: &budget) {
        self.hand($0, from: source, to: destination, originates, recognizers, &gaps, into: &sink)
      }
    } else {
      fromResponder.add(sequence: sequence, payload, length: length, time: time, packet: packet, budget: &budget) {
        self.hand($0, from: source, to: destination, originates, recognizers, &gaps, into: &sink)
      }
    }
  }

  /// Bytes that an assembler has in order become a message of `source`.
  private func hand(
    _ event: borrowing StreamAssembler.Event, from source: Endpoint, to destination: Endpoint, _ fromOriginator: Bool,
    _ recognizers: [any Recognizer], _ gaps: inout Int, into sink: inout ObservationSink
  ) {
    switch event {
    case .gap:
      gaps += 1
      conversation.gap(from: source, to: destination, fromOriginator: fromOriginator, into: &sink)
    case .bytes(let payload, let time, let packet):
      let message = Message(
        payload: payload, length: payload.byteCount, transport: .tcp, source: source, destination: destination,
        fromOriginator: fromOriginator, time: time, packet: packet)
      conversation.deliver(message, to: recognizers, into: &sink)
    }
  }
}
