/// Tuya's local protocol: announcements by broadcast (UDP 6666, 6667, 7000) and sessions (TCP 6668). Frames begin 000055AA or, since
/// version 3.5, 00006699; the number of the command is not encrypted. Command 32 sets up video: only cameras answer it.
public struct TuyaRecognizer: Recognizer {
  public let name = "tuya"
  public let transports: Transports = [.udp, .tcp]
  public let publicTransports: Transports = .udp

  static let sessionPort: UInt16 = 6668
  private static let announcementPorts: [UInt16] = [6666, 6667, 7000]
  /// Commands of announcements; 37 is the search of a phone.
  private static let announcementCommands: [UInt32] = [0, 19, 35]

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if message.transport == .tcp {
      guard message.hasPort(Self.sessionPort) else { return .notMine }
      guard message.payload.byteCount >= TuyaFrame.headerLimit else { return .needMore }
      return TuyaFrame(message.payload) == nil ? .notMine : .mine
    }
    guard Self.announcementPorts.contains(message.destination.port) else { return .notMine }
    guard let frame = TuyaFrame(message.payload), frame.length == message.length else { return .notMine }
    if Self.announcementCommands.contains(frame.command) { sink.emit(.tuyaFrame, String(frame.command)) }
    return .message
  }

  public func makeParser() -> any Parser { TuyaParser() }
}

/// The header of a frame.
struct TuyaFrame: Equatable {
  static let headerLimit = 18
  static let lengthLimit = 1 << 20

  let command: UInt32
  /// Bytes of the whole frame.
  let length: Int

  init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.headerLimit else { return nil }
    switch bytes.u32(0) {
    case 0x0000_55AA:
      command = bytes.u32(8)
      length = Int(bytes.u32(12)) + 16
    case 0x0000_6699:
      command = bytes.u32(10)
      length = Int(bytes.u32(14)) + 22
    default: return nil
    }
    guard command < 256, (24...Self.lengthLimit).contains(length) else { return nil }
  }
}

final class TuyaParser: Parser {
  static let cameraCommand: UInt32 = 32
  static let frameLimit = 512

  private var frames = FramedConversation(headerSize: TuyaFrame.headerLimit, frameLimit: TuyaParser.frameLimit)

  func gap(in direction: Direction) { frames.gap(in: direction) }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    // A phone sends the command to any device; the answer comes from the device's port.
    let isDevice = message.source.port == TuyaRecognizer.sessionPort
    return frames.consume(message, header: Self.frameHeader) { frame in
      guard isDevice, TuyaFrame(frame)?.command == Self.cameraCommand else { return false }
      sink.emit(.tuyaCommand, String(Self.cameraCommand))
      return true
    }
  }

  private static func frameHeader(_ head: RawSpan) -> LengthPrefixedFramer.FrameHeader? {
    TuyaFrame(head).map { LengthPrefixedFramer.FrameHeader(length: $0.length, kept: TuyaFrame.headerLimit) }
  }
}
