/// What a recognizer says of the bytes it was shown.
public enum Disposition: Equatable, Sendable {
  /// Never mine: not asked again in this conversation; of a stream, in this direction.
  case notMine
  /// Could be: asked again when there is more.
  case needMore
  /// Mine, this message only (DNS, DHCP): everybody is asked again for the next one.
  case message
  /// Mine: give the rest of the conversation to my parser.
  case mine
  /// Mine, and I have seen all I want: nobody is asked again.
  case done
  /// Mine until here, of a stream: what both sides say from now on is a conversation of its own, and everybody is asked anew. Relayed
  /// is what goes through a proxy: only what the originator says is known to be its own.
  case next(isRelayed: Bool)
}

/// What carries a message.
public struct Transports: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static let udp = Transports(rawValue: 1)
  /// Bytes of one direction, in order: all from its start while nobody has claimed the conversation, then piece by piece.
  public static let tcp = Transports(rawValue: 2)
  public static let arp = Transports(rawValue: 4)
  public static let icmpv6 = Transports(rawValue: 8)
  /// IEEE 802.11 management frames, from their header on.
  public static let wifi = Transports(rawValue: 16)
  /// Announcements to the neighbour on the wire: behind the EtherType of LLDP, and behind the SNAP head of CDP.
  public static let lldp = Transports(rawValue: 32)
  public static let cdp = Transports(rawValue: 64)
}

/// A datagram, or bytes of a TCP stream in order, with who sent it.
public struct Message: ~Escapable {
  public let payload: RawSpan
  /// On the wire: more than `payload.byteCount` where the capture was cut. Streams: as many as are there.
  public let length: Int
  public let transport: Transports
  public let source: Endpoint
  public let destination: Endpoint
  /// The source opened the conversation (the first packet seen, or the SYN, says who).
  public let fromOriginator: Bool
  public let time: Timestamp
  public let packet: PacketReference
  /// What another conversation said about this one.
  public var expectation: Expectation?

  @_lifetime(copy payload)
  public init(
    payload: RawSpan, length: Int, transport: Transports, source: Endpoint, destination: Endpoint, fromOriginator: Bool, time: Timestamp,
    packet: PacketReference, expectation: Expectation? = nil
  ) {
    self.payload = payload
    self.length = length
    self.transport = transport
    self.source = source
    self.destination = destination
    self.fromOriginator = fromOriginator
    self.time = time
    self.packet = packet
    self.expectation = expectation
  }

  public func hasPort(_ port: UInt16) -> Bool { source.port == port || destination.port == port }
}

/// Turns the bytes of one protocol into observations. One file a protocol; the engine knows them only through `Registry`.
///
/// A recognizer is stateless and shared by all flows; what must be remembered lives in the parser that it makes for a conversation.
/// It reports, it never judges, and it never reads the inventory.
public protocol Recognizer: Sendable {
  var name: String { get }
  var transports: Transports { get }

  /// Those of its carriers on which it reads what devices announce to everybody, or answer to whoever searches: never what two of them
  /// say to each other. It is all that is looked at where contents are none of our business.
  var publicTransports: Transports { get }

  /// Asked for each message until somebody claims the conversation. Emits only when it answers `.message` or `.done`.
  func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition

  /// Made when `recognize` answered `.mine`; the message that it was asked about is given to the parser as well.
  func makeParser() -> any Parser
}

/// The state of one conversation: dies with its flow, and has a limit on what it keeps.
public protocol Parser: AnyObject {
  /// The next datagram, or the next bytes of one direction. Answers `.mine` to go on, `.done` to hear no more, `.next` where another
  /// conversation begins, or `.notMine` when the claim was a mistake: then the others are asked.
  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition

  /// Bytes of one direction are missing from the capture here.
  func gap(fromOriginator: Bool)

  /// The sender of this message closes or aborts the TCP connection with it. Its bytes, if any, were consumed.
  func ended(_ message: borrowing Message, into sink: inout ObservationSink)
}

extension Recognizer {
  public var publicTransports: Transports { [] }

  public func makeParser() -> any Parser { NoParser() }
}

extension Parser {
  public func gap(fromOriginator: Bool) {}
  public func ended(_ message: borrowing Message, into sink: inout ObservationSink) {}
}

/// For recognizers that never answer `.mine`.
private final class NoParser: Parser {
  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition { .done }
}
