import Detection

/// The message about several events.
extension MessageWriter {
  /// Lines of a gathered message; more are counted.
  static let rowLimit = 20

  func gathered(_ facts: [EventFacts]) -> Draft {
    let sorted = facts.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }.map(\.element)
    let found = Self.latest(facts.filter { $0.event.kind == .raised || $0.event.kind == .surer })
    let isFirst = !found.isEmpty && found.allSatisfy(\.isFirstReport)
    var draft = Draft(headline: isFirst ? firstReport(found) : texts.listed(counts(facts, found)))
    let cases = Set(facts.compactMap { $0.isOfCase ? $0.id : nil })
    draft.isUrgent = facts.contains(where: \.isUrgent)
    if isFirst {
      draft.add(paragraphs: [texts(.aboutFirstReport), texts(.firstReportDeclare)])
    } else {
      draft.add(paragraphs: [texts.counted(.aboutGroup, facts.count)])
      if cases.count == 1, facts.allSatisfy({ $0.id == cases.first }) {
        (draft.alert, draft.id, draft.room) = (cases.first, cases.first, sorted.first?.room)
      }
    }
    // What became surer is one camera, not two.
    let rows = isFirst ? sorted.filter { fact in !fact.isFound || found.contains { $0.event.uid == fact.event.uid } } : sorted
    draft.add(texts(.groupTitle, ["zone": clock.zoneName]), list: limited(rows, row))
    if facts.contains(where: { $0.isOfCase && $0.isUrgent }) {
      addSteps(draft.alert, isFirst ? .firstReportSteps : .stepsTitle, to: &draft)
      if draft.alert == nil { draft.add(texts(.acknowledgeTitle), paragraphs: [texts(.acknowledgeSeveral)]) }
    }
    return draft
  }

  /// Rows, and how many more there are.
  func limited<Item>(_ items: [Item], to limit: Int = rowLimit, _ row: (Item) -> String) -> [String] {
    let rows = items.prefix(limit).map(row)
    return items.count > limit ? rows + [texts.counted(.more, items.count - limit)] : rows
  }

  private func row(_ facts: EventFacts) -> String {
    texts(
      .reportAlertRow,
      ["time": clock.short(facts.event.time, texts), "headline": headline(facts), "device": facts.device, "id": facts.id])
  }

  private func firstReport(_ found: [EventFacts]) -> String {
    texts.counted(.firstReport, found.count, ["counts": texts.listed(devices(found, ["bare": "yes"]))])
  }

  /// `12 undeclared cameras, 3 changes`; the most serious first.
  private func counts(_ facts: [EventFacts], _ found: [EventFacts]) -> [String] {
    var counts = devices(found)
    func add(_ phrase: Phrase, _ count: Int) {
      if count > 0 { counts.append(texts.counted(phrase, count)) }
    }
    func events(_ kinds: Event.Kind...) -> [EventFacts] { facts.filter { kinds.contains($0.event.kind) } }
    add(.countProblems, events(.health).count { !$0.health.isSolved })
    add(.countChanges, events(.changed).count)
    add(.countSilent, events(.silent).count)
    add(.countBack, events(.back).count)
    add(.countSolved, events(.health).count(where: \.health.isSolved))
    add(.countDecisions, facts.count(where: \.event.kind.isByPerson))
    add(.countReports, events(.report).count)
    add(.countTests, events(.test).count)
    return counts
  }

  /// `2 undeclared cameras`, `1 undeclared video recorder`
  func devices(_ found: [EventFacts], _ values: [String: String?] = [:]) -> [String] {
    [Phrase.countCameras, .countRecorders, .countRelays, .countDevices].compactMap { phrase in
      let count = found.count { $0.label.count == phrase }
      return count == 0 ? nil : texts.counted(phrase, count, values)
    }
  }

  /// The last event of each case, in the order of the first ones.
  private static func latest(_ facts: [EventFacts]) -> [EventFacts] {
    var places: [String: Int] = [:]
    var latest: [EventFacts] = []
    for fact in facts {
      let key = fact.id ?? fact.event.uid
      if let place = places[key] {
        latest[place] = fact
      } else {
        places[key] = latest.count
        latest.append(fact)
      }
    }
    return latest
  }
}

extension EventFacts {
  fileprivate var isFound: Bool { event.kind == .raised || event.kind == .surer }

  /// An alert about a device that may wait for somebody.
  fileprivate var isOfCase: Bool {
    switch event.kind {
    case .raised, .surer, .changed, .silent, .back, .reopened: true
    default: false
    }
  }

  var isUrgent: Bool {
    event.severity == "high" && (isOfCase || event.kind == .health)
  }

  /// The lower, the more serious.
  fileprivate var rank: Int {
    switch event.kind {
    case .raised, .surer, .reopened: label == .relay || label == .other ? 3 : label.isProbable ? 1 : 0
    case .health: health.isSolved ? 8 : health.isBlind ? 2 : 4
    case .changed: watched == true ? 1 : 5
    case .silent: 6
    case .back: 7
    case .acknowledged, .dismissed, .declared: 9
    case .report: 10
    case .test: 11
    }
  }
}
