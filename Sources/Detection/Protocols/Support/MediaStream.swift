/// A conversation that carries video or audio.
public struct MediaStream: Sendable, Equatable {
  /// A name for people: `RTSP over TCP`, `RTP H264`.
  public let name: String
  public let sender: Endpoint
  public let receiver: Endpoint
}

/// A flow that another one announced, such as the RTP ports of an RTSP SETUP. It applies to any peer of this address and port.
public struct Expectation: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// RTP, with the codecs that the session description gives to payload types.
    case rtp(codecs: [UInt8: String])
  }
  public let kind: Kind
  public let address: IPAddress
  public let port: UInt16

  public init(kind: Kind, address: IPAddress, port: UInt16) {
    self.kind = kind
    self.address = address
    self.port = port
  }
}
