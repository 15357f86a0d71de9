/// Signatures compiled for matching: every test that occurs, an index that proposes tests for a value, and which signatures rest on them.
public struct SignatureSet: Sendable {
  public let signatures: [Signature]
  private let atoms: [Atom]
  /// By the number of a field: the index that its values are looked up in. Fields that share tests share one.
  private let indices: [ValueIndex?]
  /// By the number of a field: its values must be remembered, because a signature takes a name from this field when another one makes
  /// it fire.
  private let isRemembered: [Bool]
  /// By the number of a field that opens a set of numbers: the parts of conditions that such a set shows.
  private let measured: [Set<Int32>?]
  /// Parts of conditions of marks that look at how a device opens connections.
  private let connectionTraits: Set<Int32>

  private struct Atom {
    let fields: [Field]
    let test: ValueTest
    /// Signatures that one hit of this atom makes fire.
    var fires: [Int] = []
    /// Signatures that must be weighed against what the device has shown so far.
    var concerns: [Int] = []
    /// Part of a mark of a class: later observations may rule the mark out.
    var isTrait = false
  }

  /// A condition over atoms.
  private indirect enum Tree: Sendable {
    case atom(Int32)
    case all([Tree])
    case any([Tree])
    case not(Tree)

    func holds(for shown: Set<Int32>) -> Bool {
      switch self {
      case .atom(let atom): shown.contains(atom)
      case .all(let trees): trees.allSatisfy { $0.holds(for: shown) }
      case .any(let trees): trees.contains { $0.holds(for: shown) }
      case .not(let tree): !tree.holds(for: shown)
      }
    }

    /// The condition without what must be absent.
    func isShown(_ shown: Set<Int32>) -> Bool {
      switch self {
      case .atom(let atom): shown.contains(atom)
      case .all(let trees): trees.allSatisfy { $0.isShown(shown) }
      case .any(let trees): trees.contains { $0.isShown(shown) }
      case .not: true
      }
    }

    /// Nothing that was shown rules the condition out.
    func mayHold(_ shown: Set<Int32>) -> Bool {
      switch self {
      case .atom: true
      case .all(let trees): trees.allSatisfy { $0.mayHold(shown) }
      case .any(let trees): trees.contains { $0.mayHold(shown) }
      case .not(let tree): !tree.holds(for: shown)
      }
    }
  }

  /// By signature: of those that rest on several parts, and of marks.
  private let trees: [Tree?]
  /// Signatures that are marks of a class, by number.
  let marks: [(number: Int, mark: ClassMark)]

  public init(_ signatures: [Signature]) {
    self.signatures = signatures
    let fields = Field.allCases
    let families = fields.map(\.family)
    let measurements = fields.filter(\.opensMeasurement)
    var compiler = Compiler(isAlone: families.map { family in measurements.contains { families[$0.number] == family } })
    var trees = [Tree?](repeating: nil, count: signatures.count)
    for (number, signature) in signatures.enumerated() {
      let first = compiler.atoms.count
      let tree = compiler.compile(signature.condition)
      if signature.mark != nil {
        trees[number] = tree
        for atom in first..<compiler.atoms.count {
          compiler.atoms[atom].concerns.append(number)
          compiler.atoms[atom].isTrait = true
        }
      } else if let alternatives = Self.alternatives(tree) {
        for atom in alternatives { compiler.atoms[Int(atom)].fires.append(number) }
      } else {
        trees[number] = tree
        for atom in Self.atoms(tree) { compiler.atoms[Int(atom)].concerns.append(number) }
      }
    }
    let groups = Self.groups(compiler.atoms, count: fields.count)
    var tests = [[(test: ValueTest, atom: Int32)]](repeating: [], count: fields.count)
    for (number, atom) in compiler.atoms.enumerated() {
      for group in atom.fields.map({ groups[$0.number] }) where tests[group].last?.atom != Int32(number) {
        tests[group].append((atom.test, Int32(number)))
      }
    }
    self.atoms = compiler.atoms
    self.trees = trees
    marks = signatures.enumerated().compactMap { number, signature in signature.mark.map { (number, $0) } }
    let built = tests.map { $0.isEmpty ? nil : ValueIndex($0) }
    indices = groups.map { built[$0] }
    measured = fields.map { field in
      guard field.opensMeasurement else { return nil }
      let isOfFamily = families.map { $0 == families[field.number] }
      let atoms = compiler.atoms.indices.filter { compiler.atoms[$0].fields.contains { isOfFamily[$0.number] } }
      return Set(atoms.map { Int32($0) })
    }
    connectionTraits = Set(
      compiler.atoms.indices.filter { atom in
        compiler.atoms[atom].isTrait && compiler.atoms[atom].fields.contains { $0 == .tcpSYN || $0 == .tcpSYNs }
      }.map { Int32($0) })
    let remembered = Set(signatures.flatMap { [$0.vendor, $0.model, $0.kind].compactMap { $0?.field } })
    isRemembered = fields.map { remembered.contains($0) }
  }

