/// SRT (draft-sharabayko-srt) over UDP on any port: the caller's version, and the side that sends the stream. Encoders, broadcasting
/// software and some cameras use it. Players call too, so only the direction of the stream identifies the source.
public struct SRTRecognizer: Recognizer {
  public let name = "srt"
  public let transports: Transports = .udp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    SRTHandshake(message.payload) == nil ? .notMine : .mine
  }

  public func makeParser() -> any Parser { SRTParser() }
}

/// The handshake control packet (section 3.2.1).
struct SRTHandshake {
  static let size = 64
  /// Marks the first answer of version 5, and extensions.
  static let magic: UInt16 = 0x4A17

  /// The version in the caller's extension; nil in all other steps.
  let callerVersion: UInt32?

  init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.size, bytes.u32(0) == 0x8000_0000, bytes.u32(4) == 0 else { return nil }
    let version = bytes.u32(16)
    let isInduction = bytes.u32(36) == 1
    // Wave, conclusion and agreement; reasons for a refusal.
    guard isInduction || bytes.u32(36) >= 0xFFFF_FFFE || bytes.u32(36) == 0 || (1000...1016).contains(bytes.u32(36)) else { return nil }
    guard version == 4 || version == 5, (76...65_536).contains(bytes.u32(28)), bytes.u32(32) > 0 else { return nil }
    // The encryption field, a key size; and the kind of socket, the magic, or flags of extensions.
    guard version == 4 || bytes.u16(20) <= 4, bytes.u16(22) == Self.magic || bytes.u16(22) <= 7 else { return nil }
    // SRT_CMD_HSREQ (section 3.2.1.1) comes first.
    let asks = version == 5 && bytes.u32(36) == 0xFFFF_FFFF && bytes.byteCount >= Self.size + 16 && bytes.u16(64) == 1
    callerVersion = asks ? bytes.u32(68) : nil
  }
}

final class SRTParser: Parser {
  /// Packets of data that prove which side sends, and datagrams that are read.
  static let dataNeeded = 16
  static let datagramLimit = 1024

  private var datagrams = 0
  private var data = PerDirection(0)
  private var reported = Reported()

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    datagrams += 1
    if let handshake = SRTHandshake(message.payload) {
      if let version = handshake.callerVersion, reported.firstTime(.srtHandshake) {
        sink.emit(.srtHandshake, "\(version >> 16 & 255).\(version >> 8 & 255).\(version & 255)")
      }
    } else if message.length > 16, message.payload.byteCount > 0, message.payload.u8(0) & 0x80 == 0 {
      data[message.direction] += 1
      if data[message.direction] >= Self.dataNeeded {
        sink.emit(.srtSender, message.fromOriginator ? "caller" : "listener")
        sink.stream("SRT")
        return .done
      }
    }
    return datagrams >= Self.datagramLimit ? .done : .mine
  }
}
