import ConfigurationFiles
import Detection
import Foundation
import Testing

@testable import Sinks

@Suite struct MailMessageTests {
  static let settings = Sample.settings(.mail) {
    ($0.host, $0.from, $0.to) = (
      "mail.example.org", "Lenscap Näherei <box@hotel.example>", ["Porter, Night <porter@hotel.example>", "manager@hotel.example"]
    )
  }

  private func mail(_ parcel: Parcel, _ change: (inout SinkSettings) -> Void = { _ in }) throws -> String {
    var settings = Self.settings
    change(&settings)
    return try String(decoding: MailSink(settings).message(for: parcel).bytes, as: UTF8.self)
  }

  /// The value of a header, unfolded.
  private func header(_ name: String, in mail: String) -> [String] {
    let head = mail.components(separatedBy: "\r\n\r\n")[0].replacing("\r\n ", with: " ")
    return head.components(separatedBy: "\r\n").compactMap { line in
      line.hasPrefix("\(name): ") ? String(line.dropFirst(name.count + 2)) : nil
    }
  }

  @Test func writesTheHeaders() throws {
    let mail = try mail(Sample.parcel())
    #expect(header("From", in: mail) == ["=?utf-8?B?TGVuc2NhcCBOw6RoZXJlaQ==?= <box@hotel.example>"])
    #expect(header("To", in: mail) == ["=?utf-8?B?UG9ydGVyLCBOaWdodA==?= <porter@hotel.example>, manager@hotel.example"])
    #expect(header("Subject", in: mail) == ["Camera in Room 12"])
    #expect(header("Date", in: mail) == ["Tue, 24 Nov 2026 14:03:20 +0000"])
    #expect(header("Message-ID", in: mail) == ["<6f1d2c3b4a596877.1@hotel.example>"])
    #expect(header("Auto-Submitted", in: mail) == ["auto-generated"] && header("Importance", in: mail) == ["high"])
    #expect(header("Content-Type", in: mail) == ["multipart/alternative; boundary=\"=_lenscap_=\""])
  }

  @Test func allMailsOfACaseAreOneThread() throws {
    let first = try mail(Sample.parcel())
    let next = try mail(Sample.parcel(.acknowledged, uid: "other.7"))
    let references = header("References", in: first)
    #expect(references == ["<case.6f1d2c3b4a596877@hotel.example>"] && references == header("References", in: next))
    #expect(header("In-Reply-To", in: first).isEmpty && header("In-Reply-To", in: next) == references)
    #expect(header("Message-ID", in: first) != header("Message-ID", in: next))
    #expect(header("Importance", in: next).isEmpty)
  }

  @Test func aRetryHasTheSameId() throws {
    let parcel = Sample.parcel()
    let later = Parcel(events: parcel.events, uid: parcel.uid, message: parcel.message, time: parcel.time + .seconds(3600))
    #expect(try header("Message-ID", in: mail(parcel)) == header("Message-ID", in: mail(later)))
  }

  @Test func textAloneWhereAskedFor() throws {
    let mail = try mail(Sample.parcel()) { $0.format = "long" }
    #expect(header("Content-Type", in: mail) == ["text/plain; charset=utf-8"])
    #expect(mail.hasSuffix("\r\n\r\nRoom 12: IPC-C22\r\nDo not touch it.\r\nCall the manager.\r\n"))
  }

  @Test func theAddressThatAcknowledgesIsInBothParts() throws {
    var message = Sample.message()
    message.acknowledgeURL = "https://box.example/ack/a?b&c"
    let mail = try mail(Sample.parcel(message: message))
    #expect(mail.contains("\r\nhttps://box.example/ack/a?b&c\r\n") && mail.contains("<a href=3D\"https://box.example/ack/a?b&amp;c\">"))
  }

  private func hostile(_ name: String) throws -> String {
    var message = Sample.message(name: name)
    message.subject = name
    message.html = "<p>\(name.htmlEscaped)</p>"
    return try mail(Sample.parcel(name: name, message: message))
  }

  @Test(arguments: Sample.hostileNames + [String(repeating: "x", count: 300), "", ".", "From me", "=3D trailing space "])
  func everyLineIsShortAscii(name: String) throws {
    let mail = try hostile(name)
    let lines = mail.components(separatedBy: "\r\n")
    #expect(lines.allSatisfy { $0.utf8.count <= 78 })
    #expect(mail.utf8.allSatisfy { $0 == 10 || $0 == 13 || (0x20...0x7E).contains($0) })
    #expect(!mail.replacing("\r\n", with: "").contains { $0 == "\r" || $0 == "\n" })
    #expect(!lines.contains { $0.hasPrefix(".") || $0.hasPrefix("From ") })
    #expect(lines.filter { $0.hasPrefix("--=_lenscap_=") }.count == 3)
  }

  /// With the mail library of Python, which is not this project's.
  @Test(.needs(.python3), arguments: Sample.hostileNames) func anotherProgramReadsTheSame(name: String) throws {
    let (status, output) = run("/usr/bin/python3", Tool.programs + "/parse_mail.py", input: Array(try hostile(name).utf8))
    try #require(status == 0)
    let mail = try JSONValue(Data(output.utf8))
    #expect(mail["defects"] == [])
    #expect(mail["addresses"] == ["from": ["box@hotel.example"], "to": ["porter@hotel.example", "manager@hotel.example"]])
    let headers = (mail["headers"]?.array ?? []).compactMap { $0.array?[0].string }
    #expect(
      headers == [
        "From", "To", "Subject", "Date", "Message-ID", "References", "Auto-Submitted", "Importance", "X-Priority", "MIME-Version",
        "Content-Type",
      ])
    #expect(mail["headers"]?.array?[2].array?[1].string == name.oneLine.cut(utf8: MailMessage.subjectLimit))
    let parts = mail["parts"]?.array ?? []
    #expect(parts.map { $0["type"] } == ["text/plain", "text/html"])
    let expected = "Room 12: \(name)\nDo not touch it.\nCall the manager.".plainText
    // Python ends a line at every character that Unicode calls a line break; both sides are compared by what is between.
    #expect(parts[0]["text"]?.string?.split(whereSeparator: \.isNewline) == expected.split(whereSeparator: \.isNewline))
  }

  @Test func addressesHoldNothingElse() {
    #expect(Mailbox("a.b+c@x-y.example")?.address.text == "a.b+c@x-y.example")
    #expect(Mailbox("\"Night, Porter\" <p@x.example>") == Mailbox("Night, Porter <p@x.example>"))
    for text in [
      "", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\r\nRCPT TO:<c@d>", "<a@b", "a@b>", "x <a@b> y", "a\u{0}@b", "\"a\"@b", "ä@b", "a@ä",
    ] {
      #expect(Mailbox(text) == nil, "\(text)")
    }
    #expect(MailAddress(String(repeating: "a", count: 65) + "@b") == nil)
  }
}
