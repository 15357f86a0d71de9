import Foundation
import Testing

/// Something that a test needs of the machine. Without it the test is skipped, and says why; in continuous integration (`CI=true`) it
/// runs all the same, and fails.
enum Requirement {
  case tool(String)
  case jsonSchema
  /// Root, and a kernel that makes network namespaces and veth pairs.
  case namespaces
  /// `LENSCAP_CORPUS`, or captures where `Scripts/test` looks for them.
  case corpus

  static let continuousIntegration = ProcessInfo.processInfo.environment["CI"] == "true"

  var isMet: Bool {
    switch self {
    case .tool(let name): Self.succeeds("command -v \(name)")
    case .jsonSchema: Self.succeeds("python3 -c 'import jsonschema'")
    case .namespaces: Self.hasNamespaces
    case .corpus: Corpus.exists
    }
  }

  var comment: Comment {
    switch self {
    case .tool(let name): "needs \(name)"
    case .jsonSchema: "needs python3-jsonschema"
    case .namespaces: "needs root and network namespaces"
    case .corpus: "needs labelled captures (LENSCAP_CORPUS)"
    }
  }

  private static let hasNamespaces = geteuid() == 0 && succeeds("unshare -n ip link add lenscap-t0 type veth peer name lenscap-t1")

  private static func succeeds(_ command: String) -> Bool { (try? shell("\(command) > /dev/null 2>&1")) == 0 }
}

extension Trait where Self == ConditionTrait {
  static func needs(_ requirement: Requirement) -> Self {
    .enabled(if: requirement.isMet || Requirement.continuousIntegration, requirement.comment)
  }
}
