/// The property's own cameras: patterns of MAC addresses or names, `*` for any run of characters.
///
/// A device chooses its name itself. So a name covers it only where its maker or model agrees: the pattern holds one of them (`axis-lobby-*`),
/// or states it behind `by` (`lobby-* by Axis`).
public struct DeclaredDevices: Sendable, Equatable {
  private struct Pattern: Sendable, Equatable {
    let value: [UInt8]
    /// Of the maker or model; empty where none is stated.
    let maker: [UInt8]

    init(_ text: String) {
      let parts = text.split(separator: DeclaredDevices.separator, maxSplits: 1)
      value = Array(DeclaredDevices.normalised(String(parts.first ?? "")).utf8)
      maker = parts.count == 2 ? Array(parts[1].lowercased().utf8) : []
    }

    var text: String {
      String(decoding: value, as: UTF8.self) + (maker.isEmpty ? "" : DeclaredDevices.separator + String(decoding: maker, as: UTF8.self))
    }

    func matches(_ texts: [[UInt8]]) -> Bool { texts.contains { ValueOperator.isLike($0, value) } }

    /// A maker's name may be a part of what the device states: `Axis` of `Axis Communications`.
    func agrees(_ makers: [[UInt8]]) -> Bool {
      if maker.isEmpty { return makers.contains { firstIndex(of: $0, in: value) != nil } }
      return makers.contains { ValueOperator.isLike($0, maker) || firstIndex(of: maker, in: $0) != nil }
    }
  }

  fileprivate static let separator = " by "
  private let patterns: [Pattern]

  public init(_ patterns: [String] = []) { self.patterns = patterns.map(Pattern.init) }

  private init(_ patterns: [Pattern]) { self.patterns = patterns }

  var isEmpty: Bool { patterns.isEmpty }

  /// The patterns as text.
  public var texts: [String] { patterns.map(\.text) }

  /// The patterns of both.
  public func joined(with other: DeclaredDevices) -> DeclaredDevices { DeclaredDevices(patterns + other.patterns) }

  /// The pattern is a name, without a maker or model beside it.
  public static func isNameAlone(_ text: String) -> Bool {
    let pattern = normalised(text)
    let isAddress = pattern.allSatisfy { $0.isHexDigit || ".:*?".contains($0) } && pattern.contains { ".:".contains($0) || $0.isNumber }
    return !isAddress && MACAddress(pattern) == nil && !text.contains(separator)
  }

  /// Lower case; MAC addresses may be written with `-` or `:`.
  private static func normalised(_ text: String) -> String {
    let lowered = text.lowercased()
    let isMAC = lowered.allSatisfy { $0.isHexDigit || "-:*?".contains($0) } && lowered.contains { "-:".contains($0) }
    return isMAC ? String(lowered.map { $0 == "-" ? ":" : $0 }) : lowered
  }

  /// - Parameter names: that the device gives itself.
  func contains(mac: MACAddress, addresses: [IPAddress], names: [String], vendor: String?, model: String?) -> Bool {
    guard !patterns.isEmpty else { return false }
    var values = addresses.map(\.description) + [model, vendor.flatMap { v in model.map { "\(v) \($0)" } }].compactMap { $0 }
    if !mac.isNone { values += [mac.description, mac.hex] }
    let given = values.map { Array($0.lowercased().utf8) }
    let chosen = names.map { Array($0.lowercased().utf8) }
    let makers = [vendor, model].compactMap { $0 }.filter { $0.utf8.count > 2 }.map { Array($0.lowercased().utf8) }
    return patterns.contains { pattern in
      pattern.matches(given) && (pattern.maker.isEmpty || pattern.agrees(makers)) || pattern.matches(chosen) && pattern.agrees(makers)
    }
  }

  /// One of them is this device's MAC address, whatever it says.
  func covers(_ mac: MACAddress) -> Bool {
    guard !mac.isNone, !patterns.isEmpty else { return false }
    let texts = [Array(mac.description.utf8), Array(mac.hex.utf8)]
    return patterns.contains { $0.matches(texts) }
  }
}
