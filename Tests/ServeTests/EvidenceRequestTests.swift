import ChainMessages
import Detection
import Foundation
import Testing

@testable import Serve
@testable import Store

/// What a box does when central asks for evidence.
@Suite struct EvidenceRequestTests {
  private static let alert = "c0ffee0000000001"

  private let databases: Databases

  init() throws { databases = try Databases() }

  private func requests(isAllowed: Bool = true) -> EvidenceRequests {
    EvidenceRequests(isAllowed: isAllowed, store: databases.own, watchDatabase: databases.log.path)
  }

  /// An alert that central has.
  private func raise(_ deviceClass: DeviceClass = .embedded, role: Role = .camera, verdict: Verdict = .camera, wasSent: Bool = true) throws
  {
    let device = Device(
      id: DeviceID(segment: .untagged, mac: MACAddress(bits: 0x7CA7_B011_2233), address: .none), addresses: [IPAddress("10.0.0.9")!],
      hostname: "cam", vendor: nil, model: nil, kind: nil, role: role, weighing: Weighing([]), verdict: verdict, isDeclared: false,
      isRouter: false, room: nil, firstSeen: at(0), lastSeen: at(0), packetsSent: 1, bytesSent: 1, bytesReceived: 0, evidence: [],
      streams: [], deviceClass: deviceClass)
    let alert = StoredAlert(
      id: Self.alert, kind: "unknown-camera", severity: "high", time: at(0), device: device.id.description, verdict: "camera",
      summary: "a camera", document: "{}")
    let own = Alert(id: Self.alert, time: at(0), device: device.id, verdict: verdict)
    try databases.log.record([AlertRecord(alert, device: DeviceSnapshot(device: device, alert: own))], at: at(0))
    if wasSent { try databases.own.store(UplinkRow(log: "l"), sent: [Self.alert: 1], mark: nil, isOther: false) }
  }

  private func command(_ id: String = "ev-1", alert: String? = Self.alert) -> CommandMessage {
    CommandMessage(id: id, command: "evidence", alert: alert)
  }

  /// Lets `watch` apply what waits; the refusals.
  private func watch(givesEvidence: Bool = true) throws -> [String] {
    let file = try #require(try CommandFile.open(databases.own.path))
    return try file.commands(after: databases.log.lastApplied(of: file.list)).compactMap {
      try databases.log.apply($0, of: file.list, at: at(5), givesEvidence: givesEvidence)?.reason
    }
  }

  private func make(_ result: PaperResult = .ready(bytes: 3, sha256: "abc", remark: nil)) throws -> StoredPaper {
    let paper = try #require(try databases.log.beginPaper())
    try databases.log.finish(paper.id, result, at: at(6))
    return paper
  }

  private func deeds() throws -> [String] { try databases.own.audit(before: nil, limit: 50).map { "\($0.who) \($0.action)" }.reversed() }

  @Test func aPackIsOrderedMadeAndBrought() throws {
    try raise()
    let requests = requests()
    #expect(requests.take(command(), databases.log, at: at(0)).first?.contains("`watch` makes it") == true)
    #expect(requests.take(command(), databases.log, at: at(1)).isEmpty, "central asks again and again")
    #expect(try requests.follow(databases.log) { $0 }.isEmpty && requests.next(databases.log, at: at(2)) == nil)
    #expect(try watch().isEmpty)
    let paper = try make()
    #expect(paper.isForCentral && !paper.hasMedia && paper.who == "central via central")
    _ = try requests.follow(databases.log) { $0 }
    let answer = try #require(try requests.next(databases.log, at: at(7)))
    #expect(answer == .pack(id: "ev-1", file: "\(databases.log.path)-papers/\(paper.file)", bytes: 3))
    #expect(try requests.next(databases.log, at: at(7)) == nil, "one at a time")
    // The connection is lost, and the box is restarted.
    #expect(requests.finish(answer, status: nil, problem: "cut", at: at(8)).first?.contains("cut") == true)
    #expect(try requests.next(databases.log, at: at(8)) == nil, "not at once")
    let later = self.requests()
    let again = try #require(try later.next(databases.log, at: at(30)))
    #expect(again == answer)
    #expect(later.finish(again, status: 201, problem: nil, at: at(31)).first?.contains("central has it") == true)
    #expect(try later.next(databases.log, at: at(900)) == nil)
    #expect(try deeds() == ["central paper-asked", "central paper-taken"])
  }

