import Detection
import Documents
import Foundation
import Store
import WebDesk

/// A case as the page shows it.
struct CaseView: Sendable {
  struct Entry: Sendable {
    let time: Timestamp
    let text: String
  }

  let state: CaseState
  /// What happened, oldest first.
  let timeline: [Entry]
  let maker: String?
  let traffic: TrafficPicture?
}

extension DeskDatabase {
  /// Notes and events that a timeline shows; the JSON has all.
  private static let timelineLimit = 60

  /// Of the traffic, on the first screen.
  private static let trafficSpan = Duration.seconds(86_400)

  /// The case with its history.
  ///
  /// - Parameter isWhole: true for all of the traffic that is stored, not only the last day.
  func view(_ state: CaseState, isWhole: Bool = false) throws -> CaseView {
    var entries: [CaseView.Entry] = []
    if let device = state.device?.device { entries.append(.init(time: device.firstSeen, text: Words.appeared)) }
    if let log {
      let (events, following) = try log.history(of: state.alert.id, latest: Self.timelineLimit)
      entries += events.map { event in
        let parts = [
          Words.history[event.what] ?? event.what, event.who.map { Words.by($0.forPeople()) },
          event.note.map { "“\($0.forPeople(limit: 300))”" },
        ]
        return .init(time: event.at, text: parts.compactMap { $0 }.joined(separator: " "))
      }
      entries += following.map { .init(time: $0.raisedTime, text: $0.summary.forPeople(limit: 200)) }
      if let device = state.device {
        entries += try log.roomVisits(of: device.id.description).map {
          .init(time: $0.firstSeenTime, text: Words.moved($0.room.forPeople()))
        }
      }
    }
    // What the watch has applied stands in its own history; what it does not know of, only here.
    let (proposed, withdrawn) = (AuditRow.Action.proposed.rawValue, AuditRow.Action.withdrawn.rawValue)
    entries += state.work.filter { $0.action == proposed || $0.action == withdrawn || $0.command == nil }.map { row in
      let parts = [
        row.action, row.detail.map { row.action == proposed ? "(\($0))" : $0.forPeople() }, Words.by(row.who.forPeople()),
        row.note.map { "“\($0.forPeople(limit: 300))”" },
      ]
      return .init(time: row.at, text: parts.compactMap { $0 }.joined(separator: " "))
    }
    let sorted = entries.sorted { $0.time < $1.time }
    let slots = try state.alert.device.map { try log?.traffic(of: $0, last: isWhole ? nil : Self.trafficSpan) ?? [] } ?? []
    return CaseView(
      state: state, timeline: Array(sorted.suffix(Self.timelineLimit)),
      maker: state.device.flatMap { makers(of: [$0]).name(of: $0.id.mac) }, traffic: TrafficPicture(slots))
  }
}

extension CaseState {
  /// The device's room, else its network.
  var place: String {
    guard let device = device?.device else { return Words.noRoom }
    return device.room?.forPeople() ?? Words.network(device.id.segment.named)
  }

  /// `probable camera`, without anything that names the device.
  var what: String { (device?.device.label ?? (alert.kind == "unknown-camera" ? "camera" : alert.kind)).forPeople() }

  /// `camera, Acme IPC-22`
  func whatExactly(maker: String?) -> String {
    guard let device = device?.device else { return alert.summary.forPeople(limit: 200) }
    let name = [device.vendor ?? maker, device.model].compactMap { $0?.forPeople() }.joined(separator: " ")
    return name.isEmpty ? what : "\(what), \(name)"
  }

  /// True if it sent a packet lately.
  func isHere(at now: Timestamp) -> Bool? {
    guard let device else { return nil }
    if device.alert?.silentSince != nil { return false }
    return now < device.device.lastSeen + .seconds(600)
  }
}

extension CaseView {
  private static let reasonLimit = 20
  /// On the first screen, so that the buttons stay near.
  private static let fewReasons = 4

  func values(_ frame: PageFrame, at now: Timestamp, back: String, isOpen: Bool = false) -> [String: Any] {
    let (alert, device) = (state.alert, state.device?.device)
    let rights = frame.person?.rights ?? []
    let isSettled = state.status == .dismissed || state.status == .declared
    var values: [String: Any] = [
      "id": alert.id, "version": state.version, "csrf": frame.formToken, "back": back, "place": state.place,
      "what": state.whatExactly(maker: maker).firstUpper, "since": alert.raisedTime.dayAndTime(utc: false),
      "sinceISO": alert.raisedTime.rfc3339,
      "status": Words.statusWords[state.status.rawValue] ?? state.status.rawValue, "isSettled": isSettled, "isOpen": isOpen,
      "link": "/cases/\(alert.id)", "mayHavePack": rights.contains(.act) && !isSettled,
      "mayAskForPack": !rights.contains(.act) || isSettled, "mayAct": rights.contains(.act) && !isSettled,
      "mayDecide": rights.contains(.decide) && !isSettled && state.proposal == nil,
      "mayReopen": rights.contains(.decide) && state.status != .open,
      "isTaken": state.status == .acknowledged,
      "timeline": timeline.map { ["time": $0.time.dayAndTime(utc: false), "iso": $0.time.rfc3339, "text": $0.text] as [String: Any] },
    ]
    if let here = state.isHere(at: now), let device {
      let last = device.lastSeen.dayAndTime(utc: false)
      values["presence"] = here ? Words.here(last) : Words.gone(last)
    } else {
      values["presence"] = Words.unknownPresence
    }
    values["keeper"] = keeper
    if let proposal = state.proposal {
      values["proposal"] = Words.proposal(proposal.who.forPeople(), proposal.action, proposal.note.forPeople(limit: 500))
      values["proposedAction"] = proposal.action
      values["mayAgree"] = rights.contains(.decide) && frame.person?.name != proposal.who
    }
    if let device {
      let watchers = (state.device?.viewers ?? []).map(\.description) + [device.traffic?.to.description].compactMap { $0 }
      values["watchers"] = watchers.isEmpty ? Words.noWatchers : Words.watchers(Set(watchers).sorted())
      let reasons = device.evidence.filter { !$0.reason.isEmpty }.sorted { $0.weight > $1.weight }
      let shown = reasons.prefix(isOpen ? Self.reasonLimit : Self.fewReasons)
      values["reasons"] = shown.map { $0.reason.forPeople(limit: 160) }
      values["hasReasons"] = !reasons.isEmpty
      if reasons.count > shown.count, !isOpen { values["moreReasons"] = Words.moreReasons(reasons.count - shown.count) }
      if let traffic = device.traffic { values["traffic"] = traffic.sentence(utc: false, at: device.lastSeen).firstUpper }
      if let traffic { values["picture"] = Pages.picture(traffic) }
      values["address"] = ([device.addresses.first?.description, device.id.mac.isNone ? nil : device.id.mac.description.uppercased()])
        .compactMap { $0 }.joined(separator: " · ")
    }
    return values
  }

  /// Who takes care of it.
  private var keeper: String {
    if let assignment = state.assignment, state.status == .acknowledged {
      return Words.assigned(assignment.assignee.forPeople(), assignment.who.forPeople())
    }
    guard state.status == .acknowledged else { return Words.nobody }
    let taken = state.work.last { $0.action == AuditRow.Action.acknowledged.rawValue }?.who
    return Words.taken(taken?.forPeople() ?? "Somebody")
  }
}
