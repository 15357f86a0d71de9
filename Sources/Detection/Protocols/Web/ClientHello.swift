/// A ClientHello (RFC 8446 section 4.1.2, RFC 6347 section 4.2.1) without the handshake header: what TLS, DTLS and QUIC show of a client
/// in the clear. If it is cut or malformed, it holds the values before that place.
struct ClientHello {
  /// Protocols read of one offer, and values of any other list.
  static let protocolLimit = 8
  static let listLimit = 512
  /// Extensions of one hello: more than there are (IANA has some 60), and more than any client sends.
  static let extensionLimit = 128

  enum Transport: Character, Sendable {
    case tcp = "t"
    case quic = "q"
    case dtls = "d"
  }

  let transport: Transport
  private(set) var legacyVersion: UInt16 = 0
  /// The versions in the extension; empty if that is absent.
  private(set) var versions: [UInt16] = []
  private(set) var ciphers: [UInt16] = []
  private(set) var extensions: [UInt16] = []
  private(set) var signatureAlgorithms: [UInt16] = []
  /// The name in lower case; nil if there is none that could be a host's.
  private(set) var serverName: String?
  /// The first protocol offered, as raw bytes.
  private(set) var firstProtocol: [UInt8] = []
  /// The protocols offered whose names are text.
  private(set) var protocols: [String] = []
  /// Bytes that the extensions take in all; nil where the hello has none, or was cut before.
  private(set) var extensionBytes: Int?
  /// The hello was read to its end.
  private(set) var isComplete = false

  /// - Parameter length: bytes of the whole hello, if `body` may hold less.
  init(decoding body: RawSpan, length: Int? = nil, over transport: Transport) {
    self.transport = transport
    do throws(DecodeError) {
      try decode(body)
      isComplete = body.byteCount >= length ?? 0
    } catch {}
  }

  private mutating func decode(_ body: RawSpan) throws(DecodeError) {
    var hello = Cursor(body)
    legacyVersion = try hello.u16()
    try hello.skip(32)  // random
    try hello.skip(Int(try hello.u8()))  // legacy_session_id
    if transport == .dtls { try hello.skip(Int(try hello.u8())) }  // cookie
    ciphers = Self.list(try hello.take(Int(try hello.u16())))
    try hello.skip(Int(try hello.u8()))  // legacy_compression_methods
    // Old clients send no extensions.
    if hello.isAtEnd { return }
    let end = Int(try hello.u16())
    extensionBytes = end
    let isCut = end > hello.remaining
    extensions.reserveCapacity(24)
    var rest = Cursor(hello.rest.slice(0, end))
    while !rest.isAtEnd {
      let type = try rest.u16()
      let data = try rest.take(Int(try rest.u16()))
      let isNew = !extensions.contains(type)
      guard extensions.count < Self.extensionLimit else { throw DecodeError(.limit, at: body.byteCount - rest.remaining) }
      extensions.append(type)
      guard isNew else { continue }
      switch type {
      case 0: try readServerName(data)
      case 13: signatureAlgorithms = Self.list(try Self.content(of: data, lengthSize: 2))
      case 16: try readProtocols(data)
      case 43: versions = Self.list(try Self.content(of: data, lengthSize: 1))
      default: break
      }
    }
    if isCut { throw DecodeError(.truncated, at: body.byteCount) }
  }

  @_lifetime(copy data)
  private static func content(of data: RawSpan, lengthSize: Int) throws(DecodeError) -> RawSpan {
    var cursor = Cursor(data)
    let length = lengthSize == 1 ? Int(try cursor.u8()) : Int(try cursor.u16())
    return try cursor.take(length)
  }

  private static func list(_ bytes: RawSpan) -> [UInt16] {
    (0..<Swift.min(bytes.byteCount / 2, listLimit)).map { bytes.u16(2 * $0) }
  }

  /// Reads the first host name (RFC 6066 section 3).
  private mutating func readServerName(_ data: RawSpan) throws(DecodeError) {
    var names = Cursor(try Self.content(of: data, lengthSize: 2))
    while !names.isAtEnd {
      let type = try names.u8()
      let name = try names.take(Int(try names.u16()))
      guard type == 0 else { continue }
      // Some clients append the port.
      let host = name.slice(0, name.firstIndex(of: ASCII.colon) ?? name.byteCount)
      if host.isHostName { serverName = host.lowercasedText(limit: RawSpan.hostNameLimit) }
      return
    }
  }

  /// Reads the protocols (RFC 7301 section 3.1). Reserved values that only test the peer (RFC 8701) are not text.
  private mutating func readProtocols(_ data: RawSpan) throws(DecodeError) {
    var names = Cursor(try Self.content(of: data, lengthSize: 2))
    var isFirst = true
    while !names.isAtEnd, protocols.count < Self.protocolLimit {
      let name = try names.take(Int(try names.u8()))
      if isFirst { firstProtocol = name.array }
      isFirst = false
      if name.isVisibleText { protocols.append(name.text(limit: 255)) }
    }
  }
}
