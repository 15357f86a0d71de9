/// SOCKS 4, 4a and 5 (RFC 1928) on any port: a proxy connects a client to another host. SOCKS itself is not reported; what follows is read
/// as a conversation of its own.
public struct SOCKSRecognizer: Recognizer {
  /// Bytes of a client's greeting, login and request together.
  static let requestLimit = 1024

  public let name = "socks"
  public let transports: Transports = .tcp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    guard message.direction == .originator, message.payload.byteCount <= Self.requestLimit else { return .notMine }
    do throws(DecodeError) {
      return try Self.isRequest(message.payload) ? .mine : .notMine
    } catch {
      return .needMore
    }
  }

  public func makeParser() -> any Parser { SOCKSParser() }

  /// Recognizes everything that a client sends before the proxy connects it. Throws if more is to come.
  private static func isRequest(_ bytes: RawSpan) throws(DecodeError) -> Bool {
    var cursor = Cursor(bytes)
    switch try cursor.u8() {
    case 4: return try isRequest4(&cursor)
    case 5: return try isRequest5(&cursor)
    default: return false
    }
  }

  /// Reads connect or bind, port, address and user name; behind the address 0.0.0.x also the name of a host.
  private static func isRequest4(_ cursor: inout Cursor) throws(DecodeError) -> Bool {
    guard (1...2).contains(try cursor.u8()), try cursor.u16() != 0 else { return false }
    let address = try cursor.u32()
    guard address != 0, try isText(&cursor) else { return false }
    guard address < 0x100 else { return true }
    return try isText(&cursor)
  }

  /// Reads visible text and a zero.
  private static func isText(_ cursor: inout Cursor) throws(DecodeError) -> Bool {
    while true {
      let byte = try cursor.u8()
      if byte == 0 { return true }
      if !ASCII.isPrintable(byte) { return false }
    }
  }

  /// Reads the methods of authentication (section 3), a login (RFC 1929) and the request (section 4).
  private static func isRequest5(_ cursor: inout Cursor) throws(DecodeError) -> Bool {
    let methods = Int(try cursor.u8())
    guard (1...8).contains(methods) else { return false }
    try cursor.skip(methods)
    var version = try cursor.u8()
    if version == 1 {
      try cursor.skip(Int(try cursor.u8()))
      try cursor.skip(Int(try cursor.u8()))
      version = try cursor.u8()
    }
    guard version == 5, (1...3).contains(try cursor.u8()) else { return false }
    return try SOCKSAddress.skip(&cursor)
  }
}

private enum SOCKSAddress {
  /// Skips a reserved zero, the type of the address, the address and the port (sections 4 and 6). Returns whether they are valid.
  static func skip(_ cursor: inout Cursor) throws(DecodeError) -> Bool {
    guard try cursor.u8() == 0 else { return false }
    switch try cursor.u8() {
    case 1: try cursor.skip(4 + 2)
    case 3: try cursor.skip(Int(try cursor.u8()) + 2)
    case 4: try cursor.skip(16 + 2)
    default: return false
    }
    return true
  }
}

private final class SOCKSParser: Parser {
  /// Bytes of a proxy's answers that are read.
  static let answerLimit = 512

  private var answers: [UInt8] = []

  func gap(in direction: Direction) {
    // The end of the answer cannot be found any more, so the limit is reached.
    if direction == .responder { answers = Array(repeating: 0xFF, count: Self.answerLimit) }
  }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if message.direction == .originator { return .mine }
    answers.append(message.payload.slice(0, Self.answerLimit - answers.count))
    let owned = answers
    let bytes = unsafe owned.span.bytes
    do throws(DecodeError) {
      return try isConnected(bytes) ? .next(isRelayed: true) : .done
    } catch {
      return answers.count < Self.answerLimit ? .mine : .done
    }
  }

  private func isConnected(_ bytes: RawSpan) throws(DecodeError) -> Bool {
    var cursor = Cursor(bytes)
    if try cursor.u8() == 0 {
      guard try cursor.u8() == 90 else { return false }
      try cursor.skip(6)
      return true
    }
    guard bytes.u8(0) == 5, try cursor.u8() != 0xFF else { return false }
    var version = try cursor.u8()
    if version == 1 {
      guard try cursor.u8() == 0 else { return false }
      version = try cursor.u8()
    }
    guard version == 5, try cursor.u8() == 0 else { return false }
    return try SOCKSAddress.skip(&cursor)
  }
}
