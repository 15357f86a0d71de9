/// SSH (RFC 4253 section 4.2) on any port: the version of a server. Computers, servers and routers have one, and so do cameras with an open
/// back door of their maker; the version of a small build (dropbear) is a hint.
public struct SSHRecognizer: Recognizer {
  public let name = "ssh"
  public let transports: Transports = .tcp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if message.payload.byteCount >= 4 { return message.payload.starts(with: "SSH-") ? .mine : .notMine }
    return message.payload.array.elementsEqual("SSH-".utf8.prefix(message.payload.byteCount)) ? .needMore : .notMine
  }

  public func makeParser() -> any Parser { SSHParser() }
}

final class SSHParser: Parser {
  /// Bytes of the version line (RFC 4253 section 4.2).
  static let lineLimit = 255
  /// Bytes of the client after which no version is expected.
  static let clientLimit = 8192

  private var line: [UInt8] = []
  private var clientBytes = 0
  private var isOutOfSync = false

  func gap(in direction: Direction) { isOutOfSync = true }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if isOutOfSync { return .done }
    let isServer = message.source.port == 22 || message.destination.port != 22 && message.direction == .responder
    guard isServer else {
      clientBytes += message.payload.byteCount
      return clientBytes >= Self.clientLimit ? .done : .mine
    }
    for index in 0..<message.payload.byteCount {
      let byte = message.payload.u8(index)
      if byte == ASCII.lineFeed || line.count >= Self.lineLimit {
        let bytes = line
        let text = unsafe bytes.span.bytes.trimmed
        if text.starts(with: "SSH-") { sink.emit(.sshBanner, text.text(limit: Self.lineLimit)) }
        return .done
      }
      line.append(byte)
    }
    return .mine
  }
}
