import Detection
import Mustache
import WebDesk

/// On the page of a case: packs that the box was asked for.
extension CentralPages {
  private static let form = Pages.template(
    """
    <form class="row" method="post" action="/cases/{{id}}/evidence"><input type="hidden" name="csrf" value="{{csrf}}">\
    <input type="hidden" name="gateway" value="{{gateway}}"><button>{{ask}}</button></form>
    """)

  /// - Parameter items: what was asked, as the API has it.
  static func evidence(_ frame: PageFrame, of id: String, gateway: String, isWithdrawn: Bool, _ items: [String]) -> String {
    let mayAct = frame.person?.rights.contains(.act) == true
    guard !items.isEmpty || mayAct && !isWithdrawn else { return "" }
    let rows = items.map { json -> [ListTable.Cell] in
      let item = ListItem(json)
      let state = item.plain("state") ?? ""
      let isThere = state == "made" && mayAct
      return [
        time(item.time("asked")), .init(item.text("who") ?? ""),
        .init(
          CentralWords.evidenceStates[state] ?? state.forPeople(), link: isThere ? item.plain("href") : nil,
          tone: ["failed", "refused"].contains(state) ? "warn" : nil),
        .init(item.text("reason", limit: 300) ?? ""), .init(item.text("sha256") ?? "", isID: true),
      ]
    }
    var content = "<h2>\(Pages.escape(CentralWords.evidence))</h2><p>\(Pages.escape(CentralWords.evidenceLead))</p>"
    if mayAct, !isWithdrawn {
      content += form.render(["id": Pages.queryEscaped(id), "gateway": gateway, "csrf": frame.formToken, "ask": CentralWords.askEvidence])
    }
    if !rows.isEmpty {
      content += Pages.table(
        ListTable(columns: ["Asked", "By", CentralWords.state, "Why not", "SHA-256"], rows: rows), label: CentralWords.evidence)
    }
    return content
  }
}
