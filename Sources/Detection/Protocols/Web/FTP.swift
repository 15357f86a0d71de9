/// FTP (RFC 959): the greeting of a server, on port 21, and on other ports if the greeting or the client's first command identifies FTP.
/// Cameras and recorders with an FTP server name themselves there; so do printers, routers and storage. Of a client the pictures and clips
/// that it stores on port 21 are noted, without their names.
public struct FTPRecognizer: Recognizer {
  static let port: UInt16 = 21
  /// Ports on which a greeting of the same form belongs to mail.
  static func isMail(_ port: UInt16) -> Bool { port == 25 || port == 465 || port == 587 || port == 2525 }

  public let name = "ftp"
  public let transports: Transports = .tcp

  public init() {}

  public func recognize(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let bytes = message.payload
    if Self.isMail(message.source.port) || Self.isMail(message.destination.port) { return .notMine }
    if message.destination.port == Self.port {
      for command in FTPParser.commands where bytes.startsIgnoringCase(command) { return .mine }
      // Joined later: any command.
      for index in 0..<Swift.min(4, bytes.byteCount) where !ASCII.isLetter(bytes.u8(index)) { return .notMine }
      guard bytes.byteCount >= 5 else { return .needMore }
      return bytes.u8(4) == ASCII.space || bytes.u8(4) == ASCII.carriageReturn ? .mine : .notMine
    }
    let isUsual = message.source.port == Self.port
    if message.direction == .originator, !isUsual { return .notMine }
    guard bytes.byteCount >= 4 else { return .needMore }
    if bytes.starts(with: "220 ") || bytes.starts(with: "220-") { return .mine }
    let isReply = bytes.slice(0, 3).decimal.map { $0 >= 100 } == true && (bytes.u8(3) == ASCII.space || bytes.u8(3) == ASCII.hyphen)
    return isUsual && isReply ? .done : .notMine
  }

  public func makeParser() -> any Parser { FTPParser() }
}

final class FTPParser: Parser {
  /// Bytes buffered of the greeting and of the first command.
  static let greetingLimit = 512
  static let commandLimit = 64
  static let commands: [StaticString] = ["user ", "auth ", "feat\r", "syst\r", "opts "]

  private var greeting: [UInt8] = []
  private var isGreeted = false
  private var command: [UInt8] = []
  /// Everything was reported.
  private var isRead = false
  private var upgrade = TLSUpgrade()
  private var stores = StoredFiles()

  func gap(in direction: Direction) {
    isGreeted = true
    upgrade.gap()
  }

  func consume(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let isUsual = message.hasPort(FTPRecognizer.port)
    if isUsual, upgrade.take(message.payload, fromServer: message.source.port == FTPRecognizer.port) { return .next(isRelayed: false) }
    if isUsual, message.destination.port == FTPRecognizer.port { stores.read(message.payload, into: &sink) }
    if !isRead, case .done = read(message, into: &sink) { isRead = true }
    return isRead && (!isUsual || upgrade.isOver && stores.isOver) ? .done : .mine
  }

  private func read(_ message: borrowing Message, into sink: inout ObservationSink) -> Disposition {
    let isUsual = message.hasPort(FTPRecognizer.port)
    let isServer = isUsual ? message.source.port == FTPRecognizer.port : message.direction == .responder
    if isServer {
      for index in 0..<message.payload.byteCount where !isGreeted {
        greeting.append(message.payload.u8(index))
        isGreeted = greeting.count >= Self.greetingLimit || endsGreeting
      }
      guard isGreeted else { return .mine }
      let text = text
      guard !text.isEmpty else { return .done }
      if isUsual || text.lowercased().contains("ftp") {
        sink.emit(.ftpBanner, text)
        return .done
      }
      let isMail = ["smtp", "mail", "esmtp"].contains { text.lowercased().contains($0) }
      return isMail ? .done : .mine
    }
    // The greeting does not identify FTP, but the first command may.
    command.append(message.payload.slice(0, Self.commandLimit - command.count))
    var isFTP = false
    let said = command
    for expected in Self.commands where unsafe said.span.bytes.startsIgnoringCase(expected) { isFTP = true }
    if isFTP, isGreeted {
      sink.emit(.ftpBanner, text, about: .receiver)
      return .done
    }
    return isUsual || command.count < 5 ? .mine : .done
  }

  /// The last line was read, which begins with the code and a space (RFC 959 section 4.2).
  private var endsGreeting: Bool {
    guard greeting.last == ASCII.lineFeed else { return false }
    let start = greeting.dropLast().lastIndex(of: ASCII.lineFeed).map { $0 + 1 } ?? 0
    return greeting.count - start >= 4 && greeting[start..<start + 4].elementsEqual("220 ".utf8)
  }

  /// The greeting without its codes.
  private var text: String {
    var words: [UInt8] = []
    for line in greeting.split(separator: ASCII.lineFeed) {
      let isCoded = line.starts(with: "220 ".utf8) || line.starts(with: "220-".utf8)
      words += line.dropFirst(isCoded ? 4 : 0) + [ASCII.space]
    }
    return unsafe words.span.bytes.collapsedText(limit: 256)
  }
}

/// The pictures and clips that a client stores, by the endings of their names (STOR and APPE, RFC 959 section 4.1.3).
struct StoredFiles {
  /// Bytes kept of a command, and commands that are read.
  static let lineLimit = 512
  static let lines = 1024
  private static let pictures: [StaticString] = [".jpg", ".jpeg"]
  private static let clips: [StaticString] = [".mp4", ".avi", ".mkv", ".mov", ".264", ".h264", ".265", ".dav", ".asf"]

  private var line: [UInt8] = []
  private var read = 0

  var isOver: Bool { read >= Self.lines }

  mutating func read(_ bytes: RawSpan, into sink: inout ObservationSink) {
    for index in 0..<bytes.byteCount where !isOver {
      let byte = bytes.u8(index)
      if byte != ASCII.lineFeed {
        if line.count < Self.lineLimit { line.append(byte) }
        continue
      }
      read += 1
      let command = line
      line.removeAll(keepingCapacity: true)
      unsafe judge(command.span.bytes.trimmed, into: &sink)
    }
  }

  private func judge(_ command: RawSpan, into sink: inout ObservationSink) {
    guard command.startsIgnoringCase("stor ") || command.startsIgnoringCase("appe ") else { return }
    func ends(_ suffix: StaticString) -> Bool { command.startsIgnoringCase(suffix, at: command.byteCount - suffix.utf8CodeUnitCount) }
    let key = FNV1a.hash(command.array)
    if Self.pictures.contains(where: ends) {
      sink.item(.storedPicture, "pictures", key: key)
    } else if Self.clips.contains(where: ends) {
      sink.item(.storedClip, "clips", key: key)
    }
  }
}
