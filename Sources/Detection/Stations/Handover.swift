/// What packets showed, from those who read conversations to those who know stations and devices: on one thread after each frame, on two in
/// blocks of many.
struct Handover: ~Copyable {
  /// What was made up lately, and what had to go, when time came to look.
  struct Check {
    let floods: [FloodCounter.Minute]
    let evictedFlows: Int
  }

  /// An address that was given a number.
  struct Numbered: BitwiseCopyable {
    let number: UInt32
    let isLocal: Bool
    /// The last one that comes with its sighting.
    let isLast: Bool
  }

  /// An address that somebody claims.
  struct Claim: BitwiseCopyable {
    /// Nil for one that has no number.
    let number: UInt32?
    let isLast: Bool
  }

  private(set) var sightings: Pile<Sighting>
  // What comes with them, in their order.
  private(set) var headers = Pile<PacketHeader>(capacity: 4)
  private(set) var checks: [Check] = []
  private(set) var numbered = Pile<Numbered>(capacity: 4)
  private(set) var claims = Pile<Claim>(capacity: 4)
  private(set) var eventCounts = Pile<Int>(capacity: 4)
  var events = FlowEventQueue()
  /// Nothing follows.
  var isLast = false

  init(capacity: Int = 16) { sightings = Pile(capacity: capacity) }

  @inline(__always)
  var count: Int { sightings.count }

  @inline(__always)
  mutating func append(_ sighting: Sighting) { sightings.append(sighting) }

  /// The header comes with the next sighting.
  mutating func headers(append header: PacketHeader) { headers.append(header) }

  mutating func append(_ sighting: Sighting, _ check: Check) {
    checks.append(check)
    sightings.append(sighting)
  }

  // MARK: What comes with the last sighting

  @inline(__always)
  private mutating func mark(_ flag: Sighting.Flags) { sightings[count - 1].flags.insert(flag) }

  mutating func add(_ numbered: Numbered) {
    self.numbered.append(numbered)
    mark(.hasNumbers)
  }

  mutating func add(_ claim: Claim) {
    claims.append(claim)
    mark(.hasClaims)
  }

  /// The last events belong to the last sighting.
  mutating func add(events count: Int) {
    eventCounts.append(count)
    mark(.hasEvents)
  }

  @inline(__always)
  mutating func removeAll() {
    sightings.removeAll()
    headers.removeAll()
    numbered.removeAll()
    claims.removeAll()
    eventCounts.removeAll()
    if !checks.isEmpty { checks.removeAll() }
  }
}
