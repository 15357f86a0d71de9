/// Answers to the search tools of surveillance makers in a local network (UDP): Sony, Panasonic, Bosch, Hanwha, 360 Vision, NICE, Vivotek,
/// Ubiquiti and old ones of Dahua, and GigE Vision's machine-vision cameras. Formats as in julienblitte/UniversalScanner, which parses each of them, and
/// the dumps of wue-iot-note's notes on device discovery.
///
/// Only the answer tells its sender's port, address and model. Searches are other messages of the same protocols and are not claimed.
public struct LANSearchRecognizer: Recognizer {
  public let name = "lan-search"
  public let transports: Transports = .udp
  public let publicTransports: Transports = .udp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    guard let answer = LANSearchAnswer(message) else { return .notMine }
    // Details come before the answer, because signatures for it look back at them.
    sink.emit(.searchVendor, answer.vendor)
    sink.emit(.searchModel, answer.model)
    sink.emit(.searchAnswer, answer.protocolName)
    return .message
  }
}

/// What an answer says about its sender.
struct LANSearchAnswer: Equatable {
  /// Entries read of one answer, and bytes of a value.
  static let entryLimit = 64
  static let valueLimit = 48

  let protocolName: String
  var model = ""
  /// Where the answer names its maker.
  var vendor = ""

  init?(_ message: borrowing Message) {
    let (bytes, length) = (message.payload, message.length)
    switch (message.source.port, message.destination.port) {
    case (2380, _): self.init(sony: bytes)
    case (10670, _), (_, 10669): self.init(panasonic: bytes, length: length)
    case (1757, _), (_, 1758): self.init(bosch: bytes, length: length)
    case (7701, _), (_, 7711): self.init(hanwha: bytes, length: length)
    case (3600, _): self.init(vision360: bytes)
    case (2007, _): self.init(nice: bytes, length: length)
    case (5050, _): self.init(dahua: bytes)
    case (3956, _): self.init(gigEVision: bytes, length: length)
    case (10000, _): self.init(vivotek: bytes)
    case (10001, _), (_, 10001): self.init(ubiquiti: bytes, length: length)
    default: return nil
    }
  }

  private init(_ name: String) { protocolName = name }

  /// STX, entries `NAME:value` that end with FF, ETX.
  private init?(sony bytes: RawSpan) {
    guard bytes.byteCount > 8, bytes.u8(0) == 2 else { return nil }
    self.init("sony")
    var isAnswer = false
    var start = 1
    for _ in 0..<Self.entryLimit {
      guard let end = bytes.firstIndex(of: 0xFF, from: start) else { break }
      let entry = bytes.slice(start, end - start)
      if entry.starts(with: "MAC:") { isAnswer = Self.isMACText(entry, 4) }
      if entry.starts(with: "MODEL:") { model = entry.slice(6).trimmed.text(limit: Self.valueLimit) }
      start = end + 1
    }
    guard isAnswer else { return nil }
  }

  /// Version 1, the length behind a header of 52 bytes, message 14; entries of type, length and value. Cameras and recorders answer alike.
  private init?(panasonic bytes: RawSpan, length: Int) {
    guard bytes.byteCount > 20, bytes.u16(0) == 1, bytes.u16(4) == 14, Int(bytes.u16(2)) == length - 52 else { return nil }
    self.init("panasonic")
    var (long, short) = ("", "")
    var entries = TypedEntries(bytes, from: 53, typeSize: 2, lengthSize: 2)
    while entries.next() {
      if entries.type == 0xA7 { long = entries.value.text(limit: Self.valueLimit) }
      if entries.type == 0xA8 { short = entries.value.text(limit: Self.valueLimit) }
    }
    model = long.isEmpty ? short : long
  }

  /// A magic number, the number of the search and addresses; or a description in XML. The search has 12 bytes.
  private init?(bosch bytes: RawSpan, length: Int) {
    if bytes.byteCount >= 20, length == 32, bytes.u32(0) == 0x9939_A427 {
      self.init("bosch")
      return
    }
    guard bytes.starts(with: "<"), bytes.slice(0, 256).contains("OEMExt00:device") else { return nil }
    self.init("bosch")
    model = bytes.xmlValue("<friendlyName>") ?? ""
  }

  /// Message 11, then texts at fixed places; searches are message 1.
  private init?(hanwha bytes: RawSpan, length: Int) {
    guard bytes.byteCount >= 38, length >= 172, bytes.u8(0) == 0x0B, Self.isMACText(bytes, 19), ASCII.isDigit(bytes.u8(37)) else {
      return nil
    }
    self.init("hanwha")
    model = bytes.slice(109, 24).text()
  }

  /// `DISCOVER TYPE=IPDOME KEY='…' ID=…`; the search is the first word.
  private init?(vision360 bytes: RawSpan) {
    guard bytes.starts(with: "DISCOVER TYPE=") else { return nil }
    self.init("360 vision")
  }

  /// `NICE`, the number of the search, addresses, and the name at a fixed place. The search has 14 bytes.
  private init?(nice bytes: RawSpan, length: Int) {
    guard bytes.byteCount >= 32, length >= 90, bytes.starts(with: "NICE"), bytes.u32(16) != 0 else { return nil }
    self.init("nice")
    model = bytes.slice(74, 22).text()
  }

