/// The reason and the place of a failure to decode bytes. It holds no strings, because it is thrown on the packet path.
public struct DecodeError: Error, Equatable, Sendable {
  public enum Reason: UInt8, Sendable {
    /// There are fewer bytes than the format needs; the capture may be cut.
    case truncated
    /// The format does not allow a value.
    case malformed
    /// The bytes are valid, but of a kind that is not decoded.
    case unsupported
    /// A limit of this program was reached.
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
