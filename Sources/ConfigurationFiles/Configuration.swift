import Detection
import Foundation
import YAMLReading

/// What lenscap.yaml says, and where.
public struct Configuration: Sendable, Equatable {
  public static let standardPath = "/etc/lenscap/lenscap.yaml"
  /// The environment variable that names another file.
  public static let variable = "LENSCAP_CONFIG"
  static let largestFile = 1 << 20

  public struct Place: Sendable, Equatable {
    public let line: Int
    public let column: Int
  }

  /// The file; nil if there is none.
  public let file: String?
  public var settings: Settings
  /// The keys that the file names, such as `serve.listen` or `sinks.porter.url`, with the places of their values.
  public let places: [String: Place]
  /// Remarks on what is allowed, but has no effect or is unwise.
  public let notes: [FileProblem]

  init(file: String?, settings: Settings = Settings(), places: [String: Place] = [:], notes: [FileProblem] = []) {
    self.file = file
    self.settings = settings
    self.places = places
    self.notes = notes
  }

  /// The configuration of a file that `--config` or the environment names, else of the standard file. Only the standard file may be
  /// missing.
  public static func find(
    _ given: String?, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(ConfigurationError) -> Configuration {
    if let path = given ?? environment[variable].flatMap({ $0.isEmpty ? nil : $0 }) { return try read(path) }
    do {
      return try read(standardPath)
    } catch {
      guard error.kind == .missing else { throw error }
      return Configuration(file: nil)
    }
  }

  /// Reads one file, and nothing that it names.
  public static func read(_ path: String) throws(ConfigurationError) -> Configuration {
    try parse(try bytes(path), file: path, folder: folder(of: path))
  }

  static func bytes(_ path: String) throws(ConfigurationError) -> [UInt8] {
    do throws(TextFile.Failure) {
      return try TextFile(path: path, limit: largestFile).bytes
    } catch {
      throw ConfigurationError(path, error)
    }
  }

  /// The absolute path of the folder of a file.
  static func folder(of path: String) -> String {
    let path = path.hasPrefix("/") ? path : ValueForm.absolute(path, in: FileManager.default.currentDirectoryPath)
    let folder = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
    return folder.isEmpty ? "/" : String(folder)
  }

  /// The problem of a secret, at the place of the key that names it.
  public func problem(_ problem: SecretProblem) -> FileProblem {
    self.problem(problem.message, key: "sinks.\(problem.sink).\(problem.key)")
  }

  /// A problem at the value of a key.
  public func problem(_ message: String, key: String) -> FileProblem {
    let place = places[key]
    return FileProblem(file: file ?? Self.standardPath, line: place?.line ?? 0, column: place?.column ?? 0, message: message)
  }
}

extension Settings {
  /// Reads the lists that are in other files: declared cameras and rooms.
  public mutating func loadLists() throws(ConfigurationError) {
    var problems: [FileProblem] = []
    var kinds: [ConfigurationError.Kind] = []
    do throws(ConfigurationError) {
      if case .file(let path) = known { known = .here(try DeclaredFile.read(path)) }
    } catch {
      problems += error.problems
      kinds.append(error.kind)
    }
    do throws(ConfigurationError) {
      if case .file(let path) = rooms { rooms = .here(try SiteFile.read(path)) }
    } catch {
      problems += error.problems
      kinds.append(error.kind)
    }
    if !kinds.isEmpty { throw ConfigurationError(kinds.contains(.wrong) ? .wrong : kinds[0], problems) }
  }
}

/// Why a configuration, or a file that it names, cannot be used: all problems, in the order of the file.
public struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Further problems are only counted.
  static let mostProblems = 100

  public enum Kind: Sendable {
    case missing, noPermission, wrong
    /// Options and configuration contradict each other.
    case contradiction
  }

  public let kind: Kind
  public let problems: [FileProblem]

  public init(_ kind: Kind, _ problems: [FileProblem]) {
    self.kind = kind
    self.problems = problems
  }

  init(_ path: String, _ failure: TextFile.Failure) {
    let kind: Kind =
      switch failure {
      case .missing: .missing
      case .noPermission: .noPermission
      default: .wrong
      }
    self.init(kind, [FileProblem(file: path, message: failure.description)])
  }

  public var description: String {
    var lines = problems.prefix(Self.mostProblems).map(\.description)
    if problems.count > Self.mostProblems { lines.append("and \(problems.count - Self.mostProblems) more problems") }
    return lines.joined(separator: "\n")
  }
}
