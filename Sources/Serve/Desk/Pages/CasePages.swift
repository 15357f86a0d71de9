import Detection
import Documents
import Mustache
import Store

/// The first screen and the pages about cases.
extension Pages {
  /// Cases on the first screen; the rest are behind a link.
  static let caseLimit = 12
  private static let blindLimit = 60

  private static let caseCard = template(
    """
    <article class="card{{#isSettled}} settled{{/isSettled}}" data-case="{{id}}" data-key="{{id}}" data-status="{{state}}" aria-labelledby="c-{{id}}">
    <h{{level}} id="c-{{id}}"><a href="/cases/{{id}}">{{place}}</a>: {{what}}</h{{level}}>
    <p><span class="tag">{{status}}</span> <time datetime="{{sinceISO}}">{{sinceWord}} {{since}}</time>. {{presence}}</p>
    <p>{{keeper}}</p>{{#proposal}}<p class="warn"><strong>{{proposal}}</strong></p>{{/proposal}}
    {{#watchers}}<p class="facts">{{watchers}}</p>{{/watchers}}{{#address}}<p class="facts">{{address}}</p>{{/address}}
    {{#hasReasons}}<p><strong>{{reasonsLabel}}</strong></p><ul class="plain">{{#reasons}}<li>{{.}}</li>{{/reasons}}{{#moreReasons}}<li><a href="/cases/{{id}}">{{moreReasons}}</a></li>{{/moreReasons}}</ul>{{/hasReasons}}
    {{^hasReasons}}<p class="facts">{{noReasons}}</p>{{/hasReasons}}
    {{#traffic}}<p>{{traffic}}</p>{{/traffic}}{{#picture}}{{{picture}}}{{/picture}}
    <details data-part="timeline"{{#isOpen}} open{{/isOpen}}><summary>{{timelineLabel}}</summary><ul class="plain">
    {{#timeline}}<li><time datetime="{{iso}}">{{time}}</time> {{text}}</li>{{/timeline}}</ul></details>
    <div class="actions">
    {{#mayDecide}}<details><summary data-action="ours">{{ours}}</summary>
    <form class="stack" method="post" action="/cases/{{id}}/declare">{{>hidden}}
    <label>{{ownerLabel}} <input name="owner" maxlength="80"></label><label>{{placeLabel}} <input name="place" maxlength="80"></label>
    <label>{{expiresLabel}} <input name="expires" type="date"></label>
    <label>{{reasonLabel}} <textarea name="reason" rows="2" maxlength="1000" required></textarea></label>
    <button class="main" data-submit="ours">{{declareNow}}</button></form></details>{{/mayDecide}}
    {{#mayAct}}<details><summary data-action="send">{{send}}</summary>
    <form class="stack" method="post" action="/cases/{{id}}/assign">{{>hidden}}
    <label>{{whoLabel}} <input name="to" maxlength="80" required></label>
    <label>{{noteLabel}} <textarea name="note" rows="2" maxlength="1000"></textarea></label>
    <button class="main" data-submit="send">{{sendNow}}</button></form></details>
    {{^isTaken}}<form method="post" action="/cases/{{id}}/acknowledge">{{>hidden}}<button data-action="take">{{take}}</button></form>{{/isTaken}}{{/mayAct}}
    {{#mayAct}}<form method="post" action="/cases/{{id}}/evidence">{{>hidden}}<input type="hidden" name="once" value="yes">\
    <button data-action="evidence">{{evidence}}</button></form>{{/mayAct}}
    {{^mayAct}}<a class="button" data-action="evidence" href="/cases/{{id}}/evidence">{{evidence}}</a>{{/mayAct}}
    {{#mayDecide}}<details><summary data-action="dismiss">{{notACamera}}</summary>
    <form class="stack" method="post" action="/cases/{{id}}/dismiss">{{>hidden}}
    <label>{{reasonLabel}} <textarea name="reason" rows="2" maxlength="1000" required></textarea></label>
    <button class="main" data-submit="dismiss">{{dismissNow}}</button></form></details>{{/mayDecide}}
    {{#mayAgree}}<details><summary data-action="agree">{{agree}}</summary>
    <form class="stack" method="post" action="/cases/{{id}}/{{proposedAction}}">{{>hidden}}
    <label>{{reasonLabel}} <textarea name="reason" rows="2" maxlength="1000" required></textarea></label>
    <button class="main" data-submit="agree">{{agree}}</button></form></details>{{/mayAgree}}
    {{#mayReopen}}<form method="post" action="/cases/{{id}}/reopen">{{>hidden}}<button data-action="reopen">{{reopen}}</button></form>{{/mayReopen}}
    {{^mayReopen}}{{#proposal}}{{#mayAgree}}<form method="post" action="/cases/{{id}}/reopen">{{>hidden}}
    <button data-action="withdraw">{{withdraw}}</button></form>{{/mayAgree}}{{/proposal}}{{/mayReopen}}
    </div></article>

    """)

  private static let hidden = template(
    """
    <input type="hidden" name="csrf" value="{{csrf}}"><input type="hidden" name="version" value="{{version}}"><input type="hidden" \
    name="back" value="{{back}}">
    """)

  private static let library = MustacheLibrary(templates: ["case": caseCard, "hidden": hidden])

  private static let labels: [String: String] = [
    "sinceWord": Words.since, "reasonsLabel": Words.reasons, "noReasons": Words.noReasons, "timelineLabel": Words.timeline,
    "ours": Words.ours,
    "send": Words.send, "evidence": Words.evidence, "notACamera": Words.notACamera, "reopen": Words.reopen, "take": Words.take,
    "ownerLabel": Words.owner, "placeLabel": Words.place, "expiresLabel": Words.expires, "reasonLabel": Words.reason,
    "whoLabel": Words.who, "noteLabel": Words.note, "declareNow": Words.declareNow, "sendNow": Words.sendNow,
    "dismissNow": Words.dismissNow,
    "agree": Words.agree, "withdraw": Words.withdraw,
  ]

  private static func card(_ view: CaseView, _ frame: Frame, at now: Timestamp, back: String, isOpen: Bool = false) -> String {
    var values = (labels as [String: Any]).merging(view.values(frame, at: now, back: back, isOpen: isOpen)) { $1 }
    values["state"] = view.state.status.rawValue
    values["level"] = isOpen ? "2" : "3"
    return caseCard.render(values, library: library)
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

  static func first(_ frame: Frame, _ answer: Answer, _ cases: [CaseView]) -> String {
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

  static func one(_ frame: Frame, _ view: CaseView, at now: Timestamp) -> String {
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

  static func escape(_ text: String) -> String { escaping.render(["text": text]) }
  private static let escaping = template("{{text}}")

  // MARK: The wall

  private static let wallContent = template(
    """
    <div aria-live="polite"><h1 id="answer" data-state="{{state}}">{{sentence}}</h1></div>
    <div data-list="cases">{{#cases}}<article class="card" data-key="{{id}}" data-case="{{id}}"><h2>{{place}}: {{what}}</h2>
    <p>{{since}}. {{status}}</p></article>{{/cases}}</div>
    <div data-list="blind">{{#blind}}<article class="card blind" data-key="{{room}}"><h2>{{room}}</h2><p>{{why}}</p></article>{{/blind}}</div>
    """)

  /// Only what is wrong, and nothing that names a device.
  static func wall(_ frame: Frame, _ answer: Answer, _ cases: [CaseState]) -> String {
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
