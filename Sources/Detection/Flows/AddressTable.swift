/// Gives addresses small numbers, so that flow keys stay short.
///
/// An address (within its segment) has one number for as long as it is in use, whoever holds it: the two directions of a flow meet
/// even where a router answers from another MAC address. Where there is no room, the one goes that was idle longest of those without
/// conversations.
struct AddressTable: ~Copyable {
  static let capacity = 131_072
  /// How often the use of an address is noted.
  static let usePeriod = Nanoseconds.seconds(1)

  // Not private: Swift 6.3 does not compile a table of a private type for the thread sanitizer.
  /// Half a line of the processor's cache.
  struct Entry {
    var address: IPAddress
    var segment: Segment
    /// The highest bit says whether it is declared.
    private var senderBits: UInt64 = 0

    private static let declared: UInt64 = 1 << 63

    /// Who last sent from it.
    var sender: MACAddress { MACAddress(bits: senderBits) }
    /// Its last sender was declared.
    var isDeclared: Bool { senderBits & Self.declared != 0 }

    init(_ address: IPAddress, in segment: Segment) { (self.address, self.segment) = (address, segment) }

    @inline(__always)
    func isFrom(_ sender: MACAddress) -> Bool { (senderBits ^ sender.bits) & ~Self.declared == 0 }

    fileprivate mutating func setSender(_ sender: MACAddress, isDeclared: Bool) {
      senderBits = sender.bits | (isDeclared ? Self.declared : 0)
    }
  }

  struct Use {
    /// When it was last used, apart from its conversations at hand.
    var lastSeen: Timestamp
    /// Conversations at hand; with any, it cannot go.
    var flows: UInt32 = 0
  }

  private var entries = Slab<Entry>(capacity: AddressTable.capacity)
  private var uses = Slab<Use>(capacity: AddressTable.capacity, largePages: false)
  private var free: [UInt32] = []
  private var index = HashIndex()
  /// Addresses without conversations.
  private var idle = UseOrder(ranks: 1)
  /// Numbers that were given to other addresses and are not told yet.
  private(set) var renumbered = Pile<UInt32>(capacity: 4)
  /// Cameras that were declared.
  var declared = DeclaredDevices() {
    didSet {
      guard declared != oldValue else { return }
      known.removeAll()
      for number in entries.indices { setSender(number, entries[number].sender) }
    }
  }
  /// Senders of which is known whether they were declared: an address may change hands with each packet.
  private var known: [MACAddress: Bool] = [:]
  private static let knownLimit = 4096

  @inline(__always)
  private func hash(_ address: IPAddress, _ segment: Segment) -> UInt32 {
    let words = SegmentAddress(segment: segment, address: address).words
    return index.hash(words.0, words.1)
  }

  /// The number of an address that has one.
  @inline(__always)
  func find(_ address: IPAddress, in segment: Segment) -> Int? {
    index.find(hash: hash(address, segment)) { entries[$0].address == address && entries[$0].segment == segment }
  }

  /// The number of an address, new or not; nil where all have conversations.
  mutating func number(of address: IPAddress, in segment: Segment, at time: Timestamp) -> UInt32? {
    if let found = find(address, in: segment) {
      if uses[found].flows == 0, time.isAfter(uses[found].lastSeen, by: Self.usePeriod) {
        let isCrowded = entries.count > Self.capacity / 2
        if UseOrder.isDue(at: time, since: uses[found].lastSeen, .aMinute, isCrowded: isCrowded) { idle.use(found, rank: 0) }
        uses[found].lastSeen = time
      }
      return UInt32(found)
    }
    let (entry, use) = (Entry(address, in: segment), Use(lastSeen: time))
    let number: Int
    if let vacant = free.popLast() {
      number = Int(vacant)
      (entries[number], uses[number]) = (entry, use)
    } else if entries.count < Self.capacity {
      number = entries.count
      entries.append(entry)
      uses.append(use)
    } else if let oldest = idle.oldest(0) {
      index.remove(oldest, hash: hash(entries[oldest].address, entries[oldest].segment))
      number = oldest
      (entries[number], uses[number]) = (entry, use)
    } else {
      return nil
    }
    index.insert(number, hash: hash(address, segment))
    idle.use(number, rank: 0)
    renumbered.append(UInt32(number))
    return UInt32(number)
  }

  /// All others know who has which number.
  mutating func clearRenumbered() { renumbered.removeAll() }

  /// A new address takes another one's place.
  var isFull: Bool { entries.count == Self.capacity && free.isEmpty }

  subscript(number: UInt32) -> Entry {
    @inline(__always) _read { yield entries[Int(number)] }
  }

  /// This number is, still, that address's.
  @inline(__always)
  func isNumber(_ number: UInt32, of address: IPAddress, in segment: Segment) -> Bool {
    entries[Int(number)].address == address && entries[Int(number)].segment == segment
  }

  /// Somebody sends from the address.
  @inline(__always)
  mutating func sent(from number: UInt32, by sender: MACAddress) {
    if !entries[Int(number)].isFrom(sender) { setSender(Int(number), sender) }
  }

  @inline(never)
  private mutating func setSender(_ number: Int, _ sender: MACAddress) {
    entries[number].setSender(sender, isDeclared: isDeclared(sender))
  }

  private mutating func isDeclared(_ sender: MACAddress) -> Bool {
    if let known = known[sender] { return known }
    if known.count >= Self.knownLimit { known.removeAll(keepingCapacity: true) }
    let isDeclared = declared.covers(sender)
    known[sender] = isDeclared
    return isDeclared
  }

  @inline(__always)
  func prefetch(_ number: UInt32) { entries.prefetch(Int(number)) }

  /// A conversation of the address begins.
  mutating func retain(_ number: UInt32) {
    uses[Int(number)].flows += 1
    if uses[Int(number)].flows == 1 { idle.remove(Int(number)) }
  }

  /// A conversation of the address, which was last seen at this time, is over.
  mutating func release(_ number: UInt32, at time: Timestamp) {
    let number = Int(number)
    uses[number].flows -= 1
    if time > uses[number].lastSeen { uses[number].lastSeen = time }
    if uses[number].flows == 0 { idle.use(number, rank: 0) }
  }

  /// The clock was set back: nothing was seen later than now.
  mutating func move(by step: Nanoseconds) {
    for number in entries.indices { uses[number].lastSeen = uses[number].lastSeen + step }
  }

  /// Drops the addresses without conversations that were idle since before a time.
  /// - Returns: numbers that no address has.
  mutating func forget(before time: Timestamp) -> [UInt32] {
    for number in idle.entries(0).filter({ uses[$0].lastSeen < time }) {
      index.remove(number, hash: hash(entries[number].address, entries[number].segment))
      idle.remove(number)
      free.append(UInt32(number))
    }
    return free
  }

  /// Forgets who sends from an address.
  mutating func erase(_ senders: Set<MACAddress>) {
    for number in entries.indices where senders.contains(entries[number].sender) { setSender(number, .none) }
  }

  /// Numbers of addresses that are on the LAN by themselves.
  func numbers(in local: LocalAddresses) -> [UInt32] {
    entries.indices.filter { local.contains(entries[$0].address) }.map(UInt32.init)
  }
}
