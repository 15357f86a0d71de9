/// What a person may do on the page.
public enum DeskRole: String, Sendable, CaseIterable {
  /// Looks.
  case viewer
  /// Also takes cases and sends people.
  case staff
  /// Also decides what a camera is, sees guests' devices, and reads what others did.
  case manager
}

/// What a token is for.
public enum TokenScope: String, Sendable, CaseIterable {
  case read, act
  /// One screen on a wall.
  case wall
}

struct Rights: OptionSet, Sendable {
  let rawValue: Int

  static let look = Rights(rawValue: 1)
  /// Takes cases.
  static let act = Rights(rawValue: 2)
  /// Says that a camera is the property's own, or no camera.
  static let decide = Rights(rawValue: 4)
  /// Sees devices that are no cameras, guests' among them.
  static let guests = Rights(rawValue: 8)
  static let audit = Rights(rawValue: 16)
  static let deliveries = Rights(rawValue: 32)
  static let wall = Rights(rawValue: 64)
  /// Takes packets with pictures of people.
  static let media = Rights(rawValue: 128)
}

/// Who asks.
struct Identity: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    case person(DeskRole)
    case token(TokenScope)
  }

  let name: String
  let kind: Kind
  /// The hash of the session; nil for a token in a header.
  var session: String?

  var rights: Rights {
    switch kind {
    case .person(.viewer): [.look, .wall]
    case .person(.staff): [.look, .wall, .act, .deliveries]
    case .person(.manager): [.look, .wall, .act, .deliveries, .decide, .guests, .audit, .media]
    case .token(.read): [.look, .deliveries, .audit]
    case .token(.act): [.look, .deliveries, .audit, .act, .decide]
    case .token(.wall): [.wall]
    }
  }

  var isPerson: Bool { if case .person = kind { true } else { false } }

  /// For the audit log.
  var role: String {
    switch kind {
    case .person(let role): role.rawValue
    case .token(let scope): "token \(scope.rawValue)"
    }
  }
}
