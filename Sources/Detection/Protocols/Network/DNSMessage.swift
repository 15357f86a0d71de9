/// A DNS message (RFC 1035 section 4), the common format of unicast DNS, multicast DNS and LLMNR. Questions and records are read in order,
/// as far as the capture holds them. Names are decoded on demand.
struct DNSMessage: ~Escapable {
  /// Bytes of the longest name in text (RFC 1035 section 2.3.4).
  static let nameLimit = 255
  /// Questions and records read of one message.
  static let questionLimit = 64
  static let recordLimit = 128
  /// Pointers that one name may lead through. Senders need one or two; Go's dnsmessage follows ten as well.
  static let pointerLimit = 10
  /// Labels and pointers that are read for all names of one message: an announcement that fills a packet has some 300.
  static let stepLimit = 512
  /// Those that are left behind a name that no program makes.
  static let tangledStepLimit = 64
  /// Bytes of the longest message over UDP: mDNS has up to 9,000 (RFC 6762 section 17), unicast DNS fewer.
  static let lengthLimit = 9000

  struct RecordType: RawRepresentable, Equatable {
    let rawValue: UInt16
    static let a = RecordType(rawValue: 1)
    static let ptr = RecordType(rawValue: 12)
    static let txt = RecordType(rawValue: 16)
    static let aaaa = RecordType(rawValue: 28)
    static let srv = RecordType(rawValue: 33)
  }

  enum Section { case answer, authority, additional }

  struct Question {
    /// The offset of the name.
    let name: Int
  }

  struct Record {
    let section: Section
    /// The offset of the name.
    let name: Int
    let type: RecordType
    let data: Range<Int>
  }

  let bytes: RawSpan
  private var position = 12
  private var questionsLeft: Int
  private var answersLeft: Int
  private var authoritiesLeft: Int
  private var recordsLeft: Int
  private(set) var stepsLeft = Self.stepLimit
  /// Names were given up that lead through more pointers than names need, forward or in loops.
  private var isTangled = false

  /// Nil if these bytes cannot be a message: the header is cut, the opcode is unassigned, or a query is empty.
  @_lifetime(copy bytes)
  init?(decoding bytes: RawSpan) {
    guard bytes.byteCount >= 12 else { return nil }
    let opcode = bytes.u8(2) >> 3 & 0xF
    questionsLeft = Int(bytes.u16(4))
    answersLeft = Int(bytes.u16(6))
    authoritiesLeft = Int(bytes.u16(8))
    recordsLeft = Swift.min(answersLeft + authoritiesLeft + Int(bytes.u16(10)), Self.recordLimit)
    guard opcode <= 6, opcode != 3, questionsLeft <= Self.questionLimit, bytes.u8(2) & 0x80 != 0 || questionsLeft + recordsLeft > 0 else {
      return nil
    }
    self.bytes = bytes
    // Only the first name is checked, since the rest may be cut.
    guard questionsLeft + recordsLeft == 0 || bytes.byteCount == 12 || mayBeName(at: 12) else { return nil }
  }

  /// No program sends such a message, as far as it was read; it costs more than others.
  var isCostly: Bool { isTangled || stepsLeft == 0 || bytes.byteCount > Self.lengthLimit }
  var isResponse: Bool { bytes.u8(2) & 0x80 != 0 }
  /// The opcode is 0, no notification, update or server status.
  var isStandardQuery: Bool { bytes.u8(2) & 0x78 == 0 }

  mutating func nextQuestion() -> Question? {
    guard questionsLeft > 0, let end = skipName(at: position), bytes.byteCount - end >= 4 else {
      questionsLeft = 0
      return nil
    }
    questionsLeft -= 1
    defer { position = end + 4 }
    return Question(name: position)
  }

