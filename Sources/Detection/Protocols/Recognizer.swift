/// The answer of a recognizer or a parser to the bytes that it was shown.
public enum Disposition: Equatable, Sendable {
  /// Not this protocol. The recognizer is not asked again in this conversation; in a stream, not again in this direction.
  case notMine
  /// Undecided. The recognizer is asked again when there is more.
  case needMore
  /// This protocol, but only this message (DNS, DHCP). All recognizers are asked again for the next one.
  case message
  /// This protocol. The rest of the conversation goes to the recognizer's parser.
  case mine
  /// This protocol, and everything of interest was reported. The rest of the conversation is ignored.
  case done
  /// Streams only: this protocol ends here, and both sides go on with another one. All recognizers are asked anew. If the stream is
  /// relayed by a proxy, only bytes of the originator are looked at, since the responder passes on what others sent.
  case next(isRelayed: Bool)
}

/// The kinds of traffic that a recognizer reads.
public struct Transports: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let udp = Transports(rawValue: 1)
  /// The bytes of one direction in order: all of them from the start until a recognizer claims the conversation, then piece by piece.
  public static let tcp = Transports(rawValue: 2)
  public static let arp = Transports(rawValue: 4)
  public static let icmpv6 = Transports(rawValue: 8)
  /// IEEE 802.11 management frames, including their header.
  public static let wifi = Transports(rawValue: 16)
  /// LLDP frames behind their EtherType, and CDP frames behind their SNAP header.
  public static let lldp = Transports(rawValue: 32)
  public static let cdp = Transports(rawValue: 64)
}

/// A datagram or a piece of a TCP stream, with its sender and receiver.
public struct Message: ~Copyable, ~Escapable {
  public let payload: RawSpan
  /// Bytes on the wire: more than `payload.byteCount` if the capture was cut. For streams always equal to it.
  public let length: Int
  public let transport: Transports
  public let source: Endpoint
  public let destination: Endpoint
  public let direction: Direction
  public let time: Timestamp
  public let packet: PacketReference
  /// An announcement of this conversation by another one.
  public var expectation: Expectation?

  @_lifetime(copy payload)
  public init(
    payload: RawSpan, length: Int, transport: Transports, source: Endpoint, destination: Endpoint, direction: Direction, time: Timestamp,
    packet: PacketReference, expectation: Expectation? = nil
  ) {
    self.payload = payload
    self.length = length
    self.transport = transport
    self.source = source
    self.destination = destination
    self.direction = direction
    self.time = time
    self.packet = packet
    self.expectation = expectation
  }

  @_lifetime(copy payload)
  public init(
    payload: RawSpan, length: Int, transport: Transports, source: Endpoint, destination: Endpoint, fromOriginator: Bool, time: Timestamp,
    packet: PacketReference, expectation: Expectation? = nil
  ) {
    self.init(
      payload: payload, length: length, transport: transport, source: source, destination: destination,
      direction: Direction(fromOriginator: fromOriginator), time: time, packet: packet, expectation: expectation)
  }

  public var fromOriginator: Bool { direction == .originator }

  public func hasPort(_ port: UInt16) -> Bool { source.port == port || destination.port == port }
}

