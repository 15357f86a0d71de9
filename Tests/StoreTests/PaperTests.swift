import Detection
import Foundation
import GRDB
import Testing

@testable import Store

/// Papers that the page asks for: what may be asked, what is stored, and how long.
@Suite final class PaperTests {
  private let folder = NSTemporaryDirectory() + "lenscap-\(UUID().uuidString)"
  private let now = Timestamp(seconds: 1_700_001_000, nanoseconds: 0)
  private let store: PropertyStore
  private let alert: String
  private let list = "0123456789abcdef"

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    let engine = try PropertyStoreTests.engine()
    let event = try #require(engine.drain().events.first)
    alert = event.id
    store = try PropertyStore(path: folder + "/lenscap.sqlite")
    try store.record([AlertRecord(PropertyStoreTests.stored(event), device: engine.snapshots().first)], at: .zero)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// As `watch` reads it from the other database.
  private func command(
    _ number: Int64, _ action: String, alert: String?, origin: String = "page", note: String? = nil, argument: String? = nil
  ) throws -> OperatorCommand {
    let queue = try DatabaseQueue()
    return try queue.write { db in
      try db.execute(sql: OperatorCommand.schema)
      try db.execute(
        sql: "INSERT INTO command VALUES (?, 0, ?, ?, 'Maria', ?, ?, ?)", arguments: [number, action, alert, origin, note, argument])
      return try OperatorCommand.fetchOne(db, sql: "SELECT * FROM command")!
    }
  }

  private func order(_ number: Int64, at time: Timestamp? = nil) throws -> CommandRefusal? {
    try store.apply(command(number, "evidence", alert: alert), of: list, at: time ?? now)
  }

  private func make(_ bytes: Int64 = 10, at time: Timestamp) throws {
    let paper = try #require(try store.beginPaper())
    try store.finish(paper.id, .ready(bytes: bytes, sha256: "aa", remark: nil), at: time)
  }

  @Test func aPaperIsMadeAndStandsInTheHistory() throws {
    #expect(try order(3) == nil)
    #expect(try store.papers(about: alert, limit: 9).map(\.paperState) == [.queued])
    let paper = try #require(try store.beginPaper())
    #expect(paper.id == "\(list)-3" && paper.file == "\(list)-3.zip" && paper.who == "Maria via page" && paper.askedTime == now)
    #expect(try store.beginPaper() == nil)
    try store.finish(paper.id, .ready(bytes: 17, sha256: "ab", remark: nil), at: now + .seconds(5))
    let ready = try #require(try store.paper(paper.id))
    #expect(ready.paperState == .ready && ready.bytes == 17 && ready.expires == now + .seconds(5) + PaperLimits.kept)
    let event = try #require(try store.history(of: alert).events.last)
    #expect(event.what == "paper-made" && event.who == "Maria via page" && event.note == "evidence.zip, SHA-256 ab")
    #expect(try store.log(after: 0).isEmpty, "no news for sinks")
  }

