import Crypto
import Detection
import Foundation

/// Size and SHA-256 of a file.
public struct FileSum {
  private static let piece = 1 << 20

  public let size: UInt64
  public let sum: String

  /// Nil if it cannot be read to its end.
  public init?(of path: String) {
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
