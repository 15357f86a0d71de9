/// A device's present or latest upload that could be video: mostly one way, to one address.
public struct Traffic: Sendable, Hashable {
  /// Payload bits per second, means over the upload.
  public let upBitsPerSecond: Int
  public let downBitsPerSecond: Int
  public let since: Timestamp
  /// Where the upload has the clock of pictures.
  public let picturesPerSecond: Double?
  public let to: IPAddress

  public init(upBitsPerSecond: Int, downBitsPerSecond: Int, since: Timestamp, picturesPerSecond: Double?, to: IPAddress) {
    self.upBitsPerSecond = upBitsPerSecond
    self.downBitsPerSecond = downBitsPerSecond
    self.since = since
    self.picturesPerSecond = picturesPerSecond
    self.to = to
  }
}

/// An upload that somebody outside asked for.
public struct Watched: Sendable, Hashable {
  /// The receiver of the upload. Over UDP from peer to peer it is the network of whoever watches.
  public let peer: IPAddress
  /// Time from the message from outside to the first packet of the upload.
  public let lag: Duration
  /// The first packet of the upload.
  public let since: Timestamp
  /// How long it has lasted, and the payload that was sent so far.
  public let length: Duration
  public let bytes: UInt64

  public init(peer: IPAddress, lag: Duration, since: Timestamp, length: Duration, bytes: UInt64) {
    self.peer = peer
    self.lag = lag
    self.since = since
    self.length = length
    self.bytes = bytes
  }
}
