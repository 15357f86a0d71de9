import ConfigurationFiles
import Detection
import Testing

@testable import Sinks

/// What people read about one event or several.
@Suite struct MessageWriterTests {
  @Test func alertSaysWhereWhatWhyAndWhatToDo() throws {
    let message = try MessageSample.message(MessageSample.event())
    #expect(message.subject == "Hotel Sol: Undeclared camera in Room 12, “Imou IPC-C22” 192.168.88.122")
    #expect(
      message.short == "Hotel Sol: Undeclared camera in Room 12, “Imou IPC-C22” 192.168.88.122 (alert \(MessageSample.id))")
    #expect(message.isUrgent)
    #expect(message.alert == MessageSample.id)
    #expect(
      message.long == """
        Undeclared camera in Room 12

        A device on the network is a camera, and nobody declared it as the property's own.
        It may be a guest's own, a baby monitor for example: accuse nobody.

        Room: Room 12
        What: a camera
        Maker and model: “Imou IPC-C22”
        Calls itself: “IPC-C22”
        Address: 192.168.88.122 and fe80::2e0:4cff:fe36:c22
        Hardware address: 00:e0:4c:36:0c:22
        Here since: 24 Nov 2026, 18:47 (Europe/Lisbon)
        Time: 24 Nov 2026, 18:47 (Europe/Lisbon)
        Alert: c6f908eb2be5fa60

        Why Lenscap says so: the device
        - sends the DHCP host name “IPC-C22”, an Imou camera model
        - announces itself as “IPC-C22”
        - looks up “IPC-C22”, a server of the Imou camera cloud

        What to do
        1. Do not touch it, move it or unplug it.
        2. Photograph it, and the place where it is.
        3. Call your manager or security, and give them the number c6f908eb2be5fa60.

        Tell the others that you are handling it
        Press the button of this message, if it has one, or run on the box: lenscap alerts acknowledge c6f908eb2be5fa60

        Sent by Lenscap on box, Hotel Sol, Rua Nova 1.
        """)
  }

  @Test func acknowledgingByLink() throws {
    let url = "https://box.example/ack/a?b&c"
    let message = try MessageSample.message(MessageSample.event(), url: url)
    #expect(message.acknowledgeURL == url)
    #expect(message.long.contains("Open this page and press its button: \(url)"))
    #expect(message.html.contains("<a href=\"https://box.example/ack/a?b&amp;c\""))
    // A decision or a problem of the box has nothing to acknowledge.
    for event in [MessageSample.decision(.acknowledged), MessageSample.health("sees-nothing"), MessageSample.event(.test)] {
      let other = try MessageSample.message(event, url: url)
      #expect(other.acknowledgeURL == nil && other.alert == nil && !other.all.contains { $0.contains("/ack/") })
    }
  }

  /// Somebody looks through the camera now: that is as urgent as the camera itself.
  @Test func watchedNow() throws {
    let message = try MessageSample.message(MessageSample.watched(true))
    #expect(message.short.hasPrefix("Hotel Sol: Camera in Room 12 is watched from outside, “Imou IPC-C22” 192.168.88.122 (alert "))
    #expect(message.isUrgent)
    #expect(message.long.contains("It began to send 1.3 s after a message from outside, and has sent for 18 s."))
    #expect(message.long.contains("Sends to: 10.9.8.7") && message.long.contains("Photograph it"))
    let minimal = try MessageSample.message(MessageSample.watched(true), privacy: .minimal)
    #expect(minimal.long.contains("is watched from outside") && minimal.long.contains("1.3 s") && !minimal.long.contains("10.9.8.7"))
    let end = try MessageSample.message(MessageSample.watched(false))
    #expect(end.short.hasPrefix("Hotel Sol: Camera in Room 12 is not watched from outside any more"))
    #expect(end.long.contains("It sent for 18 s.") && !end.long.contains("at this moment"))
    let gathered = try MessageSample.message(MessageSample.event(.silent), MessageSample.watched(true))
    let (first, second) = (gathered.long.firstRange(of: "is watched"), gathered.long.firstRange(of: "went silent"))
    #expect(try #require(first).lowerBound < #require(second).lowerBound)
  }

  @Test(arguments: [
    (Event.Kind.raised, "Undeclared camera in Room 12"), (.surer, "Now certain: Undeclared camera in Room 12"),
    (.silent, "Camera in Room 12 went silent"), (.back, "Camera in Room 12 is back"),
    (.changed, "Camera in Room 12 started to send video and has a new viewer, 192.168.88.77"),
    (.acknowledged, "“Maria” acknowledged the alert about a camera in Room 12: “searching the room”"),
    (.dismissed, "“Maria” dismissed the alert about a camera in Room 12 as false: “searching the room”"),
    (.declared, "“Maria” declared a camera in Room 12 as the property's own: “searching the room”"),
    (.reopened, "“Maria” reopened the alert about a camera in Room 12: “searching the room”"),
    (.test, "Test message, no camera was found"),
  ])
  func headlines(kind: Event.Kind, headline: String) throws {
    var event = kind.isByPerson ? MessageSample.decision(kind) : MessageSample.event(kind)
    if kind == .changed {
      let changes: JSONValue = [
        ["what": "streams", "from": "false", "to": "true"], ["what": "viewer", "from": .null, "to": "192.168.88.77"],
        ["what": "kind", "from": .null, "to": "camera"],
      ]
      event = MessageSample.event(kind, MessageSample.document(changes: changes))
    }
    let message = try MessageSample.message(event)
    #expect(message.long.hasPrefix((kind == .test ? "TEST: " : "") + headline + "\n"))
    #expect(message.short.contains(headline) && message.subject.contains(headline))
  }

  @Test func aMoveGivesBothRooms() throws {
    let changes: JSONValue = [["what": "room", "from": "Room 11", "to": "Room 12"]]
    let message = try MessageSample.message(MessageSample.event(.changed, MessageSample.document(changes: changes)))
    #expect(message.long.hasPrefix("Camera moved from Room 11 to Room 12\n"))
  }

  @Test(arguments: [
    ("camera", "probable", "Probably an undeclared camera"), ("recorder", "camera", "Undeclared video recorder"),
    ("relay", "camera", "Undeclared base station for cameras"), ("something new", "camera", "Undeclared device"),
  ])
  func whatItIs(role: String, verdict: String, headline: String) throws {
    let subject = MessageSample.subject(room: .null, role: .string(role), verdict: .string(verdict))
    let message = try MessageSample.message(MessageSample.event(.raised, MessageSample.document(subject: subject)))
    #expect(message.long.hasPrefix(headline + "\n"))
    #expect(message.long.contains("Room: not known"))
    #expect(message.long.contains("is probably a camera") == (verdict == "probable"))
  }

  /// Each problem of the box has a text of its own, and says what to do unless it is over.
  @Test(arguments: HealthPhrase.allCases)
  func problemsOfTheBox(code: HealthPhrase) throws {
    let event = MessageSample.health(code == .other ? "a-code-of-the-future" : code.rawValue)
    let message = try MessageSample.message(event)
    let headline = String(message.long.prefix { $0 != "\n" })
    #expect(!headline.isEmpty && !headline.contains("{"))
    #expect(message.short == "Hotel Sol: \(headline)")
    #expect(message.long.contains("Details: “has disappeared”"))
    let isNews = code.isSolved || code == .interfaceRenamed
    #expect((Texts.of("en").advice(code, [:]) == nil) == isNews)
    #expect(!message.long.contains("Photograph"))
  }

  /// The codes of the watch are all known here.
  @Test func codesOfTheWatch() {
    let codes: [HealthEvent.Code] = [
      .interfaceGone, .interfaceBack, .interfaceRenamed, .interfaceDown, .seesNothing, .seesOthers, .seesOnlyItself, .packetsLost,
      .storeFailed, .storeBack, .storeRenewed, .noticesSuppressed, .clockUnsynchronised, .outputClosed, .outputStalled,
      .outputFailed, .outputBack, .recordingFailed, .recordingBack,
    ]
    for code in codes { #expect(HealthPhrase(rawValue: code.rawValue) != nil, "\(code.rawValue)") }
  }

  @Test func decisionsAreNotUrgentAndReopenedOnesAre() throws {
    for kind in [Event.Kind.acknowledged, .dismissed, .declared] {
      let message = try MessageSample.message(MessageSample.decision(kind))
      #expect(!message.isUrgent && message.alert == nil && !message.long.contains("Photograph"))
    }
    let reopened = try MessageSample.message(MessageSample.decision(.reopened, who: .null, note: .null))
    #expect(reopened.isUrgent && reopened.alert == MessageSample.id)
    #expect(reopened.long.hasPrefix("Somebody reopened the alert about a camera in Room 12\n"))
  }

  /// Where the document has no `who`, the alert's history has it.
  @Test func whoDecidedFromTheHistory() throws {
    var document = MessageSample.document()
    document["history"] = [
      ["time": "2026-11-24T19:00:00.000000Z", "what": "acknowledged", "who": "Ana", "note": .null],
      ["time": "2026-11-24T19:10:00.000000Z", "what": "dismissed", "who": "Rui", "note": "ours"],
    ]
    #expect(try MessageSample.message(MessageSample.event(.acknowledged, document)).long.hasPrefix("“Ana” acknowledged"))
    #expect(try MessageSample.message(MessageSample.event(.dismissed, document)).long.contains("as false: “ours”"))
  }

  @Test func escalation() throws {
    let message = try MessageSample.writer().message(
      for: [MessageSample.event()], occasion: .escalation(after: .seconds(900)), now: MessageSample.time)
    #expect(message.short.hasPrefix("Hotel Sol: Nobody acknowledged for 15 min: Undeclared camera in Room 12"))
    #expect(message.long.contains("Others had this alert 15 min ago"))
    #expect(message.long.contains("Photograph") && message.isUrgent && message.alert == MessageSample.id)
  }

  @Test func testsAreMarked() throws {
    var document = MessageSample.document()
    document["test"] = true
    for event in [MessageSample.event(.raised, document), MessageSample.event(.test, document)] {
      let message = try MessageSample.message(event)
      #expect(message.subject.hasPrefix("TEST: ") && message.short.hasPrefix("TEST: ") && message.long.hasPrefix("TEST: "))
      #expect(message.html.contains("TEST: "))
    }
  }

  // MARK: Several at once

  private static func alerts(_ count: Int, isFirstReport: Bool = false) -> [Event] {
    (0..<count).map { MessageSample.event(id: String(format(0x1000_0000 + $0)), isFirstReport: isFirstReport) }
  }

  private static func format(_ number: Int) -> String { "00000000" + String(number, radix: 16) }

  @Test func gatheredMessagesCountAndBeginWithTheMostSerious() throws {
    let probable = MessageSample.document(subject: MessageSample.subject(room: "Room 3", verdict: "probable"))
    let changes = (0..<3).map { MessageSample.event(.changed, id: Self.format($0)) }
    let events =
      changes + [MessageSample.health("interface-back"), MessageSample.event(.raised, probable, id: "probable00000000")] + Self.alerts(11)
      + [MessageSample.decision(.acknowledged)]
    let message = try MessageSample.writer().message(for: events, acknowledgeURL: "https://box/ack/x", now: MessageSample.time)
    #expect(
      message.short == "Hotel Sol: 12 undeclared cameras, 3 changes, 1 problem of the box over and 1 decision by people")
    #expect(message.isUrgent && message.alert == nil && message.acknowledgeURL == nil)
    let rows = message.long.split(separator: "\n").filter { $0.hasPrefix("- ") }
    #expect(rows.count == events.count)
    #expect(rows[0].contains("Undeclared camera in Room 12") && rows[11].contains("Probably an undeclared camera in Room 3"))
    #expect(rows[16].contains("“Maria” acknowledged"))
  }

  @Test func manyAreCut() throws {
    let message = try MessageSample.writer().message(for: Self.alerts(1000), now: MessageSample.time)
    #expect(message.short.contains("1000 undeclared cameras"))
    #expect(message.long.contains("- … and 980 more"))
    #expect(message.long.count < MessageWriter.longLimit)
  }

  @Test func oneCaseOfSeveralEventsCanBeAcknowledged() throws {
    let events = [MessageSample.event(), MessageSample.event(.surer), MessageSample.event(.silent)]
    let message = try MessageSample.writer().message(for: events, acknowledgeURL: "https://box/ack/x", now: MessageSample.time)
    #expect(message.alert == MessageSample.id && message.acknowledgeURL == "https://box/ack/x")
    #expect(message.short.contains("1 undeclared camera and 1 gone silent"))
  }

  @Test(arguments: [(14, "14 cameras are here that nobody declared"), (1, "1 camera is here that nobody declared")])
  func firstReport(count: Int, says: String) throws {
    var events = Self.alerts(count, isFirstReport: true)
    // The first of them became certain a moment later.
    events.append(MessageSample.event(.surer, id: events[0].alert ?? "", isFirstReport: true))
    let message = try MessageSample.writer().message(for: events, now: MessageSample.time)
    #expect(message.short.hasPrefix("Hotel Sol: First report: \(says)"))
    #expect(message.long.contains("lenscap known adopt"))
  }

  @Test func problemsOfTheBoxAreNothingToPhotograph() throws {
    let events = [MessageSample.health("interface-gone", severity: "high"), MessageSample.health("watch-silent", severity: "high")]
    let message = try MessageSample.writer().message(for: events, now: MessageSample.time)
    #expect(message.short == "Hotel Sol: 2 problems of the box" && message.isUrgent)
    #expect(!message.long.contains("Photograph") && !message.long.contains("Tell the others"))
  }

  @Test func ofNoEventsItSaysNothing() throws {
    #expect(try MessageSample.writer().message(for: [], now: MessageSample.time).short.isEmpty)
  }

  // MARK: Times, languages, templates

  @Test(arguments: [
    ("Asia/Tokyo", "25 Nov 2026, 03:47 (Asia/Tokyo)"), ("America/New_York", "24 Nov 2026, 13:47 (America/New_York)"),
    ("UTC", "24 Nov 2026, 18:47 (UTC)"),
  ])
  func timesAreThoseOfTheProperty(zone: String, time: String) throws {
    let message = try MessageSample.writer(zone: zone).message(for: [MessageSample.event()], now: MessageSample.time)
    #expect(message.long.contains("Time: \(time)"))
  }

  @Test func absurdTimesDoNoHarm() throws {
    for time in [Timestamp.distantPast, .distantFuture] {
      let event = Event(kind: .raised, uid: "u", time: time, alert: nil, document: .null)
      let message = try MessageSample.message(event)
      #expect(!message.long.isEmpty)
    }
    for text in ["", "2026-13-01T00:00:00Z", "2026-11-24T18:47:54.894013", "２０２６-11-24T18:47:54Z", "2026-11-24T18:47:5éZ"] {
      #expect(Timestamp(rfc3339: text) == nil, "\(text)")
    }
    #expect(Timestamp(rfc3339: "2000-02-29T00:00:00.5Z") == Timestamp(seconds: 951_782_400, nanoseconds: 500_000_000))
    #expect(Timestamp(rfc3339: "1970-01-01T00:00:00Z") == .zero)
  }

  /// Every language has every text, and each is a template.
  @Test(arguments: MessageWriter.languages)
  func languagesAreComplete(language: String) throws {
    let texts = Texts.of(language)
    #expect(texts.language == language)
    for phrase in Phrase.allCases {
      #expect(!texts.source(phrase).isEmpty, "\(language): \(phrase.rawValue)")
      _ = try Template(texts.source(phrase), .text, name: phrase.rawValue)
    }
    for code in HealthPhrase.allCases { #expect(!texts.problem(code, [:]).isEmpty, "\(language): \(code.rawValue)") }
    #expect(texts.list(.timeMonths).count == 12)
  }

  @Test func otherLanguagesFallBack() {
    #expect(Texts.of("en-GB").language == "en")
    #expect(Texts.of("xx").language == "en")
    #expect(Texts.of(nil).language == "en")
  }
}
