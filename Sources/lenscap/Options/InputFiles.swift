import Foundation

/// What the user named: folders become the files in them that are named like captures.
enum InputFiles {
  private static let suffixes = [".pcap", ".pcapng", ".cap", ".dmp", ".ntar"]
  private static let compressions = ["", ".gz", ".xz", ".zst"]

  static func expand(_ paths: [String]) -> [String] { paths.flatMap { isFolder($0) ? captures(in: $0) : [$0] } }

  /// The folder `name` next to `folder`, where it is.
  static func folders(beside folder: String, named name: String) -> [String] {
    let found = URL(fileURLWithPath: folder).deletingLastPathComponent().appendingPathComponent(name).path
    return isFolder(found) ? [found] : []
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return path != "-" && FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// In the order of names, folders below included. A folder without captures is named itself, so that reading it says so.
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
