/// QUIC (RFC 9000, 9001), versions 1 and 2 (RFC 9369) and the drafts from 23, on any port: the server that a client asks for, the protocols
/// that it offers, and the fingerprint of its hello. The first packets of a client can be read by every observer, because their keys are
/// derived from the connection identifier in them. Browsers and phones use QUIC, cameras hardly do.
public struct QUICRecognizer: Recognizer {
  public let name = "quic"
  public let transports: Transports = .udp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    guard message.payload.byteCount > 0, let packet = QUICPacket(decoding: message.payload) else { return .notMine }
    // The packet must end within the datagram (RFC 9000 section 12.2).
    return packet.end <= message.length ? .mine : .notMine
  }

  public func makeParser() -> any Parser { QUICParser() }
}

/// The long header of a packet (RFC 9000 section 17.2).
struct QUICPacket {
  static let identifierLimit = 20

  enum Kind { case initial, zeroRTT, handshake, retry }

  /// Versions with the same packet format and the same salt.
  enum Version {
    case drafts23To28, drafts29To32, one, two

    /// Nil for other versions. Drafts 33 and 34 equal version 1. Facebook's library mvfst uses 0xFACEB002 for draft 27.
    init?(number: UInt32) {
      switch number {
      case 1, 0xFF00_0021...0xFF00_0022: self = .one
      case 0x6B33_43CF: self = .two
      case 0xFF00_001D...0xFF00_0020: self = .drafts29To32
      case 0xFF00_0017...0xFF00_001C, 0xFACE_B002: self = .drafts23To28
      default: return nil
      }
    }
  }

  let version: Version
  let kind: Kind
  let destination: [UInt8]
  /// The offsets of the packet number and of the end. A retry has no number, only an end.
  let numberOffset: Int
  let end: Int

  /// Nil if there is no such header, or if it is cut.
  init?(decoding bytes: RawSpan) {
    var cursor = Cursor(bytes)
    guard let first = try? cursor.u8(), first & 0xC0 == 0xC0, let number = try? cursor.u32(),
      let version = Version(number: number)
    else { return nil }
    self.version = version
    switch (first >> 4 & 3, version == .two) {
    case (0, false), (1, true): kind = .initial
    case (1, false), (2, true): kind = .zeroRTT
    case (2, false), (3, true): kind = .handshake
    default: kind = .retry
    }
    guard let length = try? cursor.u8(), length <= Self.identifierLimit, let identifier = try? cursor.take(Int(length)),
      let sourceLength = try? cursor.u8(), sourceLength <= Self.identifierLimit, (try? cursor.skip(Int(sourceLength))) != nil
    else { return nil }
    destination = identifier.array
    if kind == .retry {
      numberOffset = bytes.byteCount
      end = bytes.byteCount
      return
    }
    if kind == .initial {
      guard let token = try? cursor.variable(), (try? cursor.skip(token)) != nil else { return nil }
    }
    guard let rest = try? cursor.variable(), rest >= 4 else { return nil }
    numberOffset = cursor.position
    end = cursor.position + rest
  }
}

extension Cursor {
  /// Reads a variable-length integer (RFC 9000 section 16).
  mutating func variable() throws(DecodeError) -> Int {
    let start = position
    let first = try u8()
    var value = Int(first & 0x3F)
    for _ in 1..<(1 << Int(first >> 6)) {
      value = value << 8 | Int(try u8())
      if value > 1 << 54 { throw DecodeError(.limit, at: start) }
    }
    return value
  }
}

/// The beginning of the handshake, reassembled from pieces that arrive in any order and in several packets.
struct QUICHandshake {
  /// Bytes buffered of the hello, and separate pieces.
  static let limit = 16384
  static let pieceLimit = 64
  /// Frames read of one packet: Chrome scatters its hello over some thirty.
  static let frameLimit = 64

  private var bytes: [UInt8] = []
  private var pieces: [Range<Int>] = []

  mutating func add(_ data: RawSpan, at offset: Int) {
    guard data.byteCount > 0, offset + data.byteCount <= Self.limit else { return }
    let range = offset..<offset + data.byteCount
    if bytes.count < range.upperBound { bytes += [UInt8](repeating: 0, count: range.upperBound - bytes.count) }
    var joined = range
    var others: [Range<Int>] = []
    for piece in pieces {
      if piece.lowerBound <= joined.upperBound, joined.lowerBound <= piece.upperBound {
        joined = Swift.min(piece.lowerBound, joined.lowerBound)..<Swift.max(piece.upperBound, joined.upperBound)
      } else {
        others.append(piece)
      }
    }
    guard others.count < Self.pieceLimit else { return }
    pieces = others + [joined]
    bytes.replaceSubrange(range, with: data.array)
  }

