import Foundation
import Packs
import Testing

@testable import Detection
@testable import Papers
@testable import Store

/// Certificates: what they say of a month, and what is said about changed ones.
@Suite struct CertificateTests {
  private static let november = CertificateMonth("2026-11")!
  /// 1 November 2026, UTC.
  private static let start = Timestamp(seconds: 1_793_491_200, nanoseconds: 0)
  private static let after = start + .seconds(31 * 86_400)

  /// A store with rooms of which so many hours were watched, and its folder's key.
  private static func withStore(
    _ rooms: [(name: String, watched: Int)], _ body: (PropertyStore, SigningKey) throws -> Void
  ) throws {
    try PackTests.withKey { (key, folder) throws in
      let store = try PropertyStore(path: folder.appending(path: "rooms.sqlite").path)
      try store.setRooms(rooms.map(\.name))
      for room in rooms {
        try store.save(
          (0..<720).map { hour in
            RoomHour(
              room: room.name, hour: start + .seconds(hour * 3600), reason: hour < room.watched ? nil : .quiet, lastFrame: nil)
          })
      }
      try body(store, key)
    }
  }

  private static func page(_ store: PropertyStore, _ key: SigningKey, at now: Timestamp = after) throws -> (html: String, text: String) {
    var record = try InspectionRecord(of: november, in: store, utc: true, at: now)
    record.property = "Hotel <Aurora>"
    let signed = try #require(CertificatePage(record).signed(by: key))
    return (String(decoding: signed.page, as: UTF8.self), signed.text)
  }

  private static func problem(_ text: String, _ key: SigningKey) -> String? {
    CertificateVerification(of: Array(text.utf8), key: key.publicKey).problem
  }

