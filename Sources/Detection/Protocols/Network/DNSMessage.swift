/// A DNS message (RFC 1035 section 4), as unicast DNS, multicast DNS and LLMNR share it. Questions and records are read in order, as
/// far as the capture holds them; names become text only when somebody asks for them.
struct DNSMessage: ~Escapable {
  /// Longest name (RFC 1035 section 2.3.4), in bytes of its text.
  static let nameLimit = 255
  /// Questions and records read of one message.
  static let questionLimit = 64
  static let recordLimit = 128

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
    /// Where its name begins.
    let name: Int
  }

  struct Record {
    let section: Section
    /// Where its name begins.
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

  /// Nil where these bytes cannot be a message: a header that is cut, an opcode that nobody assigned, or nothing in it.
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
    // Only the first name is looked at: the rest may be cut.
    guard questionsLeft + recordsLeft == 0 || bytes.byteCount == 12 || mayBeName(at: 12) else { return nil }
  }

  var isResponse: Bool { bytes.u8(2) & 0x80 != 0 }
  /// Opcode 0: neither notification nor update nor server status.
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

  /// The next record, whichever section; questions that were not read are skipped.
  mutating func nextRecord() -> Record? {
    while questionsLeft > 0 { if nextQuestion() == nil { recordsLeft = 0 } }
    guard recordsLeft > 0, let end = skipName(at: position), bytes.byteCount - end >= 10 else { return nil }
    let data = end + 10..<end + 10 + Int(bytes.u16(end + 8))
    guard data.upperBound <= bytes.byteCount else { return nil }
    recordsLeft -= 1
    let section = answersLeft > 0 ? Section.answer : authoritiesLeft > 0 ? .authority : .additional
    if answersLeft > 0 { answersLeft -= 1 } else if authoritiesLeft > 0 { authoritiesLeft -= 1 }
    defer { position = data.upperBound }
    return Record(section: section, name: position, type: RecordType(rawValue: bytes.u16(end)), data: data)
  }

  /// The labels of the name at an offset, unescaped; nil where it is cut, too long, or its compression runs forward or in circles.
  func labels(at offset: Int) -> [String]? {
    var labels: [String] = []
    labels.reserveCapacity(4)
    var position = offset
    var start = offset
    var length = 0
    while position < bytes.byteCount {
      let head = bytes.u8(position)
      switch head >> 6 {
      case 0:
        if head == 0 { return labels }
        let label = position + 1..<position + 1 + Int(head)
        length += label.count + 1
        guard label.upperBound <= bytes.byteCount, length <= Self.nameLimit else { return nil }
        labels.append(bytes.extracting(label).text(limit: 63))
        position = label.upperBound
      case 3:
        // RFC 1035 section 4.1.4: a prior occurrence, so each jump goes further back than the last, and comes to an end.
        guard position + 1 < bytes.byteCount else { return nil }
        let target = Int(bytes.u16(position) & 0x3FFF)
        guard target < start, target >= 12 else { return nil }
        position = target
        start = target
      default: return nil
      }
    }
    return nil
  }

  /// The name at an offset without the root's dot: empty for the root, nil where it cannot be read.
  func name(at offset: Int) -> String? { labels(at: offset)?.joined(separator: ".") }

  /// The strings of a TXT record that are not empty.
  func strings(of record: Record, limit: Int) -> [String] {
    var cursor = Cursor(bytes.extracting(record.data))
    var strings: [String] = []
    while strings.count < limit, let length = try? cursor.u8(), let value = try? cursor.take(Int(length)) {
      let text = value.text(limit: 255)
      if !text.isEmpty { strings.append(text) }
    }
    return strings
  }

  /// Where the name at an offset ends; nil where it is cut or no name.
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

  /// Whether a name begins at an offset, as far as the bytes go.
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
