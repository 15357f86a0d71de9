/// Decides the class of a device from its marks: the only place that does.
///
/// Calling a camera `unknown` costs a detection; calling a phone `embedded` accuses a guest. So it takes marks of two groups, and none
/// against, to say `embedded`.
struct ClassDecision: Equatable {
  /// The sum of negative marks from which a device is a person's.
  static let personalFrom = -8
  /// The sum of positive marks from which a device is a small computer in a thing, and the groups that must have one.
  static let embeddedFrom = 8
  static let embeddedGroups = 2
  /// Packets from farther away than the rest from which a device forwards those of others.
  static let forwardedPackets = 3

  /// What is known of a device besides its marks.
  struct Circumstances: OptionSet {
    let rawValue: UInt8
    /// It is a router.
    static let routes = Circumstances(rawValue: 1)
    /// It forwards packets of others.
    static let forwards = Circumstances(rawValue: 2)
    /// It answers DNS queries of others.
    static let resolves = Circumstances(rawValue: 4)
  }

  let deviceClass: DeviceClass
  /// Sums of the groups that are negative, and positive.
  let negative: Int
  let positive: Int
  /// The indices of the marks that counted, one a group.
  private let best: [Int]

  init(_ marks: [ClassMark], _ circumstances: Circumstances = []) {
    var best: [Int] = []
    for (index, mark) in marks.enumerated() {
      if mark.group.isVoidWhereForwarding, circumstances.contains(.forwards) { continue }
      if mark.group == .names, circumstances.contains(.resolves) { continue }
      if let place = best.firstIndex(where: { marks[$0].group == mark.group }) {
        if Self.outweighs(mark, marks[best[place]]) { best[place] = index }
      } else {
        best.append(index)
      }
    }
    let points = best.map { marks[$0].points }
    negative = points.filter { $0 < 0 }.reduce(0, +)
    positive = points.filter { $0 > 0 }.reduce(0, +)
    self.best = best
    let groups = points.count { $0 > 0 }
    let isNetwork = circumstances.contains(.routes) || best.contains { marks[$0].group == .role && marks[$0].shows == .infrastructure }
    if negative <= Self.personalFrom {
      deviceClass =
        isNetwork ? .infrastructure : best.contains { marks[$0].shows == .media && marks[$0].points < 0 } ? .media : .personal
    } else if isNetwork {
      deviceClass = .infrastructure
    } else if negative == 0, positive >= Self.embeddedFrom, groups >= Self.embeddedGroups {
      deviceClass = .embedded
    } else {
      deviceClass = circumstances.contains(.forwards) ? .infrastructure : .unknown
    }
  }

  /// The indices of the marks that counted, those with the most points first.
  ///
  /// - Parameter marks: that were given to `init`.
  func counted(_ marks: [ClassMark]) -> [Int] {
    best.sorted { (-abs(marks[$0].points), $0) < (-abs(marks[$1].points), $1) }
  }

  /// Within a group the most negative mark counts if there is any, else the most positive one.
  private static func outweighs(_ mark: ClassMark, _ other: ClassMark) -> Bool {
    mark.points < 0 || other.points < 0 ? mark.points < other.points : mark.points > other.points
  }
}

extension DeviceClass {
  /// A class that an earlier run knew, and what this run shows: marks may lower it at any time; their absence does not.
  ///
  /// - Parameter isRecent: the earlier run saw the device within the last day.
  func kept(with decision: ClassDecision, isRecent: Bool) -> DeviceClass {
    if decision.deviceClass == .infrastructure { return .infrastructure }
    switch self {
    case .personal, .media:
      return isRecent && decision.deviceClass != .personal && decision.deviceClass != .media ? self : decision.deviceClass
    case .embedded: return decision.negative == 0 && decision.deviceClass == .unknown ? .embedded : decision.deviceClass
    case .infrastructure: return decision.deviceClass == .unknown ? .infrastructure : decision.deviceClass
    case .unknown: return decision.deviceClass
    }
  }
}
