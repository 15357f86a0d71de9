/// The rules by which parts of the network are rooms.
public struct Site: Sendable, Equatable {
  /// One condition of a rule.
  public enum Criterion: Sendable, Equatable {
    /// The VLAN, or a stack of them, outer first.
    case vlan([UInt16])
    case subnet(IPNetwork)
    /// Agent circuit and remote identifiers that switches and access points put into DHCP requests (option 82, RFC 3046).
    case circuit(String)
    case remote(String)
    /// The capturing machine's interface on which the device's frames arrive.
    case interface(String)
    /// The switch or port that announces itself there.
    case neighbour(Neighbour)
    case accessPoint(AccessPoint)

    /// Depends on the interface or access point at which frames arrive, not on their contents.
    var dependsOnIngress: Bool {
      switch self {
      case .interface, .neighbour, .accessPoint: true
      case .vlan, .subnet, .circuit, .remote: false
      }
    }

    /// Unknown until the device has sent frames for a while.
    var needsObservation: Bool {
      switch self {
      case .circuit, .remote: true
      default: dependsOnIngress
      }
    }
  }

  /// A switch, or a port of one, as it calls itself by LLDP or CDP on the link behind that port.
  public struct Neighbour: Hashable, Sendable {
    /// Its name, with or without the domain; or what it gives as chassis or management address.
    public let device: String
    /// The port's identifier or description; nil for all ports.
    public let port: String?

    public init(device: String, port: String? = nil) {
      self.device = device
      self.port = port
    }

    func isAnnounced(by announcement: NeighborAdvertisement) -> Bool {
      let device = device.lowercased()
      let names = [announcement.name, announcement.chassis, announcement.address].map { $0.lowercased() }
      guard names.contains(device) || names[0].hasPrefix(device + ".") else { return false }
      return port.map { Self.isSamePort($0, announcement.port) || Self.isSamePort($0, announcement.portDescription) } ?? true
    }

    /// `Gi0/12` is `GigabitEthernet0/12`: what comes before the first digit may be cut short, to two letters at least.
    private static func isSamePort(_ a: String, _ b: String) -> Bool {
      let (a, b) = (a.lowercased(), b.lowercased())
      if a == b { return true }
      let (kindA, kindB) = (a.prefix { !$0.isNumber }, b.prefix { !$0.isNumber })
      let (numberA, numberB) = (a.dropFirst(kindA.count), b.dropFirst(kindB.count))
      guard !numberA.isEmpty, numberA == numberB, min(kindA.count, kindB.count) >= 2 else { return false }
      return kindA.hasPrefix(kindB) || kindB.hasPrefix(kindA)
    }
  }

  public enum AccessPoint: Hashable, Sendable {
    /// The BSSID, or the link address of the one that brings its stations' frames in a tunnel.
    case mac(MACAddress)
    /// The address from which it brings them.
    case address(IPAddress)
  }

  public struct Rule: Sendable, Equatable {
    public let room: String
    /// All must fit.
    public let criteria: [Criterion]

    public init(room: String, criteria: [Criterion]) {
      self.room = room
      self.criteria = criteria
    }

    var dependsOnIngress: Bool { criteria.contains(where: \.dependsOnIngress) }
  }

  /// The known facts about the place of a device.
  struct Place {
    var vlans: [UInt16] = []
    var addresses: [IPAddress] = []
    var circuit: String?
    var remote: String?
    var interface: String?
    /// Those that announce themselves where its frames arrive.
    var neighbours: [Neighbour] = []
    var accessPoint: AccessPoint?
  }

  public let rules: [Rule]
  /// Every room by name: those of the rules in their order, then others.
  public let rooms: [String]
  let interfaces: Set<String>
  let neighbours: [Neighbour]
  /// Their places in that list, by the device's name in lower case.
  private let neighbourPlaces: [String: [Int]]
  let accessPoints: [AccessPoint]