  /// Reads the next record of any section. Questions that were not read are skipped.
  mutating func nextRecord() -> Record? {
    while questionsLeft > 0 { if nextQuestion() == nil { recordsLeft = 0 } }
    guard recordsLeft > 0, let end = skipName(at: position), bytes.byteCount - end >= 10 else { return nil }
    // The last record may be cut: its name tells something, too.
    let data = end + 10..<Swift.min(bytes.byteCount, end + 10 + Int(bytes.u16(end + 8)))
    recordsLeft -= 1
    let section = answersLeft > 0 ? Section.answer : authoritiesLeft > 0 ? .authority : .additional
    if answersLeft > 0 { answersLeft -= 1 } else if authoritiesLeft > 0 { authoritiesLeft -= 1 }
    defer { position = data.upperBound }
    return Record(section: section, name: position, type: RecordType(rawValue: bytes.u16(end)), data: data)
  }

  /// Finds the labels of the name at an offset: the place of each, for `label(at:)`. False if the name is cut or too long, if its
  /// compression points forward, loops or leads too far, or if too much was read of this message.
  mutating func findLabels(at offset: Int, _ labels: inout [Int]) -> Bool {
    labels.removeAll(keepingCapacity: true)
    var position = offset
    var start = offset
    var length = 0
    var pointers = 0
    while position < bytes.byteCount, stepsLeft > 0 {
      stepsLeft -= 1
      let head = bytes.u8(position)
      switch head >> 6 {
      case 0:
        if head == 0 { return true }
        let end = position + 1 + Int(head)
        length += Int(head) + 1
        guard end <= bytes.byteCount, length <= Self.nameLimit else { return false }
        labels.append(position)
        position = end
      case 3:
        // A pointer leads to a prior occurrence (RFC 1035 section 4.1.4). Each must lead further back than the last one, so they end.
        guard position + 1 < bytes.byteCount else { return false }
        let target = Int(bytes.u16(position) & 0x3FFF)
        guard pointers < Self.pointerLimit, target < start, target >= 12 else {
          isTangled = true
          stepsLeft = Swift.min(stepsLeft, Self.tangledStepLimit)
          return false
        }
        pointers += 1
        position = target
        start = target
      default: return false
      }
    }
    return false
  }

  /// A label that was found, not escaped.
  @_lifetime(copy self)
  func label(at place: Int) -> RawSpan { bytes.slice(place + 1, Int(bytes.u8(place))) }

  /// The name at an offset without the root's dot: empty for the root, nil if it cannot be read.
  mutating func name(at offset: Int) -> String? {
    var labels: [Int] = []
    guard findLabels(at: offset, &labels) else { return nil }
    var units: [UInt8] = []
    units.reserveCapacity(64)
    for (index, place) in labels.enumerated() {
      let label = label(at: place)
      if index > 0 { units.append(ASCII.period) }
      units.append(label.slice(0, label.firstIndex(of: 0) ?? label.byteCount))
    }
    return unsafe units.span.bytes.text(limit: Self.nameLimit)
  }

  /// The non-empty strings of a TXT record.
  func strings(of record: Record, limit: Int) -> [String] {
    var cursor = Cursor(bytes.extracting(record.data))
    var strings: [String] = []
    while strings.count < limit, let length = try? cursor.u8(), let value = try? cursor.take(Int(length)) {
      let text = value.text(limit: 255)
      if !text.isEmpty { strings.append(text) }
    }
    return strings
  }

  /// The end of the name at an offset; nil if it is cut or no name.
  private func skipName(at offset: Int) -> Int? {
    var position = offset
    while position < bytes.byteCount, position - offset <= Self.nameLimit {
      let head = bytes.u8(position)
      switch head >> 6 {
      case 0:
        position += 1 + Int(head)
        if head == 0 { return position }
      case 3: return position + 2 <= bytes.byteCount ? position + 2 : nil
      default: return nil
      }
    }
    return nil
  }

  /// Checks that a name may begin at an offset, as far as the capture shows.
  private func mayBeName(at offset: Int) -> Bool {
    var position = offset
    while position < bytes.byteCount {
      let head = bytes.u8(position)
      if head == 0 { return true }
      guard head < 64, position - offset <= Self.nameLimit else { return false }
      position += 1 + Int(head)
    }
    return true
  }
}