  @Test(arguments: [
    (DeviceClass.personal, Role.camera, Verdict.camera, true), (.embedded, .viewer, .camera, true), (.embedded, .camera, .possible, true),
    (.embedded, .camera, .camera, false),
  ]) func onlyAlertsThatWentUp(_ deviceClass: DeviceClass, _ role: Role, _ verdict: Verdict, _ wasSent: Bool) throws {
    try raise(deviceClass, role: role, verdict: verdict, wasSent: wasSent)
    let requests = requests()
    _ = requests.take(command(), databases.log, at: at(0))
    let answer = try requests.next(databases.log, at: at(0))
    #expect(answer == .nothing(id: "ev-1", EvidenceAnswer(state: .refused, reason: "its alert did not go to central, or was withdrawn")))
    #expect(try watch().isEmpty && databases.log.papers(about: Self.alert, limit: 9).isEmpty, "nothing was ordered")
    #expect(try deeds() == ["central paper-refused"])
  }

  @Test func whatSomebodyDismissedStays() throws {
    try raise()
    try databases.log.apply(.dismiss, to: Self.alert, who: nil, note: nil, at: at(0))
    let requests = requests()
    _ = requests.take(command(), databases.log, at: at(0))
    guard case .nothing = try requests.next(databases.log, at: at(0)) else {
      Issue.record("it is given")
      return
    }
  }

  @Test func whatSomebodyDismissesMeanwhileStays() throws {
    try raise()
    let requests = requests()
    _ = requests.take(command(), databases.log, at: at(0))
    _ = try watch()
    _ = try make()
    _ = try requests.follow(databases.log) { $0 }
    try databases.log.apply(.dismiss, to: Self.alert, who: nil, note: nil, at: at(6))
    #expect(try requests.next(databases.log, at: at(7)) == nil)
    guard case .nothing(_, let answer) = try requests.next(databases.log, at: at(8)) else {
      Issue.record("it is given")
      return
    }
    #expect(answer.state == .refused)
  }

  @Test func theSettingRefuses() throws {
    try raise()
    let requests = requests(isAllowed: false)
    #expect(requests.take(command(), databases.log, at: at(0)) == ["evidence ev-1 of central is refused: uplink.evidence is false"])
  }

  /// The watch has a configuration of its own, and believes nobody.
  @Test func theWatchDecides() throws {
    try raise()
    let requests = requests()
    _ = requests.take(command(), databases.log, at: at(0))
    #expect(try watch(givesEvidence: false) == ["central gets no evidence here"])
    _ = try requests.follow(databases.log) { $0 }
    guard case .nothing(_, let answer) = try requests.next(databases.log, at: at(7)) else {
      Issue.record("it is given")
      return
    }
    #expect(answer.state == .refused)
  }

  @Test func noMoreThanSomeInAnHour() throws {
    try raise()
    let requests = requests()
    for number in 1...EvidenceRequests.hourly + 1 { _ = requests.take(command("ev-\(number)"), databases.log, at: at(Double(number))) }
    #expect(requests.requests.filter { $0.state == .ordered }.count == EvidenceRequests.hourly)
    #expect(requests.requests.last?.reason == "more than \(EvidenceRequests.hourly) packs in an hour")
    _ = requests.take(command("ev-late"), databases.log, at: at(3700))
    #expect(requests.requests.last?.state == .ordered)
    // Not even refusals without end.
    for number in 0..<2 * EvidenceRequests.looked { _ = requests.take(command("x-\(number)", alert: nil), databases.log, at: at(3800)) }
    #expect(try deeds().count <= EvidenceRequests.looked + EvidenceRequests.hourly + 1)
  }

  @Test func aFailureIsSaidWithoutOthers() throws {
    try raise()
    let requests = requests()
    _ = requests.take(command(), databases.log, at: at(0))
    _ = try watch()
    _ = try make(.failed("no packets of 192.168.1.77"))
    _ = try requests.follow(databases.log) { $0.replacing("192.168.1.77", with: "[address]") }
    let answer = EvidenceAnswer(state: .failed, reason: "no packets of [address]")
    #expect(try requests.next(databases.log, at: at(7)) == .nothing(id: "ev-1", answer))
  }

  @Test(arguments: [404, 409, 410, 413, 422]) func whatCentralWillNeverTakeIsNotSentAgain(_ status: Int) throws {
    try raise()
    let requests = requests()
    _ = requests.take(command(alert: nil), databases.log, at: at(0))
    let answer = try #require(try requests.next(databases.log, at: at(0)))
    _ = requests.finish(answer, status: status, problem: nil, at: at(1))
    #expect(try requests.next(databases.log, at: at(9000)) == nil)
  }

  @Test func onlyEvidenceWithoutMediaIsForCentral() throws {
    try raise()
    for (action, media) in [
      (OperatorCommand.Action.report, false), (.certificate, false), (.dismiss, false), (.declare, false), (.evidence, true),
    ] {
      let order = OperatorCommand.Paper(.evidence, hasMedia: media)
      try databases.own.add(
        OperatorCommand(
          action, alert: Self.alert, who: "central", origin: "central", note: "why", argument: action == .evidence ? order.json : nil,
          at: at(0)))
      #expect(try watch().count == 1, "\(action)")
    }
    #expect(try databases.log.papers(about: Self.alert, limit: 9).isEmpty)
  }
}
