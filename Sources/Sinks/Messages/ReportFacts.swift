import ConfigurationFiles
import Detection

/// What a scheduled report says. Its document is the digest of lenscap/1, with `rooms` as in `status`, and `actions`; docs/messages.md
/// describes both.
struct ReportFacts {
  /// Rooms that are named one by one.
  static let roomRows = 40
  /// Characters of what was found.
  static let summaryLimit = 160
  /// Makers of embedded devices.
  static let makerLimit = 8

  private struct Room {
    let name: String
    let hours: Int
    let watched: Int
    let reason: String?
  }

  private let document: JSONValue
  private let writer: MessageWriter
  private let rooms: [Room]
  private let raised: [EventFacts]
  private let waiting: [EventFacts]
  private var texts: Texts { writer.texts }

  init(_ document: JSONValue, _ writer: MessageWriter) {
    self.document = document
    self.writer = writer
    rooms = (document["rooms"]?.array ?? []).map { room in
      Room(
        name: (room["room"]?.string ?? "").unlinked(limit: EventFacts.roomLimit), hours: Self.count(room["hours"]),
        watched: Self.count(room["hours_watched"]), reason: room["reason"]?.string)
    }
    raised = Self.alerts(document["raised"], writer)
    waiting = Self.alerts(document["waiting"], writer)
  }

  var headline: String {
    guard document["raised"]?.array != nil else { return texts(.reportUnreadable) }
    let watched = rooms.count { $0.watched > 0 }
    let headline =
      if !raised.isEmpty {
        texts(.reportFound, ["counts": texts.listed(writer.devices(raised))])
      } else if !rooms.isEmpty, watched == 0 {
        texts(.reportBlind)
      } else {
        texts(.reportNothing, ["watched": String(watched), "rooms": rooms.isEmpty ? nil : String(rooms.count)])
      }
    let open = waiting.count + raised.count { $0.event.document["status"]?.string == "open" }
    return open == 0 ? headline : texts.counted(.reportWaiting, open, ["headline": headline])
  }

  func draft() -> Draft {
    var draft = Draft(headline: headline)
    draft.add(paragraphs: [period ?? "", coverage, devices ?? "", embedded ?? ""])
    draft.add(texts(.reportBlindRooms), list: blindRooms)
    draft.add(texts(.reportRaisedTitle), list: writer.limited(raised, row))
    draft.add(texts(.reportFollowedTitle), list: writer.limited(Self.alerts(document["followed"], writer), row))
    draft.add(texts(.reportWaitingTitle), list: writer.limited(waiting, row))
    draft.add(texts(.reportActionsTitle), list: writer.limited(actions, action))
    draft.add(texts(.reportSilentTitle), list: writer.limited((document["silent_cameras"]?.array ?? []), silentCamera))
    draft.add(texts(.reportUploadsTitle), list: writer.limited((document["uploads_unexplained"]?.array ?? []), upload))
    draft.add(texts(.reportHealthTitle), list: writer.limited(Self.alerts(document["health"], writer), row))
    return draft
  }

  /// What closed a case comes first: whoever planted a camera may bury it under what is harmless.
  private var actions: [JSONValue] {
    let all = document["actions"]?.array ?? []
    let closes = { (action: JSONValue) in ["dismissed", "declared"].contains(action["what"]?.string ?? "") }
    return all.filter(closes) + all.filter { !closes($0) }
  }

  private var period: String? {
    guard let from = time(document["from"]), let to = time(document["to"]) else { return nil }
    return texts(.reportPeriod, ["from": writer.clock.short(from, texts), "to": writer.clock.text(to, texts)])
  }

  private var coverage: String {
    guard !rooms.isEmpty else { return texts(.reportRoomsUnknown) }
    let (hours, watched) = (rooms.reduce(0) { $0 &+ $1.hours }, rooms.reduce(0) { $0 &+ $1.watched })
    return texts.counted(
      .reportRooms, rooms.count,
      [
        "watched": String(rooms.count { $0.watched > 0 }), "full": String(rooms.count { $0.watched >= $0.hours && $0.watched > 0 }),
        "hours": String(hours), "hours_watched": String(watched),
      ])
  }

  /// Those that were never watched first.
  private var blindRooms: [String] {
    let blind = rooms.filter { $0.watched == 0 || $0.watched < $0.hours }
    let sorted = blind.enumerated().sorted { ($0.element.watched, $0.offset) < ($1.element.watched, $1.offset) }.map(\.element)
    return writer.limited(sorted, to: Self.roomRows) { room in
      let reason = room.reason.map { texts(Phrase(rawValue: "blind.\($0)") ?? .blindOther) }
      return texts(
        .reportBlindRoom,
        ["room": room.name, "watched": String(room.watched), "hours": String(room.hours), "reason": reason])
    }
  }

  private var devices: String? {
    guard document["devices"]?.integer != nil else { return nil }
    return texts.counted(.reportDevices, Self.count(document["devices"]), ["new": String(Self.count(document["new_devices"]))])
  }

