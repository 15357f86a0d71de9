import Detection

/// Names and MAC addresses of devices that are no cameras, as texts may have them: a guest's phone is often called after the guest.
public struct OthersNames: Sendable {
  public static let mark = "[name]"
  /// Shorter names would take common letters out of every text.
  private static let shortest = 3
  /// Words of which texts about cameras are made; they name nobody.
  private static let common: Set<String> = [
    "camera", "cameras", "recorder", "video", "stream", "probable", "undeclared", "network", "device", "http", "https", "rtsp", "local",
    "lan", "home", "unknown",
  ]

  /// By their first word.
  private var sequences: [String: [[String]]] = [:]

  public init(_ names: some Sequence<String> = []) {
    for name in names {
      let words = Self.words(in: name).map(\.text)
      add(words)
      // `annas-iphone.example.net` is also only `annas-iphone`.
      add(Self.words(in: String(name.prefix { $0 != "." })).map(\.text))
      // An address is written with and without marks.
      if let mac = MACAddress(name) { add([mac.hex]) }
    }
  }

  private mutating func add(_ words: [String]) {
    guard let first = words.first, words.reduce(0, { $0 + $1.count }) >= Self.shortest, !words.allSatisfy(Self.common.contains),
      sequences[first]?.contains(words) != true
    else { return }
    sequences[first, default: []].append(words)
  }

  public func redacted(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var (result, copied) = ([UInt8](), 0)
    for range in places(in: bytes) {
      result += bytes[copied..<range.lowerBound] + Array(Self.mark.utf8)
      copied = range.upperBound
    }
    return copied == 0 ? text : String(decoding: result + bytes[copied...], as: UTF8.self)
  }

  /// The same for bytes of a packet: what is taken out becomes as many `x`, so that lengths in it stay true.
  public func blank(_ bytes: inout [UInt8]) {
    for range in places(in: bytes) { for place in range { bytes[place] = UInt8(ascii: "x") } }
  }

  private func places(in bytes: [UInt8]) -> [Range<Int>] {
    guard !sequences.isEmpty else { return [] }
    let words = Self.words(in: bytes)
    var (places, index) = ([Range<Int>](), 0)
    while index < words.count {
      let longest = (sequences[words[index].text] ?? []).filter { sequence in
        sequence.count <= words.count - index && zip(sequence, words[index...]).allSatisfy { $0 == $1.text }
      }.map(\.count).max()
      if let longest { places.append(words[index].range.lowerBound..<words[index + longest - 1].range.upperBound) }
      index += longest ?? 1
    }
    return places
  }

  private static func words(in text: String) -> [(text: String, range: Range<Int>)] { words(in: Array(text.utf8)) }

  /// Runs of letters and digits, without regard to case. What is no UTF-8 ends a word.
  private static func words(in bytes: [UInt8]) -> [(text: String, range: Range<Int>)] {
    var words: [(String, Range<Int>)] = []
    var (index, start) = (0, 0)
    func end(at place: Int) {
      if start < place { words.append((String(decoding: bytes[start..<place], as: UTF8.self).lowercased(), start..<place)) }
    }
    while index < bytes.count {
      let (scalar, length) = scalar(in: bytes, at: index)
      if let scalar, isPart(scalar) {
        index += length
        continue
      }
      end(at: index)
      index += length
      start = index
    }
    end(at: index)
    return words
  }

  private static func scalar(in bytes: [UInt8], at index: Int) -> (Unicode.Scalar?, length: Int) {
    let length =
      switch bytes[index] {
      case 0xC2...0xDF: 2
      case 0xE0...0xEF: 3
      case 0xF0...0xF4: 4
      default: 1
      }
    guard let text = String(validating: bytes[index...].prefix(length), as: UTF8.self) else { return (nil, 1) }
    return (text.unicodeScalars.first, length)
  }

  private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII ? ASCII.isAlphanumeric(UInt8(scalar.value)) : scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }
}