  /// By id.
  var summaries: [String: Signature.Summary] {
    Dictionary(signatures.map { ($0.id, $0.summary) }, uniquingKeysWith: { first, _ in first })
  }

  /// The last value of this field must be remembered.
  func remembers(_ field: Field) -> Bool { isRemembered[field.number] }

  /// Some signature looks at this field.
  func looks(at field: Field) -> Bool { atoms.contains { $0.fields.contains(field) } }

  /// Texts with one of which a value must end to pass a test of this field; nil where there are other tests, or none.
  func endings(of field: Field) -> [[UInt8]]? {
    var endings: [[UInt8]] = []
    for atom in atoms where atom.fields.contains(field) {
      let texts = atom.test.operators.lazy.compactMap { test -> [[UInt8]]? in
        switch test {
        case .equals(let texts), .under(let texts), .suffix(let texts): texts
        default: nil
        }
      }
      guard let texts = texts.first else { return nil }
      endings += texts
    }
    return endings.isEmpty ? nil : endings
  }

  /// By the number of a field: that of a field which stands for all that share tests with it, directly or through others.
  private static func groups(_ atoms: [Atom], count: Int) -> [Int] {
    var nearer = Array(0..<count)
    func group(_ field: Int) -> Int {
      var field = field
      while nearer[field] != field { field = nearer[field] }
      return field
    }
    for atom in atoms {
      guard let first = atom.fields.first else { continue }
      for field in atom.fields.dropFirst() { nearer[group(field.number)] = group(first.number) }
    }
    return nearer.indices.map(group)
  }

  /// The atoms of which any one makes the condition hold; nil where more is needed.
  private static func alternatives(_ tree: Tree) -> [Int32]? {
    switch tree {
    case .atom(let atom): [atom]
    case .any(let trees):
      trees.reduce([Int32]?([])) { sum, tree in
        guard let sum, let more = alternatives(tree) else { return nil }
        return sum + more
      }
    case .all(let trees): trees.count == 1 ? alternatives(trees[0]) : nil
    case .not: nil
    }
  }

  private static func atoms(_ tree: Tree) -> [Int32] {
    switch tree {
    case .atom(let atom): [atom]
    case .all(let trees), .any(let trees): trees.flatMap(atoms)
    case .not(let tree): atoms(tree)
    }
  }

  private struct Compiler {
    /// By the number of a field: its tests are forgotten apart from those of others.
    let isAlone: [Bool]
    var atoms: [Atom] = []

    mutating func compile(_ condition: Condition) -> Tree {
      switch condition {
      case .test(let fields, let test):
        atoms.append(Atom(fields: fields, test: test))
        return .atom(Int32(atoms.count - 1))
      case .all(let conditions): return .all(conditions.map { compile($0) })
      case .any(let conditions): return .any(joined(conditions).map { compile($0) })
      case .not(let condition): return .not(compile(condition))
      }
    }

    /// Alternatives with one for all fields of which the same is asked: lists of models stand in twenty fields.
    private func joined(_ alternatives: [Condition]) -> [Condition] {
      var joined: [Condition] = []
      for condition in alternatives {
        if case .test(let fields, let test) = condition, mayJoin(fields) {
          let place = joined.firstIndex { if case .test(let others, test) = $0 { mayJoin(others) } else { false } }
          if let place, case .test(let others, _) = joined[place] {
            joined[place] = .test(others + fields, test)
            continue
          }
        }
        joined.append(condition)
      }
      return joined
    }

    private func mayJoin(_ fields: [Field]) -> Bool {
      fields.allSatisfy { !isAlone[$0.number] && !$0.isPayload && $0 != .tcpSYN && $0 != .tcpSYNs }
    }
  }

