import Detection
import Foundation
import Yams

/// Reads declared cameras: a YAML list whose items are a MAC address or name, or a mapping with `mac` or `name`.
public enum DeclaredFile {
  public struct Problem: Error, CustomStringConvertible {
    public let description: String
    public internal(set) var isMissing = false
  }

  public static func read(_ path: String) throws(Problem) -> DeclaredDevices {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      let isMissing = !FileManager.default.fileExists(atPath: path)
      throw Problem(description: "--known \(path): " + (isMissing ? "no such file" : "is not readable text"), isMissing: isMissing)
    }
    return DeclaredDevices(try patterns(text, path))
  }

  static func patterns(_ text: String, _ path: String) throws(Problem) -> [String] {
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw Problem(description: "--known \(path): \(error)")
    }
    guard let root, root != Node("") else { return [] }
    guard let items = (root.mapping?["known"] ?? root).sequence else {
      throw Problem(description: "--known \(path): expected a list, such as\n  - b0:c5:54:25:5b:0e\n  - name: lobby-cam-*")
    }
    var patterns: [String] = []
    for item in items {
      if let text = item.scalar?.string, !text.isEmpty {
        patterns.append(text)
      } else if let entry = item.mapping, let text = (entry["mac"] ?? entry["name"])?.scalar?.string, !text.isEmpty {
        patterns.append(text)
      } else {
        let line = item.mark.map { "\($0.line)" } ?? "?"
        throw Problem(description: "--known \(path):\(line): expected a MAC address, a name, or a mapping with “mac” or “name”")
      }
    }
    return patterns
  }
}
