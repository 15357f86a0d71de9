import Testing

@testable import Detection

/// The worked cases of the scoring scheme.
@Suite struct WeighingTests {
  typealias Item = Weighing.Item

  static let cases: [(String, [Item], Double, Verdict)] = [
    ("nothing", [], -30, .none),
    (
      "a phone with a vendor's app: cloud name, its options, what it asks for",
      [Item(says: .camera, facet: .cloud, strength: .strong), Item(says: .notCamera, facet: .name), Item(says: .notCamera, facet: .cloud)],
      -30, .none
    ),
    (
      "a camera with one cloud-only name and borrowed Windows options",
      [Item(says: .camera, facet: .cloud, strength: .strong), Item(says: .notCamera, facet: .name)], 4, .probable
    ),
    (
      "a likely maker and a cloud that supports",
      [Item(says: .camera, facet: .maker, strength: .likely), Item(says: .camera, facet: .cloud, strength: .supports)], 16, .camera
    ),
    (
      "three supports in different facets",
      [
        Item(says: .camera, facet: .name, strength: .supports), Item(says: .camera, facet: .cloud, strength: .supports),
        Item(says: .camera, facet: .media, strength: .supports),
      ], 6, .probable
    ),
    (
      "two supports in different facets",
      [Item(says: .camera, facet: .name, strength: .supports), Item(says: .camera, facet: .cloud, strength: .supports)], -6, .possible
    ),
    (
      "a hub with shared prefix, name and cloud",
      [Item(says: .vendor, facet: .maker), Item(says: .vendor, facet: .name), Item(says: .vendor, facet: .cloud)], -30, .none
    ),
    ("a likely maker by itself", [Item(says: .camera, facet: .maker, strength: .likely)], 4, .probable),
    ("proof by itself", [Item(says: .camera, facet: .discovery, strength: .proves)], 20, .camera),
    (
      "ten names of one cloud are not ten proofs",
      Array(repeating: Item(says: .camera, facet: .cloud, strength: .supports), count: 10), -16, .none
    ),
    (
      "marks never touch what a device is",
      [
        Item(says: .camera, facet: .discovery, strength: .proves), Item(says: .notCamera, facet: .name),
        Item(says: .notCamera, facet: .cloud),
      ],
      20, .camera
    ),
    (
      "marks never touch what is proved",
      [Item(says: .camera, facet: .cloud, strength: .proves), Item(says: .notCamera, facet: .name), Item(says: .notCamera, facet: .cloud)],
      20, .camera
    ),
    (
      "two marks of one facet count as one",
      [Item(says: .camera, facet: .media, strength: .strong), Item(says: .notCamera, facet: .name), Item(says: .notCamera, facet: .name)],
      4, .probable
    ),
  ]

  @Test(arguments: cases.indices)
  func sumAndVerdict(index: Int) {
    let (name, items, sum, verdict) = Self.cases[index]
    let weighing = Weighing(items)
    #expect(abs(weighing.sum - sum) < 1e-9, "\(name)")
    #expect(weighing.verdict == verdict, "\(name)")
  }

  @Test func restsOnDoing() {
    #expect(Weighing([Item(says: .camera, facet: .cloud, strength: .strong)]).restsOnDoing)
    #expect(!Weighing([Item(says: .camera, facet: .maker, strength: .likely)]).restsOnDoing)
    #expect(!Weighing([Item(says: .camera, facet: .media, strength: .proves)]).restsOnDoing)
  }

  @Test(arguments: [(0.0, 1.0), (1.0, 10.0), (-3.0, 0.001), (0.5, 3.1622776601683795), (-2.3, 0.005011872336272722), (12.0, 1e12)])
  func power10(x: Double, expected: Double) {
    #expect(abs(Math.power10(x) / expected - 1) < 1e-12)
  }
}
