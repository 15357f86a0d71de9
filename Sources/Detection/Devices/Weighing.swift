/// How sure it is that a device is a camera.
public enum Verdict: String, CaseIterable, Sendable, Comparable {
  case none, possible, probable, camera

  /// Probabilities from which each applies.
  public static let possibleFrom = 0.2
  public static let probableFrom = 0.7
  public static let cameraFrom = 0.95

  public init(probability: Double) {
    self =
      switch probability {
      case Self.cameraFrom...: .camera
      case Self.probableFrom...: .probable
      case Self.possibleFrom...: .possible
      default: .none
      }
  }

  private var rank: Int {
    switch self {
    case .none: 0
    case .possible: 1
    case .probable: 2
    case .camera: 3
    }
  }
  public static func < (a: Verdict, b: Verdict) -> Bool { a.rank < b.rank }
}

/// The whole weighing of evidence: nothing about weights stands anywhere else but in the signatures' strengths.
///
///     sum = prior + is + proved does + max(served, other does − against)
///
/// in decibans, and probability = 1 / (1 + 10^(−sum/10)). `served` is the weight of live video that the device itself serves, as far as marks
/// of a person's device leave it: who serves video for long is a camera in use, whatever else it is.
///
/// Anybody on the LAN can send one packet in another's name, but not hold a conversation in it. So evidence is *corroborated* if it was shown
/// in a conversation in which both sides spoke, if it takes many packets over time, or if its device took part in an exchange at all (it
/// conversed, answered a search, or DHCP gave it the address that it uses) and nothing shows that it is something else than a camera. What is not corroborated makes a
/// device at most probable, and a person's at most possible:
///
///     sum = max(sum of what is corroborated, min(sum of everything, most))
public struct Weighing: Sendable, Equatable {
  /// One device in a thousand is a camera.
  public static let prior = -30.0
  /// Within a facet the strongest item counts in full and each further one this part of its weight …
  public static let furtherPart = 0.1
  /// … but no more than this in all: ten names of one vendor are not ten proofs.
  public static let furtherLimit = 2.0
  /// One mark of a person's device: firmware of cameras borrows DHCP options of Windows and Android.
  public static let oneMark = 6.0
  /// The most that served video weighs beside marks of a person's device, once it lasts beyond doubt: probable …
  public static let servedBesideMarks = 34.0
  /// … and before: possible.
  public static let servedInDoubt = 28.0

  /// The most that evidence which is not corroborated makes of a device: probable …
  public static let uncorroborated = 12.0
  /// … and of a person's: possible.
  public static let uncorroboratedOfPerson = 3.0

  /// What a device of this class shows counts in full once the device took part in any exchange. Other classes do so all day, whatever is
  /// said in their name.
  ///
  /// - Parameter hasMarks: there is counter-evidence.
  static func exchangesVouch(for deviceClass: DeviceClass, hasMarks: Bool) -> Bool {
    deviceClass == .embedded || deviceClass == .unknown && !hasMarks
  }

  /// How sure it is that evidence is live video that the device itself serves on the network.
  public enum Serving: Sendable {
    case no
    /// For less than five minutes so far.
    case begun
    case lasting
  }

  /// One item of evidence, as far as weighing looks at it.
  public struct Item: Sendable, Equatable {
    public let says: Claim
    public let facet: Facet
    public let strength: Strength?
    public let serving: Serving
    /// Somebody else took part: more than a name or a list of options, which anybody can borrow.
    public let isExchange: Bool
    public let isCorroborated: Bool

    public init(
      says: Claim, facet: Facet, strength: Strength? = nil, serving: Serving = .no, isExchange: Bool = false, isCorroborated: Bool = true
    ) {
      self.says = says
      self.facet = facet
      self.strength = strength
      self.serving = serving
      self.isExchange = isExchange
      self.isCorroborated = isCorroborated
    }
  }

  /// Weight of what the device is: maker, name, discovery, control.
  public let identity: Double
  /// Weight of what it does, as far as a single item proves it.
  public let provedDoing: Double
  public let otherDoing: Double
  /// Infinite where two independent marks, or an exchange, cancel what it does.
  public let against: Double
  /// What marks leave of live video that the device itself serves.
  public let served: Double
  /// It serves live video beyond doubt: no counter-evidence is to be waited for.
  public let servesForLong: Bool
  /// The sum of what is corroborated; nil if that is everything.
  private let corroborated: Double?
  private let most: Double

