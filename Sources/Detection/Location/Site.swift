/// Which part of the network is which room.
public struct Site: Sendable, Equatable {
  /// What a rule looks at.
  public enum Criterion: Sendable, Equatable {
    /// The VLAN, or a stack of them, outer first.
    case vlan([UInt16])
    case subnet(IPNetwork)
    /// Agent circuit and remote identifiers that switches and access points put into DHCP requests (option 82, RFC 3046).
    case circuit(String)
    case remote(String)
    /// The interface, of the machine that captures, on which it is heard.
    case interface(String)
    /// What is announced there.
    case neighbour(Neighbour)
    case accessPoint(AccessPoint)

    /// Known from frames of the device, and where they come from, rather than from what they say.
    var dependsOnIngress: Bool {
      switch self {
      case .interface, .neighbour, .accessPoint: true
      case .vlan, .subnet, .circuit, .remote: false
      }
    }

    /// Not to be known before the device has been heard for a while.
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

  /// What is known of where a device is.
  struct Place {
    var vlans: [UInt16] = []
    var addresses: [IPAddress] = []
    var circuit: String?
    var remote: String?
    var interface: String?
    /// Those that are announced where it is heard.
    var neighbours: [Neighbour] = []
    var accessPoint: AccessPoint?
  }

  private let rules: [Rule]
  let interfaces: Set<String>
  let neighbours: [Neighbour]
  let accessPoints: [AccessPoint]

  /// - Parameter rules: the first that fits counts.
  public init(_ rules: [Rule] = []) {
    self.rules = rules
    let criteria = rules.flatMap(\.criteria)
    interfaces = Set(criteria.compactMap { if case .interface(let name) = $0 { name } else { nil } })
    neighbours = criteria.compactMap { if case .neighbour(let neighbour) = $0 { neighbour } else { nil } }
    accessPoints = criteria.compactMap { if case .accessPoint(let accessPoint) = $0 { accessPoint } else { nil } }
  }

  var isEmpty: Bool { rules.isEmpty }

  /// A rule asks where frames come from.
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

  /// A device may be in this room, and not where the rule says, without having shown it yet.
  func mayBe(in room: String, insteadOf rule: Rule?, at place: Place) -> Bool {
    // Frames that are heard tell soon; without such rules it was told with the last DHCP request.
    if !dependsOnIngress, place.circuit != nil || place.remote != nil { return false }
    let isSure = rule.map { !$0.dependsOnIngress } ?? false
    if isSure, rule?.criteria.contains(where: \.needsObservation) == true { return false }
    let earlier = isSure ? rules.prefix { $0 != rule } : rules[...]
    return earlier.contains { $0.room == room && $0.criteria.contains(where: \.needsObservation) }
  }

  /// Identifiers that are no text are written in hexadecimal, in either case.
  private static func isSame(_ a: String, _ b: String) -> Bool { a == b || a.lowercased() == b.lowercased() }
}
