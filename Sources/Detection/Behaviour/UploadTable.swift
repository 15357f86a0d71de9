/// The uploads that run, between pairs of addresses.
///
/// Conversations enter when they send `Upload.activeBytes` within a second; others cost nothing. Whole seconds of packet time end what
/// is over, also while the link is quiet.
struct UploadTable {
  static let capacity = 4096

  /// Two address numbers, the lower one first, and the transport.
  struct Pair: PacketKey {
    let addresses: UInt64
    let isTCP: Bool

    init(_ sighting: Sighting) {
      let (source, destination) = (UInt64(sighting.source), UInt64(sighting.destination))
      addresses = sighting.isForward ? source << 32 | destination : destination << 32 | source
      isTCP = sighting.has(.tcp)
    }

    var words: (UInt64, UInt64) { (addresses, isTCP ? 1 : 0) }
  }

  /// Something happened to an upload; what is over has left the table.
  struct Notice {
    let isTCP: Bool
    let mark: UInt32
    var upload: Upload
    let outcome: Upload.Outcome
  }

  private var table = BoundedTable<Pair, Upload>(capacity: UploadTable.capacity)
  private var counter: UInt32 = 0
  /// The second at hand, since 1970.
  private var second: Int64 = 0

  var evicted: Int { table.evicted }

  /// When the second at hand is over; in the distant future while nothing is uploaded.
  private(set) var nextDue = Timestamp.distantFuture

  subscript(place: Int) -> Upload {
    _read { yield table[place] }
    _modify { yield &table[place] }
  }

  /// What a conversation remembers of its upload: its place, and 20 bits of its id.
  func mark(_ place: Int) -> UInt32 { table[place].id << 12 | UInt32(place) }

  /// The place of the upload that a conversation remembers; nil where it is over.
  func place(of mark: UInt32) -> Int? {
    let place = Int(mark & 0xFFF)
    return mark != 0 && table.isUsed(place) && self.mark(place) == mark ? place : nil
  }

  /// The upload between these addresses over this transport.
  func find(_ pair: Pair) -> Int? { table.isEmpty ? nil : table.find(pair) }

  /// Begins an upload.
  /// - Parameters:
  ///   - isFromLow: the lower end of the pair sends.
  ///   - isLocal: both ends are on the LAN.
  ///   - start: the time of the first packet in its first second.
  mutating func open(
    _ pair: Pair, isFromLow: Bool, isLocal: Bool, from device: Station, to peer: IPAddress, packet: PacketReference,
    start: Timestamp, at now: Timestamp, knock: Knock?
  ) -> Int {
    if table.isEmpty {
      second = now.wholeSeconds
      nextDue = Timestamp(seconds: second + 1, nanoseconds: 0)
    }
    counter &+= 1
    // Zero in what conversations remember says that there is none.
    if counter & 0xF_FFFF == 0 { counter &+= 1 }
    return table.insert(
      pair,
      Upload(
        id: counter, isFromLow: isFromLow, isLocal: isLocal, device: device, peer: peer, packet: packet, start: start, second: second,
        knock: knock))
  }

  /// The second at hand is over.
  mutating func endSecond() -> [Notice] {
    var notices: [Notice] = []
    for place in table.places {
      let outcome = table[place].endSecond(second)
      if outcome == .goesOn { continue }
      notices.append(notice(place, outcome))
      if outcome != .report { table.remove(place) }
    }
    second += 1
    nextDue = table.isEmpty ? .distantFuture : Timestamp(seconds: second + 1, nanoseconds: 0)
    return notices
  }

  /// The input is over, and with it all uploads.
  mutating func endAll() -> [Notice] {
    var notices: [Notice] = []
    for place in table.places {
      let outcome = table[place].endSecond(second)
      notices.append(notice(place, outcome == .isReversed ? outcome : .ends))
    }
    table.removeAll()
    nextDue = .distantFuture
    return notices
  }

  private func notice(_ place: Int, _ outcome: Upload.Outcome) -> Notice {
    Notice(isTCP: table.key(place).isTCP, mark: mark(place), upload: table[place], outcome: outcome)
  }
}

extension Timestamp {
  /// Whole seconds since 1970, rounded down.
  var wholeSeconds: Int64 {
    let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
