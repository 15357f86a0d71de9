import Foundation
import Packs

/// Makes a PDF of a page with WeasyPrint, a program of its own, and attaches files to it.
///
/// The page has no links and no pictures, so WeasyPrint has nothing to fetch; and it gets no address below which anything could be found.
public struct PDFPrinter: Sendable {
  public enum Failure: Error, Equatable, CustomStringConvertible {
    case missing
    case late(seconds: Int)
    case failed(String)
    case io(path: String, reason: String)

    public var description: String {
      switch self {
      case .missing: "PDF needs WeasyPrint, which is not installed (Debian package weasyprint)"
      case .late(let seconds): "WeasyPrint did not end within \(seconds) s"
      case .failed(let message): "WeasyPrint failed" + (message.isEmpty ? "" : ": \(message)")
      case .io(let path, let reason): "\(path): \(reason)"
      }
    }
  }

  public static let program = "weasyprint"
  static let timeLimit = 120
  /// Bytes of its messages that are shown.
  private static let messageLimit = 400

  private let executable: String

  /// Finds the program, so that its absence shows before a long replay.
  public init() throws(Failure) {
    let named = ProcessInfo.processInfo.environment["PATH"] ?? ""
    for folder in (named.isEmpty ? "/usr/bin:/usr/local/bin" : named).split(separator: ":") where folder.hasPrefix("/") {
      let path = "\(folder)/\(Self.program)"
      if unsafe access(path, X_OK) == 0 {
        executable = path
        return
      }
    }
    throw .missing
  }

  /// - Parameter attachments: their names are those in the PDF.
  /// - Returns: the PDF.
  public func pdf(of page: [UInt8], attachments: [PackFile]) throws(Failure) -> [UInt8] {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let files = [PackFile(name: PackName.report, bytes: page)] + attachments
    let output = folder.path + "/report.pdf"
    for file in files {
      do throws(PaperFile.Failure) {
        try PaperFile.write(file.bytes, to: "\(folder.path)/\(file.name)")
      } catch {
        throw .io(path: error.path, reason: error.reason)
      }
    }
    let attached = attachments.flatMap { ["-a", "\(folder.path)/\($0.name)"] }
    try run(["-q", "-e", "utf-8", "-u", "data:,"] + attached + ["\(folder.path)/\(PackName.report)", output], in: folder.path)
    guard let pdf = FileManager.default.contents(atPath: output), !pdf.isEmpty else { throw .failed("it wrote nothing") }
    return Array(pdf)
  }

  private func run(_ arguments: [String], in folder: String) throws(Failure) {
    let process = Process()
    process.executableURL = URL(filePath: executable)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder)
    // Fontconfig keeps its cache where HOME is.
    process.environment = ["PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": folder, "LANG": "C.UTF-8", "TMPDIR": folder]
    let messages = "\(folder)/messages"
    _ = FileManager.default.createFile(atPath: messages, contents: nil)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle(forWritingAtPath: messages) ?? FileHandle.nullDevice
    do { try process.run() } catch { throw .failed(error.localizedDescription) }
    let end = Date(timeIntervalSinceNow: Double(Self.timeLimit))
    while process.isRunning {
      if Date() > end {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        throw .late(seconds: Self.timeLimit)
      }
      usleep(20_000)
    }
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      let text = FileManager.default.contents(atPath: messages).map { String(decoding: $0.suffix(Self.messageLimit), as: UTF8.self) }
      throw .failed((text ?? "").split(separator: "\n").last.map(String.init) ?? "")
    }
  }
}

/// A folder for this user alone.
public struct TemporaryFolder: Sendable {
  public let path: String

  public init() throws(PDFPrinter.Failure) {
    let base = ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
    var template = Array("\(base)/lenscap-XXXXXX".utf8CString)
    guard let made = unsafe mkdtemp(&template).map({ unsafe String(cString: $0) }) else {
      throw unsafe .io(path: base, reason: String(cString: strerror(errno)))
    }
    path = made
  }

  public func remove() { try? FileManager.default.removeItem(atPath: path) }
}
