import Testing

@testable import Papers

/// Names of devices are strangers' texts.
@Suite struct HTMLTests {
  @Test(arguments: [
    ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"), ("a\" onload='x", "a&quot; onload=&#39;x"),
    ("a & b", "a &amp; b"),
    ("a\u{202E}b\u{200B}c", "abc"), ("a\u{1B}[2Jb", "a [2Jb"), ("a\nb", "a b"), ("Café 房间", "Café 房间"),
    ("</style></svg>", "&lt;/style&gt;&lt;/svg&gt;"),
  ])
  func valuesAreEscaped(value: String, text: String) {
    let html: HTML = "<p>\(value)</p>"
    #expect(html.text == "<p>\(text)</p>")
    #expect(HTML.table([value], [[value]]).text.contains("<td>\(text)</td>"))
    #expect(HTML.list([value]).text.contains("<li>\(text)</li>"))
    #expect(HTML.facts([(value, value)]).text.contains("<td>\(text)</td>"))
  }

  @Test func piecesAreNotEscapedTwice() {
    let inner: HTML = "<b>\("<")</b>"
    let outer: HTML = "<p>\(inner)\([inner, inner])\(7)</p>"
    #expect(outer.text == "<p><b>&lt;</b><b>&lt;</b><b>&lt;</b>7</p>")
    #expect(HTML.list([]).text.isEmpty)
  }

  @Test func longValuesAreCut() {
    let html: HTML = "\(String(repeating: "x", count: 100_000))"
    #expect(html.text.count == HTML.valueLimit)
  }
}
