import Detection

extension Event {
  /// The document with the event's `type` and `uid`, and its `time` where the document has none: what programs read from a file, a topic or
  /// their standard input.
  var line: JSONValue {
    var line = document
    if case .object = line {} else { line = ["data": document] }
    line["type"] = .string(kind.rawValue)
    line["uid"] = .string(uid)
    if line["time"] == nil { line["time"] = .string(time.rfc3339) }
    return line
  }

  /// The body of a webhook: type, time of the event, and its document.
  var machineDocument: JSONValue { ["type": .string(kind.rawValue), "timestamp": .string(time.rfc3339), "data": document] }
}

extension Parcel {
  /// Of one event its document. Several, which only a `limit` on a machine's sink brings about, are one of type `report` whose data has
  /// `gathered`, `count`, and the documents in `events`.
  var machineDocument: JSONValue {
    guard isGathered else { return event.machineDocument }
    let data: JSONValue = [
      "gathered": true, "count": .integer(Int64(events.count)), "events": .array(events.map(\.machineDocument)),
    ]
    return ["type": .string(Event.Kind.report.rawValue), "timestamp": .string(events[events.count - 1].time.rfc3339), "data": data]
  }
}
