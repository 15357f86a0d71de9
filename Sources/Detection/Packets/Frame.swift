/// The place of a packet in the input: the index of its file in reading order, and its number in the file from 1, as in packet analysers.
public struct PacketReference: Hashable, Sendable {
  public let file: UInt32
  public let number: UInt64

  public init(file: UInt32, number: UInt64) {
    self.file = file
    self.number = number
  }
}

/// One captured frame. Its bytes are borrowed from a reader and valid until the next read.
public struct Frame: ~Escapable {
  public let bytes: RawSpan
  /// Bytes on the wire: more than `bytes.byteCount` if the snap length cut the capture.
  public let originalLength: Int
  public let linkType: LinkType
  public let time: Timestamp
  public let reference: PacketReference
  /// The number of the interface in `CaptureInterfaces`.
  public let interface: UInt16
  /// The beginning of the Ethernet frame that follows this one `lookahead` packets later; empty where none is known.
  public private(set) var upcoming: RawSpan

  @inlinable public static var lookahead: Int { 4 }

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
    upcoming = bytes.extracting(0..<0)
  }

  /// - Parameter upcoming: valid as long as the frame's own bytes.
  @_lifetime(copy self)
  public consuming func followed(by upcoming: RawSpan) -> Frame {
    self.upcoming = unsafe _overrideLifetime(upcoming, copying: self)
    return self
  }
}
