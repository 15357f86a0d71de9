/// The property's own cameras: patterns of MAC addresses or names, `*` for any run of characters.
public struct DeclaredDevices: Sendable, Equatable {
  private let patterns: [[UInt8]]

  public init(_ patterns: [String] = []) {
    self.patterns = patterns.map { Array(Self.normalised($0).utf8) }
  }

  /// The patterns as text.
  public var texts: [String] { patterns.map { String(decoding: $0, as: UTF8.self) } }

  private init(normalised patterns: [[UInt8]]) { self.patterns = patterns }

  /// The patterns of both.
  public func joined(with other: DeclaredDevices) -> DeclaredDevices { DeclaredDevices(normalised: patterns + other.patterns) }

  /// Lower case; MAC addresses may be written with `-` or `:`.
  private static func normalised(_ text: String) -> String {
    let lowered = text.lowercased()
    let isMAC = lowered.allSatisfy { $0.isHexDigit || "-:*?".contains($0) } && lowered.contains { "-:".contains($0) }
    return isMAC ? String(lowered.map { $0 == "-" ? ":" : $0 }) : lowered
  }

  func contains(mac: MACAddress, addresses: [IPAddress], names: [String]) -> Bool {
    guard !patterns.isEmpty else { return false }
    var values = names.map { $0.lowercased() } + addresses.map(\.description)
    if !mac.isNone { values += [mac.description, mac.hex] }
    let tested = values.map { Array($0.utf8) }
    return patterns.contains { pattern in tested.contains { ValueOperator.isLike($0, pattern) } }
  }
}
