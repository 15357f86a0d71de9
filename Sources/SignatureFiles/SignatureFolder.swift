import Foundation
import YAMLReading

/// Finds the folder of signatures.
public enum SignatureFolder {
  /// Folders above the executable to search: in a checkout it is in `.build/PLATFORM/release`.
  private static let parentLimit = 5
  /// The environment variable that names the folder.
  public static let variable = "LENSCAP_SIGNATURES"
  private static let installed = ["/usr/share/lenscap/signatures", "/usr/local/share/lenscap/signatures"]

  /// The folder given, else `$LENSCAP_SIGNATURES`, else `signatures` next to the executable or above it, else the installed folder.
  public static func find(_ given: String? = nil) throws(SignatureError) -> String {
    let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return try find(given, environment: ProcessInfo.processInfo.environment, executable: executable)
  }

  package static func find(_ given: String?, environment: [String: String], executable: String?) throws(SignatureError) -> String {
    if let given { return given }
    if let named = environment[variable], !named.isEmpty { return named }
    let places = executable.map(beside) ?? []
    if let folder = (places + installed).first(where: holdsSignatures) { return folder }
    let looked = (places.prefix(1) + installed).joined(separator: ", ")
    throw SignatureError([
      FileProblem(
        file: "signatures",
        message:
          "no signatures found in \(looked), or above the first: name their folder with --signatures or \(variable)"
      )
    ])
  }

  /// Folders named `signatures` next to the executable and next to each folder above it, nearest first.
  private static func beside(_ executable: String) -> [String] {
    var folder = URL(filePath: executable).deletingLastPathComponent()
    var places: [String] = []
    for _ in 0...parentLimit {
      places.append(folder.appending(path: "signatures").path)
      if folder.path == "/" { break }
      folder.deleteLastPathComponent()
    }
    return places
  }

  private static func holdsSignatures(_ folder: String) -> Bool {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).contains { $0.hasSuffix(".yaml") }
  }
}
