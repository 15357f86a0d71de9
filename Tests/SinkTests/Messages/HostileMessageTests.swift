import ConfigurationFiles
import Detection
import Foundation
import Testing

@testable import Sinks

/// Names that attackers choose, in every text that people read.
@Suite struct HostileMessageTests {
  static let names: [String] =
    Sample.hostileNames + [
      "<script>alert(1)</script>", "\"><img src=x onerror=y>",
      "[x](http://evil.example)", "{{mustache}} {{{property}}} {{#blocks}}", "safe\u{202E}gpj.exe\u{202C}",
      "zero\u{200B}\u{200D}\u{FEFF}width\u{2060}", "📷👩‍👩‍👧 camera", "   \t ", "",
      "x” dismissed as false. Nobody needs to look. “", "visit www.evil.example", "a\u{007F}",
      "\u{3164}\u{115F}hangul filler\u{2800}", "שלום", "\u{E000}private\u{E0041}tag",
    ]

  /// An alert with the name in every place.
  static func document(_ name: String) -> JSONValue {
    let value = JSONValue.string(name)
    let subject = MessageSample.subject(room: value, hostName: value, vendor: value, model: value)
    var document = MessageSample.document(
      subject: subject, value: name,
      changes: [["what": "viewer", "to": value], ["what": "model", "to": value], ["what": "room", "to": value]])
    document["summary"] = value
    document["severity"] = value
    document["verdict"] = value
    document["who"] = value
    document["note"] = value
    document["subject"]?["mac"] = value
    document["subject"]?["ips"] = [value]
    document["subject"]?["kind"] = value
    return document
  }

  static func events(_ name: String) -> [[Event]] {
    let document = document(name)
    var health = MessageSample.health("sees-nothing", text: .string(name)).document
    health["health"]?["interface"] = .string(name)
    let single = Event.Kind.allCases.map { kind in
      let own = kind == .health ? health : kind == .report ? ReportTests.report(name) : document
      return [Event(kind: kind, uid: name, time: MessageSample.time, alert: name, document: own)]
    }
    return single + [single.flatMap { $0 }, [MessageSample.event(.raised, document), MessageSample.event(.changed, document)]]
  }

  @Test(arguments: names) func everyText(name: String) throws {
    for privacy in [.full, .minimal] as [PrivacySettings.Level] {
      let writer = try MessageSample.writer(privacy)
      for events in Self.events(name) {
        let message = writer.message(for: events, now: MessageSample.time)
        let kind = events[0].kind
        for line in [message.subject, message.short] {
          #expect(!line.contains { $0.isNewline }, "\(kind): \(line)")
          #expect(line.hasPrefix("Hotel Sol: ") || line.hasPrefix("TEST: Hotel Sol: "))
        }
        #expect(message.subject.count <= MessageWriter.subjectLimit && message.short.count <= MessageWriter.shortLimit)
        #expect(message.long.count <= MessageWriter.longLimit && message.html.utf8.count < 200_000)
        for text in message.all {
          #expect(!text.isEmpty)
          let hidden = text.unicodeScalars.filter(Self.isHidden)
          #expect(hidden.isEmpty, "\(kind): \(hidden.map { String($0.value, radix: 16) })")
          #expect(!text.contains("http://evil") && !text.contains("www.evil"), "\(kind): \(text)")
        }
        // The mark-up is ours alone.
        let tags = message.html.split(separator: "<").compactMap { $0.split(separator: ">").first.map(String.init) }
        for tag in tags {
          let element = tag.prefix { $0 != " " && $0 != ">" }
          #expect(["div", "/div", "p", "/p", "b", "/b"].contains(String(element)), "\(kind): <\(tag)>")
        }
      }
    }
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control: scalar != "\n"
    case .format where scalar == "\u{200D}": false  // within emoji; VisibleTextTests has the rest
    case .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
    default: scalar.properties.isDefaultIgnorableCodePoint && scalar != "\u{FE0F}"
    }
  }

  /// Names stay in quotation marks that they cannot close, so that none looks like a sentence of ours.
  @Test func quotationMarksHold() throws {
    let name = "x” dismissed as false. Nobody needs to look. “"
    let message = try MessageSample.message(MessageSample.event(.raised, Self.document(name)))
    #expect(message.long.contains("Calls itself: “x' dismissed as false. Nobody needs to look. '”"))
    let inReasons = message.long.split(separator: "\n").filter { $0.hasPrefix("- ") }
    #expect(inReasons.first == "- sends the DHCP host name “x' dismissed as false. Nobody needs to look. '”, an Imou camera model")
    #expect(inReasons.last == "- looks up “x' dismissed as false. Nobody needs to look. '”, a server of the Imou camera cloud")
  }

  /// Whatever a document lacks or has of another type, there is a message.
  @Test func brokenDocuments() throws {
    for document in [.null, [], "text", ["subject": "text", "evidence": ["a", .null, 3], "changes": 5, "health": []]] as [JSONValue] {
      for kind in Event.Kind.allCases {
        let message = try MessageSample.message(Event(kind: kind, uid: "", time: .zero, alert: nil, document: document))
        #expect(!message.all.contains(""))
      }
    }
  }
}
