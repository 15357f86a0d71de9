/// Tuya's local protocol: announcements by broadcast (UDP 6666, 6667, 7000) and sessions (TCP 6668). Frames begin 000055AA or, since
/// version 3.5, 00006699; the command's number is in clear. Command 32 sets up video: only cameras answer it.
public struct TuyaRecognizer: Recognizer {
  public let name = "tuya"
  public let carriers: Carriers = [.udp, .tcp]
  public let announcements: Carriers = .udp

  static let sessionPort: UInt16 = 6668
  private static let announcementPorts: [UInt16] = [6666, 6667, 7000]
  /// Commands of announcements; 37 is the telephone's search.
  private static let announcements: [UInt32] = [0, 19, 35]

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if message.carrier == .tcp {
      guard message.hasPort(Self.sessionPort) else { return .notMine }
      guard message.payload.byteCount >= TuyaFrame.headerLimit else { return .needMore }
      return TuyaFrame(message.payload) == nil ? .notMine : .mine
    }
    guard Self.announcementPorts.contains(message.destination.port) else { return .notMine }
    guard let frame = TuyaFrame(message.payload), frame.length == message.length else { return .notMine }
    if Self.announcements.contains(frame.command) { sink.emit(.tuyaFrame, String(frame.command)) }
    return .message
  }

  public func makeParser() -> any Parser { TuyaParser() }
}

/// The head of a frame.
struct TuyaFrame: Equatable {
  static let headerLimit = 18
  static let lengthLimit = 1 << 20

  let command: UInt32
  /// Of the whole frame.
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

  private struct Side {
    var head: [UInt8] = []
    var skip = 0
    var isLost = false
  }

  private var originator = Side()
  private var responder = Side()
  private var frames = 0

  func gap(fromOriginator: Bool) {
    if fromOriginator { originator.isLost = true } else { responder.isLost = true }
  }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    var side = message.fromOriginator ? originator : responder
    defer { if message.fromOriginator { originator = side } else { responder = side } }
    let bytes = message.payload
    var position = 0
    while !side.isLost, position < bytes.byteCount {
      if side.skip > 0 {
        let passed = Swift.min(side.skip, bytes.byteCount - position)
        side.skip -= passed
        position += passed
        continue
      }
      side.head.append(bytes.u8(position))
      position += 1
      guard side.head.count == TuyaFrame.headerLimit else { continue }
      let head = side.head
      side.head = []
      guard let frame = unsafe TuyaFrame(head.span.bytes) else {
        side.isLost = true
        break
      }
      side.skip = frame.length - TuyaFrame.headerLimit
      frames += 1
      // The telephone sends it to anything; the device answers from the port that was called.
      if frame.command == Self.cameraCommand, message.source.port == TuyaRecognizer.sessionPort {
        sink.emit(.tuyaCommand, String(frame.command))
        return .done
      }
    }
    let isOver = frames >= Self.frameLimit || side.isLost && (message.fromOriginator ? responder : originator).isLost
    return isOver ? .done : .mine
  }
}
