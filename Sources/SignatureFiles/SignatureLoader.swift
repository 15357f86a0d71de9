import Detection
import Foundation
import YAMLReading

/// Reads signatures from YAML. The language is described in docs/signatures.md.
public enum SignatureLoader {
  /// Loads all signatures of a folder (every .yaml below it, sorted by name) or of one file.
  public static func load(_ path: String) throws(SignatureError) -> [LoadedSignature] {
    let (signatures, problems) = read(path)
    guard problems.isEmpty else { throw SignatureError(problems) }
    return signatures
  }

  /// Reads the valid signatures and the problems of all others.
  public static func read(_ path: String) -> (signatures: [LoadedSignature], problems: [FileProblem]) {
    do throws(SignatureError) {
      return read(try SignatureSource.files(path))
    } catch {
      return ([], error.problems)
    }
  }

  static func load(_ sources: [SignatureSource]) throws(SignatureError) -> [LoadedSignature] {
    let (signatures, problems) = read(sources)
    guard problems.isEmpty else { throw SignatureError(problems) }
    return signatures
  }

  /// Reads signatures from text, as if it were a file of this name.
  public static func read(yaml: String, file: String) -> (signatures: [LoadedSignature], problems: [FileProblem]) {
    read([SignatureSource(file: file, name: file, bytes: Array(yaml.utf8))])
  }

  static func read(_ sources: [SignatureSource]) -> (signatures: [LoadedSignature], problems: [FileProblem]) {
    var signatures: [LoadedSignature] = []
    var problems: [FileProblem] = []
    var places: [String: String] = [:]
    for source in sources {
      var reading = Reading(file: source.file)
      for loaded in reading.signatures(in: source) {
        let id = loaded.signature.id
        if let first = places[id] {
          problems.append(
            FileProblem(file: loaded.file, line: loaded.line, message: "the id \"\(id)\" is already used at \(first)"))
        } else {
          places[id] = "\(loaded.file):\(loaded.line)"
          signatures.append(loaded)
        }
      }
      problems += reading.problems
    }
    return (signatures, problems)
  }
}

/// A signature file's name and content.
package struct SignatureSource {
  /// The name for messages.
  package let file: String
  /// The path within the folder.
  package let name: String
  package let bytes: [UInt8]

  /// The .yaml files of a folder and below it, sorted by name, or one file.
  package static func files(_ path: String) throws(SignatureError) -> [SignatureSource] {
    let manager = FileManager.default
    var isFolder: ObjCBool = false
    guard unsafe manager.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw SignatureError([FileProblem(file: path, message: "no such file or folder")])
    }
    guard isFolder.boolValue else { return [try SignatureSource(reading: path, name: URL(filePath: path).lastPathComponent)] }
    let root = path.hasSuffix("/") ? path : path + "/"
    guard let names = Self.names(in: root, below: "") else {
      throw SignatureError([FileProblem(file: path, message: "cannot read the folder")])
    }
    let found = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard !found.isEmpty else { throw SignatureError([FileProblem(file: path, message: "no .yaml files in this folder")]) }
    var sources: [SignatureSource] = []
    for name in found { sources.append(try SignatureSource(reading: root + name, name: name)) }
    return sources
  }

  /// The .yaml files of a folder, with their paths within the root. `FileManager` takes as long to list them as to read them all.
  private static func names(in root: String, below folder: String) -> [String]? {
    guard let stream = unsafe opendir(root + folder) else { return nil }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name == "." || name == ".." { continue }
      if name.hasSuffix(".yaml") { names.append(folder + name) }
      if unsafe isFolder(entry.pointee.d_type, root + folder + name) { names += Self.names(in: root, below: folder + name + "/") ?? [] }
    }
    return names
  }

  /// Not every file system says of what type its entries are. Links are not followed.
  private static func isFolder(_ type: UInt8, _ path: String) -> Bool {
    guard Int(type) == Int(DT_UNKNOWN) else { return Int(type) == Int(DT_DIR) }
    var facts = stat()
    return unsafe lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
  }

  private init(reading path: String, name: String) throws(SignatureError) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw SignatureError([FileProblem(file: path, message: "cannot read the file")])
    }
    self.init(file: path, name: name, bytes: Array(data))
  }

  package init(file: String, name: String, bytes: [UInt8]) {
    self.file = file
    self.name = name
    self.bytes = bytes
  }
}

extension Reading {
  /// The signatures of one file; a file that is not YAML gives one problem and nothing else.
  mutating func signatures(in source: SignatureSource) -> [LoadedSignature] {
    do throws(FileProblem) {
      guard let root = try YAMLDocument.root(source.bytes, file: file) else {
        throw FileProblem(file: file, message: "the file is empty")
      }
      return signatures(in: root)
    } catch {
      problems.append(error)
      return []
    }
  }
}
