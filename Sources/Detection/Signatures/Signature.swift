/// The claim of a signature about the device that meets it.
public enum Claim: String, CaseIterable, Sendable {
  case camera
  case recorder
  /// Serves cameras (a base station), or passes their streams on.
  case relay
  case viewer
  /// The vendor, and nothing about the kind.
  case vendor
  /// A person's computer or phone, a TV, a console: counter-evidence.
  case notCamera = "not-camera"
  /// A mark of the device's class, whatever it is used for.
  case deviceClass = "class"

  /// Adds to the sum that makes a verdict.
  public var isWeighed: Bool { self == .camera || self == .recorder }
}

/// Which side of a device a signature looks at.
public enum Facet: String, CaseIterable, Sendable {
  case maker, name, discovery, control
  case media, cloud, behaviour

  /// The facet shows what the device is, and not what it does: people's phones and computers do the same things.
  public var isIdentity: Bool {
    switch self {
    case .maker, .name, .discovery, .control: true
    case .media, .cloud, .behaviour: false
    }
  }
}

/// A rule that turns observations into evidence. Read from YAML; see the guide for the language.
public struct Signature: Sendable, Equatable {
  public let id: String
  public let says: Claim
  public let facet: Facet
  /// Only for claims that are weighed.
  public let strength: Strengths?
  /// Who else shows it; the strength follows from that.
  public let sharedWith: SharedWith?
  /// Only for marks of a class.
  public let mark: ClassMark?
  /// For how long a match counts after it was last seen; for ever if nil.
  public let validFor: Duration?
  public let condition: Condition
  public let vendor: GivenValue?
  public let model: GivenValue?
  /// The sort of camera: `doorbell`, `baby monitor`, `toy drone camera` …
  public let kind: GivenValue?
  /// In plain words; `{value}` stands for what was seen.
  public let because: String
  public let references: [String]

  public init(
    id: String, says: Claim, facet: Facet, strength: Strengths? = nil, sharedWith: SharedWith? = nil, mark: ClassMark? = nil,
    validFor: Duration? = nil, condition: Condition, vendor: GivenValue? = nil, model: GivenValue? = nil, kind: GivenValue? = nil,
    because: String,
    references: [String] = []
  ) {
    self.id = id
    self.says = says
    self.facet = facet
    self.strength = sharedWith?.strengths ?? strength
    self.sharedWith = sharedWith
    self.mark = mark
    self.validFor = validFor
    self.condition = condition
    self.vendor = vendor
    self.model = model
    self.kind = kind
    self.because = because
    self.references = references
  }
}

/// The condition that one device's observations must meet.
public indirect enum Condition: Sendable, Equatable {
  /// A value of one of these fields passes the test.
  case test([Field], ValueTest)
  case all([Condition])
  case any([Condition])
  /// The device has not shown it so far.
  case not(Condition)
}

/// Operators that must all hold for the same value; each has alternatives.
public struct ValueTest: Sendable, Equatable {
  public var operators: [ValueOperator]
  /// None of these may hold for the value.
  public var unless: [ValueTest]

  public init(_ operators: [ValueOperator], unless: [ValueTest] = []) {
    self.operators = operators
    self.unless = unless
  }
}

/// Text is compared without regard to ASCII case; all text here is lower case, as UTF-8.
public enum ValueOperator: Sendable, Equatable {
  case equals([[UInt8]])
  case prefix([[UInt8]])
  case suffix([[UInt8]])
  case contains([[UInt8]])
  /// A domain and everything below it.
  case under([[UInt8]])
  /// With no letter or digit before and after.
  case word([[UInt8]])
  /// The whole value; `*` any run, `?` one character, `#` one digit.
  case like([[UInt8]])
  /// Bytes at offsets, all of them.
  case bytes([BytePattern])
  /// Payload length on the wire.
  case length([ClosedRange<Int>])
  /// The port of either end.
  case port([UInt16])
  /// The value as a number: more than this, less than this, or from one to the other.
  case above(Double)
  case below(Double)
  case between(Double, Double)
}

