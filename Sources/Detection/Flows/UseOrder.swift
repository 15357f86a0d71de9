/// The order in which entries of a slab were used, in several ranks: the least recently used of the lowest rank is the first to go. Every
/// operation takes constant time.
struct UseOrder {
  private struct Links {
    /// The entry's neighbours; `none` at the ends.
    var older: UInt32
    /// Its rank in two bits, `absent` where it is in none, and thirty bits of its other neighbour.
    private var rankAndNewer: UInt32

    init(older: UInt32 = UseOrder.none, rank: UInt32) {
      self.older = older
      rankAndNewer = rank << 30 | UseOrder.none
    }

    var rank: UInt32 {
      get { rankAndNewer >> 30 }
      set { rankAndNewer = newValue << 30 | newer }
    }

    var newer: UInt32 {
      get { rankAndNewer & UseOrder.none }
      set { rankAndNewer = rankAndNewer & ~UseOrder.none | newValue }
    }
  }

  private struct Ends {
    var oldest = UseOrder.none
    var newest = UseOrder.none
    var count = 0
  }

  private static let absent: UInt32 = 3
  private static let none: UInt32 = 1 << 30 - 1

  private var links: [Links] = []
  private var ends = InlineArray<3, Ends>(repeating: Ends())

  /// - Parameter ranks: three at most.
  init(ranks: Int) { precondition(ranks <= ends.count) }

  func count(_ rank: Int) -> Int { ends[rank].count }

  /// The entry of a rank that was used least recently.
  func oldest(_ rank: Int) -> Int? { ends[rank].oldest == Self.none ? nil : Int(ends[rank].oldest) }

  /// The rank of an entry; nil where it is in none.
  func rank(_ entry: Int) -> Int? {
    guard entry < links.count, links[entry].rank != Self.absent else { return nil }
    return Int(links[entry].rank)
  }

  /// How fine an order is: an entry moves once in each period, since its neighbours lie anywhere in memory. In powers of two nanoseconds,
  /// so that no packet divides.
  enum Period: Int64 {
    case nineSeconds = 33
    case aMinute = 36
  }

  /// An entry that was used at a time is to move when it is used now. Where entries may soon have to go, the order is exact: else newcomers
  /// could push out within a period what is in use.
  @inline(__always)
  static func isDue(at now: Timestamp, since last: Timestamp, _ period: Period, isCrowded: Bool) -> Bool {
    isCrowded || now.nanoseconds >> period.rawValue != last.nanoseconds >> period.rawValue
  }

  /// Makes an entry, which may be in no rank or in any, the one of this rank that was used last.
  mutating func use(_ entry: Int, rank: Int) {
    precondition(entry < Self.none)
    if entry >= links.count { makeRoom(for: entry) }
    var ends = self.ends
    var links = self.links.mutableSpan
    Self.remove(entry, &links, &ends)
    let newest = ends[rank].newest
    links[entry] = Links(older: newest, rank: UInt32(rank))
    if newest == Self.none { ends[rank].oldest = UInt32(entry) } else { links[Int(newest)].newer = UInt32(entry) }
    ends[rank].newest = UInt32(entry)
    ends[rank].count += 1
    self.ends = ends
  }

  /// Grows by an eighth: an array that doubles takes up to three times what it holds, while it moves.
  @inline(never)
  private mutating func makeRoom(for entry: Int) {
    if entry >= links.capacity { links.reserveCapacity(entry + entry / 8 + 64) }
    while links.count <= entry { links.append(Links(rank: Self.absent)) }
  }

  mutating func remove(_ entry: Int) {
    guard entry < links.count else { return }
    var ends = self.ends
    var links = self.links.mutableSpan
    Self.remove(entry, &links, &ends)
    self.ends = ends
  }

  @inline(__always)
  private static func remove(_ entry: Int, _ links: inout MutableSpan<Links>, _ ends: inout InlineArray<3, Ends>) {
    let (older, newer, place) = (links[entry].older, links[entry].newer, links[entry].rank)
    guard place != absent else { return }
    let rank = Int(place)
    if older == none { ends[rank].oldest = newer } else { links[Int(older)].newer = newer }
    if newer == none { ends[rank].newest = older } else { links[Int(newer)].older = older }
    ends[rank].count -= 1
    links[entry].rank = absent
  }

  /// Entries of a rank, the one that was used least recently first.
  func entries(_ rank: Int) -> some Sequence<Int> {
    sequence(state: ends[rank].oldest) { [links] entry in
      guard entry != Self.none else { return nil }
      defer { entry = links[Int(entry)].newer }
      return Int(entry)
    }
  }
}
