import ArgumentParser
import Detection
import Glibc

/// Writes a line to standard error, which is for everything but the result.
@Sendable func printError(_ message: String) {
  let line = Array((message.forTerminal + "\n").utf8)
  unsafe line.withUnsafeBytes { _ = unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

/// Prints an error of usage that shows only once the input is read.
///
/// - Returns: the exit status to throw.
func usageError(_ message: String) -> any Error {
  printError("lenscap: \(message)")
  return ExitStatus.usage.code
}

/// An error of usage that shows only once the input is read, for `usageError` to print.
struct UsageError: Error {
  let message: String
}

/// Writes a line to standard output, unbuffered. Ends the program if nothing reads it any more.
func printOut(_ text: String) {
  var bytes = Array(text.forTerminal.utf8)
  if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
  writeOut(bytes)
}

func writeOut(_ bytes: [UInt8]) {
  guard writeAll(bytes, to: STDOUT_FILENO) else { exit(ExitStatus.ioError.rawValue) }
}

/// Writes all bytes; false if that failed, with the cause in `errno`.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
  var rest = bytes[...]
  while !rest.isEmpty {
    let written = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    if written < 0 && errno == EINTR { continue }
    guard written > 0 else { return false }
    rest = rest.dropFirst(written)
  }
  return true
}

/// Colour on terminals, unless NO_COLOR is set (https://no-color.org).
struct Style {
  let isOn: Bool

  static let forOutput: Style = {
    let refused = unsafe getenv("NO_COLOR").map { unsafe $0.pointee != 0 } ?? false
    return Style(isOn: isatty(STDOUT_FILENO) == 1 && !refused)
  }()

  private func wrap(_ text: String, _ code: String) -> String { isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
  func alarm(_ text: String) -> String { wrap(text, "1;31") }
  func warning(_ text: String) -> String { wrap(text, "1;33") }
  func strong(_ text: String) -> String { wrap(text, "1") }
  func faint(_ text: String) -> String { wrap(text, "2") }
}

/// A progress line on the terminal that overwrites itself, for work that takes longer than a second.
struct Progress {
  private let isOn = isatty(STDERR_FILENO) == 1
  private let started = ContinuousClock.now
  private var shown = false

  mutating func show(_ text: String) {
    guard isOn, ContinuousClock.now - started > .seconds(1) else { return }
    let line = Array("\r\u{1B}[K\(text.forPeople(limit: 500))".utf8)
    unsafe line.withUnsafeBytes { _ = unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    shown = true
  }

  mutating func clear() {
    guard shown else { return }
    let line = Array("\r\u{1B}[K".utf8)
    unsafe line.withUnsafeBytes { _ = unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    shown = false
  }
}
