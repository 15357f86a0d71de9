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
  mutating func update(
    _ change: SignatureSet.MarkChange, _ shown: Set<Int32>, _ signatures: SignatureSet, with observation: Observation
  ) {
    for (number, mark) in signatures.marks where change.concerns(number) {
      let place = marks.firstIndex { $0.number == number }
      let state = signatures.state(ofMark: number, shown)
      if state == .shown, place == nil {
        marks.append(
          Held(
            number: number, field: observation.field, value: mark.points < 0 ? nil : observation.reportedValue, packet: observation.packet))
      } else if state != .shown, let place {
        marks.remove(at: place)
      }
      if mark.isDHCPAgainst {
        overrulesDHCP = signatures.marks.contains { $0.mark.isDHCPAgainst && signatures.state(ofMark: $0.number, shown) == .ruledOut }
      }
    }
  }
}

extension ClassMark {
  /// A DHCP mark against a small computer.
  fileprivate var isDHCPAgainst: Bool { group == .dhcp && points < 0 }
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
    let judgement = judgement(of: number, stations)
    let recalled = table[device: number].recalled?.device
    let keepsValues = judgement.deviceClass != .personal && judgement.deviceClass != .media
    let counted = judgement.decision.counted(judgement.marks.map(\.mark))
    var reasons = counted.compactMap { index in
      judgement.marks[index].held.map { held in
        ClassReason(
          field: held.field, value: keepsValues ? held.value : nil, reason: signatures.signatures[held.number].because, packet: held.packet)
      }
    }
    guard let recalled else { return Classified(deviceClass: judgement.deviceClass, reasons: reasons) }
    let earlier = Set(judgement.marks.filter { $0.held == nil }.map { signatures.signatures[$0.number].because })
    for reason in recalled.classReasons where !reasons.contains(where: { $0.reason == reason.reason }) {
      if recalled.deviceClass == judgement.deviceClass || earlier.contains(reason.reason) { reasons.append(reason) }
    }
    return Classified(deviceClass: judgement.deviceClass, reasons: reasons)
  }

  func deviceClass(of number: Int, _ stations: borrowing TrackedStations) -> DeviceClass { judgement(of: number, stations).deviceClass }

  private struct Judgement {
    let deviceClass: DeviceClass
    let decision: ClassDecision
    /// Without what showed it where an earlier run saw it.
    let marks: [(number: Int, mark: ClassMark, held: Traits.Held?)]
  }

  private func judgement(of number: Int, _ stations: borrowing TrackedStations) -> Judgement {
    var marks = table[device: number].traits.marks.map {
      (number: $0.number, mark: signatures.mark(number: $0.number), held: Traits.Held?.some($0))
    }
    let recalled = table[device: number].recalled?.device
    let isRecent = recalled.map { !clock.isAfter($0.lastSeen, by: Self.recalledClassLimit) } ?? false
    if isRecent {
      let earlier = recalledMarks(of: number).filter { earlier in !marks.contains { $0.number == earlier.number } }
      marks += earlier.map { (number: $0.number, mark: $0.mark, held: nil) }
    }
    let decision = ClassDecision(marks.map(\.mark), circumstances(of: number, stations))
    let deviceClass = recalled.map { $0.deviceClass.kept(with: decision, isRecent: isRecent) } ?? decision.deviceClass
    return Judgement(deviceClass: deviceClass, decision: decision, marks: marks)
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
    // The first of many are its own rather than forwarded.
    let (all, half) = (table[device: number].stations, Self.stationsJudgedAtOnce / 2)
    let judged = all.count > 2 * half ? all.prefix(half) + all.suffix(half) : all[...]
    let distances = judged.map { stations[$0].distance }
    guard let own = distances.map(\.least).min() else { return known }
    let forwarded = distances.reduce(0) { $0 + Int($1.far) + ($1.least > own ? Int($1.near) : 0) }
    if forwarded >= ClassDecision.forwardedPackets { known.insert(.forwards) }
    return known
  }
}