extension ValueOperator {
  /// Its name in a signature file.
  public var keyword: String {
    switch self {
    case .equals: "equals"
    case .prefix: "prefix"
    case .suffix: "suffix"
    case .contains: "contains"
    case .under: "under"
    case .word: "word"
    case .like: "like"
    case .bytes: "bytes"
    case .length: "length"
    case .port: "port"
    case .above: "above"
    case .below: "below"
    case .between: "between"
    }
  }
}

/// Bytes at an offset of a payload; a nil matches any byte.
public struct BytePattern: Sendable, Equatable {
  public let offset: Int
  public let bytes: [UInt8?]

  public init(offset: Int, bytes: [UInt8?]) {
    self.offset = offset
    self.bytes = bytes
  }
}

/// The source of a vendor, model or kind.
public enum GivenValue: Sendable, Equatable {
  case literal(String)
  /// The value that met the signature, whatever its field: all of it, or what stands after one text and before another.
  case value(after: String, until: String)
  /// The text of a field: all of it, or what stands after one text and before another.
  case text(Field, after: String, until: String)
  /// ASCII in a payload, up to a NUL.
  case payload(Field, at: Int, length: Int)

  public var isMatchedValue: Bool {
    if case .value = self { true } else { false }
  }

  var field: Field? {
    switch self {
    case .literal, .value: nil
    case .text(let field, _, _), .payload(let field, _, _): field
    }
  }

  /// The value in this observation; nil where its field is another, or what should stand around it does not.
  func value(in observation: Observation) -> String? {
    switch self {
    case .literal(let text):
      return text
    case .value(let after, let until):
      return Self.extract(observation.text, after: after, until: until)
    case .text(let field, let after, let until):
      guard observation.field == field else { return nil }
      return Self.extract(observation.text, after: after, until: until)
    case .payload(let field, let start, let length):
      guard observation.field == field, start < observation.bytes.count else { return nil }
      let bytes = observation.bytes[start..<min(observation.bytes.count, start + length)].prefix { (0x20..<0x7F).contains($0) }
      return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
  }

  private static func extract(_ text: String, after: String, until: String) -> String? {
    var units = Array(text.utf8)[...]
    let lowered = { (bytes: ArraySlice<UInt8>) in Array(bytes.map(ASCII.lowercased)) }
    if !after.isEmpty {
      let mark = Array(after.utf8.map(ASCII.lowercased))
      guard let at = firstIndex(of: mark, in: lowered(units)) else { return nil }
      units = units[(units.startIndex + at + mark.count)...]
    }
    if !until.isEmpty, let at = firstIndex(of: Array(until.utf8.map(ASCII.lowercased)), in: lowered(units)) {
      units = units[..<(units.startIndex + at)]
    }
    let result = String(decoding: units, as: UTF8.self)
    return result.isEmpty ? nil : result
  }
}

/// The place of the first `needle` in `bytes`; nil where there is none. An empty needle is nowhere.
func firstIndex(of needle: [UInt8], in bytes: [UInt8], from start: Int = 0) -> Int? {
  guard !needle.isEmpty, start >= 0, bytes.count - start >= needle.count else { return nil }
  return unsafe bytes.span.bytes.firstIndex(of: needle.span.bytes, from: start)
}

extension Signature {
  /// The part of a signature that evidence repeats: enough to weigh and explain it without the signature's conditions.
  public struct Summary: Sendable, Equatable {
    public let id: String
    public let says: Claim
    public let facet: Facet
    public let strength: Strengths?
    public let validFor: Duration?
    /// Plain words with `{value}` in the place of what was seen.
    public let because: String

    public init(id: String, says: Claim, facet: Facet, strength: Strengths?, validFor: Duration? = nil, because: String) {
      self.id = id
      self.says = says
      self.facet = facet
      self.strength = strength
      self.validFor = validFor
      self.because = because
    }
  }

  public var summary: Summary {
    Summary(id: id, says: says, facet: facet, strength: strength, validFor: validFor, because: because)
  }
}
