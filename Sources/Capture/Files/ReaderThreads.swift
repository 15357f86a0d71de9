import Synchronization

/// The threads that read ahead for one user: files beyond their number are read on its own thread.
final class ReaderThreads: Sendable {
  /// Bytes of a file, after decompression, before a thread is worth its start.
  static let usualThreshold = UInt64(ReadBuffer.capacity)

  /// More would wait for each other.
  private static let most = 16

  let threshold: UInt64
  private let limit: Int
  private let running = Atomic<Int>(0)

  init(limit: Int, threshold: UInt64 = usualThreshold) {
    self.limit = min(limit, Self.most)
    self.threshold = threshold
  }

  /// Takes one, if one is left.
  func take() -> Bool {
    if running.add(1, ordering: .relaxed).newValue <= limit { return true }
    release()
    return false
  }

  func release() { running.subtract(1, ordering: .relaxed) }
}
