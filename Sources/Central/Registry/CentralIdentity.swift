import WebDesk

/// What a token is for.
public enum CentralScope: String, Sendable, CaseIterable {
  /// Reads the lists and the page.
  case read
  /// Also decides about cases, and gets evidence.
  case act
}

/// Who asks: a person or a program of one tenant.
struct CentralIdentity: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    case person(DeskRole)
    case token(CentralScope)
  }

  let tenant: String
  let name: String
  let kind: Kind

  var rights: Rights {
    switch kind {
    case .person(.viewer): [.look]
    case .person(.staff): [.look, .act]
    case .person(.manager): [.look, .act, .decide, .audit]
    case .token(.read): [.look, .audit]
    case .token(.act): [.look, .audit, .act, .decide]
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
