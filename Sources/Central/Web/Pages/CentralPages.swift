import Detection
import Foundation
import Mustache
import WebDesk

/// The pages for people, in the look of the page of a box. Templates escape everything; the few parts with three braces are made here.
enum CentralPages {
  static let brand = "Lenscap Central"

  static func frame(_ context: CentralContext, _ path: String) -> PageFrame {
    guard let identity = context.identity else { return PageFrame(brand: brand) }
    var frame = PageFrame(brand: "\(brand): \(identity.tenant)")
    frame.person = PageFrame.Person(name: identity.name, role: identity.role, rights: identity.rights)
    frame.formToken = context.cookie.map(OneTimeSecret.formToken) ?? ""
    frame.path = path
    frame.pages = [
      ("/", CentralWords.properties), ("/cases", Words.cases), ("/devices", Words.devices), ("/boxes", CentralWords.boxes),
      ("/releases", CentralWords.releases),
    ]
    if identity.rights.contains(.audit) { frame.pages.append(("/audit", Words.audit)) }
    return frame
  }

  private static let tokenForm = Pages.template(
    """
    <details><summary>{{title}}</summary><p class="facts">{{text}}</p><form class="stack" method="post" action="/sign-in">
    <input type="hidden" name="csrf" value="{{csrf}}"><label>{{label}} <input name="token" type="password" autocomplete="off" \
    maxlength="128" required></label><button>{{signIn}}</button></form></details>
    """)

  static func signIn(_ frame: PageFrame, tenant: String, problem: String? = nil) -> String {
    Pages.signIn(
      frame, chain: tenant, problem: problem,
      more: tokenForm.render([
        "title": CentralWords.withToken, "text": CentralWords.tokenText, "csrf": frame.formToken, "label": CentralWords.token,
        "signIn": Words.signIn,
      ]))
  }

  // MARK: Properties

  static func properties(
    _ frame: PageFrame, _ figures: CentralFigures, _ page: CentralPage, _ query: CentralQuery, at now: Timestamp
  ) -> String {
    var frame = frame
    frame.isLive = true
    let state = figures.cases > 0 ? "cameras" : figures.blind > 0 || figures.properties == 0 ? "blind" : "clear"
    let rows = page.items.map { json -> [ListTable.Cell] in
      let item = ListItem(json)
      let site = item.plain("site") ?? ""
      return [
        .init(site, link: propertyLink(site), tone: "one"), .init(self.state(of: item, at: now), tone: tone(of: item)),
        .init("\(item.number("open_alerts") ?? 0)", link: "/cases?site=\(Pages.queryEscaped(site))"), .init(boxes(of: item)),
        time(item.time("heard") ?? "never"),
      ]
    }
    let choice = Pages.Choice(
      name: "status", label: CentralWords.state,
      options: [("", Words.all)] + CentralList.properties.statuses.map { ($0, CentralWords.stateWords[$0] ?? $0) },
      chosen: query.status ?? "")
    let isFiltered = query.status != nil || query.text != nil
    return Pages.list(
      frame, title: CentralWords.properties, answer: (state, CentralWords.sentence(figures)), lead: CentralWords.worstFirst,
      form: Pages.filter(search: query.text ?? "", [choice]),
      ListTable(columns: [CentralWords.property, CentralWords.state, Words.openCases, CentralWords.boxes, "Last heard"], rows: rows),
      nothing: isFiltered ? CentralWords.nothingFits : CentralWords.noProperty, csv: "/api/1/properties?limit=500&format=csv",
      next: page.next.map { "/?\(kept(query))cursor=\($0)" }, nextLabel: Words.further)
  }

  /// A cell on one line.
  static func time(_ text: String?) -> ListTable.Cell { .init(text ?? "–", tone: "one") }

  static func propertyLink(_ site: String) -> String { "/properties/\(Pages.queryEscaped(site))" }

  /// In words, with since when.
  static func state(of property: ListItem, at now: Timestamp) -> String {
    guard property.plain("status") == "blind" else {
      return CentralWords.stateWords[property.plain("status") ?? ""] ?? ""
    }
    let boxes = property.items("gateways")
    if !boxes.isEmpty, boxes.allSatisfy({ $0.flag("online") }) { return CentralWords.notWatching }
    return CentralWords.blind(since: property.ago("blind_since", now))
  }

  static func tone(of property: ListItem) -> String {
    ["blind": "warn", "open": "bad"][property.plain("status") ?? ""] ?? "good"
  }

  /// `2: 0.1.0, 0.2.0`
  private static func boxes(of property: ListItem) -> String {
    let boxes = property.items("gateways")
    let versions = Set(boxes.map { $0.text("version", limit: 30) ?? "version unknown" }).sorted()
    return boxes.isEmpty ? "none" : "\(boxes.count): \(versions.joined(separator: ", "))"
  }

  /// What the next page is asked for, too.
  static func kept(_ query: CentralQuery) -> String {
    let fields = [
      ("q", query.text), ("status", query.status), ("site", query.site), ("severity", query.severity), ("room", query.room),
      ("properties", query.properties.map { "\($0)" }),
    ]
    return fields.compactMap { name, value in value.map { "\(name)=\(Pages.queryEscaped($0))&" } }.joined()
  }
}
