import Detection
import Foundation

/// Why an account cannot be made or changed.
public enum AccountProblem: Error, Sendable, Equatable, CustomStringConvertible {
  case badName(String)
  case exists(String)
  case missing(String)

  public var description: String {
    switch self {
    case .badName(let name): "“\(name.forPeople())” is no name; use 1 to 64 letters, digits, spaces and . _ - @"
    case .exists(let name): "\(name) exists already"
    case .missing(let name): "there is no \(name.forPeople())"
    }
  }
}

/// A name of an account or token: one that looks the same to everybody.
public enum AccountName {
  private static let limit = 64

  public static func check(_ text: String) throws(AccountProblem) -> String {
    let name = text.trimmingCharacters(in: .whitespaces)
    let isPlain = name.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0) || " ._-@".unicodeScalars.contains($0)
    }
    guard !name.isEmpty, name.count <= limit, name.utf8.count <= limit * 4, isPlain, name.forPeople() == name else { throw .badName(text) }
    return name.precomposedStringWithCompatibilityMapping
  }
}
