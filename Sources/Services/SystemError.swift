import Glibc

/// Why the system did not do something, in words for a person.
public struct SystemError: Error {
  public let reason: String

  public init(reason: String) { self.reason = reason }

  /// The words of the C library for an error number.
  public static func number(_ code: Int32) -> SystemError { unsafe SystemError(reason: String(cString: strerror(code))) }
}
