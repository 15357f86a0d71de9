import Detection
import Documents
import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import NIOCore
import Services
import Store
import WebDesk

/// A paper, as JSON.
struct PaperDocument: Encodable, Sendable {
  let id: String
  let kind: String
  @OrNull var alert: String?
  @OrNull var month: String?
  let format: String
  let media: Bool
  let who: String
  let asked: String
  let state: String
  @OrNull var finished: String?
  @OrNull var expires: String?
  @OrNull var bytes: Int64?
  @OrNull var sha256: String?
  /// What went wrong, or is missing in it.
  @OrNull var problem: String?
  /// Where it is, once it is ready.
  let href: String

  init(_ paper: StoredPaper) {
    (id, kind, alert, month, format) = (paper.id, paper.paperKind.rawValue, paper.alert, paper.month, paper.format)
    (media, who, asked, state) = (paper.hasMedia, paper.who, paper.askedTime.rfc3339, paper.paperState.rawValue)
    finished = paper.finishedTime?.rfc3339
    expires = paper.expires?.rfc3339
    (bytes, sha256, problem) = (paper.bytes, paper.sha256, paper.problem)
    href = "/api/1/papers/\(paper.id)/file"
  }
}

/// Packs, reports and certificates that people ask for here. This process can make none: it holds no key, and no packets. It asks `watch` by a
/// command, and hands out the file that appears.
extension DeskDatabase {
  /// Papers of a case that are shown, or certificates.
  static let paperLimit = 50

  /// Who may have it.
  static func right(to paper: StoredPaper) -> Rights {
    var right: Rights = paper.paperKind == .certificate ? .audit : .act
    if paper.hasMedia { right.insert(.media) }
    return right
  }

  static func right(toAskFor kind: StoredPaper.Kind) -> Rights { kind == .certificate ? [.audit, .act] : .act }

  /// Asks for a paper.
  ///
  /// - Parameters:
  ///   - alert: the id of the case; nil for a certificate.
  ///   - isOnce: not if there is one already, or one is made.
  func order(
    _ order: OperatorCommand.Paper, about alert: String?, reason: String?, isOnce: Bool = false, by identity: Identity, from address: String
  ) throws -> StoredPaper {
    var right = Self.right(toAskFor: order.kind)
    if order.hasMedia { right.insert(.media) }
    guard identity.rights.isSuperset(of: right) else { throw WebError.forbidden }
    if order.hasMedia, reason == nil { throw WebError(.badRequest, "reason_missing", Words.reasonMissing) }
    let state = try alert.map { id in
      guard let state = try caseState(id) else { throw WebError.notFound }
      return state
    }
    let action: OperatorCommand.Action =
      switch order.kind {
      case .evidence: .evidence
      case .report: .report
      case .certificate: .certificate
      }
    let isSame = { (paper: StoredPaper) in
      (paper.paperKind, paper.format, paper.month, paper.hasMedia) == (order.kind, order.format, order.month, order.hasMedia)
        && !paper.isForCentral
    }
    // A second tap asks for nothing new.
    let present = try papers(about: state?.alert.id).first { isSame($0) && ($0.paperState.isUnderWay || isOnce && $0.paperState == .ready) }
    if let present { return present }
    let now = clock()
    let command = OperatorCommand(
      action, alert: state?.alert.id, who: identity.name, origin: OperatorCommand.page, note: reason, argument: order.json, at: now)
    let detail = [order.kind.rawValue, order.month, order.format, order.hasMedia ? "with media" : nil].compactMap { $0 }
    let row = AuditRow(
      .paperAsked, who: identity.name, role: identity.role, address: address, alert: state?.alert.id, note: reason,
      detail: detail.joined(separator: " "), at: now)
    let number = try store.order(row, command)
    guard let paper = try waitingPapers().last(where: { $0.id.hasSuffix("-\(number)") }) else {
      throw WebError(.serviceUnavailable, "watch_is_late", Words.tooManyPapers, retryAfter: 60)
    }
    return paper
  }

  /// Those of a case, or else the certificates, the latest first.
  func papers(about alert: String?) throws -> [StoredPaper] {
    let waiting = try waitingPapers().filter { $0.alert == alert }.reversed()
    return try Array(waiting) + (log?.papers(about: alert, limit: Self.paperLimit) ?? [])
  }

