import Detection

/// Names and MAC addresses of devices that are no cameras, as texts may have them: a guest's phone is often called after the guest.
struct OthersNames: Sendable {
  static let mark = "[name]"
  /// Shorter names would take common letters out of every text.
  private static let shortest = 3
  /// Words of which texts about cameras are made; they name nobody.
  private static let common: Set<String> = [
    "camera", "cameras", "recorder", "video", "stream", "probable", "undeclared", "network", "device", "http", "https", "rtsp", "local",
    "lan", "home", "unknown",
  ]

  /// By their first word.
  private var sequences: [String: [[String]]] = [:]

  init(_ names: some Sequence<String> = []) {
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

  func redacted(_ text: String) -> String {
    guard !sequences.isEmpty else { return text }
    let words = Self.words(in: text)
    var (result, copied, index) = ("", text.startIndex, 0)
    while index < words.count {
      let longest = (sequences[words[index].text] ?? []).filter { sequence in
        sequence.count <= words.count - index && zip(sequence, words[index...]).allSatisfy { $0 == $1.text }
      }.map(\.count).max()
      guard let longest else {
        index += 1
        continue
      }
      result += text[copied..<words[index].range.lowerBound] + Self.mark
      copied = words[index + longest - 1].range.upperBound
      index += longest
    }
    return result + text[copied...]
  }

  /// Runs of letters and digits, without regard to case.
  private static func words(in text: String) -> [(text: String, range: Range<String.Index>)] {
    var words: [(String, Range<String.Index>)] = []
    let scalars = text.unicodeScalars
    var index = scalars.startIndex
    while index < scalars.endIndex {
      guard isPart(scalars[index]) else {
        index = scalars.index(after: index)
        continue
      }
      let start = index
      while index < scalars.endIndex, isPart(scalars[index]) { index = scalars.index(after: index) }
      words.append((String(scalars[start..<index]).lowercased(), start..<index))
    }
    return words
  }

  private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII ? ASCII.isAlphanumeric(UInt8(scalar.value)) : scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }
}
