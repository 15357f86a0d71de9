/// What a device has shown of its class: 18 bytes, and 56 for each mark, of which most have three or four.
struct Traits {
  /// Marks that hold for what was shown, in the order in which they came.
  private(set) var marks: [Held] = []
  /// A DHCP mark against a small computer was shown and ruled out by its other marks.
  private(set) var overrulesDHCP = false
  /// The least number of hops of the device's packets.
  private(set) var hops = Hops.unknown

  /// A mark, and what showed it.
  struct Held {
    let number: Int
    let field: Field
    /// Nil for marks of people's devices.
    let value: String?
    let packet: PacketReference
  }

  /// - Returns: the device is nearer than it seemed, so that earlier packets were others'.
  mutating func comes(from least: UInt8) -> Bool {
    guard least < hops else { return false }
    defer { hops = least }
    return hops != Hops.unknown
  }

  func isOwn(_ observation: Observation) -> Bool { observation.hops == Hops.unknown || observation.hops <= hops }

  /// Looks anew which marks hold.
  mutating func update(_ shown: Set<Int32>, _ signatures: SignatureSet, with observation: Observation) {
    overrulesDHCP = false
    for (number, mark) in signatures.marks {
      let place = marks.firstIndex { $0.number == number }
      switch signatures.state(ofMark: number, shown) {
      case .shown:
        guard place == nil else { continue }
        marks.append(
          Held(
            number: number, field: observation.field, value: mark.points < 0 ? nil : observation.reportedValue, packet: observation.packet))
      case .ruledOut:
        if mark.group == .dhcp, mark.points < 0 { overrulesDHCP = true }
        if let place { marks.remove(at: place) }
      case .absent:
        if let place { marks.remove(at: place) }
      }
    }
  }
}

/// The classes of devices.
extension Inventory {
  /// For how long the class of a person's device stands that an earlier run knew, if nothing confirms it.
  static let recalledClassLimit = Nanoseconds.seconds(86_400)

  struct Classified {
    let deviceClass: DeviceClass
    let reasons: [ClassReason]
  }

  func classified(_ number: Int, _ stations: borrowing TrackedStations) -> Classified {
    let traits = table[device: number].traits
    let recalled = table[device: number].recalled?.device
    let isRecent = recalled.map { !clock.isAfter($0.lastSeen, by: Self.recalledClassLimit) } ?? false
    let held = traits.marks.map { (number: $0.number, mark: signatures.mark(number: $0.number), held: Traits.Held?.some($0)) }
    let earlier = isRecent ? recalledMarks(of: number).filter { earlier in !held.contains { $0.number == earlier.number } } : []
    let all = held + earlier.map { (number: $0.number, mark: $0.mark, held: nil) }
    let decision = ClassDecision(all.map(\.mark), circumstances(of: number, stations))
    let deviceClass = recalled.map { $0.deviceClass.kept(with: decision, isRecent: isRecent) } ?? decision.deviceClass
    let keepsValues = deviceClass != .personal && deviceClass != .media
    var reasons = decision.counted.compactMap { index in
      all[index].held.map { held in
        ClassReason(
          field: held.field, value: keepsValues ? held.value : nil, reason: signatures.signatures[held.number].because, packet: held.packet)
      }
    }
    for reason in recalled?.classReasons ?? [] where !reasons.contains(where: { $0.reason == reason.reason }) {
      if recalled?.deviceClass == deviceClass || earlier.contains(where: { signatures.signatures[$0.number].because == reason.reason }) {
        reasons.append(reason)
      }
    }
    return Classified(deviceClass: deviceClass, reasons: reasons)
  }

  /// Marks of a person's device among the reasons that an earlier run stored.
  private func recalledMarks(of number: Int) -> [(number: Int, mark: ClassMark)] {
    guard let reasons = table[device: number].recalled?.device.classReasons, !reasons.isEmpty else { return [] }
    return signatures.marks.filter { signature, mark in
      mark.points < 0 && reasons.contains { $0.reason == signatures.signatures[signature].because }
        && signatures.mayHold(mark: signature, table[device: number].shown)
    }
  }

  private func circumstances(of number: Int, _ stations: borrowing TrackedStations) -> ClassDecision.Circumstances {
    var known: ClassDecision.Circumstances = []
    if table[device: number].isResolver { known.insert(.resolves) }
    // Everything that comes through a router comes from farther away.
    if table.identity.isRouter(table[device: number].id) { return known.union([.routes, .forwards]) }
    let distances = table[device: number].stations.map { stations[$0].distance }
    guard let own = distances.map(\.least).min() else { return known }
    let forwarded = distances.reduce(0) { $0 + Int($1.far) + ($1.least > own ? Int($1.near) : 0) }
    if forwarded >= ClassDecision.forwardedPackets { known.insert(.forwards) }
    return known
  }
}
