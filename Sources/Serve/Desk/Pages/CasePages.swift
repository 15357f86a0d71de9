import Detection
import Documents
import Mustache
import Store
import WebDesk

/// The first screen and the pages about cases.
extension Pages {
  /// Cases on the first screen; the rest are behind a link.
  static let caseLimit = 12
  private static let blindLimit = 60

  private static func card(_ view: CaseView, _ frame: PageFrame, at now: Timestamp, back: String, isOpen: Bool = false) -> String {
    var values = view.values(frame, at: now, back: back, isOpen: isOpen)
    values["state"] = view.state.status.rawValue
    values["level"] = isOpen ? "2" : "3"
    return caseCard(values)
  }

  // MARK: The first screen

  private static let firstContent = template(
    """
    <div aria-live="polite"><h1 id="answer" data-state="{{state}}">{{sentence}}</h1></div>
    <h2>{{casesTitle}}</h2><div data-list="cases">{{{cases}}}{{#noCases}}<p data-key="none">{{noCases}}</p>{{/noCases}}
    {{#more}}<p data-key="more"><a href="/cases">{{more}}</a></p>{{/more}}</div>
    <div data-list="blind">{{#hasBlind}}<h2 data-key="title">{{blindTitle}}</h2>{{/hasBlind}}
    {{#blind}}<article class="card blind" data-key="{{room}}" data-room="{{room}}"><h3>{{room}}</h3><p>{{why}}</p></article>{{/blind}}</div>
    """)

  static func first(_ frame: PageFrame, _ answer: Answer, _ cases: [CaseView]) -> String {
    var values: [String: Any] = [
      "state": answer.state.rawValue, "sentence": answer.sentence, "casesTitle": Words.openCases, "blindTitle": Words.blindNow,
      "cases": cases.map { card($0, frame, at: answer.now, back: "/") }.joined(), "hasBlind": !answer.blind.isEmpty,
      "blind": answer.blind.prefix(blindLimit).map { ["room": $0.room.forPeople(), "why": Words.why($0, at: answer.now).firstUpper] },
    ]
    if cases.isEmpty { values["noCases"] = Words.noCases }
    if answer.figures.unsettled > cases.count { values["more"] = Words.more(answer.figures.unsettled - cases.count) }
    var frame = frame
    frame.isLive = true
    return page(
      frame, title: answer.figures.unsettled > 0 ? "(\(answer.figures.unsettled)) \(Words.now)" : Words.now,
      content: firstContent.render(values))
  }

  // MARK: One case

  static func one(_ frame: PageFrame, _ view: CaseView, at now: Timestamp) -> String {
    var frame = frame
    frame.isLive = true
    let title = "\(view.state.place): \(view.state.what)"
    let content =
      "<h1>\(escape(title))</h1><div data-list=\"cases\">"
      + card(view, frame, at: now, back: "/cases/\(view.state.alert.id)", isOpen: true) + "</div>"
    return page(frame, title: title, content: content)
  }

  private static let pictureContent = template(
    """
    <figure><svg class="traffic" role="img" aria-label="{{label}}" viewBox="0 0 640 120" preserveAspectRatio="none">{{{shapes}}}</svg>
    <figcaption class="facts">{{text}}</figcaption></figure>
    """)

  /// Traffic over time. The words stand below it: inside, a telephone would shrink them with it.
  static func picture(_ picture: TrafficPicture) -> String {
    pictureContent.render([
      "label": Words.traffic, "text": Words.picture(picture), "shapes": picture.shapes(left: 0, right: 640, top: 2, bottom: 118),
    ])
  }

  // MARK: The wall

  private static let wallContent = template(
    """
    <div aria-live="polite"><h1 id="answer" data-state="{{state}}">{{sentence}}</h1></div>
    <div data-list="cases">{{#cases}}<article class="card" data-key="{{id}}" data-case="{{id}}"><h2>{{place}}: {{what}}</h2>
    <p>{{since}}. {{status}}</p></article>{{/cases}}</div>
    <div data-list="blind">{{#blind}}<article class="card blind" data-key="{{room}}"><h2>{{room}}</h2><p>{{why}}</p></article>{{/blind}}</div>
    """)

  /// Only what is wrong, and nothing that names a device.
  static func wall(_ frame: PageFrame, _ answer: Answer, _ cases: [CaseState]) -> String {
    var frame = frame
    (frame.isLive, frame.isWall) = (true, true)
    let content = wallContent.render([
      "state": answer.state.rawValue, "sentence": answer.sentence,
      "cases": cases.map { state in
        [
          "id": state.alert.id, "place": state.place, "what": state.what.firstUpper,
          "since": Words.since(state.alert.raisedTime.dayAndTime(utc: false)).firstUpper,
          "status": (Words.statusWords[state.status.rawValue] ?? state.status.rawValue).firstUpper,
        ] as [String: Any]
      },
      "blind": answer.blind.prefix(blindLimit).map { ["room": $0.room.forPeople(), "why": Words.why($0, at: answer.now).firstUpper] },
    ])
    return page(frame, title: Words.now, content: content)
  }
}
