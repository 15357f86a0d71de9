import Glibc

/// Why the system did not do something, in words for a person.
struct SystemError: Error {
  let reason: String

  /// The words of the C library for an error number.
  static func number(_ code: Int32) -> SystemError { SystemError(reason: String(cString: strerror(code))) }
}
