/// SRT (draft-sharabayko-srt) over UDP on any port: the version of who calls, and which side then sends. Encoders, broadcast programs and some
/// cameras use it; a player calls as well, so it is the stream's direction that tells.
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
  /// Present in the first answer of version 5, and where extensions follow.
  static let magic: UInt16 = 0x4A17

  /// Version of the caller as its extension tells it; nil in all other steps.
  let callerVersion: UInt32?

  init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.size, bytes.u32(0) == 0x8000_0000, bytes.u32(4) == 0 else { return nil }
    let version = bytes.u32(16)
    let isInduction = bytes.u32(36) == 1
    // Waving, conclusion and agreement; what a call is refused with.
    guard isInduction || bytes.u32(36) >= 0xFFFF_FFFE || bytes.u32(36) == 0 || (1000...1016).contains(bytes.u32(36)) else { return nil }
    guard version == 4 || version == 5, (76...65_536).contains(bytes.u32(28)), bytes.u32(32) > 0 else { return nil }
    // An encryption field of key sizes; the kind of socket, the magic, or which extensions follow.
    guard version == 4 || bytes.u16(20) <= 4, bytes.u16(22) == Self.magic || bytes.u16(22) <= 7 else { return nil }
    // SRT_CMD_HSREQ (section 3.2.1.1) comes first.
    let asks = version == 5 && bytes.u32(36) == 0xFFFF_FFFF && bytes.byteCount >= Self.size + 16 && bytes.u16(64) == 1
    callerVersion = asks ? bytes.u32(68) : nil
  }
}

final class SRTParser: Parser {
  /// Packets of data that show which side sends, and datagrams that are looked at.
  static let dataNeeded = 16
  static let datagramLimit = 1024

  private var datagrams = 0
  private var data = [0, 0]
  private var isSaid = false

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    datagrams += 1
    if let handshake = SRTHandshake(message.payload) {
      if !isSaid, let version = handshake.callerVersion {
        isSaid = true
        sink.emit(.srtHandshake, "\(version >> 16 & 255).\(version >> 8 & 255).\(version & 255)")
      }
    } else if message.length > 16, message.payload.byteCount > 0, message.payload.u8(0) & 0x80 == 0 {
      let side = message.fromOriginator ? 0 : 1
      data[side] += 1
      if data[side] >= Self.dataNeeded {
        sink.stream("SRT")
        return .done
      }
    }
    return datagrams >= Self.datagramLimit ? .done : .mine
  }
}