  /// - Parameters:
  ///   - rules: the first that fits counts.
  ///   - rooms: names of rooms without a rule.
  public init(_ rules: [Rule] = [], rooms: [String] = []) {
    self.rules = rules
    var names: Set<String> = []
    self.rooms = (rules.map(\.room) + rooms).filter { names.insert($0).inserted }
    let criteria = rules.flatMap(\.criteria)
    interfaces = Set(criteria.compactMap { if case .interface(let name) = $0 { name } else { nil } })
    neighbours = criteria.compactMap { if case .neighbour(let neighbour) = $0 { neighbour } else { nil } }
    neighbourPlaces = Dictionary(grouping: neighbours.indices) { [neighbours] in neighbours[$0].device.lowercased() }
    accessPoints = criteria.compactMap { if case .accessPoint(let accessPoint) = $0 { accessPoint } else { nil } }
  }

  /// The same with rules from elsewhere after its own. Where both name the same place, by a room or by what makes it, its own count alone.
  public func joined(with others: [Rule]) -> Site {
    let named = Set(rules.map(\.room))
    let further = others.filter { other in !named.contains(other.room) && !rules.contains { $0.criteria == other.criteria } }
    return further.isEmpty ? self : Site(rules + further, rooms: rooms)
  }

  /// The neighbours that announce themselves so.
  func neighbours(announcedBy announcement: NeighborAdvertisement) -> [Neighbour] {
    let name = announcement.name.lowercased()
    // Its name, with or without the domain.
    var names = name.indices.filter { name[$0] == "." }.map { String(name[..<$0]) }
    names += [name, announcement.chassis.lowercased(), announcement.address.lowercased()]
    let places = Set(names.flatMap { neighbourPlaces[$0] ?? [] }).sorted()
    return places.map { neighbours[$0] }.filter { $0.isAnnounced(by: announcement) }
  }

  /// There are no rules.
  var isEmpty: Bool { rules.isEmpty }

  /// Interfaces that the rules of a room name.
  func interfaces(of room: String) -> Set<String> {
    Set(rules.filter { $0.room == room }.flatMap(\.criteria).compactMap { if case .interface(let name) = $0 { name } else { nil } })
  }

  /// Rooms whose rules have this criterion.
  func rooms(at criterion: Criterion) -> Set<String> { Set(rules.filter { $0.criteria.contains(criterion) }.map(\.room)) }

  /// A rule depends on where frames arrive.
  var dependsOnIngress: Bool { rules.contains(where: \.dependsOnIngress) }

  func rule(at place: Place) -> Rule? {
    rules.first { rule in
      rule.criteria.allSatisfy { criterion in
        switch criterion {
        case .vlan(let stack): !stack.isEmpty && place.vlans.suffix(stack.count) == stack[...]
        case .subnet(let network): place.addresses.contains { network.contains($0) }
        case .circuit(let text): place.circuit.map { Self.isSame($0, text) } ?? false
        case .remote(let text): place.remote.map { Self.isSame($0, text) } ?? false
        case .interface(let name): place.interface == name
        case .neighbour(let neighbour): place.neighbours.contains(neighbour)
        case .accessPoint(let accessPoint): place.accessPoint == accessPoint
        }
      }
    }
  }

  /// A device could still be in this room, and not where the rule says, because it has not yet sent what a rule needs.
  func mayBe(in room: String, insteadOf rule: Rule?, at place: Place) -> Bool {
    // The next frames decide; without such rules the last DHCP request did.
    if !dependsOnIngress, place.circuit != nil || place.remote != nil { return false }
    let isSure = rule.map { !$0.dependsOnIngress } ?? false
    if isSure, rule?.criteria.contains(where: \.needsObservation) == true { return false }
    let earlier = isSure ? rules.prefix { $0 != rule } : rules[...]
    return earlier.contains { $0.room == room && $0.criteria.contains(where: \.needsObservation) }
  }

  /// Identifiers that are no text are written in hexadecimal, in either case.
  private static func isSame(_ a: String, _ b: String) -> Bool { a == b || a.lowercased() == b.lowercased() }
}
