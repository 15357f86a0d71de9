/// Which part of the network is which room.
public struct Site: Sendable, Equatable {
  /// What a rule looks at.
  public enum Mark: Sendable, Equatable {
    /// The VLAN, or a stack of them, outer first.
    case vlan([UInt16])
    case subnet(IPNetwork)
    /// Agent circuit and remote identifiers that switches and access points put into DHCP requests (option 82, RFC 3046).
    case circuit(String)
    case remote(String)
  }

  public struct Rule: Sendable, Equatable {
    public let room: String
    /// All must fit.
    public let marks: [Mark]

    public init(room: String, marks: [Mark]) {
      self.room = room
      self.marks = marks
    }
  }

  private let rules: [Rule]

  /// - Parameter rules: the first that fits counts.
  public init(_ rules: [Rule] = []) { self.rules = rules }

  var isEmpty: Bool { rules.isEmpty }

  func room(vlans: [UInt16], addresses: [IPAddress], circuit: String?, remote: String?) -> String? {
    rules.first { rule in
      rule.marks.allSatisfy { mark in
        switch mark {
        case .vlan(let stack): !stack.isEmpty && vlans.suffix(stack.count) == stack[...]
        case .subnet(let network): addresses.contains { network.contains($0) }
        case .circuit(let text): circuit.map { Self.isSame($0, text) } ?? false
        case .remote(let text): remote.map { Self.isSame($0, text) } ?? false
        }
      }
    }?.room
  }

  /// Identifiers that are no text are written in hexadecimal, in either case.
  private static func isSame(_ a: String, _ b: String) -> Bool { a == b || a.lowercased() == b.lowercased() }
}
