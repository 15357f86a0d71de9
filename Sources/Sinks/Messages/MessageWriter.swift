import ConfigurationFiles
import Detection

/// Writes what people read about events, in one language, with one level of privacy. Nothing in an event can make it fail: a template that
/// gives nothing is replaced by the built-in text.
public struct MessageWriter: Sendable {
  /// Characters of a subject (RFC 5322, section 2.1.1, advises lines of at most 78; phones show fewer).
  public static let subjectLimit = 120
  /// Characters of the line for a phone.
  public static let shortLimit = 400
  /// Characters of the long text, enough for the report of a large hotel. Sinks of messengers that take less cut it themselves. HTML is not
  /// cut, because that would break its mark-up; the numbers of its lines and their lengths are limited.
  public static let longLimit = 65_536
  static let propertyLimit = 40
  static let addressLimit = 80

  /// Why a message is written.
  public enum Occasion: Sendable, Equatable {
    /// The events just happened, or were gathered.
    case news
    /// Nobody acknowledged the alert, or the alerts, for this long.
    case escalation(after: Duration)
  }

  let texts: Texts
  let clock: LocalTime
  let property: String
  let address: String?
  let sensor: String?
  let privacy: PrivacySettings.Level
  private let layouts: [Layout: Template]
  private let builtIn: [Layout: Template]

  private enum Layout: String, CaseIterable {
    case subject, short, long, html

    var format: TemplateFormat { self == .html ? .html : .text }

    var phrase: Phrase {
      switch self {
      case .subject: .layoutSubject
      case .short: .layoutShort
      case .long: .layoutLong
      case .html: .layoutHTML
      }
    }
  }

  /// - Parameters:
  ///   - language: as in BCP 47; nil for the property's. English where it does not exist.
  ///   - templates: replace built-in texts: `subject`, `short`, `long`, `html`. `body` is another's, and skipped.
  /// - Throws: for a template that cannot be used, with the place.
  public init(
    property: PropertySettings, sensorName: String, language: String? = nil, templates: [String: String] = [:],
    privacy: PrivacySettings.Level
  ) throws(TemplateError) {
    texts = Texts.of(language ?? property.language)
    clock = LocalTime(property.timeZone)
    let sensor = sensorName.unlinked(limit: Self.propertyLimit)
    let name = (property.name ?? "").unlinked(limit: Self.propertyLimit)
    self.property = name.isEmpty ? (sensor.isEmpty ? "Lenscap" : sensor) : name
    self.sensor = privacy == .full && !name.isEmpty && !sensor.isEmpty ? sensor : nil
    address = privacy == .full ? property.address.map { $0.unlinked(limit: Self.addressLimit) } : nil
    self.privacy = privacy
    var layouts: [Layout: Template] = [:]
    for (name, text) in templates.sorted(by: { $0.key < $1.key }) where name != "body" {
      guard let layout = Layout(rawValue: name) else { throw TemplateError(template: name, line: 1, column: 1, problem: .unknownName) }
      layouts[layout] = try Template(text, layout.format, name: name)
    }
    self.layouts = layouts
    var builtIn: [Layout: Template] = [:]
    for layout in Layout.allCases {
      builtIn[layout] = try Template(texts.source(layout.phrase), layout.format, name: layout.rawValue)
    }
    self.builtIn = builtIn
  }

  /// The message about one event, or about several that were gathered. Of no events it says nothing.
  ///
  /// - Parameters:
  ///   - acknowledgeURL: a page with a button that acknowledges the alert; used only where there is one alert to acknowledge.
  ///   - now: by the wall clock.
  public func message(
    for events: [Event], occasion: Occasion = .news, acknowledgeURL: String? = nil, now: Timestamp
  ) -> Message {
    let facts = events.map { EventFacts($0, texts, privacy) }
    guard let first = facts.first else { return Message(subject: "", short: "", long: "", html: "", isUrgent: false) }
    var draft = facts.count == 1 && !first.isFirstReport ? self.draft(first) : gathered(facts)
    if case .escalation(let after) = occasion { draft = escalated(draft, after: after) }
    let url = draft.alert == nil ? nil : acknowledgeURL
    addEnd(&draft, url: url)
    draft.isTest = facts.contains(where: \.isTest)
    return layOut(draft, first, count: events.count, url: url, now: now)
  }

  // MARK: Laying out

  private func layOut(_ draft: Draft, _ facts: EventFacts, count: Int, url: String?, now: Timestamp) -> Message {
    var values = values(draft, facts, count: count, now: now)
    values["acknowledge_url"] = url
    func text(_ layout: Layout, _ finish: (String) -> String) -> String {
      let own = layouts[layout].map { finish($0.render(values)) } ?? ""
      return own.isEmpty ? finish(builtIn[layout]?.render(values) ?? draft.headline) : own
    }
    return Message(
      subject: text(.subject) { $0.shown(limit: Self.subjectLimit) },
      short: text(.short) { $0.shown(limit: Self.shortLimit) },
      long: text(.long) { Self.trimmed($0).cut(characters: Self.longLimit) }, html: text(.html, Self.trimmed), isUrgent: draft.isUrgent,
      acknowledgeURL: url,
      alert: draft.alert == nil ? nil : facts.event.alert)
  }

  /// What templates can use; docs/messages.md lists it. Absent values are not in it.
  private func values(_ draft: Draft, _ facts: EventFacts, count: Int, now: Timestamp) -> [String: Any] {
    var values: [String: Any] = [
      "property": property, "headline": draft.headline, "type": facts.event.kind.rawValue, "uid": EventFacts.token(facts.event.uid),
      "time": clock.text(facts.event.time, texts), "sent": clock.text(now, texts), "count": String(count),
      "acknowledge_button": texts(.acknowledgeButton), "urgent": draft.isUrgent, "test": draft.isTest, "gathered": count > 1,
      "by_person": facts.event.kind.isByPerson, "blocks": draft.blocks.map(Self.values),
    ]
    values["test_mark"] = draft.isTest ? texts(.testMark) : nil
    values["sensor"] = sensor
    values["address"] = address
    values["device"] = draft.device
    values["id"] = draft.id
    values["room"] = draft.room
    guard count == 1 else { return values }
    values["severity"] = facts.event.severity.map { EventFacts.token($0) }
    values["verdict"] = facts.event.verdict.map { EventFacts.token($0) }
    values["what"] = texts(facts.label.a)
    values["who"] = facts.who
    values["note"] = facts.note
    values["reasons"] = facts.reasons(texts)
    values["name"] = facts.hostName
    values["model"] = facts.model
    values["maker"] = facts.maker
    values["mac"] = facts.mac
    values["ip"] = facts.addresses.first
    return values
  }

  private static func values(_ block: Draft.Block) -> [String: Any] {
    var values: [String: Any] = ["lines": block.lines.map(Self.values)]
    values["title"] = block.title
    return values
  }

  private static func values(_ line: Draft.Line) -> [String: Any] {
    var values: [String: Any] = ["text": line.text, "mark": line.mark]
    values["label"] = line.label
    values["label_mark"] = line.label.map { $0 + ": " }
    return values
  }

  /// Without blank lines at both ends.
  private static func trimmed(_ text: String) -> String {
    var text = Substring(text)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}

extension EventFacts {
  /// Within the first report of a new box, and about a device.
  var isFirstReport: Bool { event.isFirstReport && (event.kind == .raised || event.kind == .surer) && !isTest }
}
