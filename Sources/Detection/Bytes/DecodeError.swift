/// Why bytes could not be decoded, and where. No strings: it is thrown on the packet path.
public struct DecodeError: Error, Equatable, Sendable {
  public enum Reason: UInt8, Sendable {
    /// Fewer bytes are present than the format needs; the capture may be cut.
    case truncated
    /// A value that the format does not allow.
    case malformed
    /// Legal, but a kind that is not decoded.
    case unsupported
    /// A named limit of this program was reached.
    case limit
  }

  public let reason: Reason
  /// Bytes from the start of the cursor's region.
  public let offset: Int

  public init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }
}
