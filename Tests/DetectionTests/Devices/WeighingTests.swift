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

  private static func media(_ strength: Strength) -> Item { Item(says: .camera, facet: .media, strength: strength) }
  private static func behaviour(_ strength: Strength) -> Item { Item(says: .camera, facet: .behaviour, strength: strength) }
  private static func cloud(_ deviceClass: DeviceClass) -> Item {
    Item(says: .camera, facet: .cloud, strength: SharedWith.app.strengths[deviceClass])
  }

  /// What devices do that say nothing. Strengths are those of the table by class in the architecture document.
  static let silent: [(String, [Item], Double, Verdict)] = [
    ("a camera that nobody watches: embedded, fan-out keep-alives", [behaviour(.likely)], 4, .probable),
    ("the same, watched from outside with the clock of pictures", [behaviour(.likely), media(.strong)], 44, .camera),
    ("a camera at its first viewing from outside", [media(.strong)], 10, .probable),
    ("the same, with a name that only its app asks for too", [media(.strong), cloud(.embedded)], 50, .camera),
    ("a battery camera's first clip", [media(.supports)], -18, .none),
    ("the same, with a name that only its app asks for too", [media(.supports), cloud(.embedded)], 22, .camera),
    ("a battery camera's third clip", [media(.likely)], 4, .probable),
    ("the same, with a name that only its app asks for too", [media(.likely), cloud(.embedded)], 44, .camera),
    ("one upload without a clock", [media(.supports)], -18, .none),
    ("the same, of a device of unknown class, and a shared name", [media(.supports), cloud(.unknown)], -6, .possible),
    (
      "unknown class: the clock of pictures, keep-alives, a shared name", [media(.supports), behaviour(.supports), cloud(.unknown)], 6,
      .probable
    ),
    ("a phone in a call or with the app: personal", [cloud(.personal)], -30, .none),
    ("the same where only the call was captured: unknown", [media(.supports)], -18, .none),
    ("a plug that uploads once", [media(.supports)], -18, .none),
    ("a plug that uploads in three sessions: false", [media(.likely)], 4, .probable),
  ]

  private static func served(_ strength: Strength, _ serving: Weighing.Serving) -> Item {
    Item(says: .camera, facet: .media, strength: strength, serving: serving)
  }
  private static let name = Item(says: .notCamera, facet: .name)
  private static let asked = Item(says: .notCamera, facet: .cloud)
  private static let exchange = Item(says: .notCamera, facet: .cloud, isExchange: true)

  /// Live video that a device itself serves, beside marks of a person's device.
  static let servers: [(String, [Item], Double, Verdict)] = [
    ("no marks", [served(.strong, .lasting)], 10, .probable),
    ("two marks, for minutes", [served(.strong, .lasting), name, asked], 4, .probable),
    ("an exchange, for minutes", [served(.strong, .lasting), exchange], 4, .probable),
    ("two marks, for a moment", [served(.strong, .begun), name, asked], -2, .possible),
    ("one mark, for a moment", [served(.strong, .begun), name], 4, .probable),
    ("two marks, pictures that remote desktops send too", [served(.supports, .lasting), name, asked], -18, .none),
    ("two marks, for minutes, and a cloud that they cancel", [served(.strong, .lasting), cloud(.embedded), name, asked], 4, .probable),
    ("video that proves a camera counts once", [served(.proves, .lasting), name, asked], 20, .camera),
    (
      "served, and a name that says camera",
      [served(.strong, .begun), Item(says: .camera, facet: .name, strength: .supports), name, asked], 10, .probable
    ),
    ("an upload is not served", [media(.strong), name, asked], -30, .none),
    ("an exchange by itself cancels what is not served", [media(.strong), exchange], -30, .none),
  ]

  private static let hello = Item(says: .camera, facet: .discovery, strength: .proves, isCorroborated: false)
  private static func said(_ facet: Facet, _ strength: Strength, inExchange: Bool) -> Item {
    Item(says: .camera, facet: facet, strength: strength, isCorroborated: inExchange)
  }

  /// What one packet can forge, beside what was shown in conversations.
  static let forgeable: [(String, [Item], DeviceClass, Double, Verdict, isCorroborated: Bool)] = [
    ("an announcement that would prove a camera", [hello], .unknown, 12, .probable, false),
    ("the same in a phone's name", [hello], .personal, 3, .possible, false),
    ("the same beside an exchange of a person's device", [hello, exchange], .unknown, 3, .possible, false),
    ("the same in a router's name", [hello], .infrastructure, 12, .probable, false),
    ("ten of them are no more", Array(repeating: hello, count: 10), .unknown, 12, .probable, false),
    ("one that would not be as much by itself", [said(.name, .supports, inExchange: false)], .unknown, -18, .none, false),
    (
      "an announcement, and pages that it serves",
      [hello, said(.control, .strong, inExchange: true)], .unknown, 12, .probable, true
    ),
    (
      "pages that it serves are enough, whatever is announced",
      [hello, said(.control, .strong, inExchange: true), said(.media, .strong, inExchange: true)], .unknown, 50, .camera, true
    ),
    ("a camera on a phone that serves", [hello, said(.control, .strong, inExchange: true)], .personal, 10, .probable, true),
    ("all of it in exchanges", [said(.discovery, .proves, inExchange: true)], .personal, 20, .camera, true),
  ]

  @Test(arguments: forgeable.indices)
  func whatIsNotCorroborated(index: Int) {
    let (name, items, deviceClass, sum, verdict, isCorroborated) = Self.forgeable[index]
    let weighing = Weighing(items, of: deviceClass)
    #expect(abs(weighing.sum - sum) < 1e-9, "\(name): \(weighing.sum)")
    #expect(weighing.verdict == verdict, "\(name)")
    #expect(weighing.isCorroborated == isCorroborated, "\(name)")
  }

  @Test(arguments: (cases + silent + servers).indices)
  func sumAndVerdict(index: Int) {
    let (name, items, sum, verdict) = (Self.cases + Self.silent + Self.servers)[index]
    let weighing = Weighing(items)
    #expect(abs(weighing.sum - sum) < 1e-9, "\(name)")
    #expect(weighing.verdict == verdict, "\(name)")
  }

  @Test func restsOnDoing() {
    #expect(Weighing([Item(says: .camera, facet: .cloud, strength: .strong)]).restsOnDoing)
    #expect(!Weighing([Item(says: .camera, facet: .maker, strength: .likely)]).restsOnDoing)
    #expect(!Weighing([Item(says: .camera, facet: .media, strength: .proves)]).restsOnDoing)
    #expect(Weighing([Self.served(.strong, .lasting)]).servesForLong)
    #expect(!Weighing([Self.served(.strong, .begun)]).servesForLong)
  }

  @Test(arguments: [(0.0, 1.0), (1.0, 10.0), (-3.0, 0.001), (0.5, 3.1622776601683795), (-2.3, 0.005011872336272722), (12.0, 1e12)])
  func power10(x: Double, expected: Double) {
    #expect(abs(Math.power10(x) / expected - 1) < 1e-12)
  }
}
