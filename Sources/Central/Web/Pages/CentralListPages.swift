import Detection
import Foundation
import WebDesk

/// Cases, devices, boxes, one property and the log.
extension CentralPages {
  // MARK: Cases

  static func caseLink(_ id: String, _ gateway: String) -> String {
    "/cases/\(Pages.queryEscaped(id))?gateway=\(Pages.queryEscaped(gateway))"
  }

  private static let caseColumns = [CentralWords.property, Words.room, "What", "Since", "Status", CentralWords.severity]

  private static func caseRow(_ json: String) -> [ListTable.Cell] {
    let item = ListItem(json)
    let status = item.plain("status") ?? ""
    return [
      .init(item.plain("site") ?? "", link: propertyLink(item.plain("site") ?? ""), tone: "one"),
      .init(item.item("subject").text("room") ?? "–"),
      .init(item.text("summary", limit: 120) ?? "–", link: caseLink(item.plain("id") ?? "", item.plain("gateway") ?? "")),
      time(item.time("first_received")),
      .init(CentralWords.statusWords[status] ?? status.forPeople(), tone: status == "open" ? "bad" : nil),
      .init(item.text("severity") ?? "–"),
    ]
  }

  static func cases(_ frame: PageFrame, _ page: CentralPage, _ query: CentralQuery) -> String {
    var frame = frame
    frame.isLive = true
    let status = Pages.Choice(
      name: "status", label: "Status",
      options: [("", Words.all)] + CentralList.alerts.statuses.map { ($0, CentralWords.statusWords[$0] ?? $0) },
      chosen: query.status ?? "")
    let severity = Pages.Choice(
      name: "severity", label: CentralWords.severity, options: [("", Words.all)] + CentralQuery.severities.map { ($0, $0) },
      chosen: query.severity ?? "")
    return Pages.list(
      frame, title: query.site.map { "\(Words.cases): \($0)" } ?? Words.cases,
      form: Pages.filter(search: query.text ?? query.site ?? "", searchLabel: CentralWords.property, [status, severity]),
      ListTable(columns: caseColumns, rows: page.items.map(caseRow)), csv: "/api/1/alerts?\(kept(query))limit=500&format=csv",
      next: page.next.map { "/cases?\(kept(query))cursor=\($0)" })
  }

  // MARK: Devices

  static func devices(_ frame: PageFrame, _ page: CentralPage, _ query: CentralQuery) -> String {
    let rows = page.items.map { json -> [ListTable.Cell] in
      let item = ListItem(json)
      let (site, count) = (item.plain("site") ?? "", item.number("properties") ?? 1)
      let address = ([item.texts("ips").first, item.text("mac")]).compactMap { $0 }.joined(separator: " ")
      return [
        .init(site, link: propertyLink(site), tone: "one"),
        .init(
          item.text("hostname", limit: 40) ?? item.text("model", limit: 40) ?? "–",
          link: item.plain("alert").map { caseLink($0, item.plain("gateway") ?? "") }),
        .init(item.text("vendor", limit: 40) ?? item.text("maker", limit: 40) ?? "–"), .init(item.text("room") ?? "–"),
        time(item.time("first_received")), time(item.time("received")),
        .init("\(count)", tone: count > 1 ? "bad" : nil), .init(address, isID: true),
      ]
    }
    let choice = Pages.Choice(
      name: "properties", label: CentralWords.several, options: [("", CentralWords.anywhere), ("2", CentralWords.atTwo)],
      chosen: query.properties.map { "\($0)" } ?? "")
    return Pages.list(
      frame, title: Words.devices, lead: CentralWords.noPerson,
      form: Pages.filter(search: query.text ?? query.site ?? "", searchLabel: CentralWords.property, [choice]),
      ListTable(
        columns: [
          CentralWords.property, "Name", "Maker", Words.room, "First reported", "Last reported", CentralWords.properties, "Address",
        ],
        rows: rows), csv: "/api/1/devices?\(kept(query))limit=500&format=csv",
      next: page.next.map { "/devices?\(kept(query))cursor=\($0)" }, nextLabel: Words.further)
  }

  // MARK: Boxes

