/// How far the packets of a station have come. What comes from farther away than the rest was forwarded.
struct Distance: Sendable, Equatable {
  /// The least number of hops; `Hops.unknown` before the first packet that shows one.
  private(set) var least = Hops.unknown
  /// Packets at that distance, and farther away; counted up to 255.
  private(set) var near: UInt8 = 0
  private(set) var far: UInt8 = 0

  /// - Returns: the packet is nearer than all before it.
  @inline(__always)
  mutating func add(_ hops: UInt8) -> Bool {
    if hops == Hops.unknown { return false }
    guard hops == least else { return addOther(hops) }
    if near < .max { near += 1 }
    return false
  }

  @inline(never)
  private mutating func addOther(_ hops: UInt8) -> Bool {
    if hops > least {
      if far < .max { far += 1 }
      return false
    }
    far = UInt8(min(255, Int(far) + Int(near)))
    least = hops
    near = 1
    return true
  }
}
