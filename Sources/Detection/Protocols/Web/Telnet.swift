/// Telnet (RFC 854) on ports 23 and 2323: the text of a server before the login. Cheap cameras, routers and recorders name their platform
/// there.
public struct TelnetRecognizer: Recognizer {
  static func isServer(_ port: UInt16) -> Bool { port == 23 || port == 2323 }

  public let name = "telnet"
  public let transports: Transports = .tcp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    guard Self.isServer(message.source.port) || Self.isServer(message.destination.port), bytes.byteCount > 0 else { return .notMine }
    if bytes.u8(0) == TelnetParser.escape {
      guard bytes.byteCount > 1 else { return .needMore }
      // SB, WILL, WONT, DO, DONT.
      return (0xFA...0xFE).contains(bytes.u8(1)) ? .mine : .notMine
    }
    guard Self.isServer(message.source.port) else { return .notMine }
    let first = bytes.u8(0)
    return ASCII.isPrintable(first) || (0x07...0x0D).contains(first) || first == ASCII.escape ? .mine : .notMine
  }

  public func makeParser() -> any Parser { TelnetParser() }
}

final class TelnetParser: Parser {
  static let escape: UInt8 = 0xFF
  /// Bytes kept of the text.
  static let textLimit = 200
  /// Bytes of the conversation that are read.
  static let lengthLimit = 4096
  private static let prompts: [[UInt8]] = ["login:", "username:", "user:", "account:", "password:", "user name:", "password>"].map {
    Array($0.utf8)
  }

  /// Removes commands (RFC 854) and control sequences of terminals (ECMA-48) from one direction.
  private struct Filter {
    private enum State { case text, command, option, subnegotiation, subnegotiationCommand, terminal, terminalSequence }
    private var state = State.text

    mutating func isText(_ byte: UInt8) -> Bool {
      switch state {
      case .text:
        if byte == TelnetParser.escape { state = .command }
        if byte == ASCII.escape { state = .terminal }
        return state == .text && byte != 0
      case .command:
        state = byte == 0xFA ? .subnegotiation : (0xFB...0xFE).contains(byte) ? .option : .text
      case .option: state = .text
      case .subnegotiation: if byte == TelnetParser.escape { state = .subnegotiationCommand }
      case .subnegotiationCommand: state = byte == 0xF0 ? .text : .subnegotiation
      case .terminal: state = byte == ASCII.openBracket ? .terminalSequence : .text
      case .terminalSequence: if (0x40...0x7E).contains(byte) { state = .text }
      }
      return false
    }
  }

  private var server = Filter()
  private var client = Filter()
  private var text: [UInt8] = []
  private var length = 0
  private var isReported = false

  func gap(in direction: Direction) { length = Self.lengthLimit }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let isServer = TelnetRecognizer.isServer(message.source.port)
    for index in 0..<message.payload.byteCount {
      let byte = message.payload.u8(index)
      guard isServer else {
        // The client types, so the text ends with the prompt.
        if client.isText(byte) { return finish(about: .receiver, into: &sink) }
        continue
      }
      guard server.isText(byte) else { continue }
      text.append(byte)
      if text.count >= Self.textLimit || endsWithPrompt { return finish(about: .sender, into: &sink) }
    }
    length += message.payload.byteCount
    return length >= Self.lengthLimit ? .done : .mine
  }

  /// Reports a greeting without a known prompt.
  func ended(_ message: borrowing Message, into sink: inout ObservationSink) {
    guard !isReported, length < Self.lengthLimit, text.contains(where: { $0 > ASCII.space }) else { return }
    _ = finish(about: TelnetRecognizer.isServer(message.source.port) ? .sender : .receiver, into: &sink)
  }

  private var endsWithPrompt: Bool {
    guard text.last == UInt8(ascii: ":") || text.last == UInt8(ascii: ">") else { return false }
    return Self.prompts.contains { prompt in
      text.count >= prompt.count && text.suffix(prompt.count).lazy.map(ASCII.lowercased).elementsEqual(prompt)
    }
  }

  private func finish(about subject: ObservationSink.Subject, into sink: inout ObservationSink) -> Disposition {
    let shown = text
    isReported = true
    let banner = unsafe shown.span.bytes.collapsedText(limit: Self.textLimit)
    sink.emit(.telnetBanner, banner, about: subject)
    return .done
  }
}