  @Test(arguments: [
    ("2026-11", true), ("2026-00", false), ("2026-13", false), ("26-11", false), ("2026-1", false), ("2026-11-01", false), ("", false),
    ("２０２６-11", false), ("1969-12", false),
  ])
  func months(text: String, isMonth: Bool) { #expect((CertificateMonth(text) != nil) == isMonth) }

  @Test func aMonthEndsWhereTheNextBegins() throws {
    let span = Self.november.span(utc: true)
    #expect(span.from == Self.start && span.to == Self.start + .seconds(30 * 86_400))
    #expect(try #require(CertificateMonth("2026-12")).span(utc: true).to == #require(CertificateMonth("2027-01")).span(utc: true).from)
  }

  @Test func roomsAreWatchedOrBlind() throws {
    try Self.withStore([("1", 720), ("2", 648), ("3", 647)]) { (store, key) throws in
      let record = try InspectionRecord(of: Self.november, in: store, utc: true, at: Self.after)
      #expect(record.rooms.map(\.hours) == [720, 720, 720] && record.rooms.map(\.watched) == [720, 648, 647])
      #expect(record.blindRooms.map(\.name) == ["3"] && record.blindRooms.first?.blind == [.quiet: 73])
      #expect(record.title == "Inspection certificate for November 2026")
      let html = try Self.page(store, key).html
      #expect(html.contains("2 of 3 rooms watched, 1 blind. No undeclared camera found where and when the network was watched."))
      #expect(html.contains("<td>no traffic: 73 h</td>"))
      #expect(
        try #require(html.firstRange(of: "Rooms that were blind")).lowerBound < html.firstRange(of: "Rooms that were watched")!.lowerBound)
    }
  }

  /// Whatever happened, nobody may take the paper for more than it is.
  @Test(arguments: [720, 100, 0])
  func itNeverPromises(watched: Int) throws {
    try Self.withStore([("1", watched)]) { (store, key) throws in
      let html = try Self.page(store, key).html
      // The policy for styles has a word of its own.
      let words = html.replacing("'unsafe-inline'", with: "").lowercased()
      #expect(!words.contains("safe") && !words.contains("secure") && !html.contains("no cameras"))
      for words in ["record to a card", "mobile network", "switched off", "behind a router"] { #expect(html.contains(words)) }
      #expect(html.contains("<script") == false && html.contains("Hotel &lt;Aurora&gt;"))
    }
  }

  @Test func tooFewHoursStandInTheTitle() throws {
    let title = "November 2026: too few watched hours for a certificate (300 of 720)"
    try Self.withStore([("1", 300)]) { (store, key) throws in
      let html = try Self.page(store, key).html
      #expect(html.contains("<title>\(title)</title>") && html.contains("<h1>\(title)</h1>"))
    }
    try Self.withStore([]) { (store, key) throws in
      #expect(try Self.page(store, key).html.contains("too few watched hours for a certificate (no room has hours)</h1>"))
    }
  }

  @Test func aMonthThatIsNotOver() throws {
    try Self.withStore([("1", 720)]) { (store, _) throws in
      let record = try InspectionRecord(of: Self.november, in: store, utc: true, at: Self.start + .seconds(10 * 3600 + 5))
      #expect(record.rooms.map(\.hours) == [10] && record.title == "Inspection certificate for November 2026, which is not over")
    }
  }

  @Test func hoursWithoutARecordAreBlind() throws {
    try Self.withStore([]) { (store, key) throws in
      try store.setRooms(["7"])
      let record = try InspectionRecord(of: Self.november, in: store, utc: true, at: Self.after)
      #expect(record.blindRooms.map(\.unrecorded) == [720])
      #expect(try Self.page(store, key).html.contains("no record: 720 h"))
    }
  }

  /// Who decided what, with the cases of earlier months that somebody decided in this one; without addresses of devices.
  @Test func peopleAndTheirDecisions() throws {
    try Self.withStore([("1", 720)]) { (store, key) throws in
      for (id, time) in [("000000000000000a", Self.start - .seconds(60)), ("000000000000000b", Self.start + .seconds(60))] {
        let alert = StoredAlert(
          id: id, kind: "unknown-camera", severity: "high", time: time, device: "mac:00:aa:bb:00:00:01", summary: "a camera: 10.0.0.9",
          document: "{}")
        try store.record([AlertRecord(alert)], at: time)
      }
      #expect(try InspectionRecord(of: Self.november, in: store, utc: true, at: Self.after).cases.map(\.id) == ["000000000000000b"])
      try store.apply(.dismiss, to: "000000000000000a", who: "maria", note: "<b>baby</b>", at: Self.start + .seconds(90))
      try store.declare([Declaration(pattern: "00:cc:*", name: "lobby 1", declaredBy: "tom", at: Self.start + .seconds(95))])
      let record = try InspectionRecord(of: Self.november, in: store, utc: true, at: Self.after)
      #expect(record.cases.map(\.id) == ["000000000000000a", "000000000000000b"] && record.raised == 1)
      let html = try Self.page(store, key).html
      #expect(html.contains("maria") && html.contains("&lt;b&gt;baby&lt;/b&gt;") && html.contains("tom") && html.contains("lobby 1"))
      #expect(!html.contains("10.0.0.9") && html.contains("1 undeclared camera found"))
    }
  }

  // MARK: The signature

  @Test func aTextIsVerifiedWithoutItsPage() throws {
    try Self.withStore([("1", 720)]) { (store, key) throws in
      let (html, text) = try Self.page(store, key)
      #expect(Self.problem(text, key) == nil && Self.problem(html, key) == nil)
      #expect(Self.problem(text.replacing("\n", with: "\r\n") + "\r\n", key) == nil, "copied by hand")
      let verified = CertificateVerification(of: Array(text.utf8), key: key.publicKey)
      #expect(verified.lines.contains("property: Hotel <Aurora>") && verified.lines.contains("hours: 720 of 720 watched"))
      #expect(text.utf8.count < 1000, "a code of it can be read from paper")
    }
  }

  @Test func everyFlippedByteIsFound() throws {
    try Self.withStore([("1", 720)]) { (store, key) throws in
      let text = Array(try Self.page(store, key).text.utf8)
      for place in text.indices {
        var changed = text
        changed[place] ^= 1
        // Two texts of Base64 may stand for the same bytes.
        let isEnd = place >= text.count - 3
        #expect(CertificateVerification(of: changed, key: key.publicKey).isVerified == false || isEnd, "byte \(place)")
      }
    }
  }

  @Test func aChangedPageIsFound() throws {
    try Self.withStore([("1", 720)]) { (store, key) throws in
      let html = try Self.page(store, key).html
      #expect(Self.problem(html.replacing(">720<", with: ">719<"), key) == "the page is not the one that was signed")
      #expect(Self.problem(html.replacing("720 of 720", with: "719 of 720"), key) == "it was changed since it was signed")
      #expect(Self.problem(html.replacing("<pre id=\"certificate\">", with: "<pre>"), key) == "it is no certificate")
    }
  }

  @Test func anotherKeyIsNamed() throws {
    try Self.withStore([("1", 720)]) { (store, key) throws in
      let text = try Self.page(store, key).text
      try PackTests.withKey { (other, _) throws in #expect(Self.problem(text, other)?.contains(other.publicKey.fingerprint) == true) }
    }
  }

  @Test(arguments: ["", "\n", "lenscap certificate 1", "lenscap certificate 1\nsignature: ", "%PDF-1.7", "<!--signed--><!--/signed-->"])
  func whatIsNoCertificate(text: String) throws {
    try PackTests.withKey { (key, _) throws in
      #expect(Self.problem(text, key) != nil)
      #expect(!CertificateVerification(of: [0xFF, 0xFE] + Array(text.utf8), key: key.publicKey).isVerified)
    }
  }

  /// Names that are longer than a code has room for are cut.
  @Test func longNames() throws {
    try Self.withStore([("1", 720)]) { (store, key) throws in
      var record = try InspectionRecord(of: Self.november, in: store, utc: true, at: Self.after)
      record.property = String(repeating: "ß\n\u{202E}", count: 5000)
      let signed = try #require(CertificatePage(record).signed(by: key))
      #expect(Self.problem(signed.text, key) == nil && signed.text.split(separator: "\n").count == 13)
    }
  }
}
