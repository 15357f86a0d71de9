// Suggestions for misspelt words, and how words of a file appear in messages.

extension String {
  /// Longer words are compared with nothing: they are no slips of the pen.
  private static let longestWord = 64
  /// Characters of a file's text that a message shows.
  private static let longestQuotation = 60

  /// The most similar of `words`; nil if none is similar.
  public func nearest(in words: [String]) -> String? {
    guard utf8.count <= Self.longestWord else { return nil }
    let limit = Swift.min(Swift.max(2, count / 3), count - 1)
    let ranked = words.map { (word: $0, distance: distance(to: $0)) }.filter { $0.distance <= limit }
    return ranked.min { $0.distance < $1.distance }?.word
  }

  /// The number of insertions, deletions and replacements between two texts, ignoring ASCII case.
  private func distance(to other: String) -> Int {
    let (from, to) = (Array(lowercased().utf8), Array(other.lowercased().utf8))
    var row = Array(0...to.count)
    for (index, byte) in from.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in to.indices {
        let replaced = diagonal + (byte == to[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = Swift.min(replaced, row[column] + 1, row[column + 1] + 1)
      }
    }
    return row[to.count]
  }

  /// The text in quotation marks for a message: cut, on one line, and without characters that a terminal obeys.
  package var quoted: String {
    let start = unicodeScalars.prefix(Self.longestQuotation)
    let shown = start.map { $0.properties.generalCategory == .control || $0.properties.isBidiControl ? "\u{FFFD}" : String($0) }.joined()
    return "\"\(shown)\(start.endIndex < unicodeScalars.endIndex ? "…" : "")\""
  }
}

/// `unknown key "facett", expected one of …, did you mean "facet"?`
package func unknown(_ what: String, _ word: String, expected words: [String], listAtMost limit: Int = 16) -> String {
  var message = "unknown \(what) \(word.quoted)"
  if !words.isEmpty, words.count <= limit { message += ", expected one of " + words.joined(separator: ", ") }
  if let nearest = word.nearest(in: words) { message += ", did you mean \"\(nearest)\"?" }
  return message
}
