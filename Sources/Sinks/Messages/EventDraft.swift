import Detection

/// The message about one event.
extension MessageWriter {
  /// Characters of a device's changes in a headline.
  private static let changesLimit = 120

  func draft(_ facts: EventFacts) -> Draft {
    switch facts.event.kind {
    case .raised, .surer, .changed, .silent, .back: found(facts)
    case .acknowledged, .dismissed, .declared, .reopened: decided(facts)
    case .health: health(facts)
    case .report: report(facts)
    case .test: test(facts)
    }
  }

  /// Says first that nobody acknowledged.
  func escalated(_ draft: Draft, after: Duration) -> Draft {
    let time = texts.counted(.minutes, Int(clamping: max(1, after.components.seconds / 60)))
    var draft = draft
    draft.headline = texts(.escalation, ["time": time, "headline": draft.headline])
    draft.blocks.insert(Draft.Block(lines: [Draft.Line(text: texts(.aboutEscalation, ["time": time]))]), at: 0)
    draft.isUrgent = true
    return draft
  }

  /// One line about the event.
  func headline(_ facts: EventFacts) -> String {
    let values = [
      "found": texts(facts.label.found), "noun": texts(facts.label.noun), "a": texts(facts.label.a), "room": facts.room,
      "who": facts.who ?? texts(.somebody), "note": facts.note,
    ]
    switch facts.event.kind {
    case .raised:
      return facts.count.map { texts(.raisedMany, values.merging(["count": $0]) { $1 }) } ?? texts(.raised, values)
    case .surer: return texts(.surer, values)
    case .changed:
      let changes = facts.changes.isEmpty ? [texts(.changeOther)] : facts.changes
      var all = values
      all["changes"] = texts.listed(changes).cut(characters: Self.changesLimit)
      // The change gives both rooms.
      if facts.hasMoved { all["room"] = .some(nil) }
      return texts(.changed, all)
    case .silent: return texts(.silent, values)
    case .back: return texts(.back, values)
    case .acknowledged: return texts(.acknowledged, values)
    case .dismissed: return texts(.dismissed, values)
    case .declared: return texts(.declared, values)
    case .reopened: return texts(.reopened, values)
    case .health: return texts.problem(facts.health, ["interface": facts.interface])
    case .report: return ReportFacts(facts.event.document, self).headline
    case .test: return texts(.test)
    }
  }

  private func found(_ facts: EventFacts) -> Draft {
    var draft = Draft(headline: headline(facts), device: facts.device, alert: facts.id, id: facts.id, room: facts.room)
    draft.isUrgent = facts.event.severity == "high"
    let about: Phrase =
      switch facts.event.kind {
      case .surer: .aboutSurer
      case .changed: facts.watched.map { $0 ? .aboutWatched : .aboutUnwatched } ?? .aboutChanged
      case .silent: .aboutSilent
      case .back: .aboutBack
      case .raised where facts.count != nil: .aboutMany
      default: facts.label.isProbable ? .aboutProbable : .aboutRaised
      }
    let values = ["a": texts(facts.label.certain.a), "lag": facts.lag, "length": facts.length]
    draft.add(paragraphs: [texts(about, values), texts(.aboutCaution)])
    addFacts(facts, to: &draft)
    draft.add(texts(.reasonsTitle), list: facts.reasons(texts))
    addSteps(facts.id, to: &draft)
    return draft
  }

  private func decided(_ facts: EventFacts) -> Draft {
    var draft = Draft(headline: headline(facts), id: facts.id, room: facts.room)
    let isOpen = facts.event.kind == .reopened
    let about: Phrase =
      switch facts.event.kind {
      case .dismissed: .aboutDismissed
      case .declared: .aboutDeclared
      case .reopened: .aboutReopened
      default: .aboutAcknowledged
      }
    draft.add(paragraphs: [texts(about)])
    addFacts(facts, to: &draft)
    if isOpen {
      draft.alert = facts.id
      draft.isUrgent = facts.event.severity == "high"
      addSteps(facts.id, to: &draft)
    }
    return draft
  }

  private func health(_ facts: EventFacts) -> Draft {
    var draft = Draft(headline: headline(facts))
    draft.isUrgent = facts.event.severity == "high"
    draft.add(paragraphs: [texts.advice(facts.health, ["interface": facts.interface]) ?? ""])
    draft.add(facts: [
      (texts(.factDetails), facts.healthDetails), (texts(.factTime), clock.text(facts.event.time, texts)),
    ])
    return draft
  }

  private func test(_ facts: EventFacts) -> Draft {
    var draft = Draft(headline: headline(facts))
    draft.isUrgent = facts.event.severity == "high"
    draft.add(paragraphs: [texts(.aboutTest)])
    draft.add(facts: [(texts(.factTime), clock.text(facts.event.time, texts))])
    return draft
  }

  private func addFacts(_ facts: EventFacts, to draft: inout Draft) {
    let what = texts(facts.label.a) + (facts.special.map { ", \($0)" } ?? "")
    let last = facts.event.kind == .silent ? facts.lastSeen : nil
    draft.add(facts: [
      (texts(.factRoom), facts.room ?? texts(.factRoomUnknown)), (texts(.factWhat), what), (texts(.factModel), facts.model),
      (texts(.factMaker), facts.maker), (texts(.factName), facts.hostName),
      (texts(.factAddress), facts.addresses.isEmpty ? nil : texts.listed(facts.addresses)), (texts(.factMAC), facts.mac),
      (texts(.factWatcher), facts.watcher),
      (texts(.factSince), facts.firstSeen.map { clock.text($0, texts) }), (texts(.factLast), last.map { clock.text($0, texts) }),
      (texts(.factTime), clock.text(facts.event.time, texts)), (texts(.factAlert), facts.id),
    ])
  }

  func addSteps(_ id: String?, _ title: Phrase = .stepsTitle, to draft: inout Draft) {
    draft.add(texts(title), steps: [texts(.stepTouch), texts(.stepPhotograph), texts(.stepCall, ["id": id])])
  }

  /// How to acknowledge, and who sent it.
  func addEnd(_ draft: inout Draft, url: String?) {
    if let id = draft.alert {
      let how = url.map { texts(.acknowledgeLink, ["url": $0]) } ?? texts(.acknowledgeBox, ["id": id])
      draft.add(texts(.acknowledgeTitle), paragraphs: [how])
    }
    draft.add(paragraphs: [texts(.sender, ["sensor": sensor, "property": property, "address": address])])
  }
}

extension EventFacts {
  fileprivate var hasMoved: Bool { (event.document["changes"]?.array ?? []).contains { $0["what"]?.string == "room" } }
}
