/// DNS over UDP and TCP on port 53 (RFC 1035 section 4.2): the names that a device asks for.
///
/// Every device uses DNS, and routers and resolvers ask on behalf of others. A question is about the sender of a query. Where frames show no
/// sender, and the capture lacks the query, it is about the receiver of an answer; else an answer would name whomever its sender likes. Who
/// answers what nobody asked is no resolver. Reverse lookups (RFC 1035 section 3.5) are not reported, since
/// they name addresses, not services.
public struct DNSRecognizer: Recognizer {
  /// Questions reported of one message: a query has one (RFC 9619).
  static let questionLimit = 4

  public let name = "dns"
  public let transports: Transports = [.udp, .tcp]

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    guard message.hasPort(53) else { return .notMine }
    if message.transport == .tcp { return recognizeStream(message.payload) }
    // A damaged message does not exclude that the next one is DNS.
    guard let dns = DNSMessage(decoding: message.payload) else { return .needMore }
    Self.report(dns, isAnswer: message.direction == .responder, isFramed: !message.source.station.mac.isNone, into: &sink)
    return .message
  }

  /// Recognizes a message behind its length (RFC 1035 section 4.2.2).
  private func recognizeStream(_ bytes: RawSpan) -> Disposition {
    if bytes.byteCount >= 2, bytes.u16(0) < 12 { return .notMine }
    guard bytes.byteCount >= 14 else { return .needMore }
    return DNSMessage(decoding: bytes.slice(2, Int(bytes.u16(0)))) == nil ? .notMine : .mine
  }

  public func makeParser() -> any Parser { DNSStreamParser() }

  /// - Parameters:
  ///   - isAnswer: the other side asked.
  ///   - isFramed: the frame shows who sent it.
  fileprivate static func report(
    _ message: borrowing DNSMessage, isAnswer: Bool, isFramed: Bool, into sink: inout ObservationSink
  ) {
    guard message.isStandardQuery else { return }
    if message.isResponse {
      if isAnswer { sink.emit(.dnsRole, "resolver") }
      if isAnswer || isFramed { return }
    }
    var message = copy message
    for _ in 0..<questionLimit {
      guard let question = message.nextQuestion() else { break }
      guard let name = message.name(at: question.name), !isReverse(name) else { continue }
      sink.emit(.dnsQuery, name, about: message.isResponse ? .receiver : .sender)
    }
    if message.isCostly { sink.noteCostlyNames() }
  }

  private static func isReverse(_ name: String) -> Bool {
    guard let last = name.utf8.last, ASCII.lowercased(last) == UInt8(ascii: "a") else { return false }
    let name = name.lowercased()
    return name.hasSuffix(".in-addr.arpa") || name.hasSuffix(".ip6.arpa")
  }
}

/// Splits both directions of a TCP conversation into messages.
private final class DNSStreamParser: Parser {
  /// Bytes buffered of a message. Questions are at its beginning.
  static let messageLimit = 1024

  private struct Side {
    /// The two bytes of length, and the beginning of the message.
    var head: [UInt8] = []
    /// Bytes of the current message that were not read yet.
    var left = 0
    var isOutOfSync = false
  }

  private var sides = PerDirection(Side())

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    feed(&sides[message.direction], message, into: &sink)
    return sides.allSatisfy(\.isOutOfSync) ? .done : .mine
  }

  /// Nothing in the stream marks the beginning of the next message.
  func gap(in direction: Direction) { sides[direction].isOutOfSync = true }

  private func feed(_ side: inout Side, _ message: borrowing Message, into sink: inout ObservationSink) {
    let piece = message.payload
    var position = 0
    while position < piece.byteCount, !side.isOutOfSync {
      if side.head.count < 2 {
        side.head.append(piece.u8(position))
        position += 1
        if side.head.count == 2 { side.left = Int(side.head[0]) << 8 | Int(side.head[1]) }
      } else {
        let count = min(side.left, piece.byteCount - position)
        side.head.append(piece.slice(position, min(count, Self.messageLimit + 2 - side.head.count)))
        side.left -= count
        position += count
      }
      if side.head.count >= 2, side.left == 0 { finishMessage(&side, message, into: &sink) }
    }
  }

  private func finishMessage(_ side: inout Side, _ message: borrowing Message, into sink: inout ObservationSink) {
    if let dns = unsafe DNSMessage(decoding: side.head.span.bytes.slice(2)) {
      DNSRecognizer.report(
        dns, isAnswer: message.direction == .responder, isFramed: !message.source.station.mac.isNone, into: &sink)
    } else {
      side.isOutOfSync = true
    }
    side.head.removeAll(keepingCapacity: true)
  }
}