  /// The pieces may belong to a ClientHello: they begin like one, or the beginning is missing.
  var mayBeHello: Bool {
    guard !pieces.isEmpty else { return false }
    return pieces.allSatisfy { $0.lowerBound > 0 } || bytes[0] == HandshakeReader.Kind.clientHello.rawValue
  }

  /// This handshake with the pieces that a packet's frames add (RFC 9000 section 19, table 3), as far as the capture holds them. Nil if the
  /// first frame is of a type that an initial packet cannot contain.
  func reading(_ frames: RawSpan) -> QUICHandshake? {
    var result = self
    var cursor = Cursor(frames)
    for index in 0..<Self.frameLimit {
      while cursor.remaining > 0, cursor.rest.u8(0) == 0 { try? cursor.skip(1) }
      guard let type = try? cursor.u8() else { return result }
      switch type {
      case 0x01: continue
      case 0x02, 0x03: if (try? Self.skipAcknowledgment(&cursor, counts: type == 0x03)) == nil { return index > 0 ? result : nil }
      case 0x06:
        guard let offset = try? cursor.variable(), let length = try? cursor.variable(), length > 0 else { return index > 0 ? result : nil }
        result.add(cursor.rest.slice(0, length), at: offset)
        // The capture is cut here.
        guard (try? cursor.skip(length)) != nil else { return result }
      default: return type == 0x1C || index > 0 ? result : nil
      }
    }
    return result
  }

  private static func skipAcknowledgment(_ cursor: inout Cursor, counts: Bool) throws(DecodeError) {
    _ = try cursor.variable()
    _ = try cursor.variable()
    let ranges = try cursor.variable()
    _ = try cursor.variable()
    guard ranges <= frameLimit else { throw DecodeError(.limit, at: cursor.position) }
    for _ in 0..<2 * ranges + (counts ? 3 : 0) { _ = try cursor.variable() }
  }

  /// The hello up to the first missing piece; nil if its beginning is missing or the message is another.
  var hello: ClientHello? {
    let count = pieces.first { $0.lowerBound == 0 }?.upperBound ?? 0
    guard count > HandshakeReader.headerSize, bytes[0] == HandshakeReader.Kind.clientHello.rawValue else { return nil }
    let length = Int(bytes[1]) << 16 | Int(bytes[2]) << 8 | Int(bytes[3])
    let body = unsafe bytes.span.bytes.slice(0, count).slice(HandshakeReader.headerSize, length)
    return ClientHello(decoding: body, length: length, over: .quic)
  }
}

final class QUICParser: Parser {
  /// Datagrams of a conversation, initial packets of a client, and packets of one datagram that are read.
  static let datagramLimit = 64
  static let initialLimit = 24
  static let packetLimit = 4

  private var keys: QUICInitialKeys?
  private var client: Direction?
  private var handshake = QUICHandshake()
  private var datagrams = 0
  private var initials = 0
  private var reported = Reported()

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    datagrams += 1
    var rest = message.payload
    var isOver = false
    for _ in 0..<Self.packetLimit where rest.byteCount > 0 {
      guard let packet = QUICPacket(decoding: rest) else {
        // A short header means that the hello was answered. Anything else, such as zeros behind a packet, is ignored.
        if rest.u8(0) & 0xC0 == 0x40 { isOver = true }
        break
      }
      if packet.kind == .initial { read(packet, rest, message, &sink) }
      if packet.kind == .handshake { isOver = true }
      rest = rest.slice(packet.end)
    }
    if client == message.direction, let hello = handshake.hello {
      report(hello, into: &sink)
      if hello.isComplete { return .done }
    }
    return isOver || datagrams >= Self.datagramLimit || initials >= Self.initialLimit ? .done : .mine
  }

  private func report(_ hello: ClientHello, into sink: inout ObservationSink) {
    if let name = hello.serverName, reported.firstTime(.quicServerName) { sink.emit(.quicServerName, name) }
    if !hello.protocols.isEmpty, reported.firstTime(.tlsALPN) {
      for name in hello.protocols { sink.emit(.tlsALPN, name) }
    }
    hello.reportTrait(into: &sink)
    if hello.isComplete, sink.wants(.tlsJA4) { sink.emit(.tlsJA4, hello.ja4) }
  }

  private func read(_ packet: QUICPacket, _ bytes: RawSpan, _ message: borrowing Message, _ sink: inout ObservationSink) {
    if let client, client != message.direction { return }
    initials += 1
    // A client protects its packets with the identifier that it chose first, unless the server made it start again.
    if let keys, let frames = keys.open(packet, in: bytes), let more = unsafe handshake.reading(frames.span.bytes) {
      handshake = more
      return
    }
    guard sink.takesWork() else { return }
    let own = QUICInitialKeys(version: packet.version, destination: packet.destination)
    guard let frames = own.open(packet, in: bytes), let first = unsafe QUICHandshake().reading(frames.span.bytes), first.mayBeHello else {
      return
    }
    keys = own
    handshake = first
    client = message.direction
  }
}
