import Foundation
import Services
import Store

/// What `watch` asks the process that makes papers for, and its answer: one message each on a socket between the two.
public struct PaperJob: Codable, Sendable, Equatable {
  /// Bytes of a message.
  static let messageLimit = 16 << 10

  /// The name of the file that it becomes: the paper's id with its format.
  public let file: String
  public let kind: String
  public let format: String
  public let alert: String?
  public let month: String?
  /// Why the packets are to have pictures; nil for none.
  public let mediaReason: String?
  /// Nothing of others than the camera may be in it.
  public let isForCentral: Bool
  public let who: String
  /// The recording that has them.
  public let recording: String?

  /// - Parameter recording: what `watch` writes; nil if it writes none.
  public init(_ paper: StoredPaper, recording: String?) {
    (file, kind, format, alert, month) = (paper.file, paper.paperKind.rawValue, paper.format, paper.alert, paper.month)
    (who, mediaReason, isForCentral) = (paper.who, paper.hasMedia ? paper.reason ?? "" : nil, paper.isForCentral)
    self.recording = paper.hasMedia ? recording : nil
  }

  /// Whoever took `watch` over may send anything: only what `serve` could ask for, too.
  public var isSound: Bool {
    let name = file.split(separator: ".", omittingEmptySubsequences: false)
    guard let kind = StoredPaper.Kind(rawValue: kind), kind.formats.contains(format), name.count == 2, name[1] == format else {
      return false
    }
    let isNamed = name[0].wholeMatch(of: /[0-9a-f]{16}-[0-9]{1,19}/) != nil
    let isAbout =
      switch kind {
      case .certificate: alert == nil && month?.wholeMatch(of: /[0-9]{4}-[0-9]{2}/) != nil
      case .evidence, .report: month == nil && alert?.wholeMatch(of: /[0-9a-f]{1,64}/) != nil
      }
    return isNamed && isAbout && (mediaReason == nil || kind == .evidence && recording != nil)
      && (!isForCentral || kind == .evidence && mediaReason == nil)
  }
}

/// How making it ended.
public struct PaperAnswer: Codable, Sendable, Equatable {
  public var bytes: Int64?
  public var sha256: String?
  /// What went wrong; with a check sum, what is missing.
  public var problem: String?

  public init(bytes: Int64? = nil, sha256: String? = nil, problem: String? = nil) {
    (self.bytes, self.sha256, self.problem) = (bytes, sha256, problem)
  }

  var result: PaperResult {
    guard let bytes, let sha256, bytes >= 0 else { return .failed(problem ?? "it was not made") }
    return .ready(bytes: bytes, sha256: sha256, remark: problem)
  }
}

/// The folder of papers beside a database. Where a group may read the database, it may fetch papers, too.
public enum PaperFolder {
  public static func path(besideDatabase path: String) -> String { path + "-papers" }

  /// Deletes all files but these, and says how many went.
  @discardableResult
  public static func sweep(_ folder: String, keeping files: Set<String>) -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { unsafe !files.contains($0) && unlink("\(folder)/\($0)") == 0 }.count
  }
}

/// A socket between two processes that sends whole messages (SOCK_SEQPACKET, unix(7)).
public struct MessageSocket: Sendable {
  public let descriptor: Int32

  public init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Two that are connected.
  static func pair() throws(SystemError) -> (own: MessageSocket, other: MessageSocket) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw .number(errno) }
    return (MessageSocket(ends[0]), MessageSocket(ends[1]))
  }

  /// - Returns: false if nobody reads any more.
  @discardableResult
  public func send(_ message: some Encodable) -> Bool {
    guard let data = try? JSONEncoder().encode(message), data.count <= PaperJob.messageLimit else { return false }
    return unsafe data.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) } == data.count
  }

  /// Waits for a message.
  ///
  /// - Returns: nil if the other process has ended, it sent something else, or the time is over.
  public func receive<Message: Decodable>(_ type: Message.Type, within limit: Duration? = nil) -> Message? {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let milliseconds = limit.map { Int32(clamping: $0.components.seconds * 1000) } ?? -1
    var ready: Int32
    repeat { ready = unsafe poll(&waiting, 1, milliseconds) } while ready < 0 && errno == EINTR
    guard ready > 0 else { return nil }
    var buffer = [UInt8](repeating: 0, count: PaperJob.messageLimit)
    let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return nil }
    return try? JSONDecoder().decode(type, from: Data(buffer[..<count]))
  }

  /// The other process has ended, or wants no more.
  public var hasEnded: Bool {
    var waiting = pollfd(fd: descriptor, events: 0, revents: 0)
    return unsafe poll(&waiting, 1, 0) != 0
  }

  /// Wakes whoever waits here, and tells the other process.
  func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
