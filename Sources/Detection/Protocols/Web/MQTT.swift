/// MQTT 3.1, 3.1.1 and 5 (OASIS) in the clear on any port: the identifier of a client, and the topics to which it publishes or subscribes.
/// Plugs, bulbs, sensors and home automation use it, and cameras towards the cloud of their maker. User names, passwords and published
/// values are not read.
public struct MQTTRecognizer: Recognizer {
  public let name = "mqtt"
  public let transports: Transports = .tcp

  public init() {}

  /// Recognizes CONNECT (section 3.1): its type, the remaining length, name and level of the protocol.
  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard bytes.byteCount > 0, bytes.u8(0) == 0x10 else { return .notMine }
    var cursor = Cursor(bytes)
    do throws(DecodeError) {
      try cursor.skip(1)
      guard let length = try cursor.mqttLength(), length >= 12 else { return .notMine }
      switch try cursor.u16() {
      case 4:
        guard try cursor.u32() == 0x4D51_5454 else { return .notMine }
        let level = try cursor.u8()
        return level == 4 || level == 5 ? .mine : .notMine
      case 6:
        guard try cursor.u32() == 0x4D51_4973 else { return .notMine }
        guard try cursor.u16() == 0x6470 else { return .notMine }
        return try cursor.u8() == 3 ? .mine : .notMine
      default: return .notMine
      }
    } catch {
      return .needMore
    }
  }

  public func makeParser() -> any Parser { MQTTParser() }
}

extension Cursor {
  /// Reads a variable byte integer (MQTT 5 section 1.5.5); nil if it does not end.
  fileprivate mutating func mqttLength() throws(DecodeError) -> Int? {
    var value = 0
    for shift in [0, 7, 14, 21] {
      let byte = try u8()
      value |= Int(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    return nil
  }

  @_lifetime(copy self)
  fileprivate mutating func mqttString() throws(DecodeError) -> RawSpan {
    try take(Int(try u16()))
  }
}

final class MQTTParser: Parser {
  /// Topics reported of one connection, packets that are read, and bytes buffered of one.
  static let topicLimit = 8
  static let packetLimit = 256
  static let bufferLimit = 1024

  private struct Kind: RawRepresentable, Equatable {
    let rawValue: UInt8
    static let connect = Kind(rawValue: 1)
    static let publish = Kind(rawValue: 3)
    static let subscribe = Kind(rawValue: 8)
  }

  private var client: Direction?
  /// The part of the fixed header that was read.
  private var header: [UInt8] = []
  private var length = 0
  private var left = 0
  private var isInPacket = false
  private var body: [UInt8] = []
  private var level: UInt8 = 4
  private var packets = 0
  private var topics = Reported(limit: MQTTParser.topicLimit)
  private var isOutOfSync = false

  func gap(in direction: Direction) {
    if direction == client { isOutOfSync = true }
  }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if isOutOfSync { return .done }
    if client == nil, message.payload.u8(0) == 0x10 { client = message.direction }
    guard message.direction == client else { return .mine }
    var position = 0
    while position < message.payload.byteCount {
      if !isInPacket {
        header.append(message.payload.u8(position))
        position += 1
        guard header.count > 1 else { continue }
        if header.last! & 0x80 != 0 {
          if header.count > 4 { return .done }
          continue
        }
        length = header.dropFirst().reversed().reduce(0) { $0 << 7 | Int($1 & 0x7F) }
        left = length
        isInPacket = true
        body = []
      } else {
        let piece = message.payload.slice(position, left)
        body.append(piece.slice(0, Self.bufferLimit - body.count))
        left -= piece.byteCount
        position += piece.byteCount
      }
      guard left == 0 else { continue }
      read(into: &sink)
      isInPacket = false
      header = []
      packets += 1
      if packets >= Self.packetLimit || topics.isFull { return .done }
    }
    return .mine
  }

  private func read(into sink: inout ObservationSink) {
    let owned = body
    let bytes = unsafe owned.span.bytes
    do throws(DecodeError) {
      switch Kind(rawValue: header[0] >> 4) {
      case .connect: try readConnect(bytes, into: &sink)
      case .publish:
        var cursor = Cursor(bytes)
        reportTopic(try cursor.mqttString(), into: &sink)
      case .subscribe:
        var cursor = Cursor(bytes)
        try cursor.skip(2)
        if level >= 5 { try Self.skipProperties(&cursor) }
        while !cursor.isAtEnd {
          reportTopic(try cursor.mqttString(), into: &sink)
          try cursor.skip(1)
        }
      default: break
      }
    } catch {}
  }

  /// Reads the variable header and the payload (sections 3.1.2 and 3.1.3).
  private func readConnect(_ bytes: RawSpan, into sink: inout ObservationSink) throws(DecodeError) {
    var cursor = Cursor(bytes)
    _ = try cursor.mqttString()
    level = try cursor.u8()
    let flags = try cursor.u8()
    try cursor.skip(2)
    if level >= 5 { try Self.skipProperties(&cursor) }
    sink.emit(.mqttClientID, try cursor.mqttString().text(limit: 256))
    guard flags & 0x04 != 0 else { return }
    if level >= 5 { try Self.skipProperties(&cursor) }
    reportTopic(try cursor.mqttString(), into: &sink)
  }

  private static func skipProperties(_ cursor: inout Cursor) throws(DecodeError) {
    guard let length = try cursor.mqttLength() else { throw DecodeError(.malformed, at: cursor.position) }
    try cursor.skip(length)
  }

  private func reportTopic(_ topic: RawSpan, into sink: inout ObservationSink) {
    sink.emit(.mqttTopic, topic.text(limit: 256), once: &topics)
  }
}
