import Crypto
import Detection
import Foundation

/// Size and SHA-256 of a file.
struct FileSum {
  private static let piece = 1 << 20

  let size: UInt64
  let sum: String

  /// Nil if it cannot be read to its end.
  init?(of path: String) {
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    var hash = SHA256()
    var size: UInt64 = 0
    do {
      while let piece = try file.read(upToCount: Self.piece), !piece.isEmpty {
        hash.update(data: piece)
        size += UInt64(piece.count)
      }
    } catch {
      return nil
    }
    self.size = size
    sum = Array(hash.finalize()).hexDigits
  }
}
