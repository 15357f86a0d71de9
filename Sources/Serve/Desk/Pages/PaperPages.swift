import Detection
import Documents
import Foundation
import Hummingbird
import Mustache
import Store
import WebDesk

/// Papers of a case, and certificates: forms that ask for them, and what became of that.
extension PageRoutes {
  func addPapers(to router: Router<DeskContext>) {
    router.get("cases/:id/evidence") { _, context -> Response in
      guard let identity = context.identity, identity.rights.contains(.look) else { throw WebError.forbidden }
      let id = try id(context)
      let (state, papers) = try await database.perform { database in
        guard let state = try database.caseState(id) else { throw WebError.notFound }
        return (state, identity.rights.contains(.act) ? try database.papers(about: state.alert.id) : [])
      }
      return .html(.ok, Pages.evidence(frame(context, "/cases"), state, papers))
    }
    for kind in [StoredPaper.Kind.evidence, .report] {
      router.post("cases/:id/\(kind.rawValue)") { _, context -> Response in
        let id = try id(context)
        try await order(kind, about: id, context)
        return .seeOther("/cases/\(Pages.queryEscaped(id))/evidence")
      }
    }
    router.get("certificates") { _, context -> Response in
      guard let identity = context.identity, identity.rights.contains(.audit) else { throw WebError.forbidden }
      let (papers, now) = try await database.perform { database in (try database.papers(about: nil), database.clock()) }
      return .html(.ok, Pages.certificates(frame(context, "/certificates"), papers, month: month(now)))
    }
    router.post("certificates") { _, context -> Response in
      try await order(.certificate, about: nil, context)
      return .seeOther("/certificates")
    }
    router.get("papers/:id") { _, context -> Response in
      guard let identity = context.identity else { throw WebError.forbidden }
      let (id, address) = (try id(context), context.address)
      let (paper, file) = try await database.perform { try $0.take(id, by: identity, from: address) }
      return file.response(name: paper.downloadName, type: paper.mediaType)
    }
  }

  /// `2026-11`
  private func month(_ time: Timestamp) -> String {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    let parts = calendar.dateComponents([.year, .month], from: Date(timeIntervalSince1970: Double(time.nanoseconds / 1_000_000_000)))
    return "\(parts.year ?? 0)-\((parts.month ?? 0) < 10 ? "0" : "")\(parts.month ?? 0)"
  }

  private func order(_ kind: StoredPaper.Kind, about id: String?, _ context: DeskContext) async throws {
    guard let identity = context.identity else { throw WebError.forbidden }
    let (form, address) = (context.form, context.address)
    let (order, reason) = try PaperOrder.read(kind, form, by: identity)
    _ = try await database.perform {
      try $0.order(order, about: id, reason: reason, isOnce: form["once"] == "yes", by: identity, from: address)
    }
    decided()
  }
}

extension Pages {
  private static let paperList = template(
    """
    <div data-list="papers">{{#papers}}<article class="card {{kind}}" data-key="{{id}}" data-paper="{{id}}" data-state="{{state}}">
    <h3>{{title}}</h3><p>{{status}}</p>{{#problem}}<p class="{{tone}}">{{problem}}</p>{{/problem}}{{#sum}}<p class="facts">SHA-256 <code>{{sum}}</code></p>{{/sum}}
    {{#href}}<p><a class="button" data-download="{{id}}" href="{{href}}" download="{{name}}">{{download}}</a></p>{{/href}}</article>
    {{/papers}}{{^papers}}<p data-key="none">{{none}}</p>{{/papers}}</div>
    """)

  private static func list(_ papers: [StoredPaper], for person: PageFrame.Person?) -> String {
    paperList.render([
      "none": Words.noPapers, "download": Words.download,
      "papers": papers.filter { person?.rights.isSuperset(of: DeskDatabase.right(to: $0)) == true }.map { paper in
        var values: [String: Any] = [
          "id": paper.id, "state": paper.paperState.rawValue, "title": Words.titleOfPaper(paper), "status": Words.stateOfPaper(paper),
          "kind": paper.paperState == .failed ? "blind" : "settled", "name": paper.downloadName,
          "tone": paper.paperState == .failed ? "bad" : "warn",
        ]
        values["problem"] = paper.problem?.forPeople(limit: 400)
        if paper.paperState == .ready {
          values["href"] = "/papers/\(paper.id)"
          values["sum"] = paper.sha256
        }
        return values
      },
    ])
  }

