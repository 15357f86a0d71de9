import Foundation

/// What a backup contains: its first file.
struct BackupManifest: Codable, Equatable {
  static let name = "manifest.json"
  static let format = "lenscap-backup/1"
  static let largest = 1 << 20
  private static let mostFiles = 1000
  private static let longestName = 80

  struct File: Codable, Equatable {
    /// As in the archive: one of the fixed names, or a plain name in `lists/` or `secrets/`.
    let name: String
    let size: Int
    /// Hexadecimal.
    let sha256: String
  }

  let format: String
  /// Version of lenscap that wrote it.
  let version: String
  /// RFC 3339.
  let created: String
  let files: [File]

  static let property = "lenscap.sqlite"
  static let serve = "serve.sqlite"
  static let configuration = "lenscap.yaml"
  static let lists = "lists/"
  static let secrets = "secrets/"

  /// The last part of a name in `lists/` or `secrets/`; nil for other names. It can lead nowhere else: no slash, no leading dot.
  static func plainName(_ name: String, in folder: String) -> String? {
    guard name.hasPrefix(folder) else { return nil }
    let last = String(name.dropFirst(folder.count))
    return isPlain(last) ? last : nil
  }

  /// The name of a list in `lists/`: of a YAML file, so that it can take the place of no other file.
  static func listName(_ name: String) -> String? {
    plainName(name, in: lists).flatMap { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") ? $0 : nil }
  }

  /// Letters, digits, dots, hyphens and underscores, no dot first.
  static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= longestName && !name.hasPrefix(".")
      && name.utf8.allSatisfy { byte in
        let character = Character(Unicode.Scalar(byte))
        return character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
      }
  }

  /// What is wrong with it; nil if nothing is.
  var problem: String? {
    guard format == Self.format else { return "its format is \(format.debugDescription), this version reads \(Self.format)" }
    guard files.count <= Self.mostFiles, Set(files.map(\.name)).count == files.count else { return "its list of files is wrong" }
    let isKnown = files.allSatisfy { file in
      [Self.property, Self.serve, Self.configuration].contains(file.name)
        || Self.listName(file.name) != nil || Self.plainName(file.name, in: Self.secrets) != nil
    }
    return isKnown ? nil : "it contains a file that no backup contains"
  }
}
