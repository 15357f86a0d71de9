import Mustache

/// A case, with what people may do about it.
extension Pages {
  private static let caseContent = template(
    """
    <article class="card{{#isSettled}} settled{{/isSettled}}" data-case="{{id}}" data-key="{{id}}" data-status="{{state}}" aria-labelledby="c-{{id}}">
    <h{{level}} id="c-{{id}}"><a href="{{link}}">{{place}}</a>: {{what}}</h{{level}}>
    <p><span class="tag">{{status}}</span> <time datetime="{{sinceISO}}">{{sinceWord}} {{since}}</time>. {{presence}}</p>
    <p>{{keeper}}</p>{{#proposal}}<p class="warn"><strong>{{proposal}}</strong></p>{{/proposal}}
    {{#watchers}}<p class="facts">{{watchers}}</p>{{/watchers}}{{#address}}<p class="facts">{{address}}</p>{{/address}}
    {{#hasReasons}}<p><strong>{{reasonsLabel}}</strong></p><ul class="plain">{{#reasons}}<li>{{.}}</li>{{/reasons}}{{#moreReasons}}<li><a href="{{link}}">{{moreReasons}}</a></li>{{/moreReasons}}</ul>{{/hasReasons}}
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
    {{#mayNote}}<details><summary data-action="note">{{addNote}}</summary>
    <form class="stack" method="post" action="/cases/{{id}}/note">{{>hidden}}
    <label>{{noteLabel}} <textarea name="note" rows="2" maxlength="1000" required></textarea></label>
    <button class="main" data-submit="note">{{addNote}}</button></form></details>{{/mayNote}}
    {{#mayHavePack}}<form method="post" action="/cases/{{id}}/evidence">{{>hidden}}<input type="hidden" name="once" value="yes">\
    <button data-action="evidence">{{evidence}}</button></form>{{/mayHavePack}}
    {{#mayAskForPack}}<a class="button" data-action="evidence" href="/cases/{{id}}/evidence">{{evidence}}</a>{{/mayAskForPack}}
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
    name="back" value="{{back}}">{{#gateway}}<input type="hidden" name="gateway" value="{{gateway}}">{{/gateway}}
    """)

  private static let library = MustacheLibrary(templates: ["hidden": hidden])

  private static let labels: [String: String] = [
    "sinceWord": Words.since, "reasonsLabel": Words.reasons, "noReasons": Words.noReasons, "timelineLabel": Words.timeline,
    "ours": Words.ours,
    "send": Words.send, "evidence": Words.evidence, "notACamera": Words.notACamera, "reopen": Words.reopen, "take": Words.take,
    "ownerLabel": Words.owner, "placeLabel": Words.place, "expiresLabel": Words.expires, "reasonLabel": Words.reason,
    "whoLabel": Words.who, "noteLabel": Words.note, "declareNow": Words.declareNow, "sendNow": Words.sendNow,
    "dismissNow": Words.dismissNow, "addNote": Words.addNote,
    "agree": Words.agree, "withdraw": Words.withdraw,
  ]

  /// - Parameter values: what the template names; what is missing is not shown. `link` is the page of the case, `gateway` its box where
  ///   there are several.
  public static func caseCard(_ values: [String: Any]) -> String {
    caseContent.render((labels as [String: Any]).merging(values) { $1 }, library: library)
  }
}