  private static let boxColumns = [
    CentralWords.property, CentralWords.box, CentralWords.state, CentralWords.version, "Rooms watched", "Packets", "Waiting",
    "From central",
    "Certificate until",
  ]

  private static func boxRow(_ json: String, at now: Timestamp) -> [ListTable.Cell] {
    let item = ListItem(json)
    let (site, isWatching) = (item.plain("site") ?? "", item.flag("watching"))
    let state =
      isWatching
      ? CentralWords.watching : item.flag("online") ? CentralWords.notWatching : CentralWords.blind(since: item.ago("alive", now))
    let rooms = item.number("rooms") ?? 0
    let packets = item.number("packets").map { "\($0)" + (item.number("dropped").map { ", \($0) lost" } ?? "") }
    let applied = item.item("applied").pairs.map { "\($0.key): \($0.text)" }
    let refused = item.item("refused").pairs.map { "refused \($0.key): \($0.text)" }
    return [
      .init(site, link: propertyLink(site), tone: "one"), .init(item.plain("gateway") ?? "", isID: true),
      .init(state, tone: isWatching ? "good" : "warn"), .init(item.text("version", limit: 40) ?? "unknown"),
      .init(rooms > 0 ? "\(item.number("rooms_watched") ?? 0) of \(rooms)" : "–"), .init(packets ?? "–"),
      .init(item.number("pending").map { "\($0)" } ?? "–"), .init((applied + refused).joined(separator: "; ")),
      time(item.time("certificate_expires").map { String($0.prefix(10)) }),
    ]
  }

  static func boxes(_ frame: PageFrame, _ page: CentralPage, _ query: CentralQuery, at now: Timestamp) -> String {
    let choice = Pages.Choice(
      name: "status", label: CentralWords.state, options: [("", Words.all)] + CentralList.coverage.statuses.map { ($0, $0) },
      chosen: query.status ?? "")
    return Pages.list(
      frame, title: CentralWords.boxes, lead: CentralWords.boxesLead,
      form: Pages.filter(search: query.text ?? "", searchLabel: CentralWords.property, [choice]),
      ListTable(columns: boxColumns, rows: page.items.map { boxRow($0, at: now) }), csv: "/api/1/coverage?limit=500&format=csv",
      next: page.next.map { "/boxes?\(kept(query))cursor=\($0)" }, nextLabel: Words.further)
  }

  // MARK: One property

  /// What the page of a property shows.
  struct Property: Sendable {
    let item: String
    let cases: CentralPage
    let boxes: CentralPage
    let rooms: CentralPage
  }

  static func property(_ frame: PageFrame, _ property: Property, site: String, at now: Timestamp) -> String {
    var frame = frame
    frame.isLive = true
    let item = ListItem(property.item)
    let site = item.plain("site") ?? site
    let open = item.number("open_alerts") ?? 0
    let state = open > 0 ? "cameras" : item.plain("status") == "blind" ? "blind" : "clear"
    var sentence = "\(site): \(self.state(of: item, at: now))."
    if open > 0 {
      let watched = item.plain("status") == "blind" ? self.state(of: item, at: now) : CentralWords.stateWords["clear"] ?? ""
      sentence = "\(site): \(open) \(open == 1 ? "case is" : "cases are") open; \(watched)."
    }
    let rooms = property.rooms.items.map { json -> [ListTable.Cell] in
      let room = ListItem(json)
      let hours = (room.number("hours_watched") ?? 0, room.number("hours") ?? 0)
      return [
        .init(room.text("room") ?? "–"),
        .init(CentralWords.watched("\(hours.0)", "\(hours.1)"), tone: hours.0 == 0 ? "warn" : nil),
        time(room.time("last_frame") ?? "never"), .init(room.text("reason") ?? ""),
      ]
    }
    func more(_ page: CentralPage, _ link: String) -> String {
      page.next == nil ? "" : "<p><a href=\"\(link)site=\(Pages.queryEscaped(site))\">\(Pages.escape(Words.further))</a></p>"
    }
    let parts = [
      "<h2>\(Pages.escape(CentralWords.boxes))</h2>",
      Pages.table(
        ListTable(columns: Array(boxColumns.dropFirst()), rows: property.boxes.items.map { Array(boxRow($0, at: now).dropFirst()) }),
        label: CentralWords.boxes),
      more(property.boxes, "/boxes?"), "<h2>\(Pages.escape(CentralWords.blindHours))</h2>",
      Pages.table(ListTable(columns: [Words.room, "Watched", "Last packet", "Why not"], rows: rooms), label: Words.rooms),
      more(property.rooms, "/api/1/rooms?"), "<p><a href=\"/devices?q=\(Pages.queryEscaped(site))\">\(Pages.escape(Words.devices))</a></p>",
    ]
    return Pages.list(
      frame, title: site, answer: (state, sentence),
      ListTable(columns: Array(caseColumns.dropFirst()), rows: property.cases.items.map { Array(caseRow($0).dropFirst()) }),
      nothing: Words.noCases,
      csv: "/api/1/alerts?site=\(Pages.queryEscaped(site))&limit=500&format=csv",
      next: property.cases.next == nil ? nil : "/cases?site=\(Pages.queryEscaped(site))", nextLabel: Words.further,
      more: parts.joined())
  }

