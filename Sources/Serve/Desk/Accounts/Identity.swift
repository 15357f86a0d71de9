import WebDesk

/// What a token is for.
public enum TokenScope: String, Sendable, CaseIterable {
  case read, act
  /// One screen on a wall.
  case wall
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

  /// For pages.
  var person: PageFrame.Person { PageFrame.Person(name: name, role: role, rights: rights) }
}
