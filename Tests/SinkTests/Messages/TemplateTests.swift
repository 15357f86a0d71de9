import Detection
import Foundation
import Testing

@testable import Sinks

/// Templates of the configuration.
@Suite struct TemplateTests {
  private static func message(_ templates: [String: String], _ event: Event = MessageSample.event()) throws -> Sinks.Message {
    try MessageSample.writer(templates: templates).message(for: [event], now: MessageSample.time)
  }

  @Test func replaceTexts() throws {
    let message = try Self.message([
      "subject": "[{{property}}] {{room}}\n{{id}}", "short": "{{what}} {{model}} {{ip}} {{mac}}",
      "long": "{{headline}}\n{{#reasons}}\n* {{.}}\n{{/reasons}}", "html": "<p>{{headline}} {{name}}</p>", "body": "{{#broken}}",
    ])
    #expect(message.subject == "[Hotel Sol] Room 12 c6f908eb2be5fa60")
    #expect(message.short == "a camera “Imou IPC-C22” 192.168.88.122 00:e0:4c:36:0c:22")
    #expect(
      message.long == """
        Undeclared camera in Room 12
        * sends the DHCP host name “IPC-C22”, an Imou camera model
        * announces itself as “IPC-C22”
        * looks up “IPC-C22”, a server of the Imou camera cloud
        """)
    #expect(message.html == "<p>Undeclared camera in Room 12 “IPC-C22”</p>")
  }

  @Test func escapeOnlyWhatTheirFormatNeeds() throws {
    let document = MessageSample.document(subject: MessageSample.subject(hostName: "<b>&'\""))
    let template = "{{name}}"
    let message = try Self.message(["subject": template, "long": template, "html": template], MessageSample.event(.raised, document))
    #expect(message.subject == "“<b>&'\"”" && message.long == message.subject)
    #expect(message.html == "“&lt;b&gt;&amp;&#39;&quot;”")
  }

  /// Nothing may stop an alert.
  @Test(arguments: ["", "  \n ", "{{nothing}}", "{{#who}}x{{/who}}", "{{> partial}}"])
  func emptyOnesAreReplaced(template: String) throws {
    let builtIn = try MessageSample.message(MessageSample.event())
    #expect(try Self.message(["subject": template, "short": template, "long": template, "html": template]) == builtIn)
  }

  @Test(arguments: [
    ("{{room", 1, TemplateError.Problem.unclosedTag), ("first\n  {{#room}}x", 2, .unclosedSection), ("a {{#a}}{{/b}}", 1, .wrongSectionEnd),
    ("{{/a}}", 1, .wrongSectionEnd), ("{{a b}}", 1, .unclosedTag), ("{{= =}}", 1, .syntax), ("{{% CONTENT_TYPE:PDF}}", 1, .syntax),
    (String(repeating: "x", count: 40_000), 1, .tooLong(limit: 32_768)),
  ])
  func badOnesAreNamedWithTheirPlace(text: String, line: Int, problem: TemplateError.Problem) throws {
    for name in ["subject", "html"] {
      let error = try #require(throws: TemplateError.self) { try MessageSample.writer(templates: [name: text]) }
      #expect(error.template == name && error.line == line && error.problem == problem && error.column >= 1)
      #expect(error.description.hasPrefix("template \(name), line \(line), column "))
    }
  }

  @Test func unknownNames() throws {
    let error = try #require(throws: TemplateError.self) { try MessageSample.writer(templates: ["sms": "x"]) }
    #expect(error.problem == .unknownName)
  }

  @Test func noTextHasTheSecret() throws {
    #expect(try Self.message(["long": "[{{secret}}]"]).long == "[]")
  }

  @Test(arguments: [
    (TemplateFormat.markdown, "[x](http://e) *b* _i_ `c` 1.", #"\[x\]\(http\:\/\/e\) \*b\* \_i\_ \`c\` 1\."#),
    (.json, "\"\\\n\u{1}é", #"\"\\\n\u0001é"#), (.json, "\u{301}\u{600}", "\u{301}\u{600}"), (.url, "a b&é+", "a%20b%26%C3%A9%2B"),
    (.header, "a\r\nB: é", "a B: ?"),
    (.html, "<a href='x'>&\"", "&lt;a href=&#39;x&#39;&gt;&amp;&quot;"),
    // What counts is the character of the mark-up, whatever joins it on the screen.
    (.html, "<\u{338}\"\u{301}", "&lt;\u{338}&quot;\u{301}"), (.text, "<&>\u{7}\u{202E}\n", "<&>\n"),
  ])
  func escapes(format: TemplateFormat, text: String, escaped: String) {
    #expect(format.escape(text).unicodeScalars.elementsEqual(escaped.unicodeScalars))
  }
}
