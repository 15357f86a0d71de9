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
  public let hidden: String

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
      case .arp: "someone at \(source) claims \(count) addresses"
      case .syn: "someone at \(source) opens connections to \(count) addresses"
      case .dhcp: "someone at \(source) asks for addresses for \(count) made-up devices"
      case .vlans: "someone at \(source) sends in \(count) VLANs"
      case .tunnels: "someone at \(source) sends in \(count) tunnels"
      case .cameras: "someone at \(source) makes up cameras, \(count) so far"
      case .dns: "someone at \(source) sent \(count) DNS messages that are costly to read"
      }
    return "\(act); what it may hide: \(hidden)"
  }
}

/// The floods of one run. Each source is reported at most once an hour.
struct FloodLog {
  static let period = Nanoseconds.seconds(3600)
  /// Sources whose last report is remembered.
  static let sourceLimit = 256
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

  private var reported = BoundedTable<Source, Timestamp>(capacity: sourceLimit)
  private var pending: [(flood: Flood, time: Timestamp)] = []
  private var drains = 0
  /// What floods consisted of, for the coverage.
  private(set) var totals: [Flood.What: Int] = [:]

  var isEmpty: Bool { pending.isEmpty }

  /// Counts what belongs to a flood, reported or not.
  mutating func count(_ what: Flood.What, _ number: Int = 1) { totals[what, default: 0] += number }

  /// - Returns: nil where its source was reported within the hour.
  mutating func report(_ flood: Flood, at time: Timestamp) -> Ticket? {
    let source = Source(what: flood.what, source: flood.source)
    if let known = reported.find(source) {
      guard time.isDue(since: reported[known], after: Self.period) else { return nil }
      reported[known] = time
      reported.touch(known)
    } else {
      _ = reported.insert(source, time)
    }
    guard pending.count < Self.pendingLimit else { return nil }
    pending.append((flood, time))
    return Ticket(drain: drains, place: pending.count - 1)
  }

  /// Brings a report up to date that was not drained yet.
  mutating func update(_ ticket: Ticket?, count: Int) {
    guard let ticket, ticket.drain == drains else { return }
    pending[ticket.place].flood.count = count
  }

  mutating func drain() -> [HealthEvent] {
    guard !pending.isEmpty else { return [] }
    defer { pending.removeAll() }
    drains += 1
    return pending.filter { $0.flood.count > 0 }.map { HealthEvent($0.flood, at: $0.time) }
  }
}
