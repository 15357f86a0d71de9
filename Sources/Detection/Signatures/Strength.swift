/// How much a piece of evidence weighs.
public enum Strength: String, CaseIterable, Sendable, Comparable {
  case hints, supports, likely, strong, proves

  /// Decibans: ten times the decimal logarithm of the likelihood ratio.
  public var weight: Double {
    switch self {
    case .proves: 50
    case .strong: 40
    case .likely: 34
    case .supports: 12
    case .hints: 2
    }
  }

  public static func < (a: Strength, b: Strength) -> Bool { a.weight < b.weight }
}

/// The strength of a signature by the class of the device that meets it. Most have the same for all.
public struct Strengths: Sendable, Hashable {
  /// Four bits for each class: 0 for no weight, else the place in `Strength.allCases` plus one.
  private var bits: UInt32 = 0

  /// The same for every class.
  public init(_ strength: Strength) {
    for deviceClass in DeviceClass.allCases { self[deviceClass] = strength }
  }

  /// Classes that are not named give it no weight.
  public init(_ strengths: KeyValuePairs<DeviceClass, Strength>) {
    for (deviceClass, strength) in strengths { self[deviceClass] = strength }
  }

  public subscript(deviceClass: DeviceClass) -> Strength? {
    get {
      let place = Int(bits >> Self.shift(deviceClass) & 15)
      return place == 0 ? nil : Strength.allCases[place - 1]
    }
    set {
      let place = newValue.flatMap { Strength.allCases.firstIndex(of: $0) }.map { UInt32($0) + 1 } ?? 0
      bits = bits & ~(15 << Self.shift(deviceClass)) | place << Self.shift(deviceClass)
    }
  }

  private static func shift(_ deviceClass: DeviceClass) -> UInt32 { deviceClass.place * 4 }

  /// The greatest of all classes; nil where none gives it a weight.
  public var greatest: Strength? { DeviceClass.allCases.compactMap { self[$0] }.max() }
  /// The strength where all classes have the same.
  public var uniform: Strength? {
    guard let first = self[.unknown], DeviceClass.allCases.allSatisfy({ self[$0] == first }) else { return nil }
    return first
  }

  public static let hints = Strengths(.hints)
  public static let supports = Strengths(.supports)
  public static let likely = Strengths(.likely)
  public static let strong = Strengths(.strong)
  public static let proves = Strengths(.proves)
}

extension Strengths: LosslessStringConvertible {
  /// `likely`, or `embedded likely, unknown supports`.
  public var description: String {
    if let uniform { return uniform.rawValue }
    return DeviceClass.allCases.compactMap { each in self[each].map { "\(each.rawValue) \($0.rawValue)" } }.joined(separator: ", ")
  }

  public init?(_ description: String) {
    if let strength = Strength(rawValue: description) {
      self.init(strength)
      return
    }
    self.init([:])
    for part in description.split(separator: ",") {
      let words = part.split(separator: " ")
      guard words.count == 2, let deviceClass = DeviceClass(rawValue: String(words[0])), let strength = Strength(rawValue: String(words[1]))
      else { return nil }
      self[deviceClass] = strength
    }
  }
}

/// Who shows a value besides cameras.
public enum SharedWith: String, CaseIterable, Sendable {
  /// Only the camera's own app. The maker's other products are known not to show it.
  case app
  /// Other products of the maker, such as plugs, locks and hubs.
  case products
}
