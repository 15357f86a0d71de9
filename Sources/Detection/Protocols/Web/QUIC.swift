import Crypto
import CryptoExtras

/// QUIC (RFC 9000, 9001), versions 1 and 2 (RFC 9369) and the drafts from 23, on any port: whom clients ask for, which protocols they offer, and
/// the fingerprint of their hello. Anybody who sees a client's first packets can read them: their keys follow from the connection's
/// identifier in them. Browsers and phones send it; cameras hardly do.
public struct QUICRecognizer: Recognizer {
  public let name = "quic"
  public let transports: Transports = .udp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    guard message.payload.byteCount > 0, let packet = QUICPacket(decoding: message.payload) else { return .notMine }
    // The lengths say where a packet ends (RFC 9000 section 12.2): in the datagram.
    return packet.end <= message.length ? .mine : .notMine
  }

  public func makeParser() -> any Parser { QUICParser() }
}

/// The long header of a packet (RFC 9000 section 17.2): where its parts are.
struct QUICPacket {
  static let identifierLimit = 20

  enum Kind { case initial, zeroRTT, handshake, retry }

  /// Versions whose packets are alike, and have the same salt.
  enum Version {
    case drafts23To28, drafts29To32, one, two

    /// Nil of others. Drafts 33 and 34 are as version 1; Facebook's apps (their library is mvfst) say 0xFACEB002 for draft 27.
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
  /// Where the packet number begins, and where the packet ends; of a retry, which has no number, the end only.
  let numberOffset: Int
  let end: Int

  /// Nil where there is no such header, or it is cut.
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
  /// RFC 9000 section 16. Numbers beyond 30 bits are no length that a packet has.
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

/// The keys that protect a client's first packets (RFC 9001 section 5.2, RFC 9369 section 3.3).
struct QUICInitialKeys {
  static let tagSize = 16
  static let sampleSize = 16

  private let key: SymmetricKey
  private let vector: [UInt8]
  private let headerKey: SymmetricKey

  /// RFC 9001 and RFC 9369, sections 5.2 and 3.3.1, and the drafts.
  private static func salt(_ version: QUICPacket.Version) -> [UInt8] {
    switch version {
    case .drafts23To28:
      [0xC3, 0xEE, 0xF7, 0x12, 0xC7, 0x2E, 0xBB, 0x5A, 0x11, 0xA7, 0xD2, 0x43, 0x2B, 0xB4, 0x63, 0x65, 0xBE, 0xF9, 0xF5, 0x02]
    case .drafts29To32:
      [0xAF, 0xBF, 0xEC, 0x28, 0x99, 0x93, 0xD2, 0x4C, 0x9E, 0x97, 0x86, 0xF1, 0x9C, 0x61, 0x11, 0xE0, 0x43, 0x90, 0xA8, 0x99]
    case .one:
      [0x38, 0x76, 0x2C, 0xF7, 0xF5, 0x59, 0x34, 0xB3, 0x4D, 0x17, 0x9A, 0xE6, 0xA4, 0xC8, 0x0C, 0xAD, 0xCC, 0xBB, 0x7F, 0x0A]
    case .two:
      [0x0D, 0xED, 0xE3, 0xDE, 0xF7, 0x00, 0xA6, 0xDB, 0x81, 0x93, 0x81, 0xBE, 0x6E, 0x26, 0x9D, 0xCB, 0xF9, 0xBD, 0x2E, 0xD9]
    }
  }

  init(version: QUICPacket.Version, destination: [UInt8]) {
    let prefix = version == .two ? "quicv2 " : "quic "
    let initial = Array(HMAC<SHA256>.authenticationCode(for: destination, using: SymmetricKey(data: Self.salt(version))))
    let client = Self.expand(initial, "client in", 32)
    key = SymmetricKey(data: Self.expand(client, prefix + "key", 16))
    vector = Self.expand(client, prefix + "iv", 12)
    headerKey = SymmetricKey(data: Self.expand(client, prefix + "hp", 16))
  }

  /// HKDF-Expand-Label (RFC 8446 section 7.1) without context, of one block of the hash at most.
  private static func expand(_ secret: [UInt8], _ label: String, _ count: Int) -> [UInt8] {
    let label = Array("tls13 ".utf8) + Array(label.utf8)
    let info = [0, UInt8(count), UInt8(label.count)] + label + [0, 1]
    return Array(HMAC<SHA256>.authenticationCode(for: info, using: SymmetricKey(data: secret)).prefix(count))
  }

