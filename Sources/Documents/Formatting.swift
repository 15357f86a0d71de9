/// `3 cameras`, `1 camera`; nil for none.
public func plural(_ count: Int, _ noun: String, _ several: String? = nil) -> String? {
  switch count {
  case ...0: nil
  case 1: "1 \(noun)"
  default: "\(count) \(several ?? noun + "s")"
  }
}

/// `a, b and c`
public func listed(_ items: [String]) -> String {
  guard items.count > 1, let last = items.last else { return items.first ?? "" }
  return items.dropLast().joined(separator: ", ") + " and " + last
}

/// `48,211`
public func grouped(_ number: UInt64) -> String {
  var digits = Array(String(number))
  var index = digits.count - 3
  while index > 0 {
    digits.insert(",", at: index)
    index -= 3
  }
  return String(digits)
}

/// `512 B`, `1.9 MB`
public func size(_ bytes: UInt64) -> String { scaled(Double(bytes), ["B", "kB", "MB", "GB", "TB"]) }

/// `1.9 Mbit/s`
public func bitRate(_ rate: Double) -> String { scaled(rate, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"]) }

private func scaled(_ value: Double, _ units: [String]) -> String {
  var value = value
  var unit = 0
  while value >= 1000, unit < units.count - 1 {
    value /= 1000
    unit += 1
  }
  return unit == 0 ? "\(Int(value)) \(units[0])" : "\((value * 10).rounded() / 10) \(units[unit])"
}

/// `40 s`, `22 min`, `3 h`, `3 h 5 min`
public func duration(_ seconds: Double) -> String {
  let whole = Int(min(seconds, 1e9))
  switch whole {
  case ..<60: return "\(whole) s"
  case ..<3600: return "\(whole / 60) min"
  default: return "\(whole / 3600) h" + (whole / 60 % 60 == 0 ? "" : " \(whole / 60 % 60) min")
  }
}

extension String {
  public func cut(_ limit: Int) -> String { count > limit ? prefix(limit - 1) + "…" : self }
  public func padded(right width: Int) -> String { self + String(repeating: " ", count: Swift.max(0, width - count)) }
  public func padded(left width: Int) -> String { String(repeating: " ", count: Swift.max(0, width - count)) + self }
  public var trimmedEnd: String {
    guard let last = lastIndex(where: { $0 != " " }) else { return "" }
    return String(self[...last])
  }
}
