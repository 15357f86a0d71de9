import ArgumentParser
import Capture
import ConfigurationFiles
import Documents

/// Exit statuses, after sysexits.h; the argument parser itself uses 64.
enum ExitStatus: Int32 {
  case nothingFound = 0
  case cameraFound = 10
  case usage = 64
  case unreadableInput = 65
  case noInput = 66
  /// Another program is needed and missing.
  case unavailable = 69
  case ioError = 74
  case noPermission = 77

  var code: ExitCode { ExitCode(rawValue) }

  /// The one to exit with if several apply: a camera before all errors, then unreadable input, missing input, I/O errors.
  static func foremost(of found: some Sequence<ExitStatus>) -> ExitStatus {
    [.cameraFound, .usage, .unreadableInput, .noInput, .ioError].first { found.contains($0) } ?? .nothingFound
  }

  init(for error: any Error) {
    switch error {
    case let error as LiveCaptureError:
      switch error {
      case .noPermission: self = .noPermission
      case .noSuchInterface: self = .noInput
      case .badFilter, .noMonitorMode: self = .usage
      case .interfaceDown, .interfaceGone, .other: self = .ioError
      }
    case let error as CaptureError:
      switch error.reason {
      case .noSuchFile: self = .noInput
      case .io, .notWritable: self = .ioError
      case .notReadable, .isNotACapture, .cut, .malformed, .decompression: self = .unreadableInput
      }
    case is PacketFilterError: self = .usage
    case let error as ConfigurationError:
      switch error.kind {
      case .missing: self = .noInput
      case .noPermission: self = .noPermission
      case .wrong: self = .unreadableInput
      case .contradiction: self = .usage
      }
    default: self = .ioError
    }
  }
}

extension ReplayReport {
  /// All exit statuses that apply; empty if nothing was found and everything could be read.
  var statuses: [ExitStatus] { files.compactMap(\.error).map { ExitStatus(for: $0) } + (hasAlert ? [.cameraFound] : []) }
  /// Those about the captures.
  var readStatuses: Set<ExitStatus> { Set(files.compactMap(\.error).map { ExitStatus(for: $0) }) }
}
