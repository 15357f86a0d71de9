import Crypto
import Foundation

/// The signature files of a release in one archive: tar (ustar), in the order of their names. Archives come from elsewhere, so names lead
/// nowhere, and nothing is taken beyond the limits.
public struct ReleaseArchive: Sendable, Equatable {
  public struct File: Sendable, Equatable {
    /// The path within the folder, such as `cameras/axis.yaml`.
    public let name: String
    public let bytes: [UInt8]

    public init(name: String, bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }
  }

  /// Bytes of an archive. All signatures of Lenscap take a quarter of it.
  public static let limit = 4 << 20
  public static let fileLimit = 1000
  public static let largestFile = 512 << 10
  private static let longestName = 99

  public let files: [File]

  public init(_ files: [File]) throws(ReleaseProblem) {
    guard !files.isEmpty else { throw .archive("is empty") }
    guard files.count <= Self.fileLimit else { throw .archive("has more than \(Self.fileLimit) files") }
    var names: Set<String> = []
    for file in files {
      guard Self.isName(file.name) else { throw .archive("has a file whose name cannot be used; expected one such as cameras/axis.yaml") }
      guard names.insert(file.name).inserted else { throw .archive("has \(file.name) twice") }
      guard file.bytes.count <= Self.largestFile else {
        throw .archive("has a file of more than \(Self.largestFile >> 10) KiB: \(file.name)")
      }
    }
    self.files = files.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    guard Self.size(of: files) <= Self.limit else { throw .archive("has more than \(Self.limit >> 20) MiB") }
  }

  /// Unpacks an archive.
  public init(bytes: Data) throws(ReleaseProblem) {
    guard bytes.count <= Self.limit else { throw .archive("has more than \(Self.limit >> 20) MiB") }
    var files: [File] = []
    var rest = bytes[...]
    func take(_ count: Int) throws(ReleaseProblem) -> Data {
      guard rest.count >= count else { throw .archive("ends too early") }
      defer { rest = rest.dropFirst(count) }
      return Data(rest.prefix(count))
    }
    while true {
      let entry: Tar.Entry?
      do throws(Tar.Problem) { entry = try Tar.entry(try Self.header(&rest)) } catch { throw .archive("is damaged: \(error.reason)") }
      guard let entry else { break }
      guard files.count < Self.fileLimit else { throw .archive("has more than \(Self.fileLimit) files") }
      guard entry.size <= Self.largestFile else { throw .archive("has a file of more than \(Self.largestFile >> 10) KiB") }
      files.append(File(name: entry.name, bytes: Array(try take(entry.size))))
      _ = try take(Tar.padding(entry.size))
    }
    guard rest.allSatisfy({ $0 == 0 }) else { throw .archive("has something after its end") }
    try self.init(files)
  }

  private static func header(_ rest: inout Data.SubSequence) throws(Tar.Problem) -> Data {
    defer { rest = rest.dropFirst(Tar.block) }
    return Data(rest.prefix(Tar.block))
  }

  /// The archive. The same files give the same bytes.
  public var bytes: Data {
    var data = Data(capacity: Self.size(of: files))
    for file in files {
      data += Tar.header(Tar.Entry(name: file.name, size: file.bytes.count), time: 0)
      data += file.bytes
      data += Data(count: Tar.padding(file.bytes.count))
    }
    return data + Data(count: 2 * Tar.block)
  }

  private static func size(of files: [File]) -> Int {
    files.reduce(2 * Tar.block) { $0 + Tar.block + $1.bytes.count + Tar.padding($1.bytes.count) }
  }

  /// Plain parts without a dot in front, and a file of signatures at the end.
  private static func isName(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return name.utf8.count <= longestName && name.hasSuffix(".yaml")
      && parts.allSatisfy { part in
        guard let first = part.utf8.first, first != UInt8(ascii: ".") else { return false }
        return part.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
          default: false
          }
        }
      }
  }

  /// SHA-256, in hexadecimal digits.
  public static func sum(of bytes: Data) -> String {
    SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
