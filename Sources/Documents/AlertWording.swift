import Detection

extension AlertEvent {
  /// The `kind` of the JSON output, which has one name for both states of a case.
  public var documentKind: String {
    switch kind {
    case .raised, .surer: "unknown-camera"
    case .changed, .silent, .back: kind.rawValue
    }
  }

  /// One line: the event and its device.
  public var summary: String {
    let name = [device.vendor, device.model].compactMap { $0 }.joined(separator: " ").forPeople()
    let address = device.addresses.first?.description ?? device.id.mac.description
    if let group, kind == .raised { return "\(group.wording); the first one: \(address)" }
    let who = address + (name.isEmpty ? "" : ", \(name)") + (device.room.map { ", \($0.forPeople())" } ?? "")
    let label = device.label.forPeople()
    return switch kind {
    case .raised, .surer: "undeclared \(label): \(who)"
    case .changed: "\(label) \(listed(changes.filter(\.isReported).map(\.wording))): \(who)" + (watching.map { "; \($0)" } ?? "")
    case .silent: "\(label) went silent: \(who)"
    case .back: "\(label) is back: \(who)"
    }
  }
}

extension AlertEvent {
  /// `began to send 1.3 s after a message from outside, for 18 s, 1.2 MB, to 203.0.113.8`; at its end `sent for …`.
  public var watching: String? {
    guard let watched, let change = changes.first(where: { $0.what == .watched }) else { return nil }
    let lag = (watched.lag.seconds * 10).rounded() / 10
    let begun = change.to == "true" ? "began to send \(lag) s after a message from outside, for" : "sent for"
    return "\(begun) \(duration(watched.length.seconds)), \(size(watched.bytes)), to \(watched.peer)"
  }
}

extension CameraGroup {
  /// `1,002 cameras that nothing corroborates, from VLAN 12: probably invented`
  public var wording: String { "\(grouped(UInt64(count))) cameras that nothing corroborates, from \(place.words): probably invented" }
}

extension AlertEvent.Change {
  /// True for changes mentioned in text; the JSON output has all.
  public var isReported: Bool {
    switch what {
    case .model, .streams, .viewer, .room, .watched, .shared, .group, .count: true
    case .kind, .verdict, .address, .device: false
    }
  }

  /// `moved from Room 12 to Room 13`
  public var wording: String {
    let value = to?.forPeople() ?? "unknown"
    return switch what {
    case .model: "gives its model as \(value)"
    case .streams: "started to stream video"
    case .viewer: "has a new viewer, \(value)"
    case .watched: value == "true" ? "is watched from outside" : "is not watched from outside any more"
    case .shared: "has a double: two devices share this address (\(value))"
    case .room: from.map { "moved from \($0.forPeople()) to \(value)" } ?? "moved to \(value)"
    case .kind: "is a \(value)"
    case .verdict: "is certain"
    case .address: "has the address \(value)"
    case .device: "is the device \(value)"
    case .group: to == nil ? "took part in an exchange, and is not invented" : "is one of many that nothing corroborates"
    case .count: "is the first of \(UInt64(value).map { grouped($0) } ?? value) invented cameras"
    }
  }
}

extension Device {
  /// `camera`, `probable recorder`, `base station`, `camera (doorbell)`: the only label for role, verdict and kind.
  public var label: String {
    switch role {
    case .relay: return "base station"
    case .viewer, .other: return kind ?? role.rawValue
    case .camera, .recorder: break
    }
    let noun = role == .recorder ? "video recorder" : "camera"
    let special = kind.flatMap { ["camera", "recorder"].contains($0) ? nil : " (\($0))" } ?? ""
    let doubt =
      switch verdict {
      case .camera: ""
      case .probable: "probable "
      case .possible, .none: "possible "
      }
    return doubt + noun + special
  }
}

extension Device {
  /// `CAMERA`, `RECORDER`, `RELAY`, `PROBABLE`: the first word of a line about an undeclared device.
  public var shortLabel: String {
    role == .relay ? "RELAY" : verdict == .camera ? (role == .recorder ? "RECORDER" : "CAMERA") : "PROBABLE"
  }
}
