import Crypto
import CryptoExtras
import Dispatch
import Foundation

/// Passwords as scrypt hashes (RFC 7914). Each takes 32 MiB and a tenth of a second, so that at most two are computed at a time.
public actor Passwords {
  /// Too many wait; try again later.
  public struct Busy: Error {}

  public struct Hash: Sendable, Equatable {
    public let salt: Data
    public let key: Data

    public init(salt: Data, key: Data) { (self.salt, self.key) = (salt, key) }
  }

  public static let lengths = 8...1024
  private static let atOnce = 2
  private static let waitingLimit = 16
  private static let (rounds, blockSize, parallelism) = (1 << 15, 8, 1)

  private let queue = DispatchQueue(label: "lenscap.passwords", attributes: .concurrent)
  private var running = 0
  private var waiting: [CheckedContinuation<Void, Never>] = []
  /// Where there is no such user, as much time is spent.
  private static let nobody = Hash(salt: Data(count: 16), key: Data(count: 32))

  public init() {}

  public func hash(_ password: String) async throws -> Hash {
    let salt = unsafe SymmetricKey(size: .bits128).withUnsafeBytes { unsafe Data($0) }
    return Hash(salt: salt, key: try await derive(password, salt))
  }

  /// - Parameter hash: nil if there is no such user.
  public func matches(_ password: String, _ hash: Hash?) async throws -> Bool {
    let key = try await derive(password, (hash ?? Self.nobody).salt)
    guard let hash, hash.key.count == key.count else { return false }
    return zip(hash.key, key).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  private func derive(_ password: String, _ salt: Data) async throws -> Data {
    if running >= Self.atOnce {
      guard waiting.count < Self.waitingLimit else { throw Busy() }
      // Whoever ends passes the place on.
      await withCheckedContinuation { waiting.append($0) }
    } else {
      running += 1
    }
    defer { if waiting.isEmpty { running -= 1 } else { waiting.removeFirst().resume() } }
    // The same text typed on two keyboards may differ in its bytes.
    let bytes = Data(password.precomposedStringWithCompatibilityMapping.utf8)
    return try await withCheckedThrowingContinuation { continuation in
      queue.async {
        continuation.resume(
          with: Result {
            try unsafe KDF.Scrypt.deriveKey(
              from: bytes, salt: salt, outputByteCount: 32, rounds: Self.rounds, blockSize: Self.blockSize, parallelism: Self.parallelism
            ).withUnsafeBytes { unsafe Data($0) }
          })
      }
    }
  }
}