  /// Embedded devices that are no cameras.
  private var embedded: String? {
    let groups = document["embedded_other"]?.array ?? []
    let count = groups.reduce(0) { $0 &+ Self.count($1["count"]) }
    guard count > 0 else { return nil }
    let makers = groups.prefix(Self.makerLimit).compactMap { group in
      group["label"]?.string.flatMap { $0.quoted(limit: EventFacts.roomLimit) }.map { "\(Self.count(group["count"])) \($0)" }
    }
    let isFull = writer.privacy == .full && !makers.isEmpty
    let rest = groups.count > Self.makerLimit ? ["…"] : []
    return texts.counted(.reportEmbedded, count, ["makers": isFull ? (makers + rest).joined(separator: texts.source(.listSeparator)) : nil])
  }

  private func upload(_ upload: JSONValue) -> String {
    let isFull = writer.privacy == .full
    let name = isFull ? upload["device"]?.string.map { EventFacts.token($0) } : nil
    return texts(
      .reportUploadRow,
      [
        "device": name ?? texts(.nounOther), "rate": bitRate(Self.count(upload["up_bps"])),
        "to": isFull ? upload["to"]?.string.flatMap { $0.isEmpty ? nil : EventFacts.token($0) } : nil,
        "time": time(upload["since"]).map { writer.clock.short($0, texts) } ?? "?",
      ])
  }

  /// `1.2 Mbit/s`
  private func bitRate(_ rate: Int) -> String {
    rate < 1_000_000 ? "\(rate / 1000) kbit/s" : "\(Double(rate / 100_000) / 10) Mbit/s"
  }

  private func row(_ facts: EventFacts) -> String {
    let document = facts.event.document
    // Stored alerts do not say what changed, nor which problem of the box it was; their summary does.
    let isVague = facts.event.kind == .changed || facts.event.kind == .health
    let summary = isVague && writer.privacy == .full ? document["summary"]?.string.flatMap { $0.quoted(limit: Self.summaryLimit) } : nil
    let status = document["status"]?.string.flatMap { Phrase(rawValue: "status.\($0)") }
    return texts(
      .reportAlertRow,
      [
        "time": writer.clock.short(facts.event.time, texts), "headline": writer.headline(facts), "device": summary ?? facts.device,
        "id": facts.id, "status": facts.event.kind == .raised ? status.map { texts($0) } : nil,
      ])
  }

  private func action(_ action: JSONValue) -> String {
    let isFull = writer.privacy == .full
    let what = action["what"]?.string.flatMap { Phrase(rawValue: "action.\($0)") } ?? .actionOther
    return texts(
      .reportAction,
      [
        "time": time(action["time"]).map { writer.clock.short($0, texts) } ?? "?", "action": texts(what),
        "who": action["who"]?.string.flatMap { $0.quoted(limit: EventFacts.whoLimit) } ?? texts(.somebody),
        "what": isFull ? action["summary"]?.string.flatMap { $0.quoted(limit: Self.summaryLimit) } : nil,
        "id": action["alert"]?.string.map { EventFacts.token($0) },
        "note": isFull ? action["note"]?.string.flatMap { $0.quoted(limit: HostileText.noteLimit) } : nil,
      ])
  }

  private func silentCamera(_ camera: JSONValue) -> String {
    let names = ["hostname", "model", "id"].lazy.compactMap { camera[$0]?.string }.compactMap { $0.quoted() }
    let room = (camera["room"]?.string ?? "").unlinked(limit: EventFacts.roomLimit)
    return texts(
      .reportSilentRow,
      [
        "name": (writer.privacy == .full ? names.first : nil) ?? texts(.nounCamera), "room": room.isEmpty ? nil : room,
        "time": time(camera["last_seen"]).map { writer.clock.short($0, texts) } ?? "?",
      ])
  }

  private func time(_ value: JSONValue?) -> Timestamp? { value?.string.flatMap(Timestamp.init(rfc3339:)) }

  private static func count(_ value: JSONValue?) -> Int { Int(clamping: max(0, value?.integer ?? 0)) }

  /// Stored alerts as events.
  private static func alerts(_ value: JSONValue?, _ writer: MessageWriter) -> [EventFacts] {
    (value?.array ?? []).map { document in
      let kind: Event.Kind =
        switch document["kind"]?.string {
        case "changed": .changed
        case "silent": .silent
        case "back": .back
        case "health": .health
        default: .raised
        }
      let id = document["follows"]?.string ?? document["id"]?.string
      let time = document["time"]?.string.flatMap(Timestamp.init(rfc3339:)) ?? .zero
      let event = Event(kind: kind, uid: id ?? "", time: time, alert: kind == .health ? nil : id, document: document)
      return EventFacts(event, writer.texts, writer.privacy)
    }
  }
}

extension MessageWriter {
  func report(_ facts: EventFacts) -> Draft { ReportFacts(facts.event.document, self).draft() }
}