  /// B3, the length of MAC address and type behind the header of 120 bytes, and constants; the search is message A3.
  private init?(dahua bytes: RawSpan) {
    guard bytes.byteCount >= 137, bytes.u8(0) == 0xB3, bytes.u32LittleEndian(4) == 0x58, bytes.u32LittleEndian(16) == 2,
      Self.isMACText(bytes, 120)
    else { return nil }
    self.init("dahua")
    let type = bytes.slice(137, Int(bytes.u8(2)) - 17).text(limit: Self.valueLimit)
    model = type.isEmpty ? bytes.slice(40, 16).text() : type
  }

  /// The acknowledgment of a discovery in GVCP (GigE Vision 2.0 section 16.1.2).
  private init?(gigEVision bytes: RawSpan, length: Int) {
    guard bytes.byteCount >= 24, length == 256, bytes.u32(0) == 3, bytes.u16(4) == 248 else { return nil }
    self.init("gige vision")
    vendor = bytes.slice(80, 32).text()
    model = bytes.slice(112, 32).text()
  }

  /// 2, the number of the search in three bytes and its kind, then entries of type, length and value. In searches the first byte is 1.
  private init?(vivotek bytes: RawSpan) {
    guard bytes.byteCount > 12, bytes.u8(0) == 2 else { return nil }
    self.init("vivotek")
    var (name, hasMAC, hasAddress) = ("", false, false)
    // Entry 4 is a byte without a length.
    var entries = TypedEntries(bytes, from: 5, typeSize: 1, lengthSize: 1, single: 4)
    while entries.next() {
      switch entries.type {
      case 1: name = entries.value.text(limit: Self.valueLimit)
      case 2: hasMAC = entries.value.byteCount == 6
      case 3: hasAddress = entries.value.byteCount == 4
      case 9: model = entries.value.text(limit: Self.valueLimit)
      default: break
      }
    }
    guard hasMAC, hasAddress, !name.isEmpty || !model.isEmpty else { return nil }
    // `IB9360-VVTK-0223b`: model and firmware.
    if model.isEmpty { model = String(name.prefix { $0 != "-" }) }
  }

  /// Version 1 or 2, command, length; entries of type, length and value. Searches have no entries.
  private init?(ubiquiti bytes: RawSpan, length: Int) {
    guard bytes.byteCount > 13, Int(bytes.u16(2)) == length - 4 else { return nil }
    switch (bytes.u8(0), bytes.u8(1)) {
    case (1, 0), (2, 6), (2, 9), (2, 11): break
    default: return nil
    }
    self.init("ubiquiti")
    var (platform, full, hasMAC) = ("", "", false)
    var entries = TypedEntries(bytes, from: 4, typeSize: 1, lengthSize: 2)
    while entries.next() {
      switch entries.type {
      case 0x01: hasMAC = hasMAC || entries.value.byteCount == 6
      case 0x02: hasMAC = hasMAC || entries.value.byteCount == 10
      case 0x0C: platform = entries.value.text(limit: Self.valueLimit)
      case 0x14, 0x15: full = entries.value.text(limit: Self.valueLimit)
      default: break
      }
    }
    guard hasMAC else { return nil }
    model = platform.isEmpty ? full : platform
  }

  /// A MAC address in text with colons or hyphens.
  private static func isMACText(_ bytes: RawSpan, _ offset: Int) -> Bool {
    guard bytes.byteCount >= offset + 17 else { return false }
    for index in 0..<17 {
      let byte = bytes.u8(offset + index)
      if index % 3 == 2 ? byte != ASCII.colon && byte != ASCII.hyphen : ASCII.hexValue(byte) == nil { return false }
    }
    return true
  }
}

/// Entries of type, length and value, as far as the capture holds them.
struct TypedEntries: ~Escapable {
  private let bytes: RawSpan
  private var position: Int
  private let typeSize: Int
  private let lengthSize: Int
  private let single: Int?
  private var count = 0
  /// Type and place of the entry that was read last.
  private(set) var type = 0
  private var range = 0..<0

  /// - Parameters:
  ///   - typeSize: bytes of a type, 1 or 2; `lengthSize` those of a length.
  ///   - single: a type whose value is one byte without a length.
  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, from position: Int, typeSize: Int, lengthSize: Int, single: Int? = nil) {
    self.bytes = bytes
    self.position = position
    self.typeSize = typeSize
    self.lengthSize = lengthSize
    self.single = single
  }

  /// Reads the next entry. False at the end, and where an entry is cut or too many were read.
  mutating func next() -> Bool {
    guard count < LANSearchAnswer.entryLimit, let type = number(typeSize) else { return false }
    count += 1
    guard let length = type == single ? 1 : number(lengthSize), position + length <= bytes.byteCount else { return false }
    self.type = type
    range = position..<position + length
    position += length
    return true
  }

  var value: RawSpan {
    @_lifetime(copy self)
    get { bytes.extracting(range) }
  }

  private mutating func number(_ size: Int) -> Int? {
    guard position + size <= bytes.byteCount else { return nil }
    defer { position += size }
    return size == 1 ? Int(bytes.u8(position)) : Int(bytes.u16(position))
  }
}
