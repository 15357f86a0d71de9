import Detection

/// A piece of a page. Values that are put into it are escaped, and show people what they say: names come from strangers' devices.
struct HTML: Sendable, ExpressibleByStringInterpolation {
  private(set) var text: String

  /// Characters of a value: longer than any reason.
  static let valueLimit = 600

  init(stringLiteral text: String) { self.text = text }
  init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { text += literal }
    mutating func appendInterpolation(_ html: HTML) { text += html.text }
    mutating func appendInterpolation(_ pieces: [HTML]) { for piece in pieces { text += piece.text } }
    mutating func appendInterpolation(_ number: some BinaryInteger) { text += String(number) }
    mutating func appendInterpolation(_ value: String) { text += value.forPeople(limit: HTML.valueLimit).htmlEscaped }
  }

  static func + (first: HTML, second: HTML) -> HTML { "\(first)\(second)" }
}

extension HTML {
  static let empty: HTML = ""

  static func list(_ items: [String]) -> HTML {
    let items = items.map { item -> HTML in "<li>\(item)</li>\n" }
    return items.isEmpty ? empty : "<ul>\n\(items)</ul>\n"
  }

  /// - Parameters:
  ///   - numbers: the columns that are set to the right.
  ///   - kind: a class of `ReportStyle`.
  static func table(_ header: [String], _ rows: [[String]], numbers: Set<Int> = [], kind: String = "items") -> HTML {
    func cell(_ index: Int, _ text: String) -> HTML {
      numbers.contains(index) ? "<td class=\"number\">\(text)</td>" : "<td>\(text)</td>"
    }
    let head = header.map { text -> HTML in "<th scope=\"col\">\(text)</th>" }
    let body = rows.map { row -> HTML in "<tr>\(row.enumerated().map { cell($0.offset, $0.element) })</tr>\n" }
    return "<table class=\"\(kind)\">\n<thead><tr>\(head)</tr></thead>\n<tbody>\n\(body)</tbody>\n</table>\n"
  }

  /// A whole paper, which needs no other file.
  ///
  /// - Parameters:
  ///   - version: of the program.
  ///   - isAlarm: the answer is no good news.
  ///   - style: beside that of all papers.
  static func paper(
    title: HTML, heading: HTML, version: String, answer: String, isAlarm: Bool, style: HTML = empty, _ content: HTML
  ) -> HTML {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="referrer" content="no-referrer">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <title>\(title)</title>
    <style>
    \(ReportStyle.css)
    \(style)</style>
    </head>
    <body>
    <main>
    <h1>\(heading)</h1>
    <p class="note">Written by Lenscap \(version), which watches network traffic and sends nothing.</p>
    <p id="answer" class="answer\(isAlarm ? " camera" : "" as HTML)">\(answer)</p>
    \(content)</main>
    </body>
    </html>

    """
  }

  /// Names and what they are.
  static func facts(_ facts: [(String, String?)]) -> HTML {
    let rows = facts.compactMap { name, value -> HTML? in value.map { "<tr><th scope=\"row\">\(name)</th><td>\($0)</td></tr>\n" } }
    return "<table class=\"facts\">\n<tbody>\n\(rows)</tbody>\n</table>\n"
  }
}