  /// - Parameter deviceClass: the class of the device.
  public init(_ items: some Collection<Item>, of deviceClass: DeviceClass = .unknown) {
    // Marks of a person's device speak for the person, whoever forged them.
    let certain = items.filter { $0.isCorroborated || !$0.says.isWeighed }
    self.init(
      items, corroborated: certain.count == items.count ? nil : Weighing(certain, corroborated: nil, most: .infinity).sum,
      most: deviceClass == .personal || items.contains { $0.says == .notCamera && $0.isExchange }
        ? Self.uncorroboratedOfPerson : Self.uncorroborated)
  }

  private init(_ items: some Collection<Item>, corroborated: Double?, most: Double) {
    self.corroborated = corroborated
    self.most = most
    var isExchange = false
    var (begun, lasting) = (0.0, 0.0)
    for item in items {
      if item.says.isWeighed, let strength = item.strength {
        switch item.serving {
        case .no: break
        case .begun: begun = max(begun, strength.weight)
        case .lasting: lasting = max(lasting, strength.weight)
        }
      }
      if item.says == .notCamera, item.isExchange { isExchange = true }
    }
    var (identity, proved, other) = (0.0, 0.0, 0.0)
    var (marks, isProved) = (0, false)
    // Item by item for each facet: few devices have more than three, and dictionaries would take longer.
    for facet in Facet.allCases where items.contains(where: { $0.facet == facet }) {
      if items.contains(where: { $0.says == .notCamera && $0.facet == facet }) { marks += 1 }
      let strengths = items.compactMap { $0.facet == facet && $0.says.isWeighed ? $0.strength : nil }.sorted(by: >)
      guard let strongest = strengths.first else { continue }
      let further = strengths.dropFirst().reduce(0) { $0 + $1.weight * Self.furtherPart }
      let weight = strongest.weight + min(further, Self.furtherLimit)
      if facet.isIdentity {
        identity += weight
      } else if strongest == .proves {
        proved += weight
        if facet == .media { isProved = true }
      } else {
        other += weight
      }
    }
    self.identity = identity
    provedDoing = proved
    otherDoing = other
    against = marks >= 2 || isExchange ? .infinity : Double(marks) * Self.oneMark
    // Video that proves a camera is counted already.
    served = isProved ? 0 : max(min(lasting, Self.servedBesideMarks), min(begun, Self.servedInDoubt))
    servesForLong = lasting > 0
  }

  public var sum: Double {
    let all = Self.prior + identity + provedDoing + doing
    return corroborated.map { max($0, min(all, most)) } ?? all
  }
  /// What is corroborated suffices for a camera, probably.
  public var isCorroborated: Bool { Verdict(probability: Self.probability(corroborated ?? sum)) >= .probable }
  /// The verdict that evidence which is not corroborated can reach.
  var uncorroboratedLimit: Verdict { Verdict(probability: Self.probability(most)) }
  private var doing: Double { max(served, otherDoing - against) }
  public var probability: Double { Self.probability(sum) }
  public var verdict: Verdict { Verdict(probability: probability) }

  /// Without what the device merely does, it would not be probable: counter-evidence may still come.
  public var restsOnDoing: Bool {
    Verdict(probability: Self.probability(Self.prior + identity + provedDoing)) < .probable
  }

  private static func probability(_ sum: Double) -> Double { 1 / (1 + Math.power10(-sum / 10)) }
}

extension SharedWith {
  /// The weight of a value that others show as well, by the class of the device that shows it. A phone with the app is no camera; a plug is
  /// embedded as well, so that what plugs share says nothing.
  public var strengths: Strengths {
    switch self {
    case .app: Strengths([.embedded: .strong, .unknown: .supports])
    case .products: Strengths([:])
    }
  }
}

/// The one transcendental function that is needed; the standard library has none without Foundation.
enum Math {
  /// 10^x for |x| ≤ 300, to 12 digits: repeated squaring for the whole part, the exponential series for the rest.
  static func power10(_ x: Double) -> Double {
    let x = min(max(x, -300), 300)
    let whole = x.rounded(.toNearestOrAwayFromZero)
    let rest = (x - whole) * 2.302585092994046
    var (term, series) = (1.0, 1.0)
    for index in 1...20 {
      term *= rest / Double(index)
      series += term
    }
    var (power, base, exponent) = (1.0, whole < 0 ? 0.1 : 10.0, Int(abs(whole)))
    while exponent > 0 {
      if exponent & 1 == 1 { power *= base }
      base *= base
      exponent >>= 1
    }
    return power * series
  }
}