  /// The frames of a packet, as many as the capture holds; nil where these keys do not open it. A packet that was cut has lost the proof of
  /// that: then the caller sees whether frames come out.
  func open(_ packet: QUICPacket, in bytes: RawSpan) -> [UInt8]? {
    // RFC 9001 section 5.4.2: the sample is taken as if the number had four bytes.
    let sampleOffset = packet.numberOffset + 4
    guard bytes.byteCount >= sampleOffset + Self.sampleSize else { return nil }
    var mask = bytes.slice(sampleOffset, Self.sampleSize).array
    guard (try? AES.permute(&mask, key: headerKey)) != nil else { return nil }
    let first = bytes.u8(0) ^ mask[0] & 0x0F
    // Reserved bits (RFC 9000 section 17.2).
    guard first & 0x0C == 0 else { return nil }
    let numberSize = Int(first & 3) + 1
    var header = bytes.slice(0, packet.numberOffset + numberSize).array
    header[0] = first
    var nonce = vector
    for index in 0..<numberSize {
      header[packet.numberOffset + index] ^= mask[index + 1]
      nonce[12 - numberSize + index] ^= header[packet.numberOffset + index]
    }
    let textEnd = packet.end - Self.tagSize
    guard textEnd > header.count else { return nil }
    let text = bytes.extracting(header.count..<Swift.min(textEnd, bytes.byteCount)).array
    guard bytes.byteCount >= packet.end else {
      guard let counter = try? AES._CTR.Nonce(nonceBytes: nonce + [0, 0, 0, 2]),
        let plain = try? AES._CTR.decrypt(text, using: key, nonce: counter)
      else { return nil }
      return Array(plain)
    }
    let tag = bytes.slice(textEnd, Self.tagSize).array
    guard let nonce = try? AES.GCM.Nonce(data: nonce), let box = try? AES.GCM.SealedBox(nonce: nonce, ciphertext: text, tag: tag),
      let plain = try? AES.GCM.open(box, using: key, authenticating: header)
    else { return nil }
    return Array(plain)
  }
}

/// The beginning of the handshake, put together from pieces that come in any order and in several packets.
struct QUICHandshake {
  /// Bytes of the hello that are kept, and pieces that do not join.
  static let limit = 16384
  static let pieceLimit = 64
  /// Frames read of one packet.
  static let frameLimit = 256

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
    for index in 0..<data.byteCount { bytes[offset + index] = data.u8(index) }
  }

  /// A client's: it has begun as a hello, or its beginning is missing.
  var mayBeHello: Bool {
    guard !pieces.isEmpty else { return false }
    return pieces.allSatisfy { $0.lowerBound > 0 } || bytes[0] == HandshakeReader.Kind.clientHello.rawValue
  }

  /// With the pieces that a packet's frames add (RFC 9000 section 19, table 3), as many as the capture holds; nil where they begin as none
  /// that a first packet may hold.
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
        // Cut here.
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

  /// The hello as far as it came without a hole; nil where it is none, or has not begun.
  var hello: ClientHello? {
    let count = pieces.first { $0.lowerBound == 0 }?.upperBound ?? 0
    guard count > HandshakeReader.headerSize, bytes[0] == HandshakeReader.Kind.clientHello.rawValue else { return nil }
    let length = Int(bytes[1]) << 16 | Int(bytes[2]) << 8 | Int(bytes[3])
    let body = unsafe bytes.span.bytes.slice(0, count).slice(HandshakeReader.headerSize, length)
    return ClientHello(decoding: body, length: length, over: .quic)
  }
}

final class QUICParser: Parser {
  /// Datagrams of a conversation, and first packets of a client, that are looked at; packets of one datagram.
  static let datagramLimit = 64
  static let initialLimit = 24
  static let packetLimit = 4

  private var keys: QUICInitialKeys?
  private var clientIsOriginator: Bool?
  private var handshake = QUICHandshake()
  private var datagrams = 0
  private var initials = 0
  private var saidName = false
  private var saidProtocols = false

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    datagrams += 1
    var rest = message.payload
    var isOver = false
    for _ in 0..<Self.packetLimit where rest.byteCount > 0 {
      guard let packet = QUICPacket(decoding: rest) else {
        // A short header: the hello was answered. Zeros and the like after a packet are nothing.
        if rest.u8(0) & 0xC0 == 0x40 { isOver = true }
        break
      }
      if packet.kind == .initial { read(packet, rest, message) }
      if packet.kind == .handshake { isOver = true }
      rest = rest.slice(packet.end)
    }
    if clientIsOriginator == message.fromOriginator, let hello = handshake.hello {
      report(hello, into: &sink)
      if hello.isComplete { return .done }
    }
    return isOver || datagrams >= Self.datagramLimit || initials >= Self.initialLimit ? .done : .mine
  }

  private func report(_ hello: ClientHello, into sink: inout ObservationSink) {
    if !saidName, let name = hello.serverName {
      saidName = true
      sink.emit(.quicServerName, name)
    }
    if !saidProtocols, !hello.protocols.isEmpty {
      saidProtocols = true
      for name in hello.protocols { sink.emit(.tlsALPN, name) }
    }
    if hello.isComplete, sink.wants(.tlsJA4) { sink.emit(.tlsJA4, hello.ja4) }
  }

  private func read(_ packet: QUICPacket, _ bytes: RawSpan, _ message: borrowing Message) {
    if let clientIsOriginator, clientIsOriginator != message.fromOriginator { return }
    initials += 1
    // All packets of a client are under the identifier that it chose first, unless the server made it begin anew.
    if let keys, let frames = keys.open(packet, in: bytes), let more = unsafe handshake.reading(frames.span.bytes) {
      handshake = more
      return
    }
    let own = QUICInitialKeys(version: packet.version, destination: packet.destination)
    guard let frames = own.open(packet, in: bytes), let first = unsafe QUICHandshake().reading(frames.span.bytes), first.mayBeHello else {
      return
    }
    keys = own
    handshake = first
    clientIsOriginator = message.fromOriginator
  }
}