  /// What a page that somebody took over could write.
  @Test(
    arguments: [
      ("evidence", "ffffffffffffffff", "page", nil, nil), ("evidence", nil, "page", nil, nil), ("evidence", "../../etc", "page", nil, nil),
      ("evidence", "OK", "link", nil, nil), ("evidence", "OK", "page", nil, #"{"format":"../x"}"#),
      ("evidence", "OK", "page", nil, #"{"media":true}"#), ("report", "OK", "page", "why", #"{"media":true}"#),
      ("evidence", "OK", "page", nil, #"{"month":"2026-11"}"#), ("evidence", "OK", "page", nil, "no JSON"),
      ("certificate", nil, "page", nil, nil), ("certificate", nil, "page", nil, #"{"month":"2026-13"}"#),
      ("certificate", nil, "page", nil, #"{"month":"2026-11/../x"}"#),
      ("certificate", nil, "page", nil, #"{"month":"2026-11","format":"zip"}"#),
    ] as [(String, String?, String, String?, String?)])
  func whatIsNotAllowedIsRefused(action: String, about: String?, origin: String, note: String?, argument: String?) throws {
    let command = try command(1, action, alert: about == "OK" ? alert : about, origin: origin, note: note, argument: argument)
    #expect(try store.apply(command, of: list, at: now) != nil)
    #expect(try store.beginPaper() == nil)
  }

  @Test func certificatesAndMediaAreTaken() throws {
    #expect(
      try store.apply(command(1, "certificate", alert: alert, argument: #"{"month":"2026-11","format":"pdf"}"#), of: list, at: now) == nil)
    let pictures = OperatorCommand.Paper(.evidence, hasMedia: true)
    #expect(try store.apply(command(2, "evidence", alert: alert, note: "order 17", argument: pictures.json), of: list, at: now) == nil)
    let certificate = try #require(try store.papers(about: nil, limit: 9).first)
    #expect(certificate.month == "2026-11" && certificate.file == "\(list)-1.pdf" && certificate.alert == nil)
    let pack = try #require(try store.papers(about: alert, limit: 9).first)
    #expect(pack.hasMedia && pack.reason == "order 17")
    try make(at: now)
    try make(at: now)
    #expect(try store.paper(pack.id)?.expires == now + PaperLimits.keptWithMedia)
  }

  @Test func tooManyAreAnswered() throws {
    for number in 1...Int64(PaperLimits.queue) + 2 { #expect(try order(number) == nil) }
    let papers = try store.papers(about: alert, limit: 50)
    #expect(papers.filter { $0.paperState == .queued }.count == PaperLimits.queue)
    #expect(papers.filter { $0.paperState == .failed && $0.problem?.contains("ask again later") == true }.count == 2)
    for _ in 0..<PaperLimits.queue { try make(at: now) }
    // Those that fail take as long.
    for number in 11..<Int64(11 + PaperLimits.hourly - PaperLimits.queue) {
      #expect(try order(number) == nil)
      let paper = try #require(try store.beginPaper())
      try store.finish(paper.id, .failed("x"), at: now + .seconds(1))
    }
    #expect(try order(100) == nil)
    #expect(try store.papers(about: alert, limit: 1).first?.problem?.contains("within an hour") == true)
    #expect(try order(200, at: now + .seconds(3601)) == nil)
    #expect(try store.papers(about: alert, limit: 1).first?.paperState == .queued)
  }

  @Test func papersGoWhenTheyAreOldOrTooMany() throws {
    #expect(try order(1) == nil)
    try make(at: now)
    #expect(try store.enforcePapers(at: now + PaperLimits.kept - .seconds(1)) == ["\(list)-1.zip"])
    #expect(try store.enforcePapers(at: now + PaperLimits.kept) == [])
    #expect(try store.paper("\(list)-1")?.paperState == .removed)
    for number in Int64(2)...6 {
      #expect(try order(number) == nil)
      try make(Int64(PaperLimits.fileBytes), at: now + .seconds(number))
    }
    #expect(try store.enforcePapers(at: now + .seconds(9)) == Set((3...6).map { "\(list)-\($0).zip" }), "the latest ones")
  }

  @Test func whatTheWatchDidNotFinishFails() throws {
    #expect(try order(1) == nil)
    _ = try store.beginPaper()
    try store.failInterruptedPapers(at: now)
    #expect(try store.paper("\(list)-1")?.paperState == .failed)
  }

  /// With its alert, also while it is made; under a hold it stays.
  @Test func erasingTakesPapersAlong() throws {
    let mac = try #require(MACAddress("00:aa:bb:00:00:01"))
    #expect(try order(1) == nil)
    let paper = try #require(try store.beginPaper())
    try store.apply(.hold, to: alert, who: "x", note: nil, at: now)
    #expect(try store.heldAddresses() == [mac])
    _ = try store.erase(mac, hash: "h", who: "x", isWatched: false, at: now)
    #expect(try store.paper(paper.id) != nil)
    try store.apply(.release, to: alert, who: "x", note: nil, at: now)
    #expect(try store.heldAddresses() == [])
    #expect(try store.erase(mac, hash: "h", who: "x", isWatched: false, at: now).papers == 1)
    try store.finish(paper.id, .ready(bytes: 1, sha256: "a", remark: nil), at: now)
    #expect(try store.paper(paper.id) == nil)
    #expect(try store.enforcePapers(at: now) == [])
  }
}
