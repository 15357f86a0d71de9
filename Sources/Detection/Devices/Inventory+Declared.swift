/// A declared camera raises no alert, so somebody may use its MAC address. What two devices show, one cannot.
extension Inventory {
  /// A switch port that a device left is its former one for so long.
  static let portMemory = Nanoseconds.seconds(3600)
  /// MAC addresses that are remembered to have a double. Further ones are not reported.
  static let doubledLimit = 4096

  /// What shows that two devices share a MAC address.
  struct Sharing: OptionSet {
    let rawValue: UInt8
    static let stacks = Sharing(rawValue: 1)
    static let ports = Sharing(rawValue: 2)
    static let accessPoints = Sharing(rawValue: 4)
    static let segments = Sharing(rawValue: 8)
    static let interfaces = Sharing(rawValue: 16)

    /// The first of them, for people.
    var words: String? {
      if contains(.stacks) { return "two IP stacks" }
      if contains(.ports) { return "two switch ports" }
      if contains(.accessPoints) { return "two access points at once" }
      if contains(.segments) { return "two VLANs at once" }
      return contains(.interfaces) ? "two interfaces at once" : nil
    }
  }

  /// A declared device shows something new.
  mutating func watchDeclared(_ device: Device, _ number: Int, at now: Timestamp) {
    let mac = device.id.mac
    guard !withDouble.contains(mac), withDouble.count < Self.doubledLimit, declared.covers(mac), let sign = sharing(device, number) else {
      return
    }
    withDouble.insert(mac)
    let id = AlertEvent.identifier(device.id, .changed, now)
    var event = AlertEvent(id: id, alert: id, number: 1, kind: .changed, severity: .high, time: now, device: device)
    event.changes = [AlertEvent.Change(.shared, to: sign)]
    events.append(event)
  }

  private func sharing(_ device: Device, _ number: Int) -> String? {
    if let makers = IndependentMakers.two(in: device.evidence) { return "\(makers.0) and \(makers.1)" }
    return table[device: number].sharing.words
  }

  /// The frames of a declared station come by two ways in turn.
  mutating func doubled(_ id: StationID, _ sign: DoubleTable.Sign, at now: Timestamp, _ stations: borrowing TrackedStations) {
    guard let number = table.device(of: id), !table.identity.isRouter(table[device: number].id) else { return }
    switch sign {
    case .accessPoints: note(.accessPoints, of: number, at: now, stations)
    case .interfaces: note(.interfaces, of: number, at: now, stations)
    case .segments:
      // A recorder may be in the cameras' VLAN and in another one by itself.
      if device(number, stations, streams: []).role != .recorder { note(.segments, of: number, at: now, stations) }
    }
  }

  /// An IP stack starts all its packets with the same TTL.
  ///
  /// - Parameter text: of `tcp.syn`.
  mutating func noteStack(_ text: String, of number: Int, at now: Timestamp, _ stations: borrowing TrackedStations) {
    let words = text.split(separator: " ")
    guard let place = words.firstIndex(of: "ttl"), place + 1 < words.count, let ttl = UInt8(words[place + 1]) else { return }
    let known = table[device: number].baseTTL
    table[device: number].baseTTL = ttl
    if known != 0, known != ttl { note(.stacks, of: number, at: now, stations) }
  }

  /// A device that moves is at one port after the other; two are at both in turn.
  mutating func notePort(_ circuit: String, of number: Int, at now: Timestamp, _ stations: borrowing TrackedStations) {
    let known = table[device: number].circuit
    guard let known, known != circuit else { return }
    let former = table[device: number].formerCircuit
    table[device: number].formerCircuit = FormerCircuit(name: known, left: now)
    if let former, former.name == circuit, !now.isAfter(former.left, by: Self.portMemory) { note(.ports, of: number, at: now, stations) }
  }

  private mutating func note(_ sign: Sharing, of number: Int, at now: Timestamp, _ stations: borrowing TrackedStations) {
    guard !table[device: number].sharing.contains(sign) else { return }
    table[device: number].sharing.insert(sign)
    if declared.covers(table[device: number].id.mac) { judge(number, at: now, stations) }
  }
}

/// The switch port at which a device was before.
struct FormerCircuit {
  let name: String
  let left: Timestamp
}

/// Makers that build what they sell: one camera is of one of them. Others sell each other's cameras under many names, so that two names say
/// nothing.
enum IndependentMakers {
  private static let families: [String: String] = [
    "arlo": "arlo", "axis": "axis", "bosch": "bosch", "dahua": "dahua", "d-link": "d-link", "ezviz": "hikvision", "foscam": "foscam",
    "google nest": "google nest", "hanwha vision": "hanwha vision", "hikvision": "hikvision", "imou": "dahua", "mobotix": "mobotix",
    "reolink": "reolink", "ring": "ring", "tp-link": "tp-link", "ubiquiti": "ubiquiti", "vivotek": "vivotek", "wyze": "wyze",
    "xiaomi": "xiaomi", "xiongmai": "xiongmai",
  ]

  /// Two of them that the evidence for a camera names, by strong evidence of what the device is.
  static func two(in evidence: [Evidence]) -> (String, String)? {
    var found: (family: String, name: String)?
    for item in evidence
    where item.signature.facet.isIdentity && item.signature.says.isWeighed && item.strength.map({ $0 >= .likely }) == true {
      guard let name = item.vendor, let family = families[name.lowercased()] else { continue }
      if let found, found.family != family { return (min(found.name, name), max(found.name, name)) }
      found = found ?? (family, name)
    }
    return nil
  }
}
