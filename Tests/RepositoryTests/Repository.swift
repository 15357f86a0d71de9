import Foundation

/// The checkout that the tests were built from.
enum Repository {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func text(_ path: String) throws -> String { try String(contentsOf: root.appending(path: path), encoding: .utf8) }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root.appending(path: path).path) }

  /// Paths of all files below a folder that end so.
  static func files(under path: String, suffix: String) -> [String] {
    let start = root.appending(path: path).path
    guard let below = FileManager.default.enumerator(atPath: start) else { return [] }
    return below.compactMap { $0 as? String }.filter { $0.hasSuffix(suffix) }.map { "\(path)/\($0)" }.sorted()
  }

  /// Names of the files directly in a folder.
  static func files(in folder: String) throws -> [String] {
    let keys: Set<URLResourceKey> = [.isRegularFileKey]
    return try FileManager.default.contentsOfDirectory(at: root.appending(path: folder), includingPropertiesForKeys: Array(keys))
      .filter { try $0.resourceValues(forKeys: keys).isRegularFile == true }.map(\.lastPathComponent).sorted()
  }

  /// What readers read first.
  static let documents =
    ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "captures/README.md"]
    + files(under: "docs", suffix: ".md")
}
