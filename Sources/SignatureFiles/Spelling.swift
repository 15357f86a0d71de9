// Suggestions for misspelt words.

extension String {
  /// The most similar of `words`; nil if none is similar.
  public func nearest(in words: [String]) -> String? {
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
}

/// `unknown key "facett" (expected one of …; did you mean "facet"?)`
func unknown(_ what: String, _ word: String, expected words: [String], listAtMost limit: Int = 16) -> String {
  var hints: [String] = []
  if words.count <= limit { hints.append("expected one of " + words.joined(separator: ", ")) }
  if let nearest = word.nearest(in: words) { hints.append("did you mean \"\(nearest)\"?") }
  return "unknown \(what) \"\(word)\"" + (hints.isEmpty ? "" : " (" + hints.joined(separator: "; ") + ")")
}
