import Foundation
import Testing

/// Device classes and behaviour rules, by what the program prints: on the project's scenes, whose truth stands in their expected files, and on
/// captures of real devices, whose truth stands in `Tests/Behaviour/plan.tsv`.
@Suite(.serialized) struct BehaviourTests {
  /// A device as an expected file or a row of the plan wants it.
  struct Wanted: Decodable {
    let mac: String
    var flagged: Bool?
    var atLeast: String?
    var atMost: String?
    var `class`: String?
    var fires: [String]?
    var silent: [String]?
  }

  struct Scene: Decodable {
    let packets: Int
    let devices: [Wanted]
  }

  @Test func findsTheScenes() { #expect(Self.scenes.count >= 40) }

  @Test(arguments: scenes) func scene(name: String) throws {
    let base = Command.root.appendingPathComponent("captures/behaviour/\(name)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let scene = try decoder.decode(Scene.self, from: Data(contentsOf: base.appendingPathExtension("expected.json")))
    let result = try Command.run("replay", "--format", "json", base.path + ".pcapng.gz")
    #expect((result.json["coverage"] as? [String: Any])?["packets"] as? Int == scene.packets, "\(result.errors)")
    for wanted in scene.devices { check(result.devices, wanted, at: "\(name) \(wanted.mac)") }
  }

  /// Each capture by itself, and with no names: only the signatures of classes and of behaviour are loaded.
  @Test(.needs(.corpus), arguments: rows.keys.sorted()) func plan(capture: String) throws {
    let path = Corpus.folder.appendingPathComponent(capture).path
    try #require(FileManager.default.fileExists(atPath: path))
    let result = try withTemporaryFolder { folder in
      for file in ["behaviour.yaml", "device-class.yaml"] {
        try FileManager.default.copyItem(atPath: Command.root.path + "/signatures/" + file, toPath: folder.path + "/" + file)
      }
      return try Command.run("replay", "--format", "json", "--signatures", folder.path, path)
    }
    for row in Self.rows[capture] ?? [] { check(result.devices, row, at: "\(capture) \(row.mac)") }
  }

  private func check(_ devices: [[String: Any]], _ wanted: Wanted, at place: String) {
    let matching = devices.filter { wanted.mac == "*" || Self.addresses($0).contains(wanted.mac) }
    guard !matching.isEmpty else {
      Issue.record("\(place): no such device among \(devices.map(Self.addresses))")
      return
    }
    let fired = Set(matching.flatMap { device in Self.rules.keys.filter { Self.fired($0, device) } })
    let classes = Set(matching.compactMap { $0["class"] as? String })
    let verdicts = matching.compactMap { $0["verdict"] as? String }
    let seen: Comment = "\(place): class \(classes), rules \(fired.sorted()), \(verdicts), \(matching.map { $0["evidence"] ?? [] })"
    switch wanted.class ?? "" {
    case "": break
    case "not embedded": #expect(!classes.contains("embedded"), seen)
    case let named: #expect(classes.contains(named), seen)  // others are this address in another segment
    }
    for rule in wanted.fires ?? [] { #expect(fired.contains(rule), "\(rule) must fire; \(seen)") }
    for rule in wanted.silent ?? [] {
      #expect(!matching.contains { Self.fired(rule, $0, accusing: true) }, "\(rule) must stay silent; \(seen)")
    }
    let order = ["none", "possible", "probable", "camera"]
    let greatest = verdicts.compactMap { order.firstIndex(of: $0) }.max() ?? 0
    if let least = wanted.atLeast.flatMap({ order.firstIndex(of: $0) }) { #expect(greatest >= least, seen) }
    if let most = wanted.atMost.flatMap({ order.firstIndex(of: $0) }) { #expect(greatest <= most, seen) }
    if let flagged = wanted.flagged {
      #expect(matching.contains { $0["alert"] is String || $0["alert"] is [String: Any] } == flagged, seen)
    }
  }

  /// Whether a device has evidence of a rule; `E to 192.0.2.1`: evidence that names this peer. What a personal device does is evidence
  /// without weight, and accuses nobody.
  private static func fired(_ rule: String, _ device: [String: Any], accusing: Bool = false) -> Bool {
    let parts = rule.components(separatedBy: " to ")
    return (device["evidence"] as? [[String: Any]] ?? []).contains { item in
      rules[parts[0]]?.contains(item["signature"] as? String ?? "") == true
        && (parts.count == 1 || (item["value"] as? String)?.contains(parts[1]) == true)
        && (!accusing || device["class"] as? String != "personal" || item["strength"] is String)
    }
  }

  private static func addresses(_ device: [String: Any]) -> [String] {
    ([device["mac"] as? String ?? ""] + (device["ips"] as? [String] ?? [])).map { $0.lowercased() }
  }

  private static let scenes = ((try? FileManager.default.contentsOfDirectory(atPath: Command.root.path + "/captures/behaviour")) ?? [])
    .filter { $0.hasSuffix(".expected.json") }.map { String($0.dropLast(".expected.json".count)) }.sorted()

  /// The signatures of each rule.
  private static let rules = Dictionary(
    uniqueKeysWithValues: table("rules").map { ($0["rule"] ?? "", Set(($0["signatures"] ?? "").components(separatedBy: ", "))) })

  private static let rows = Dictionary(
    grouping: table("plan").map { row in
      (
        row["capture"] ?? "",
        Wanted(
          mac: row["device"] ?? "", atLeast: row["verdict"]?.hasPrefix("at least ") == true ? String(row["verdict"]!.dropFirst(9)) : nil,
          atMost: row["verdict"] == "none" ? "none" : nil, class: row["class"], fires: list(row["fires"]), silent: list(row["silent"]))
      )
    }, by: \.0
  ).mapValues { $0.map(\.1) }

  private static func list(_ text: String?) -> [String] { text.map { $0.isEmpty ? [] : $0.components(separatedBy: ", ") } ?? [] }

  /// The rows of a table in `Tests/Behaviour`, by the names of its columns.
  private static func table(_ name: String) -> [[String: String]] {
    let path = Command.root.appendingPathComponent("Tests/Behaviour/\(name).tsv")
    var rows = ((try? String(contentsOf: path, encoding: .utf8)) ?? "").split(separator: "\n").map { $0.components(separatedBy: "\t") }
    let head = rows.removeFirst()
    return rows.map { Dictionary(uniqueKeysWithValues: zip(head, $0)) }
  }
}

/// The labelled captures, which are not part of the project.
enum Corpus {
  static let folder: URL = {
    if let named = ProcessInfo.processInfo.environment["LENSCAP_CORPUS"] { return URL(fileURLWithPath: named) }
    return Command.root.deletingLastPathComponent().appendingPathComponent("shared/captures")
  }()

  static let exists = FileManager.default.fileExists(atPath: folder.appendingPathComponent("manifest.tsv").path)
}
