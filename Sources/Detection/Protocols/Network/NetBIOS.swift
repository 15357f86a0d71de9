/// NetBIOS names over UDP (RFC 1001, 1002): registrations and answers of a host on port 137, and host announcements of the browser service
/// ([MS-BRWS]) on port 138.
///
/// Windows computers, file servers, printers and recorders with a share use it. Questions reveal nothing about their sender. The sixteenth
/// byte of a name is its kind: only names of hosts count, kinds 00 and 20, and no names of groups.
public struct NetBIOSRecognizer: Recognizer {
  /// Names read of one message.
  static let nameLimit = 16

  public let name = "netbios"
  public let transports: Transports = .udp
  public let publicTransports: Transports = .udp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if message.hasPort(137), NameMessage.mayBe(message.payload) {
      let found = NameMessage(message.payload, from: message.source.station.address)
      for name in found.names { sink.emit(.nbnsName, name) }
      return .message
    }
    if message.hasPort(138), message.payload.byteCount >= 14, (0x10...0x16).contains(message.payload.u8(0)) {
      if let name = Self.announcedName(message.payload) { sink.emit(.nbnsName, name) }
      return .message
    }
    return .notMine
  }

  /// The name in a HostAnnouncement or LocalMasterAnnouncement in a mail slot ([MS-BRWS] section 2.2.1, 2.2.9).
  private static func announcedName(_ bytes: RawSpan) -> String? {
    let slot: StaticString = "\\MAILSLOT\\BROWSE\0"
    guard let found = bytes.firstIndex(of: slot) else { return nil }
    let frame = bytes.slice(found + slot.utf8CodeUnitCount)
    guard frame.byteCount >= 22, frame.u8(0) == 1 || frame.u8(0) == 15 else { return nil }
    return frame.slice(6, 16).trimmed.text()
  }
}

/// A message of the name service (RFC 1002 section 4.2).
private struct NameMessage {
  private(set) var names: [String] = []

  private struct Opcode: RawRepresentable, Equatable {
    let rawValue: UInt8
    static let query = Opcode(rawValue: 0)
    static let registration = Opcode(rawValue: 5)
    static let refresh = Opcode(rawValue: 8)
    /// The other number for a refresh; RFC 1002 section 4.2.4 has both.
    static let otherRefresh = Opcode(rawValue: 9)
    static let multiHomedRegistration = Opcode(rawValue: 15)
  }

  private static let nameService: UInt16 = 0x20
  private static let nodeStatus: UInt16 = 0x21
  private static let groupFlag: UInt16 = 0x8000

  static func mayBe(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount >= 12 else { return false }
    let opcode = bytes.u8(2) >> 3 & 15
    let counts = (0..<4).map { bytes.u16(4 + 2 * $0) }
    return (opcode == 0 || opcode >= 5) && counts.allSatisfy { $0 <= 64 } && counts.contains { $0 > 0 }
  }

  init(_ bytes: RawSpan, from sender: IPAddress) {
    do throws(DecodeError) { try decode(bytes, from: sender) } catch {}
  }

  private mutating func decode(_ bytes: RawSpan, from sender: IPAddress) throws(DecodeError) {
    let isResponse = bytes.u8(2) & 0x80 != 0
    let opcode = Opcode(rawValue: bytes.u8(2) >> 3 & 15)
    let (questions, answers, additional) = (bytes.u16(4), bytes.u16(6), bytes.u16(10))
    var cursor = Cursor(bytes)
    try cursor.skip(12)
    if isResponse {
      guard opcode == .query, questions == 0, answers == 1, bytes.u8(3) & 15 == 0 else { return }
      let name = try Self.name(&cursor)
      let type = try Self.recordType(&cursor)
      var data = Cursor(try cursor.take(Int(try cursor.u16())))
      if type == Self.nodeStatus { return try readStatus(&data) }
      // One of the addresses must be the sender's (section 4.2.13), otherwise a server answers for another host.
      guard type == Self.nameService else { return }
      while !data.isAtEnd { if try Self.isHost(&data, at: sender) { return add(name) } }
      return
    }
    switch opcode {
    case .registration, .refresh, .otherRefresh, .multiHomedRegistration: break
    default: return
    }
    guard questions == 1, additional == 1 else { return }
    let name = try Self.name(&cursor)
    try cursor.skip(4)
    // The name again, usually as a pointer.
    if try cursor.u8() & 0xC0 == 0xC0 {
      try cursor.skip(1)
    } else {
      try cursor.seek(to: cursor.position - 1)
      _ = try Self.name(&cursor)
    }
    guard try Self.recordType(&cursor) == Self.nameService else { return }
    try cursor.skip(2)
    if try Self.isHost(&cursor, at: sender) { add(name) }
  }

  private static func recordType(_ cursor: inout Cursor) throws(DecodeError) -> UInt16 {
    let type = try cursor.u16()
    try cursor.skip(2 + 4)  // class, time to live
    return type
  }

  /// Reads flags and address. Returns whether they belong to no group and to the sender.
  private static func isHost(_ cursor: inout Cursor, at sender: IPAddress) throws(DecodeError) -> Bool {
    let flags = try cursor.u16()
    let address = IPAddress(v4: try cursor.u32())
    return flags & groupFlag == 0 && (address == sender || sender == .none)
  }

  /// Reads names of sixteen bytes with flags (section 4.2.18).
  private mutating func readStatus(_ data: inout Cursor) throws(DecodeError) {
    for _ in 0..<Swift.min(try data.u8(), UInt8(NetBIOSRecognizer.nameLimit)) {
      let name = try data.take(16).array
      if try data.u16() & Self.groupFlag == 0 { add(name) }
    }
  }

  private mutating func add(_ name: [UInt8]) {
    guard name.count == 16, name[15] == 0 || name[15] == 0x20 else { return }
    let text = unsafe name.span.bytes.slice(0, 15).trimmed.text()
    if !text.isEmpty, !names.contains(text) { names.append(text) }
  }

  /// Reads a name in which each half byte is a letter from A on (RFC 1001 section 14.1), and skips the labels of the scope.
  private static func name(_ cursor: inout Cursor) throws(DecodeError) -> [UInt8] {
    let start = cursor.position
    guard try cursor.u8() == 32 else { throw DecodeError(.malformed, at: start) }
    var bytes: [UInt8] = []
    for _ in 0..<16 {
      let (high, low) = (try cursor.u8() &- 0x41, try cursor.u8() &- 0x41)
      guard high < 16, low < 16 else { throw DecodeError(.malformed, at: start) }
      bytes.append(high << 4 | low)
    }
    while true {
      let length = try cursor.u8()
      if length == 0 { return bytes }
      guard length < 64, cursor.position - start < 255 else { throw DecodeError(.malformed, at: start) }
      try cursor.skip(Int(length))
    }
  }
}