/// Detects one protocol and turns its messages into observations.
///
/// ### Purpose
///
/// The engine knows protocols only through `Registry`, one recognizer each. It shows a new conversation to the recognizers in the order
/// of the registry until one of them claims it, and then gives the conversation to that recognizer's `Parser`. Observations state what
/// was seen; signatures decide what it means. A recognizer therefore never judges a device and never reads the inventory.
///
/// ### Claiming a conversation
///
/// `recognize` is called for each message of a conversation that is not claimed yet. Of a TCP stream it gets all bytes of one direction
/// from the start, so the same bytes come again with more behind them.
///
/// - `notMine` is final for the conversation, in a stream for the direction. It is the cheapest answer: give it on the first byte that
///   does not fit.
/// - `needMore` keeps the recognizer among the candidates. The engine buffers a stream for as long as any candidate needs more, and
///   runs every remaining candidate over the grown buffer again, so wait for a bounded number of bytes or datagrams only.
/// - `mine` calls `makeParser()` once and gives it this message first.
///
/// Emit observations only when the answer is `.message` or `.done`. After any other answer the same bytes are shown again, to this
/// recognizer or to its parser, and would be reported twice.
///
/// ### Implementing a recognizer
///
/// - A recognizer has no state and is shared by all conversations. State belongs in the parser.
/// - Bytes come from the wire: compare every offset with `byteCount` or use `Cursor`. Nothing may trap. A capture may be cut, so lengths
///   on the wire are compared with `message.length`.
/// - Whatever a parser keeps has a limit with a name: bytes, messages, entries of a table.
/// - The result must not depend on how a stream is cut into pieces. Tests feed each sample whole, in sevens and byte by byte.
/// - Report a fact about the side that states it. A client that asks for a camera is no camera.
/// - Secrets must not be emitted: no passwords, tokens, serial numbers or names of persons. See `Secrets` and `RequestTarget`.
/// - Avoid repetition within a conversation, with `Reported`. The inventory removes duplicates between conversations.
/// - Order in the registry matters: protocols with an unmistakable beginning come first, heuristics last.
///
/// ### Limits
///
/// There can be at most 64 recognizers, because the candidates of a conversation are one bit each in a `UInt64`.
public protocol Recognizer: Sendable {
  /// The protocol's name in output and in names of fuzz targets: lower case, with hyphens.
  var name: String { get }
  var transports: Transports { get }

  /// The transports on which this recognizer reads only what devices announce to everybody, or answer to any search, and nothing that
  /// two hosts exchange. Where contents of conversations are not to be read, only these transports are looked at.
  var publicTransports: Transports { get }

  /// Decides whether a message belongs to this protocol. Emits only when it answers `.message` or `.done`.
  func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition

  /// Whether `beginning(in:)` is to be asked. Few recognizers look behind bytes that nobody knows.
  var searches: Bool { get }

  /// Finds the place where this protocol begins behind bytes that are not its own, in the first bytes of one direction of a stream. Only a
  /// beginning that is unmistakable counts. Is asked again with more bytes; those before an open place may be missing then.
  func beginning(in bytes: RawSpan) -> Beginning

  /// Makes the parser of a conversation for which `recognize` answered `.mine`.
  func makeParser() -> any Parser
}

/// Where a protocol begins, in the bytes at hand.
public enum Beginning: Equatable, Sendable {
  case found(Int)
  /// Nowhere yet. It may begin at this place or behind it, if it goes on as it should.
  case open(Int)
}

/// The state of one claimed conversation. It lives as long as the flow, and limits what it keeps.
public protocol Parser: AnyObject {
  /// Reads the next datagram, or the next bytes of one direction. The first message is the one that was claimed.
  ///
  /// Answers `.mine` to get more, `.done` to stop, `.next` where another protocol begins in the stream, and `.notMine` if the claim
  /// was a mistake: then the other recognizers are asked.
  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition

  /// Notes that bytes of one direction are missing from the capture here.
  func gap(in direction: Direction)

  /// Notes the same: bytes are missing behind this message, which is empty. For parsers that report what was captured of a cut message.
  func gap(after message: borrowing Message, into sink: inout ObservationSink)

  /// Notes that the sender of this message closes or aborts the TCP connection. `consume` has already seen its bytes.
  func ended(_ message: borrowing Message, into sink: inout ObservationSink)
}

extension Recognizer {
  public var publicTransports: Transports { [] }

  public var searches: Bool { false }

  public func beginning(in bytes: RawSpan) -> Beginning { .open(bytes.byteCount) }

  public func makeParser() -> any Parser { NoParser() }
}

extension Parser {
  public func gap(in direction: Direction) {}
  public func gap(after message: borrowing Message, into sink: inout ObservationSink) { gap(in: message.direction) }
  public func ended(_ message: borrowing Message, into sink: inout ObservationSink) {}
}

/// The parser of recognizers that never answer `.mine`.
private final class NoParser: Parser {
  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition { .done }
}
