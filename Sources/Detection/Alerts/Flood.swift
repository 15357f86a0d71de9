/// Traffic that somebody makes up in such amounts that cameras may go unseen behind it.
public struct Flood: Sendable, Equatable {
  public enum What: String, Sendable, CaseIterable {
    case macs, addresses, arp, syn, dhcp, vlans, tunnels, cameras, dns
  }

  public let what: What
  /// Who sends it, or where it comes from; the same in each report about it.
  public let source: String
  public let interface: String?
  public let segment: Segment
  /// How many addresses, names, cameras and the like.
  public var count: Int
  /// What may go unseen because of it, for people.
  public internal(set) var hidden: String

  public init(_ what: What, from source: String, interface: String? = nil, segment: Segment = .untagged, count: Int, hidden: String) {
    self.what = what
    self.source = source
    self.interface = interface
    self.segment = segment
    self.count = count
    self.hidden = hidden
  }

  /// One line for people.
  public var text: String {
    let act =
      switch what {
      case .macs: "someone at \(source) sends from \(count) made-up MAC addresses"
      case .addresses: "someone at \(source) sends from \(count) made-up addresses"
      case .arp: "someone at \(source) claims addresses, \(count) times"
      case .syn: "someone at \(source) opens connections to \(count) addresses"
      case .dhcp: "someone at \(source) asks for addresses for \(count) made-up devices"
      case .vlans: "someone at \(source) sends in \(count) VLANs"
      case .tunnels: "someone at \(source) sends in \(count) tunnels"
      case .cameras: "someone at \(source) makes up cameras, \(count) so far"
      case .dns: "someone at \(source) fills DNS with \(count) names that are made up or tangled"
      }
    return "\(act); what it may hide: \(hidden)"
  }
}

/// The floods of one run. Each source is reported at most once an hour.
struct FloodLog {
  static let period = Nanoseconds.seconds(3600)
  /// Sources that are reported within an hour: whoever floods under many addresses is reported under so many.
  static let sourceLimit = 64
  /// Earlier reports of a source whose times are remembered.
  static let timeLimit = 8
  /// Reports that wait to be drained; a replay drains them at its end.
  static let pendingLimit = 4096

  /// A report that may still be brought up to date, because nobody has had it yet.
  struct Ticket: Equatable {
    fileprivate let drain: Int
    fileprivate let place: Int
  }

  private struct Source: Hashable {
    let what: Flood.What
    let source: String
  }

  private struct Reports {
    /// The last one, by the present clock.
    var last: Timestamp
    /// As they were told. After the clock was set back their times may come again.
    var times: [Timestamp]
    var ticket: Ticket?

    func areOld(at time: Timestamp) -> Bool {
      time.isDue(since: last, after: period)
        && times.allSatisfy { time.isDue(since: $0, after: period) || $0.isDue(since: time, after: period) }
    }
  }

  private var reported = BoundedTable<Source, Reports>(capacity: sourceLimit)
  private var pending: [(flood: Flood, time: Timestamp)] = []
  private var drains = 0
  /// What floods consisted of, for the coverage.
  private(set) var totals: [Flood.What: Int] = [:]

  var isEmpty: Bool { pending.isEmpty }

  /// Counts what belongs to a flood, reported or not.
  mutating func count(_ what: Flood.What, _ number: Int = 1) { totals[what, default: 0] += number }

  /// - Returns: nil where its source was reported within the hour, or too many were.
  mutating func report(_ flood: Flood, at time: Timestamp) -> Ticket? {
    let source = Source(what: flood.what, source: flood.source)
    let known = reported.find(source)
    if let known, !reported[known].areOld(at: time) { return nil }
    if known == nil, reported.count >= Self.sourceLimit, let oldest = reported.oldest,
      !time.isDue(since: reported[oldest].last, after: Self.period)
    {
      return nil
    }
    guard pending.count < Self.pendingLimit else { return nil }
    pending.append((flood, time))
    let ticket = Ticket(drain: drains, place: pending.count - 1)
    let times = known.map { reported[$0].times.suffix(Self.timeLimit - 1) } ?? []
    reported.set(source, Reports(last: time, times: times + [time], ticket: ticket))
    return ticket
  }

  /// Reports a flood, or adds it to a report about its source that was not drained yet.
  mutating func add(_ flood: Flood, at time: Timestamp) {
    guard report(flood, at: time) == nil, let known = reported.find(Source(what: flood.what, source: flood.source)),
      let ticket = reported[known].ticket, ticket.drain == drains
    else { return }
    pending[ticket.place].flood.count += flood.count
    pending[ticket.place].flood.hidden = flood.hidden
  }

  /// Brings a report up to date that was not drained yet.
  mutating func update(_ ticket: Ticket?, count: Int) {
    guard let ticket, ticket.drain == drains else { return }
    pending[ticket.place].flood.count = count
  }

  /// The clock was set: the hour of each source goes on.
  mutating func move(by step: Nanoseconds) {
    for place in reported.places { reported[place].last = reported[place].last + step }
  }

  mutating func drain() -> [HealthEvent] {
    guard !pending.isEmpty else { return [] }
    defer { pending.removeAll() }
    drains += 1
    return pending.filter { $0.flood.count > 0 }.map { HealthEvent($0.flood, at: $0.time) }
  }
}