  private static let evidenceContent = template(
    """
    <h1>{{title}}: {{what}}</h1><p>{{text}}</p>
    {{#mayAct}}<div class="actions"><form method="post" action="/cases/{{id}}/evidence"><input type="hidden" name="csrf" value="{{csrf}}">
    <button class="main" data-submit="evidence">{{pack}}</button></form>
    <form method="post" action="/cases/{{id}}/report"><input type="hidden" name="csrf" value="{{csrf}}"><input type="hidden" name="format" value="html">
    <button data-submit="report">{{report}}</button></form>
    <form method="post" action="/cases/{{id}}/report"><input type="hidden" name="csrf" value="{{csrf}}"><input type="hidden" name="format" value="pdf">
    <button data-submit="report-pdf">{{reportPDF}}</button></form>
    {{#mayMedia}}<details><summary data-action="media">{{media}}</summary><p class="warn">{{mediaText}}</p>
    <form class="stack" method="post" action="/cases/{{id}}/evidence"><input type="hidden" name="csrf" value="{{csrf}}"><input type="hidden" name="media" value="yes">
    <label>{{reasonLabel}} <textarea name="reason" rows="2" maxlength="1000" required></textarea></label>
    <button class="main" data-submit="media">{{media}}</button></form></details>{{/mayMedia}}</div>
    <h2>{{papersTitle}}</h2>{{{papers}}}{{/mayAct}}
    {{^mayAct}}<p>{{askStaff}}</p>{{/mayAct}}<p>{{byHand}} <code>{{program}}</code></p><p><a href="/cases/{{id}}">{{back}}</a></p>
    """)

  static func evidence(_ frame: PageFrame, _ state: CaseState, _ papers: [StoredPaper]) -> String {
    var frame = frame
    let mayAct = frame.person?.rights.contains(.act) == true
    (frame.isLive, frame.isPolled) = (mayAct, true)
    return page(
      frame, title: Words.evidence,
      content: evidenceContent.render([
        "title": Words.evidence, "what": "\(state.place): \(state.what)", "text": Words.packText, "id": state.alert.id,
        "csrf": frame.formToken,
        "mayAct": mayAct, "mayMedia": frame.person?.rights.contains(.media) == true, "pack": Words.makePack, "report": Words.makeReport,
        "reportPDF": Words.makeReportPDF, "media": Words.makeMediaPack, "mediaText": Words.mediaText, "reasonLabel": Words.reason,
        "papersTitle": Words.papers, "papers": list(papers, for: frame.person), "askStaff": Words.askStaff, "byHand": Words.byHand,
        "program": Words.packProgram(state.alert.id), "back": Words.backToCase,
      ]))
  }

  private static let certificateContent = template(
    """
    <h1>{{title}}</h1><p>{{text}}</p>
    <form class="row" method="post" action="/certificates"><input type="hidden" name="csrf" value="{{csrf}}">
    <label>{{monthLabel}} <input name="month" type="month" value="{{month}}" pattern="20[0-9]{2}-(0[1-9]|1[0-2])" required></label>
    <label>{{formatLabel}} <select name="format"><option value="html">{{asPage}}</option><option value="pdf">{{asPDF}}</option></select></label>
    <button data-submit="certificate">{{make}}</button></form>
    <h2>{{papersTitle}}</h2>{{{papers}}}
    """)

  static func certificates(_ frame: PageFrame, _ papers: [StoredPaper], month: String) -> String {
    var frame = frame
    (frame.isLive, frame.isPolled) = (true, true)
    return page(
      frame, title: Words.certificates,
      content: certificateContent.render([
        "title": Words.certificates, "text": Words.certificateText, "csrf": frame.formToken, "monthLabel": Words.month,
        "month": month, "formatLabel": Words.format, "asPage": Words.asPage, "asPDF": Words.asPDF,
        "make": Words.makeCertificate, "papersTitle": Words.papers, "papers": list(papers, for: frame.person),
      ]))
  }
}
