/// ThroughTek Kalay (TUTK, IOTC; UDP): datagrams scrambled with a fixed text. Layout and types as in AlexxIT/go2rtc and in a capture of a
/// Wyze camera. Used by cameras and baby monitors mostly, and by some pet feeders and printers.
public struct TUTKRecognizer: Recognizer {
  public let name = "tutk"
  public let transports: Transports = .udp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    guard let header = TUTKHeader(message.payload, length: message.length), header.isKnown else { return .notMine }
    return .mine
  }

  public func makeParser() -> any Parser { TUTKParser() }
}

/// The first sixteen bytes: 04 02, version, stage, length of the rest, and the type at offset 8.
struct TUTKHeader: Equatable {
  let type: UInt32

  static let search: UInt32 = 0x01_0621
  static let searchAnswer: UInt32 = 0x02_0612
  static let lookup: UInt32 = 0x03_0234
  static let keepalive: UInt32 = 0x03_803F
  static let clientData: UInt32 = 0x07_0421
  static let deviceLogin: UInt32 = 0x07_1018
  static let deviceData: UInt32 = 0x08_0412
  static let clientAnswer: UInt32 = 0x27_0421
  static let devicePing: UInt32 = 0x28_0412

  init?(_ bytes: RawSpan, length: Int) {
    guard bytes.byteCount >= 16, length >= 16 else { return nil }
    let clear = TUTKScramble.clear(bytes, 0)
    guard clear[0] == 4, clear[1] == 2, clear[2] & 0xF0 == 0x10 else { return nil }
    guard Int(clear[4]) | Int(clear[5]) << 8 == length - 16 else { return nil }
    type = UInt32(clear[8]) << 16 | UInt32(clear[9]) << 8 | UInt32(clear[10])
  }

  var isKnown: Bool {
    switch type {
    case Self.search, Self.searchAnswer, Self.lookup, Self.keepalive, Self.clientData, Self.deviceLogin, Self.deviceData,
      Self.clientAnswer, Self.devicePing:
      true
    default: false
    }
  }
}

/// Reverses the scrambling of blocks of sixteen bytes: rotation of words, exchange of bytes, and XOR with the text.
enum TUTKScramble {
  private static let key: InlineArray<16, UInt8> = [
    0x43, 0x68, 0x61, 0x72, 0x6C, 0x69, 0x65, 0x20, 0x69, 0x73, 0x20, 0x74, 0x68, 0x65, 0x20, 0x64,
  ]  // "Charlie is the d"
  /// The exchange of bytes, which is its own inverse.
  private static let places: InlineArray<16, Int> = [11, 9, 8, 15, 13, 10, 12, 14, 2, 1, 5, 0, 6, 4, 7, 3]

  /// The sixteen bytes from `offset` in the clear. The caller has checked that they exist.
  static func clear(_ bytes: RawSpan, _ offset: Int) -> InlineArray<16, UInt8> {
    var block = InlineArray<16, UInt8>(repeating: 0)
    for index in stride(from: 0, to: 16, by: 4) {
      store(rotated(bytes.u32LittleEndian(offset + index), index + 3), &block, index)
    }
    var moved = InlineArray<16, UInt8>(repeating: 0)
    for index in 0..<16 { moved[index] = block[places[index]] ^ key[index] }
    for index in stride(from: 0, to: 16, by: 4) {
      let word =
        UInt32(moved[index]) | UInt32(moved[index + 1]) << 8 | UInt32(moved[index + 2]) << 16 | UInt32(moved[index + 3]) << 24
      store(rotated(word, index + 1), &block, index)
    }
    return block
  }

  private static func rotated(_ word: UInt32, _ count: Int) -> UInt32 { word << UInt32(count) | word >> UInt32(32 - count) }

  private static func store(_ word: UInt32, _ block: inout InlineArray<16, UInt8>, _ index: Int) {
    for byte in 0..<4 { block[index + byte] = UInt8(truncatingIfNeeded: word >> UInt32(8 * byte)) }
  }
}

/// Reports once what identifies the device of a conversation.
final class TUTKParser: Parser {
  /// Long data messages of the device that make a video.
  static let longRun = 8
  static let longMessage = 900
  static let messageLimit = 4096
  static let strangeLimit = 64

  private var messages = 0
  private var strangers = 0
  private var longMessages = 0
  private var reported = Reported()

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    guard let header = TUTKHeader(message.payload, length: message.length) else {
      strangers += 1
      return strangers > Self.strangeLimit ? .done : .mine
    }
    messages += 1
    switch header.type {
    case TUTKHeader.deviceLogin:
      if let uid = identifier(message.payload), reported.firstTime(.tutkUID) { sink.emit(.tutkUID, uid) }
    case TUTKHeader.searchAnswer, TUTKHeader.keepalive, TUTKHeader.devicePing:
      if reported.firstTime(.tutkRole) { sink.emit(.tutkRole, "device") }
    case TUTKHeader.deviceData:
      if message.length >= Self.longMessage { longMessages += 1 }
      if longMessages == Self.longRun {
        sink.emit(.tutkRole, "device data")
        sink.stream("P2P video (TUTK)")
        return .done
      }
    default: break
    }
    return messages >= Self.messageLimit ? .done : .mine
  }

  /// The identifier: twenty digits and capitals at offset 16.
  private func identifier(_ bytes: RawSpan) -> String? {
    guard bytes.byteCount >= 48 else { return nil }
    var text: [UInt8] = []
    let (first, second) = (TUTKScramble.clear(bytes, 16), TUTKScramble.clear(bytes, 32))
    for index in 0..<20 {
      let byte = index < 16 ? first[index] : second[index - 16]
      guard ASCII.isUppercase(byte) || ASCII.isDigit(byte) else { return nil }
      text.append(byte)
    }
    return String(decoding: text, as: UTF8.self)
  }
}
