import ChainMessages
import Crypto
import Foundation
import Glibc
import NIOCore
import Packs
import Services

/// A pack that is as its box wrote it.
struct VerifiedPack: Sendable {
  let bytes: Int
  let sha256: String
  let key: PublicKey
}

/// Why a pack is not stored.
struct PackProblem: Error, Equatable, CustomStringConvertible {
  let description: String
}

/// The folder of packs. They are verified one at a time, on a queue of its own: that takes memory, up to three times a pack.
actor EvidenceFiles {
  /// Uploads at once.
  static let uploads = 8
  /// Seconds that one may take.
  static let uploadSeconds = 900.0
  /// Seconds after which a file that nothing names is swept: its row may just be written, or it fills.
  private static let sweptAfter = 900.0
  /// Bytes of a description in a pack.
  private static let documentLimit = 4 << 20

  private let executor = QueueExecutor(label: "lenscap.evidence")
  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  nonisolated let folder: String
  private var open = 0

  init(state: String) { folder = state + "/evidence" }

  nonisolated func path(_ id: String) -> String { "\(folder)/\(id).zip" }

  // MARK: Uploads

  /// A file that fills.
  final class Draft: @unchecked Sendable {
    let path: String
    fileprivate let descriptor: Int32
    fileprivate(set) var count = 0

    fileprivate init(path: String, descriptor: Int32) { (self.path, self.descriptor) = (path, descriptor) }
    deinit { close(descriptor) }
  }

  /// - Returns: nil if too many boxes send already.
  func begin(_ id: String) throws -> Draft? {
    guard open < Self.uploads else { return nil }
    if unsafe mkdir(folder, 0o700) != 0, errno != EEXIST { throw failure() }
    let path = "\(folder)/\(id)-\(UUID().uuidString).part"
    let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure() }
    open += 1
    return Draft(path: path, descriptor: descriptor)
  }

  /// - Returns: false if it grows too large.
  func add(_ buffer: ByteBuffer, to draft: Draft) throws -> Bool {
    draft.count += buffer.readableBytes
    guard draft.count <= EvidenceLimits.packBytes else { return false }
    try unsafe buffer.withUnsafeReadableBytes { bytes in
      var rest = unsafe bytes[...]
      while unsafe !rest.isEmpty {
        let written = unsafe write(draft.descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { throw failure() }
        unsafe rest = unsafe rest.dropFirst(written)
      }
    }
    return true
  }

  /// Gives it its place.
  nonisolated func keep(_ draft: Draft, as id: String) throws {
    guard fsync(draft.descriptor) == 0, unsafe rename(draft.path, path(id)) == 0 else { throw failure() }
  }

  func end(_ draft: Draft) {
    unsafe unlink(draft.path)
    open -= 1
  }

  private nonisolated func failure() -> PackProblem { PackProblem(description: unsafe "\(folder): \(String(cString: strerror(errno)))") }

  // MARK: Verifying

  /// - Throws: `PackProblem`.
  func verify(_ draft: Draft, about alert: String) throws -> VerifiedPack {
    var bytes = [UInt8](repeating: 0, count: draft.count)
    var place = 0
    while place < bytes.count {
      let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(draft.descriptor, $0.baseAddress! + place, $0.count - place, place) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      place += count
    }
    return try Self.verified(bytes, about: alert)
  }

  /// Check sums, the signature, what it is about, and that it was made for central.
  static func verified(_ bytes: [UInt8], about alert: String) throws -> VerifiedPack {
    struct Alert: Decodable { let id: String }
    struct Versions: Decodable {
      let withoutOthers: Bool?
      private enum CodingKeys: String, CodingKey { case withoutOthers = "without_others" }
    }
    let verification = PackVerification(of: bytes, name: "the pack")
    guard verification.isVerified, let key = verification.signer else {
      let found = (verification.findings.map(\.line) + verification.remarks).prefix(3).joined(separator: "; ")
      throw PackProblem(description: "it is not as a box wrote it: \(found)")
    }
    guard verification.alert.count <= documentLimit, verification.versions.count <= documentLimit,
      let about = try? JSONDecoder().decode(Alert.self, from: Data(verification.alert)), about.id == alert
    else { throw PackProblem(description: "it is about another alert") }
    guard (try? JSONDecoder().decode(Versions.self, from: Data(verification.versions)))?.withoutOthers == true else {
      throw PackProblem(description: "it was not made without others: guests stay home")
    }
    let sum = SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return VerifiedPack(bytes: bytes.count, sha256: sum, key: key)
  }

  // MARK: Keeping

  /// Deletes what no row names any more.
  func sweep(keeping ids: Set<String>) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      if name.hasSuffix(".zip"), ids.contains(String(name.dropLast(4))) { continue }
      let path = "\(folder)/\(name)"
      let changed = (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date ?? .distantPast
      if abs(changed.timeIntervalSinceNow) > Self.sweptAfter { unsafe unlink(path) }
    }
  }
}
