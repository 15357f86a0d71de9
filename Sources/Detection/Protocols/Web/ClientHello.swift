/// A client's hello (RFC 8446 section 4.1.2, RFC 6347 section 4.2.1), without the handshake header: what TLS, DTLS and QUIC say of
/// the client in the clear. Holds what stands before the place where it is cut or malformed.
struct ClientHello {
  /// Protocols kept of one offer, and values of any other list.
  static let protocolLimit = 8
  static let listLimit = 512

  enum Transport: Character, Sendable {
    case tcp = "t"
    case quic = "q"
    case dtls = "d"
  }

  let transport: Transport
  private(set) var legacyVersion: UInt16 = 0
  /// Those of the extension; empty where it is absent.
  private(set) var versions: [UInt16] = []
  private(set) var ciphers: [UInt16] = []
  private(set) var extensions: [UInt16] = []
  private(set) var signatureAlgorithms: [UInt16] = []
  /// In lower case; nil where there is none that could be a host's.
  private(set) var serverName: String?
  /// The first protocol that is offered, as it stands.
  private(set) var firstProtocol: [UInt8] = []
  /// Those that are text.
  private(set) var protocols: [String] = []
  /// It was read to its end.
  private(set) var isComplete = false

  /// - Parameter length: of the whole hello, where `body` may be its beginning.
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
    // Old clients have no extensions.
    if hello.isAtEnd { return }
    let end = Int(try hello.u16())
    let isCut = end > hello.remaining
    var rest = Cursor(hello.rest.slice(0, end))
    while !rest.isAtEnd {
      let type = try rest.u16()
      let data = try rest.take(Int(try rest.u16()))
      let isNew = !extensions.contains(type)
      if extensions.count < Self.listLimit { extensions.append(type) }
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

  /// RFC 6066 section 3: the first name that is a host's.
  private mutating func readServerName(_ data: RawSpan) throws(DecodeError) {
    var names = Cursor(try Self.content(of: data, lengthSize: 2))
    while !names.isAtEnd {
      let type = try names.u8()
      let name = try names.take(Int(try names.u16()))
      guard type == 0 else { continue }
      // Some clients leave the port behind it.
      let host = name.slice(0, name.firstIndex(of: 0x3A) ?? name.byteCount)
      if host.isHostName { serverName = host.text(limit: RawSpan.hostNameLimit).lowercased() }
      return
    }
  }

  /// RFC 7301 section 3.1. Reserved values that only test the peer (RFC 8701) are no text.
  private mutating func readProtocols(_ data: RawSpan) throws(DecodeError) {
    var names = Cursor(try Self.content(of: data, lengthSize: 2))
    var isFirst = true
    while !names.isAtEnd, protocols.count < Self.protocolLimit {
      let name = try names.take(Int(try names.u8()))
      if isFirst { firstProtocol = name.array }
      isFirst = false
      if name.isPrintable { protocols.append(name.text(limit: 255)) }
    }
  }
}

extension RawSpan {
  static let hostNameLimit = 255

  /// Letters, digits, hyphens, dots and underscores, as many as a host's name may have.
  var isHostName: Bool {
    guard (1...Self.hostNameLimit).contains(byteCount) else { return false }
    for index in 0..<byteCount {
      let byte = u8(index)
      guard isASCIIAlphanumeric(byte) || byte == 0x2D || byte == 0x2E || byte == 0x5F else { return false }
    }
    return true
  }

  /// Not empty, and visible ASCII only.
  var isPrintable: Bool {
    for index in 0..<byteCount where !(0x21...0x7E).contains(u8(index)) { return false }
    return byteCount > 0
  }
}
