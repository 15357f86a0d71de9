/// Where a packet stands: the index of its file in the order of reading, and its 1-based number there, as packet analysers show it.
public struct PacketReference: Hashable, Sendable {
  public let file: UInt32
  public let number: UInt64

  public init(file: UInt32, number: UInt64) {
    self.file = file
    self.number = number
  }
}

/// One captured frame: bytes borrowed from a reader, valid until its next read.
public struct Frame: ~Escapable {
  public let bytes: RawSpan
  /// Bytes on the wire; more than `bytes.byteCount` where the capture was cut by a snap length.
  public let originalLength: Int
  public let linkType: LinkType
  public let time: Timestamp
  public let reference: PacketReference
  /// Where it was captured, by its number in `CaptureInterfaces`.
  public let interface: UInt16

  @_lifetime(copy bytes)
  public init(
    bytes: RawSpan, originalLength: Int, linkType: LinkType, time: Timestamp, reference: PacketReference,
    interface: UInt16 = CaptureInterfaces.unnamed
  ) {
    self.bytes = bytes
    self.originalLength = originalLength
    self.linkType = linkType
    self.time = time
    self.reference = reference
    self.interface = interface
  }
}
