import Detection
import Foundation
import SignatureFiles
import Testing
import YAMLReading

/// A folder that is deleted with its owner.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "lenscap-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ text: String) throws {
    let file = URL(filePath: path).appending(path: name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

@Suite struct CacheTests {
  /// One of every form of condition, operator and given value.
  static let allForms: [Signature] = {
    let text = Array("text".utf8)
    let texts = [text, [], [0, 255]]
    let operators: [ValueOperator] = [
      .equals(texts), .prefix(texts), .suffix(texts), .contains(texts), .under(texts), .word(texts), .like(texts),
      .bytes([BytePattern(offset: 0, bytes: [0, nil, 255]), BytePattern(offset: 511, bytes: [1])]),
      .length([4...4, 20...28, 0...Int.max]),
      .port([0, 80, 65535]), .above(-0.5), .below(1e9), .between(4, 45.25),
    ]
    let all = ValueTest(operators, unless: [ValueTest([.equals([text])], unless: [ValueTest([.word([text])])])])
    let conditions: [Condition] =
      operators.map { .test([.udpPayload], ValueTest([$0])) } + [
        .test(Field.allCases, all), .test([], ValueTest([])),
        .all([.test([.dnsQuery], all), .any([.not(.test([.ipAddress], all)), .all([]), .any([])])]),
      ]
    let values: [GivenValue?] = [
      nil, .literal("D-Link"), .value(after: "a", until: "é"), .text(.wifiSSID, after: "a", until: "é"),
      .payload(.tcpPayload, at: 511, length: 512),
    ]
    var signatures: [Signature] = []
    for (number, condition) in conditions.enumerated() {
      signatures.append(
        Signature(
          id: "test-\(number)", says: Claim.allCases[number % Claim.allCases.count],
          facet: Facet.allCases[number % Facet.allCases.count],
          strength: ([nil] + Strength.allCases)[number % 6].map { Strengths($0) },
          sharedWith: [nil, nil, nil, .app, .products][number % 5],
          mark: [nil, ClassMark(.syn, points: 6), ClassMark(.mdns, points: -10, shows: .media)][number % 3],
          validFor: number % 2 == 0 ? nil : .seconds(3600), condition: condition, vendor: values[number % 5],
          model: values[(number + 1) % 5],
          kind: values[(number + 2) % 5], because: "says \"{value}\" – so", references: Array(repeating: "one", count: number % 3)
        ))
    }
    return signatures
  }()

  private func decoded(_ bytes: [UInt8]) throws -> [Signature] { try SignatureCoding.decode(bytes.span.bytes) }

  @Test func everyFormIsDecoded() throws {
    for signatures in [Self.allForms, []] {
      #expect(try decoded(SignatureCoding.encode(signatures)) == signatures)
    }
  }

  @Test func damageIsAnErrorAndNeverTraps() {
    let whole = SignatureCoding.encode(Self.allForms)
    for count in 0..<whole.count {
      #expect(throws: DecodeError.self) { try decoded(Array(whole[..<count])) }
    }
    for index in whole.indices {
      var damaged = whole
      damaged[index] ^= 0x55
      #expect(throws: DecodeError.self) { try decoded(damaged) }
    }
    #expect(throws: DecodeError.self) { try decoded(whole + [0]) }
  }

  @Test func secondLoadParsesNothing() throws {
    let (folder, caches) = (try TemporaryFolder(), try TemporaryFolder())
    let cache = SignatureCache(folder: caches.path + "/made/when/needed")
    try folder.write("a.yaml", Document.text(id: "a"))
    try folder.write("deep/b.yaml", Document.text(id: "b", match: "{ mdns.name: x }"))
    try folder.write("notes.txt", "not a signature")
    let first = try loadSignatures(folder.path, cache: cache)
    #expect(first.signatures.map(\.id) == ["a", "b"])

    // The cached signatures are used, whatever the files would give.
    let key = SignatureCache.key(try SignatureSource.files(folder.path))
    #expect(cache.signatures(for: key) == first.signatures)
    cache.store(Self.allForms, for: key)
    #expect(try loadSignatures(folder.path, cache: cache).signatures == Self.allForms)
    #expect(try loadSignatures(folder.path + "/", cache: cache).signatures == Self.allForms)
    #expect(try loadSignatures(folder.path, cache: nil).signatures == first.signatures)
  }

  @Test func everyChangeIsNoticed() throws {
    let sources = [
      SignatureSource(file: "/x/a.yaml", name: "a.yaml", bytes: [1, 2]),
      SignatureSource(file: "/x/b.yaml", name: "b.yaml", bytes: [3]),
    ]
    let key = SignatureCache.key(sources)
    #expect(key.count == 32)
    #expect(key == SignatureCache.key([SignatureSource(file: "/y/a.yaml", name: "a.yaml", bytes: [1, 2]), sources[1]]))
    for other in [
      [SignatureSource(file: "/x/a.yaml", name: "a.yaml", bytes: [1, 3]), sources[1]],
      [SignatureSource(file: "/x/a.yaml", name: "c.yaml", bytes: [1, 2]), sources[1]],
      [
        SignatureSource(file: "/x/a.yaml", name: "a.yaml", bytes: [1]),
        SignatureSource(file: "/x/b.yaml", name: "b.yaml", bytes: [2, 3]),
      ],
      [sources[1], sources[0]], [sources[0]], [],
    ] { #expect(SignatureCache.key(other) != key) }
  }

  @Test func damagedCacheIsRebuilt() throws {
    let (folder, caches) = (try TemporaryFolder(), try TemporaryFolder())
    let cache = SignatureCache(folder: caches.path)
    try folder.write("a.yaml", Document.text(id: "a"))
    _ = try loadSignatures(folder.path, cache: cache)
    let name = try #require(caches.names.first)
    let whole = try Data(contentsOf: URL(filePath: caches.path + "/" + name))
    for damage in [Data(), whole.prefix(20), whole + [0], Data(repeating: 0xFF, count: 100)] {
      try damage.write(to: URL(filePath: caches.path + "/" + name))
      #expect(try loadSignatures(folder.path, cache: cache).signatures.map(\.id) == ["a"])
      #expect(try Data(contentsOf: URL(filePath: caches.path + "/" + name)) == whole)
    }
    #expect(caches.names == [name])
  }

  @Test func loadsWithoutAWritableFolder() throws {
    let folder = try TemporaryFolder()
    try folder.write("a.yaml", Document.text(id: "a"))
    for place in ["/proc/lenscap", folder.path + "/a.yaml/cache"] {
      #expect(try loadSignatures(folder.path, cache: SignatureCache(folder: place)).signatures.map(\.id) == ["a"])
    }
  }

  @Test func wrongSignaturesAreNotCached() throws {
    let (folder, caches) = (try TemporaryFolder(), try TemporaryFolder())
    try folder.write("a.yaml", Document.text(id: "A"))
    try folder.write("b.yaml", Document.text(facet: "b"))
    for _ in 0..<2 {
      let error = #expect(throws: SignatureError.self) {
        try loadSignatures(folder.path, cache: SignatureCache(folder: caches.path))
      }
      #expect(error?.problems.map { URL(filePath: $0.file).lastPathComponent } == ["a.yaml", "b.yaml"])
    }
    #expect(caches.names == [])
  }

  @Test func onlyOldFilesOfTheCacheAreRemoved() throws {
    let caches = try TemporaryFolder()
    let cache = SignatureCache(folder: caches.path)
    try caches.write("signatures-of-a-user.txt", "x")
    for number in 1...7 {
      cache.store([], for: "\(number)")
      let date = Date(timeIntervalSince1970: 1_700_000_000 + Double(number))
      try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: caches.path + "/signatures-\(number).bin")
    }
    #expect(
      caches.names == [
        "signatures-4.bin", "signatures-5.bin", "signatures-6.bin", "signatures-7.bin", "signatures-of-a-user.txt",
      ])
  }

  @Test func folderOfTheCache() {
    #expect(SignatureCache.standard(environment: ["LENSCAP_CACHE": "/a", "XDG_CACHE_HOME": "/b"])?.folder == "/a")
    #expect(SignatureCache.standard(environment: ["LENSCAP_CACHE": ""]) == nil)
    #expect(SignatureCache.standard(environment: ["XDG_CACHE_HOME": "/b", "HOME": "/c"])?.folder == "/b/lenscap")
    let home = SignatureCache.standard(environment: ["XDG_CACHE_HOME": "relative", "HOME": "/c"])?.folder
    #expect(home == "/c/.cache/lenscap" || home == "/var/cache/lenscap")
  }

  @Test func thousandsLoadFast() throws {
    let (folder, caches) = (try TemporaryFolder(), try TemporaryFolder())
    for file in 0..<100 {
      let texts = (0..<30).map { number in
        let match =
          "{ any: [ { dhcp.hostname: { prefix: [ CAM\(file)-\(number), IPC\(file)-\(number) ] } }, { domain: { under: n\(number).f\(file).example } } ] }"
        let text = Document.text(id: "f\(file)-\(number)", match: match, gives: "{ model: dhcp.hostname }", vendor: nil)
        return text.split(separator: "\n").dropFirst().joined(separator: "\n")
      }
      try folder.write("\(file).yaml", "vendor: Maker \(file)\nsignatures:\n" + texts.joined(separator: "\n") + "\n")
    }
    let cache = SignatureCache(folder: caches.path)
    let clock = ContinuousClock()
    var count = 0
    let built = try clock.measure { count = try loadSignatures(folder.path, cache: cache).signatures.count }
    let loaded = try clock.measure { count += try loadSignatures(folder.path, cache: cache).signatures.count }
    #expect(count == 6000)
    print("3,000 signatures: \(built) from YAML, \(loaded) from the cache")
  }
}
