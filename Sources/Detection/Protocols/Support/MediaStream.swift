/// A conversation that carries video or audio.
public struct MediaStream: Sendable, Equatable {
  /// A name for people: `RTSP over TCP`, `RTP H264`.
  public let name: String
  public let sender: Endpoint
  public let receiver: Endpoint
  /// The receiver opened the connection, or asked by RTSP.
  public let isAsked: Bool
  /// Not sound alone.
  public let isVideo: Bool
  /// Of the moment, and no recording.
  public let isLive: Bool

  public init(name: String, sender: Endpoint, receiver: Endpoint, isAsked: Bool = false, isVideo: Bool = true, isLive: Bool = true) {
    self.name = name
    self.sender = sender
    self.receiver = receiver
    self.isAsked = isAsked
    self.isVideo = isVideo
    self.isLive = isLive
  }

  /// Moving pictures of the moment.
  var isLiveVideo: Bool { isVideo && isLive }
}

/// A flow that another one announced, such as the RTP ports of an RTSP SETUP, or answers to a broadcast. It applies to any peer of this
/// address and port.
public struct Expectation: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// RTP, with the codecs that the session description gives to payload types.
    case rtp(codecs: [UInt8: String])
    /// A host that searches its network for devices in PPPP: what knocks there is the device.
    case searcher
    /// RTCP about video that this source sends from the port before (RFC 3550 section 11).
    /// Boxed, because every message has room for an expectation.
    indirect case reports(source: UInt32, codec: String)
  }
  public let kind: Kind
  public let address: IPAddress
  public let port: UInt16
  /// What flows there is no recording.
  public let isLive: Bool

  public init(kind: Kind, address: IPAddress, port: UInt16, isLive: Bool = true) {
    self.isLive = isLive
    self.kind = kind
    self.address = address
    self.port = port
  }
}

/// One picture, or one piece of a presentation, that a host sent in some conversation. Only a row of them is live video, and players open
/// a new connection for each: `MediaRows` judges them.
public struct MediaItem: Sendable, Equatable {
  public enum Content: Sendable, Equatable {
    /// A JPEG picture in an answer, and one in a request: the bytes on the wire, and a hash of the first of them.
    case picture(size: Int, hash: UInt64)
    case uploadedPicture(size: Int, hash: UInt64)
    /// A playlist without an end (RFC 8216): the number of the segment that comes next, and the mean length of one in milliseconds.
    case playlist(next: Int, length: Int)
    /// A manifest that is declared dynamic (ISO/IEC 23009-1), and a segment of MP4.
    case manifest
    case segment
    /// A file that a client stores on another host.
    case storedPicture
    case storedClip
    /// A mail with a picture.
    case mailedPicture
  }

  public let content: Content
  /// What was asked for, without secrets.
  public let target: String
  /// The same for all items of a row.
  public let key: UInt64
  public let sender: Endpoint
  public let receiver: Endpoint
  /// The packet that shows it.
  public let packet: PacketReference
}
