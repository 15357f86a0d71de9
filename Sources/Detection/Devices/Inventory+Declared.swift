/// A declared camera raises no alert, so somebody may use its MAC address. What two devices show, one cannot.
extension Inventory {
  /// A switch port that a device left is its former one for so long.
  static let portMemory = Nanoseconds.seconds(3600)

  /// What shows that two devices share a MAC address.
  struct Sharing: OptionSet {
    let rawValue: UInt8
    static let stacks = Sharing(rawValue: 1)
    static let ports = Sharing(rawValue: 2)
    static let reported = Sharing(rawValue: 4)
  }

  /// A declared device shows something new.
  mutating func watchDeclared(_ device: Device, _ number: Int, at now: Timestamp) {
    guard !table[device: number].sharing.contains(.reported), declared.covers(device.id.mac), let sign = sharing(device, number) else {
      return
    }
    table[device: number].sharing.insert(.reported)
    let id = AlertEvent.identifier(device.id, .changed, now)
    var event = AlertEvent(id: id, alert: id, number: 1, kind: .changed, severity: .high, time: now, device: device)
    event.changes = [AlertEvent.Change(.shared, to: sign)]
    events.append(event)
  }

  private func sharing(_ device: Device, _ number: Int) -> String? {
    if let makers = IndependentMakers.two(in: device.evidence) { return "\(makers.0) and \(makers.1)" }
    let signs = table[device: number].sharing
    return signs.contains(.stacks) ? "two IP stacks" : signs.contains(.ports) ? "two switch ports" : nil
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
