import Detection
import YAMLReading

/// Signature files that take the place of files of the same name in a folder, or come beside them.
public struct SignatureOverlay: Sendable {
  private let files: [SignatureSource]

  /// - Parameter files: each with its path within the folder.
  public init(_ files: [(name: String, bytes: [UInt8])]) {
    self.files = files.map { SignatureSource(file: $0.name, name: $0.name, bytes: $0.bytes) }
  }

  /// All files, sorted by name.
  package func sources(over folder: String?) throws(SignatureError) -> [SignatureSource] {
    let names = Set(files.map(\.name))
    let own = try folder.map { path throws(SignatureError) in try SignatureSource.files(path) } ?? []
    return (own.filter { !names.contains($0.name) } + files).sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Compiles them together with a folder's.
  public func load(over folder: String, cache: SignatureCache? = .standard()) throws(SignatureError) -> SignatureSet {
    try loadSignatures(try sources(over: folder), cache: cache)
  }

  /// What is wrong with them, and with them and a folder together: files that cannot be read, and the errors of `SignatureLint`.
  ///
  /// - Parameter folder: nil for the files alone.
  public func check(over folder: String?) throws(SignatureError) {
    let errors = SignatureLint.findings(in: try SignatureLoader.load(try sources(over: folder))).filter { $0.severity == .error }
    guard errors.isEmpty else { throw SignatureError(errors.map(\.problem)) }
  }
}