  /// A paper that this person may have.
  func paper(_ id: String, for identity: Identity) throws -> StoredPaper {
    guard !identity.rights.isDisjoint(with: [.act, .audit]) else { throw WebError.forbidden }
    let found = try log?.paper(id) ?? waitingPapers().first { $0.id == id }
    guard let found else { throw WebError.notFound }
    guard identity.rights.isSuperset(of: Self.right(to: found)) else { throw WebError.forbidden }
    return found
  }

  /// Those of which `watch` has not read the command.
  private func waitingPapers() throws -> [StoredPaper] {
    let (list, applied) = (try store.commandList(), try log.map { try self.applied($0) } ?? 0)
    return try store.paperCommands(after: applied, limit: Self.paperLimit).compactMap { StoredPaper($0, of: list, state: .waiting) }
  }

  /// Opens the file of a paper, and writes down who took it.
  func take(_ id: String, by identity: Identity, from address: String) throws -> (paper: StoredPaper, file: PaperReader) {
    let paper = try paper(id, for: identity)
    guard paper.paperState == .ready else {
      throw WebError(paper.paperState.isUnderWay ? .conflict : .gone, "not_ready", Words.stateOfPaper(paper))
    }
    // The name is made of what was checked, whatever is stored.
    guard id.wholeMatch(of: /[0-9a-f]{16}-[0-9]{1,19}/) != nil, paper.paperKind.formats.contains(paper.format),
      let file = PaperReader("\(paperFolder)/\(paper.file)")
    else { throw WebError(.gone, "not_ready", Words.paperIsGone) }
    try store.addAudit(
      AuditRow(
        .paperTaken, who: identity.name, role: identity.role, address: address, alert: paper.alert, note: paper.reason,
        detail: [paper.paperKind.rawValue, paper.month, paper.format, paper.hasMedia ? "with media" : nil].compactMap { $0 }
          .joined(separator: " "), at: clock()))
    return (paper, file)
  }
}

extension ServeStore {
  /// Adds the command and who gave it, both or neither.
  ///
  /// - Returns: the number of the command.
  func order(_ row: AuditRow, _ command: OperatorCommand) throws(StoreError) -> Int64 {
    try write { db in
      try command.insert(db)
      var row = row
      row.command = db.lastInsertedRowID
      try row.insert(db)
      return row.command ?? 0
    }
  }

  /// The latest ones after a number that ask for papers, in order.
  func paperCommands(after number: Int64, limit: Int) throws(StoreError) -> [OperatorCommand] {
    try read {
      try OperatorCommand.fetchAll(
        $0,
        sql: """
          SELECT * FROM (
            SELECT * FROM command WHERE number > ? AND action IN ('evidence', 'report', 'certificate') ORDER BY number DESC LIMIT ?
          ) ORDER BY number
          """, arguments: [number, limit])
    }
  }
}

/// The file of a paper, read in pieces on a queue of its own.
actor PaperReader {
  private static let piece = 1 << 16

  private let executor = QueueExecutor(label: "lenscap.paper")
  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  nonisolated let size: Int
  private let descriptor: Int32

  /// Nil if there is no such file, or something else is in its place.
  init?(_ path: String) {
    let opened = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard opened >= 0 else { return nil }
    let end = lseek(opened, 0, SEEK_END)
    guard end >= 0, lseek(opened, 0, SEEK_SET) == 0, FileFacts(path)?.isRegular == true else {
      close(opened)
      return nil
    }
    (descriptor, size) = (opened, Int(end))
  }

  deinit { close(descriptor) }

  /// Nil at the end.
  func next() throws -> ByteBuffer? {
    var bytes = [UInt8](repeating: 0, count: Self.piece)
    let count = unsafe read(descriptor, &bytes, bytes.count)
    guard count >= 0 else { throw SystemError.number(errno) }
    return count == 0 ? nil : ByteBuffer(bytes: bytes[..<count])
  }

  /// Sends it as a file to save, whatever it holds: never as a page of this site.
  nonisolated func response(name: String, type: String) -> Response {
    Response(
      status: .ok,
      headers: [
        .contentType: type, .contentDisposition: "attachment; filename=\"\(name)\"", .cacheControl: "no-store",
      ],
      body: ResponseBody(contentLength: size) { writer in
        while let piece = try await self.next() { try await writer.write(piece) }
        try await writer.finish(nil)
      })
  }
}

extension StoredPaper {
  /// `evidence-3f2a9c01.zip`
  var downloadName: String { "\(paperKind.rawValue)-\(month ?? String((alert ?? "").prefix(8))).\(format)" }

  var mediaType: String {
    switch format {
    case "zip": "application/zip"
    case "pdf": "application/pdf"
    default: "text/html; charset=utf-8"
    }
  }
}