  // MARK: Releases

  static func releases(_ frame: PageFrame, _ page: CentralPage, _ query: CentralQuery) -> String {
    let rows = page.items.map { json -> [ListTable.Cell] in
      let item = ListItem(json)
      let (status, boxes) = (item.plain("status") ?? "", item.item("boxes"))
      let refused = item.item("refused").pairs.prefix(3).map { "\($0.key): \($0.text)" }
      let why = ([item.text("reason", limit: 300)].compactMap { $0 } + refused).joined(separator: "; ")
      return [
        time(item.time("made")), .init(item.text("summary", limit: 120) ?? "–"),
        .init(status.forPeople(), tone: status == "stopped" ? "bad" : status == "done" ? "good" : nil),
        .init("\(item.number("percent") ?? 0) %"),
        .init(CentralWords.boxes(boxes.number("taken") ?? 0, boxes.number("chosen") ?? 0, boxes.number("refused") ?? 0)),
        .init(why), .init(item.text("who") ?? ""),
      ]
    }
    let choice = Pages.Choice(
      name: "status", label: CentralWords.state, options: [("", Words.all)] + CentralList.releases.statuses.map { ($0, $0) },
      chosen: query.status ?? "")
    return Pages.list(
      frame, title: CentralWords.releases, lead: CentralWords.releasesLead, form: Pages.filter(search: nil, [choice]),
      ListTable(columns: ["Since", "What", CentralWords.state, "Stage", "Boxes that have it", "Why", "By"], rows: rows),
      csv: "/api/1/releases?limit=500&format=csv", next: page.next.map { "/releases?\(kept(query))cursor=\($0)" },
      nextLabel: Words.further)
  }

  // MARK: Who did what

  static func audit(_ frame: PageFrame, _ page: CentralPage, _ query: CentralQuery) -> String {
    let rows = page.items.map { json -> [ListTable.Cell] in
      let item = ListItem(json)
      let (alert, gateway) = (item.plain("alert"), item.plain("gateway"))
      return [
        time(item.time("time") ?? ""), .init(item.text("who") ?? ""), .init(item.text("role") ?? ""),
        .init(CentralWords.deed(item.plain("action") ?? "", isCase: alert != nil).forPeople()), .init(item.text("site") ?? ""),
        .init(alert.map { String($0.prefix(8)).forPeople() } ?? "", link: alert.map { caseLink($0, gateway ?? "") }, isID: true),
        .init([item.text("note", limit: 300), item.text("detail", limit: 300)].compactMap { $0 }.joined(separator: " · ")),
        .init(item.text("address") ?? "", isID: true),
      ]
    }
    return Pages.list(
      frame, title: Words.audit, lead: CentralWords.auditLead,
      ListTable(columns: ["When", "Who", "Role", "What", CentralWords.property, "Case", "Why", "From"], rows: rows),
      csv: "/api/1/audit?limit=500&format=csv", next: page.next.map { "/audit?\(kept(query))cursor=\($0)" })
  }
}
