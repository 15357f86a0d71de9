import Detection
import Foundation

/// Loads and compiles the signatures of a folder, or of one file. Parses nothing if the cache has the same files.
public func loadSignatures(_ folder: String, cache: SignatureCache? = .standard()) throws(SignatureError) -> SignatureSet {
  try loadSignatures(try SignatureSource.files(folder), cache: cache)
}

func loadSignatures(_ sources: [SignatureSource], cache: SignatureCache?) throws(SignatureError) -> SignatureSet {
  let key = SignatureCache.key(sources)
  if let signatures = cache?.signatures(for: key) { return SignatureSet(signatures) }
  let signatures = try SignatureLoader.load(sources).map(\.signature)
  cache?.store(signatures, for: key)
  return SignatureSet(signatures)
}

/// Caches compiled signatures by the contents of their files. Never fails: without a writable folder, or with a damaged file, the
/// signatures are read from YAML again.
public struct SignatureCache: Sendable {
  /// Number of cache files; older ones are removed.
  package static let fileLimit = 4
  private static let prefix = "signatures-"
  private static let suffix = ".bin"

  public let folder: String

  public init(folder: String) {
    self.folder = folder
  }

  /// `$LENSCAP_CACHE`, else `$XDG_CACHE_HOME/lenscap`, for root `/var/cache/lenscap`, else `~/.cache/lenscap`.
  public static func standard(environment: [String: String] = ProcessInfo.processInfo.environment) -> SignatureCache? {
    if let folder = environment["LENSCAP_CACHE"] { return folder.isEmpty ? nil : SignatureCache(folder: folder) }
    // The XDG rules ignore a path that is not absolute.
    if let caches = environment["XDG_CACHE_HOME"], caches.hasPrefix("/") { return SignatureCache(folder: caches + "/lenscap") }
    if geteuid() == 0, unsafe access("/var/cache", W_OK) == 0 { return SignatureCache(folder: "/var/cache/lenscap") }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return SignatureCache(folder: home + "/.cache/lenscap")
  }

  /// A key that depends on the files' names and contents, the version of the cache's format, and the words that it stores by number.
  package static func key(_ sources: [SignatureSource]) -> String {
    var hash = ContentHash()
    hash.add(framed: "\(SignatureCoding.version)")
    for words in [
      Field.allCases.map(\.rawValue), Claim.allCases.map(\.rawValue), Facet.allCases.map(\.rawValue),
      Strength.allCases.map(\.rawValue), DeviceClass.allCases.map(\.rawValue),
    ] { hash.add(framed: words.joined(separator: " ")) }
    for source in sources {
      hash.add(framed: source.name)
      hash.add(framed: source.bytes)
    }
    return hash.hexadecimal
  }

  private func path(_ key: String) -> String { "\(folder)/\(Self.prefix)\(key)\(Self.suffix)" }

  package func signatures(for key: String) -> [Signature]? {
    guard let data = FileManager.default.contents(atPath: path(key)) else { return nil }
    return try? SignatureCoding.decode(data.bytes)
  }

  package func store(_ signatures: [Signature], for key: String) {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      // Atomic: writes a temporary file and renames it, so that no process reads half of it.
      try Data(SignatureCoding.encode(signatures)).write(to: URL(filePath: path(key)), options: .atomic)
    } catch {
      return
    }
    removeOld(except: path(key))
  }

  private func removeOld(except current: String) {
    let manager = FileManager.default
    let names = (try? manager.contentsOfDirectory(atPath: folder)) ?? []
    let ours = names.filter { $0.hasPrefix(Self.prefix) && $0.hasSuffix(Self.suffix) }.map { "\(folder)/\($0)" }
    let dated = ours.filter { $0 != current }.map { path in
      (path: path, date: (try? manager.attributesOfItem(atPath: path)[.modificationDate] as? Date) ?? .distantPast)
    }
    for old in dated.sorted(by: { ($0.date, $0.path) > ($1.date, $1.path) }).dropFirst(Self.fileLimit - 1) {
      try? manager.removeItem(atPath: old.path)
    }
  }
}

/// Two independent 64-bit hashes, each of exclusive or, or add, then multiply and shift. They take eight bytes at once.
struct ContentHash {
  private(set) var first: UInt64 = 0xCBF2_9CE4_8422_2325
  private(set) var second: UInt64 = 0x6A09_E667_F3BC_C908

  mutating func add(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { bytes in
      let words = bytes.count / 8
      for word in 0..<words { unsafe add(bytes.loadUnaligned(fromByteOffset: 8 * word, as: UInt64.self)) }
      for place in 8 * words..<bytes.count { add(UInt64(unsafe bytes[place])) }
    }
  }

  private mutating func add(_ word: UInt64) {
    first = (first ^ word) &* 0x100_0000_01B3
    first ^= first >> 32
    second = (second &+ word &+ 1) &* 0x9E37_79B9_7F4A_7C15
    second ^= second >> 29
  }

  /// Adds bytes with their length before them, so that moving a byte between two pieces changes the hash.
  mutating func add(framed bytes: [UInt8]) {
    var length = ByteWriter()
    length.u64(UInt64(bytes.count))
    unsafe add(length.bytes.span.bytes)
    unsafe add(bytes.span.bytes)
  }

  mutating func add(framed text: String) { add(framed: Array(text.utf8)) }

  var hexadecimal: String { [first, second].map(\.hexDigits).joined() }
}
