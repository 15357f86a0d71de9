import ConfigurationFiles
import Foundation
import Glibc
import Services

/// Appends each event to a file.
///
/// It writes one line of JSON for each event: the document with its type, or Suricata's EVE (`format: eve`). A line counts as delivered once
/// it is on the disk (fsync(2)). Limits: two seconds for the lock of the file, which several programs may share (flock(2)). The file is opened
/// again when its path leads to another one, and at SIGHUP.
///
/// It must be a regular file; a link in its place is not followed. A pipe without a reader would hold up
/// the sink for ever, and a link could lead into any file that this program may write.
actor FileSink: Sink {
  /// How long another process may hold the lock of the file, which is held for one line at a time.
  static let lockWait = Duration.seconds(2)
  static let mode: mode_t = 0o640

  enum Format: String {
    /// The document with its type and uid.
    case lenscap
    /// Suricata's EVE (Formats/EVE.swift).
    case eve
  }

  private let path: String
  private let format: Format
  private let executor = QueueExecutor(label: "lenscap.file-sink")
  private var file: AppendedFile?

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  /// Uses `path` and `format`.
  /// - Throws: without an absolute path, and for an unknown format.
  init(_ settings: SinkSettings) throws(SinkConfigurationError) {
    guard let path = settings.path, path.hasPrefix("/") else { throw SinkConfigurationError("path", "an absolute path is expected") }
    guard let format = Format(rawValue: settings.format ?? Format.lenscap.rawValue) else {
      throw SinkConfigurationError("format", "lenscap or eve is expected")
    }
    self.path = path
    self.format = format
  }

  func deliver(_ parcel: Parcel) async throws(DeliveryError) {
    for event in parcel.events {
      let document = format == .eve ? event.eve : event.line
      try await append(Array(document.escapedBytes) + [UInt8(ascii: "\n")])
    }
  }

  func reopen() async { file = nil }

  private func append(_ line: [UInt8]) async throws(DeliveryError) {
    do {
      if let file, !file.is(at: path) { self.file = nil }
      let file = try self.file ?? AppendedFile(path, mode: Self.mode)
      self.file = file
      let clock = ContinuousClock()
      let end = clock.now + Self.lockWait
      while try !file.append(line) {
        guard clock.now < end, (try? await Task.sleep(for: .milliseconds(20))) != nil else {
          throw SystemError(reason: "another program has locked it")
        }
      }
    } catch {
      file = nil
      throw .temporary("\(path): \((error as? SystemError)?.reason ?? "cannot be written")")
    }
  }
}