  /// Forgets what an earlier set of numbers showed: conditions hold for numbers of one measurement.
  func begin(_ observation: Observation, shown: inout Set<Int32>) {
    if let earlier = measured[observation.field.number] { shown.subtract(earlier) }
  }

  /// What observations changed of the marks of a class.
  enum MarkChange {
    case none
    /// Those of these signatures may hold now, or not any more.
    case some([Int])
    case all
  }

  /// The signatures that an observation makes its device meet. `shown` is what the device has shown so far of conditions with several
  /// parts; what this observation shows is added.
  func match(_ observation: Observation, shown: inout Set<Int32>) -> [Int] {
    var change = MarkChange.none
    return match(observation, shown: &shown, isOwn: true, changes: &change)
  }

  /// - Parameters:
  ///   - isOwn: the device made the packet itself: what it forwards says nothing about its class.
  ///   - change: grows by the marks that the observation concerns.
  func match(_ observation: Observation, shown: inout Set<Int32>, isOwn: Bool, changes change: inout MarkChange) -> [Int] {
    guard let index = indices[observation.field.number] else { return [] }
    let value = TestedValue(observation)
    var fired: [Int] = []
    var concerned: [Int] = []
    for number in index.candidates(value, isPayload: observation.field.isPayload) {
      let atom = Int(number)
      guard isOwn || !atoms[atom].isTrait, atoms[atom].fields.contains(observation.field), atoms[atom].test.holds(for: value) else {
        continue
      }
      fired += atoms[atom].fires
      if !atoms[atom].concerns.isEmpty {
        if shown.insert(number).inserted, atoms[atom].isTrait { change.add(atoms[atom].concerns) }
        concerned += atoms[atom].concerns
      }
    }
    for number in concerned where !fired.contains(number) && trees[number]?.holds(for: shown) == true { fired.append(number) }
    return fired.count < 2 ? fired : Array(Set(fired)).sorted()
  }

  /// The mark that a signature is.
  func mark(number: Int) -> ClassMark { signatures[number].mark ?? ClassMark(.role, points: 0) }

  enum MarkState {
    case absent, shown
    /// All that it asks for was shown, and something that it excludes.
    case ruledOut
  }

  /// - Parameter number: of the signature that is the mark.
  func state(ofMark number: Int, _ shown: Set<Int32>) -> MarkState {
    guard let tree = trees[number], tree.isShown(shown) else { return .absent }
    return tree.holds(for: shown) ? .shown : .ruledOut
  }

  /// What was shown does not rule out a mark that was shown before.
  func mayHold(mark number: Int, _ shown: Set<Int32>) -> Bool { trees[number]?.mayHold(shown) ?? false }

  /// Forgets what was shown for marks of a class of how a device opens connections.
  func forgetConnectionTraits(shown: inout Set<Int32>) { shown.subtract(connectionTraits) }

  /// Which signatures these observations of one device meet, in the order of the set: what examples are checked with. They are taken
  /// as a whole, in no order: what one of them rules out does not fire because another one comes first.
  public func match(_ observations: [Observation]) -> [Signature] {
    var shown: Set<Int32> = []
    for observation in observations { _ = match(observation, shown: &shown) }
    var fired: Set<Int> = []
    for observation in observations { fired.formUnion(match(observation, shown: &shown)) }
    return fired.sorted().map { signatures[$0] }
  }
}

extension SignatureSet.MarkChange {
  fileprivate mutating func add(_ marks: [Int]) {
    switch self {
    case .none: self = .some(marks)
    case .some(let earlier): self = .some(earlier + marks)
    case .all: break
    }
  }

  func concerns(_ mark: Int) -> Bool {
    switch self {
    case .none: false
    case .some(let marks): marks.contains(mark)
    case .all: true
    }
  }
}

extension Signature {
  /// Vendor, model or kind that this signature names, from the observation at hand.
  public func given(_ value: GivenValue?, in observation: Observation) -> String? { value?.value(in: observation) }

  /// The same, or from what the device said before.
  func given(_ value: GivenValue?, in observation: Observation, remembered: FewEntries<Field, Observation>) -> String? {
    if let direct = given(value, in: observation) { return direct }
    guard let value, let field = value.field, let earlier = remembered[field] else { return nil }
    return value.value(in: earlier)
  }
}
