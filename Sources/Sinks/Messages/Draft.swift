/// A message before it is laid out: lines in blocks, every text sanitised and in its language.
struct Draft {
  struct Line {
    /// Of a fact: `Room`.
    var label: String?
    /// Of lists: `- ` or `1. `.
    var mark = ""
    var text: String
  }

  struct Block {
    var title: String?
    var lines: [Line]
  }

  /// One line: what happened, without the property.
  var headline: String
  /// Name and address of the device; nil if there is none, or where privacy hides them.
  var device: String?
  /// The case to acknowledge.
  var alert: String?
  /// The same, or a case that is only told about.
  var id: String?
  var room: String?
  var isTest = false
  var isUrgent = false
  var blocks: [Block] = []

  mutating func add(_ title: String? = nil, paragraphs: [String]) {
    add(title, paragraphs.map { Line(text: $0) })
  }

  mutating func add(_ title: String? = nil, list: [String]) {
    add(title, list.map { Line(mark: "- ", text: $0) })
  }

  mutating func add(_ title: String? = nil, steps: [String]) {
    add(title, steps.enumerated().map { Line(mark: "\($0.offset + 1). ", text: $0.element) })
  }

  mutating func add(facts: [(label: String, value: String?)]) {
    add(nil, facts.compactMap { fact in fact.value.map { Line(label: fact.label, text: $0) } })
  }

  private mutating func add(_ title: String?, _ lines: [Line]) {
    let lines = lines.filter { !$0.text.isEmpty }
    if !lines.isEmpty { blocks.append(Block(title: title, lines: lines)) }
  }
}
