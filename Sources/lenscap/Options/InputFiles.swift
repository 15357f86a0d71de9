import Foundation

/// Input files as the user names them; a folder stands for the files in it that are named like captures.
enum InputFiles {
  private static let suffixes = [".pcap", ".pcapng", ".cap", ".dmp", ".ntar"]
  private static let compressions = ["", ".gz", ".xz", ".zst"]

  static func expand(_ paths: [String]) -> [String] { paths.flatMap { isFolder($0) ? captures(in: $0) : [$0] } }

  /// The folder `name` next to `folder`, if it exists.
  static func folders(beside folder: String, named name: String) -> [String] {
    let found = URL(fileURLWithPath: folder).deletingLastPathComponent().appendingPathComponent(name).path
    return isFolder(found) ? [found] : []
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return unsafe path != "-" && FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// The captures in a folder and below, sorted by name. A folder without captures returns itself, so that reading it reports the error.
  private static func captures(in folder: String) -> [String] {
    let found = (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
      .filter { name in
        let name = name.lowercased()
        return suffixes.contains { suffix in compressions.contains { name.hasSuffix(suffix + $0) } }
      }
      .sorted()
      .map { folder.hasSuffix("/") ? folder + $0 : "\(folder)/\($0)" }
      .filter { !isFolder($0) }
    return found.isEmpty ? [folder] : found
  }
}
