import Detection
import Foundation
import Mustache

/// The body of a request as a template of the configuration writes it, for any content type.
struct BodyTemplate: Sendable {
  private let template: Template

  /// - Throws: for a text that is no template, and for one that should give JSON and never can, whatever happens.
  init(_ text: String, contentType: String) throws(SinkConfigurationError) {
    template = try Template(text, TemplateFormat(contentType: contentType), key: "template", name: "body")
    guard template.format == .json else { return }
    for parcel in Parcel.samples {
      var values = parcel.templateValues(secret: "secret")
      if Self.isJSON(template.render(values)) { return }
      values["event"] = SampleDocument(parcel.event.document)
      if Self.isJSON(template.render(values)) { return }
    }
    throw SinkConfigurationError("template", "body gives no JSON, which its Content-Type promises: values belong in quotation marks")
  }

  /// The body for a parcel. Where the template gives nothing, or no JSON though it should, a body with subject, text and id: no template can
  /// stop an alert.
  func render(_ parcel: Parcel, secret: String?) -> [UInt8] {
    let text = template.render(parcel.templateValues(secret: secret))
    let isUsable = template.format == .json ? Self.isJSON(text) : text.contains { !$0.isWhitespace }
    return Array((isUsable ? text : builtIn(parcel)).utf8)
  }

  private func builtIn(_ parcel: Parcel) -> String {
    let values = [("subject", parcel.message.subject.oneLine), ("text", parcel.message.long.plainText), ("uid", parcel.uid)]
    return switch template.format {
    case .json: JSONValue.object(Dictionary(uniqueKeysWithValues: values.map { ($0, .string($1)) })).text
    case .url: values.map { "\($0)=\($1.percentEncoded)" }.joined(separator: "&")
    case .html: parcel.message.html
    case .text, .header, .markdown: template.format.escape(parcel.message.long)
    }
  }

  private static func isJSON(_ text: String) -> Bool { (try? JSONValue(Data(text.utf8))) != nil }
}

extension Template {
  /// - Throws: for a text that is no template, as a mistake at `key` of the sink.
  init(_ text: String, _ format: TemplateFormat, key: String, name: String? = nil) throws(SinkConfigurationError) {
    do throws(TemplateError) {
      try self.init(text, format, name: name ?? key)
    } catch {
      throw SinkConfigurationError(key, "is unusable: \(error)")
    }
  }
}

extension Parcel {
  /// What templates of requests can name. docs/messages.md and docs/connect-http.md list it. Values that are nil are absent.
  func templateValues(secret: String? = nil) -> [String: Any] {
    var values: [String: Any] = [
      "type": event.kind.rawValue, "uid": uid, "time": event.time.rfc3339, "unix_time": event.time.unixSeconds,
      "subject": message.subject.oneLine, "short": message.short.oneLine, "long": message.long.plainText, "html": message.html,
      "urgent": message.isUrgent, "test": event.kind == .test || event.document["test"] == true, "gathered": isGathered,
      "by_person": event.kind.isByPerson, "count": events.count, "json": machineDocument.text, "document": event.document.text,
      "events": events.map { event in
        ["type": event.kind.rawValue, "time": event.time.rfc3339, "event": event.document.templateValue ?? ""] as [String: Any]
      },
    ]
    values["event"] = event.document.templateValue
    values["alert"] = message.alert
    values["acknowledge_url"] = message.acknowledgeURL
    values["severity"] = event.severity.map(EventFacts.token)
    values["verdict"] = event.verdict.map(EventFacts.token)
    values["room"] = event.room.map { $0.unlinked(limit: EventFacts.roomLimit) }.flatMap { $0.isEmpty ? nil : $0 }
    values["secret"] = secret
    return values
  }

  /// A parcel for each combination of what templates can ask for.
  fileprivate static var samples: [Parcel] {
    (0..<32).map { number in
      func has(_ bit: Int) -> Bool { number >> bit & 1 == 1 }
      let (isFull, isUrgent, isTest, isGathered, isByPerson) = (has(0), has(1), has(2), has(3), has(4))
      let alert = isFull ? "0123456789abcdef" : nil
      var document: JSONValue = ["kind": "unknown-camera", "summary": "a camera", "test": .bool(isTest)]
      if isFull {
        document["health"] = .null
        document["severity"] = "high"
        document["verdict"] = "camera"
        document["subject"] = ["room": "Room"]
      }
      let event = Event(kind: isByPerson ? .acknowledged : .raised, uid: "a.1", time: .zero, alert: alert, document: document)
      let message = Message(
        subject: "a", short: "a", long: "a\nb", html: "<p>\"a\"</p>", isUrgent: isUrgent,
        acknowledgeURL: isFull ? "http://localhost/" : nil, alert: alert)
      return Parcel(events: isGathered ? [event, event] : [event], uid: event.uid, message: message, time: .zero)
    }
  }
}

/// The document of an event whose other keys are unknown: each may be there, as text, as a number, or with keys of its own.
private struct SampleDocument: MustacheParent, MustacheCustomRenderable {
  private let document: JSONValue?

  init(_ document: JSONValue?) { self.document = document }

  func child(named name: String) -> Any? {
    switch document?[name] {
    case .object(let object): SampleDocument(.object(object))
    case let value?: value.templateValue
    case nil: SampleDocument(nil)
    }
  }

  /// Fits into a string of JSON, and in the place of a number.
  var renderText: String { "1" }
  var isNull: Bool { false }
}

extension JSONValue {
  /// As values that mustache can look into; nil for null, which a template sees as absent.
  fileprivate var templateValue: Any? {
    switch self {
    case .null: nil
    case .bool(let value): value
    case .integer(let value): value
    case .number(let value): value
    case .string(let value): value
    case .array(let values): values.compactMap(\.templateValue)
    case .object(let values): values.compactMapValues(\.templateValue)
    }
  }
}
