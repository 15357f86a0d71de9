import Crypto
import Detection

/// Check sums of files as `sha256sum` writes and checks them: 64 digits, two spaces, the name.
public struct PackManifest: Sendable, Equatable {
  /// In the order of the lines.
  let sums: [(name: String, sum: String)]

  public static func == (first: PackManifest, second: PackManifest) -> Bool { first.text == second.text }

  public init(of files: [PackFile]) {
    sums = files.map { ($0.name, Self.sum(of: $0.bytes)) }
  }

  /// Nil if a line is no check sum, or a name stands there twice.
  init?(_ bytes: some Collection<UInt8>) {
    guard let text = String(validating: bytes, as: UTF8.self), text.hasSuffix("\n") else { return nil }
    var sums: [(name: String, sum: String)] = []
    var names: Set<String> = []
    for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
      let sum = line.prefix(64)
      let name = line.dropFirst(66)
      guard sum.count == 64, sum.allSatisfy({ ("0"..."9").contains($0) || ("a"..."f").contains($0) }),
        line.dropFirst(64).hasPrefix("  "), !name.isEmpty, names.insert(String(name)).inserted
      else { return nil }
      sums.append((String(name), String(sum)))
    }
    self.sums = sums
  }

  public var text: String { sums.map { "\($0.sum)  \($0.name)\n" }.joined() }

  public static func sum(of bytes: some Collection<UInt8>) -> String {
    var hash = SHA256()
    bytes.withContiguousStorageIfAvailable { unsafe hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    return Array(hash.finalize()).hexDigits
  }
}
