import Detection
import Foundation
import WebDesk

/// One case: what the box says, what people did about it, and where else the device was.
extension CentralPages {
  private static let reasonLimit = 20
  private static let presence = 600.0

  /// What the page of a case shows, as the API has it.
  struct Case: Sendable {
    let item: String
    let version: String
    let evidence: [String]
  }

  static func one(_ frame: PageFrame, _ found: Case, at now: Timestamp) -> String {
    var frame = frame
    frame.isLive = true
    let item = ListItem(found.item)
    let subject = item.item("subject")
    let (id, site, gateway) = (item.plain("id") ?? "", item.plain("site") ?? "", item.plain("gateway") ?? "")
    let place = "\(site), \(subject.text("room") ?? CentralWords.noRoom)"
    let what = [subject.text("kind") ?? subject.text("role") ?? item.text("kind") ?? "case", name(of: subject)].compactMap { $0 }
      .joined(separator: ", ").firstUpper
    var values = self.values(item, subject, frame)
    values.merge([
      "id": id, "gateway": gateway, "version": found.version, "csrf": frame.formToken, "back": caseLink(id, gateway),
      "link": caseLink(id, gateway), "place": place, "what": what, "level": "2", "isOpen": true,
    ]) { $1 }
    values["presence"] = presence(subject, at: now)
    let title = "\(place): \(what)"
    let evidence = evidence(
      frame, of: id, gateway: gateway, isWithdrawn: CentralList.settled.contains(item.plain("at_property") ?? ""), found.evidence)
    let content =
      "<h1>\(Pages.escape(title))</h1><div data-list=\"cases\">\(Pages.caseCard(values))</div>"
      + "<p class=\"facts\">\(Pages.escape(CentralWords.atPropertyOnly))</p>" + elsewhere(item) + evidence
    return Pages.page(frame, title: title, content: content)
  }

  private static func name(of subject: ListItem) -> String? {
    let parts = [subject.text("vendor") ?? subject.text("maker"), subject.text("model")].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }

  private static func values(_ item: ListItem, _ subject: ListItem, _ frame: PageFrame) -> [String: Any] {
    let (status, atProperty) = (item.plain("status") ?? "", item.plain("at_property") ?? "")
    let rights = frame.person?.rights ?? []
    let isSettled = CentralList.settled.contains(status)
    let isTakenBack = CentralList.settled.contains(atProperty)
    let reasons = item.items("evidence").map { (text: $0.text("reason", limit: 160), weight: $0.number("weight") ?? 0) }
      .filter { $0.text != nil }.sorted { $0.weight > $1.weight }.prefix(reasonLimit).compactMap(\.text)
    var values: [String: Any] = [
      "state": status, "status": CentralWords.statusWords[status] ?? status.forPeople(), "isSettled": isSettled,
      "since": item.time("first_received") ?? "", "sinceISO": item.plain("first_received") ?? "",
      "isTaken": status == "acknowledged", "mayAct": rights.contains(.act) && !isSettled, "mayNote": rights.contains(.act),
      "mayDecide": rights.contains(.decide) && !isSettled,
      "mayReopen": rights.contains(.decide) && status != "open" && !isTakenBack,
      "reasons": reasons, "hasReasons": !reasons.isEmpty,
      "noReasons": isTakenBack ? CentralWords.gone : Words.noReasons,
      "timeline": item.items("history").map { entry -> [String: Any] in
        let parts = [
          CentralWords.deed(entry.plain("what") ?? "").forPeople(), entry.text("detail", limit: 300), entry.text("who").map(Words.by),
          entry.text("note", limit: 300).map { "“\($0)”" },
        ]
        return ["time": entry.time("time") ?? "", "iso": entry.plain("time") ?? "", "text": parts.compactMap { $0 }.joined(separator: " ")]
      },
    ]
    var keeper = Words.nobody
    if status == "acknowledged" {
      if let to = item.text("assigned_to") {
        keeper = Words.assigned(to, item.text("keeper") ?? "somebody")
      } else {
        keeper = Words.taken(item.text("keeper") ?? "Somebody at the property")
      }
    }
    values["keeper"] = "\(keeper) \(CentralWords.atProperty(CentralWords.statusWords[atProperty] ?? atProperty.forPeople()))"
    let address = [subject.texts("ips").first, subject.text("mac")?.uppercased(), subject.text("hostname")].compactMap { $0 }
    if !address.isEmpty { values["address"] = address.joined(separator: " · ") }
    let others = Set(item.items("elsewhere").compactMap { $0.plain("site") })
    if !others.isEmpty { values["watchers"] = CentralWords.seenAt(others.count + 1) }
    return values
  }

  private static func presence(_ subject: ListItem, at now: Timestamp) -> String {
    guard let last = subject.time("last_seen"), let time = TimeText.time(subject.plain("last_seen") ?? "", zone: .gmt) else { return "" }
    return now.seconds(since: time) < presence ? "Still there: last packet \(last)." : "Last packet that was reported: \(last)."
  }

  private static func elsewhere(_ item: ListItem) -> String {
    let rows = item.items("elsewhere").map { place -> [ListTable.Cell] in
      let site = place.plain("site") ?? ""
      return [
        .init(site, link: propertyLink(site), tone: "one"), time(place.time("first_received")), time(place.time("received")),
        .init(
          String((place.plain("alert") ?? "").prefix(8)).forPeople(),
          link: place.plain("alert").map { caseLink($0, place.plain("gateway") ?? "") }, isID: true),
      ]
    }
    guard !rows.isEmpty else { return "" }
    return "<h2>\(Pages.escape(CentralWords.elsewhere))</h2>"
      + Pages.table(
        ListTable(columns: [CentralWords.property, "First reported", "Last reported", "Case"], rows: rows), label: CentralWords.elsewhere)
  }
}
