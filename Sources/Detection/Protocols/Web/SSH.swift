/// SSH (RFC 4253 section 4.2) on any port: the version that a server tells. Computers, servers and routers have it, as have cameras with
/// their maker's back door open; the version of a small build (dropbear) is a hint.
public struct SSHRecognizer: Recognizer {
  public let name = "ssh"
  public let transports: Transports = .tcp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if message.payload.byteCount >= 4 { return message.payload.starts(with: "SSH-") ? .mine : .notMine }
    let expected: [UInt8] = [0x53, 0x53, 0x48, 0x2D]
    return message.payload.array.elementsEqual(expected.prefix(message.payload.byteCount)) ? .needMore : .notMine
  }

  public func makeParser() -> any Parser { SSHParser() }
}

final class SSHParser: Parser {
  /// RFC 4253 section 4.2.
  static let lineLimit = 255
  /// Bytes of the client that are waited through.
  static let clientLimit = 8192

  private var line: [UInt8] = []
  private var clientBytes = 0
  private var isOutOfSync = false

  func gap(fromOriginator: Bool) { isOutOfSync = true }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    if isOutOfSync { return .done }
    let isServer = message.source.port == 22 || message.destination.port != 22 && !message.fromOriginator
    guard isServer else {
      clientBytes += message.payload.byteCount
      return clientBytes >= Self.clientLimit ? .done : .mine
    }
    for index in 0..<message.payload.byteCount {
      let byte = message.payload.u8(index)
      if byte == 0x0A || line.count >= Self.lineLimit {
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
