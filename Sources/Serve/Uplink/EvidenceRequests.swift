import ChainMessages
import ConfigurationFiles
import Detection
import Documents
import Foundation
import Sinks
import Store

/// Evidence packs that central asks for. Each is ordered as a person would on the page, but without others than the camera, which `watch` sees to;
/// it is brought to central once it is there. Why there is none is said to central as well.
final class EvidenceRequests {
  /// Packs that central gets within an hour. `PaperLimits` has room for more, so that people at the property are served, too.
  static let hourly = 6
  /// Requests within an hour that are looked at. Each that is refused leaves a row in the audit log.
  static let looked = 60
  /// Requests that are remembered: those of an hour, and some that wait.
  static let limit = 2 * looked
  static let key = "uplink_evidence"
  private static let firstWait = Duration.seconds(5)
  private static let longestWait = Duration.seconds(600)
  /// A request that is answered and comes again so late, central lost.
  private static let again = Duration.seconds(60)

  struct Request: Codable, Equatable {
    enum State: String, Codable {
      /// `watch` has to make it.
      case ordered
      /// It waits for the way to central.
      case ready
      case refused, failed
    }

    let id: String
    let alert: String
    let asked: Int64
    var state: State
    /// The paper.
    var paper: String?
    var number: Int64?
    var reason: String?
    /// Central has the answer, or wants none any more.
    var answered: Int64?
    var attempts = 0
    var next: Int64 = 0
  }

  /// What to say to central.
  enum Answer: Equatable, Sendable {
    case pack(id: String, file: String, bytes: Int)
    case nothing(id: String, EvidenceAnswer)

    var id: String {
      switch self {
      case .pack(let id, _, _), .nothing(let id, _): id
      }
    }
  }

  private let isAllowed: Bool
  private let store: ServeStore
  private let folder: String
  private(set) var requests: [Request]
  private var underWay: String?

  /// - Parameter watchDatabase: papers lie beside it.
  init(isAllowed: Bool, store: ServeStore, watchDatabase: String) {
    (self.isAllowed, self.store, folder) = (isAllowed, store, watchDatabase + "-papers")
    let text = (try? store.value(Self.key)) ?? nil
    requests = text.flatMap { try? JSONDecoder().decode([Request].self, from: Data($0.utf8)) } ?? []
  }

  /// `watch` is to make some.
  var isWaiting: Bool { requests.contains { $0.state == .ordered } }

  // MARK: Asking

  /// - Returns: lines for the log.
  func take(_ command: CommandMessage, _ log: PropertyStore?, at now: Timestamp) -> [String] {
    if let index = requests.firstIndex(where: { $0.id == command.id }) {
      if let answered = requests[index].answered, now > Timestamp(nanoseconds: answered) + Self.again {
        requests[index].answered = nil
        requests[index].next = now.nanoseconds
        keep()
      }
      return []
    }
    let recent = requests.filter { abs(now.nanoseconds &- $0.asked) < 3_600_000_000_000 }
    guard recent.count < Self.looked else { return ["evidence \(command.id): central asks too often, and is not answered"] }
    // It comes again.
    guard let log else { return ["evidence \(command.id) of central waits: the database of the watch cannot be read"] }
    do throws(StoreError) {
      guard isAllowed else { return try refuse(command, "uplink.evidence is false", at: now) }
      guard let alert = command.alert else { return try refuse(command, "it names no alert", at: now) }
      guard recent.count(where: { $0.state != .refused }) < Self.hourly else {
        return try refuse(command, "more than \(Self.hourly) packs in an hour", at: now)
      }
      guard try store.firstSent(alert) != nil, try log.isForCentral(alert) else {
        return try refuse(command, "its alert did not go to central, or was withdrawn", at: now)
      }
      let order = OperatorCommand.Paper(.evidence)
      let (number, list) = try store.orderForCentral(
        OperatorCommand(
          .evidence, alert: alert, who: OperatorCommand.central, origin: OperatorCommand.central, argument: order.json, at: now),
        AuditRow(.paperAsked, who: OperatorCommand.central, alert: alert, detail: "evidence zip without others", at: now))
      add(
        Request(id: command.id, alert: alert, asked: now.nanoseconds, state: .ordered, paper: StoredPaper.id(list, number), number: number))
      return ["evidence \(command.id) of alert \(alert): central asks for it, and `watch` makes it"]
    } catch { return ["evidence \(command.id) of central waits: \(error)"] }
  }

  private func refuse(_ command: CommandMessage, _ reason: String, at now: Timestamp) throws(StoreError) -> [String] {
    try store.addAudit(
      AuditRow(.paperRefused, who: OperatorCommand.central, alert: command.alert, detail: "evidence: \(reason)", at: now))
    add(Request(id: command.id, alert: command.alert ?? "", asked: now.nanoseconds, state: .refused, reason: reason))
    return ["evidence \(command.id) of central is refused: \(reason)"]
  }

  private func add(_ request: Request) {
    requests = (requests + [request]).suffix(Self.limit)
    keep()
  }

  // MARK: Following

  /// Looks what `watch` made.
  ///
  /// - Parameter clean: takes names and addresses of others out of a text.
  /// - Returns: lines for the log.
  func follow(_ log: PropertyStore, clean: (String) -> String) throws(StoreError) -> [String] {
    var lines: [String] = []
    for index in requests.indices where requests[index].state == .ordered {
      let request = requests[index]
      guard let id = request.paper, let number = request.number else { continue }
      func fail(_ state: Request.State, _ reason: String) {
        let reason = reason.forPeople(limit: 200)
        (requests[index].state, requests[index].reason) = (state, reason)
        lines.append("evidence \(request.id) of central: \(reason)")
      }
      guard let paper = try log.paper(id) else {
        let list = String(id.prefix { $0 != "-" })
        if try log.lastApplied(of: list) >= number { fail(.refused, "`watch` refused it; its health event says why") }
        continue
      }
      switch paper.paperState {
      case .waiting, .queued, .making: continue
      case .removed: fail(.failed, "it was deleted before central had it")
      case .failed: fail(.failed, clean(paper.problem ?? "it was not made"))
      case .ready where paper.bytes ?? 0 > EvidenceLimits.packBytes:
        fail(.failed, "it has more than \(EvidenceLimits.packBytes >> 20) MiB")
      case .ready where !paper.isForCentral: fail(.refused, "`watch` made another one")
      case .ready: requests[index].state = .ready
      }
    }
    keep()
    return lines
  }

  // MARK: Answering

  /// What to say to central now; nil for nothing. One at a time: `finish` comes before the next.
  func next(_ log: PropertyStore?, at now: Timestamp) throws(StoreError) -> Answer? {
    guard underWay == nil else { return nil }
    for request in requests where request.answered == nil && request.state != .ordered && request.next <= now.nanoseconds {
      if request.state != .ready {
        underWay = request.id
        let state: EvidenceAnswer.State = request.state == .refused ? .refused : .failed
        return .nothing(id: request.id, EvidenceAnswer(state: state, reason: request.reason ?? "there is none"))
      }
      guard let log else { return nil }
      // Somebody may have dismissed it, or had it erased, while it waited.
      guard try log.isForCentral(request.alert), let id = request.paper, let paper = try log.paper(id), paper.paperState == .ready,
        let bytes = paper.bytes
      else {
        change(request.id) { ($0.state, $0.reason) = (.refused, "its alert was withdrawn, or the pack is gone") }
        continue
      }
      underWay = request.id
      return .pack(id: request.id, file: "\(folder)/\(paper.file)", bytes: Int(bytes))
    }
    return nil
  }

  /// - Parameters:
  ///   - status: of HTTP; nil where central could not be reached.
  ///   - problem: why not.
  /// - Returns: lines for the log.
  func finish(_ answer: Answer, status: Int?, problem: String?, at now: Timestamp) -> [String] {
    underWay = nil
    guard let request = requests.first(where: { $0.id == answer.id }) else { return [] }
    let isPack = if case .pack = answer { true } else { false }
    switch status {
    case .some(200..<300):
      change(request.id) { $0.answered = now.nanoseconds }
      guard isPack else { return [] }
      let row = AuditRow(
        .paperTaken, who: OperatorCommand.central, alert: request.alert, detail: "evidence zip without others", at: now)
      do throws(StoreError) { try store.addAudit(row) } catch { return ["evidence \(request.id): \(error)"] }
      return ["evidence \(request.id) of alert \(request.alert): central has it"]
    case 400, 404, 409, 410, 413, 422:
      // It has it, wants it no more, or will never take it.
      change(request.id) { $0.answered = now.nanoseconds }
      return ["evidence \(request.id): central does not take it (HTTP \(status ?? 0))"]
    default:
      let wait = min(Self.firstWait * (1 << min(request.attempts, 16)), Self.longestWait) * Double.random(in: 0.75...1.25)
      change(request.id) {
        $0.attempts += 1
        $0.next = (now + wait).nanoseconds
        if now.nanoseconds - $0.asked > Int64(EvidenceLimits.life) * 1_000_000_000 { $0.answered = now.nanoseconds }
      }
      return request.attempts == 0
        ? ["evidence \(request.id): central is tried again: \(problem ?? "HTTP \(status ?? 0)")"] : []
    }
  }

  private func change(_ id: String, _ change: (inout Request) -> Void) {
    guard let index = requests.firstIndex(where: { $0.id == id }) else { return }
    change(&requests[index])
    keep()
  }

  private func keep() {
    guard let bytes = try? JSONEncoder().encode(requests) else { return }
    try? store.set(Self.key, to: String(decoding: bytes, as: UTF8.self))
  }
}

extension ServeStore {
  /// Adds a command of central and who gave it, both or neither.
  ///
  /// - Returns: the command's number, and the list that it stands in.
  func orderForCentral(_ command: OperatorCommand, _ row: AuditRow) throws(StoreError) -> (number: Int64, list: String) {
    (try order(row, command), try commandList())
  }
}

extension Uplink {
  static let evidenceCommand = "evidence"
  private static let followInterval = Duration.seconds(1)

  func take(_ command: CommandMessage, at now: Timestamp) {
    guard command.command == Self.evidenceCommand else {
      return remark("uplink: central's command “\(command.command.forPeople(limit: 64))” is not known to this version, and is ignored")
    }
    guard identity.central != nil else {
      return remark("uplink: central asks for evidence, but nobody knows where it is: enrol the box again")
    }
    for text in evidence.take(command, watch.store, at: now) { remark("uplink: \(text)") }
  }

  /// Follows what `watch` makes, and answers central.
  func attendEvidence(at now: Timestamp) throws(StoreError) {
    if evidence.isWaiting, now >= nextEvidence || nextEvidence > now + Self.followInterval, let log = watch.store {
      nextEvidence = now + Self.followInterval
      let names = queue?.filter.names
      let lines = try evidence.follow(log) { AddressRedaction().redacted(names?.redacted($0) ?? $0) }
      for text in lines { remark("uplink: \(text)") }
    }
    guard let central = identity.central, let answer = try evidence.next(watch.store, at: now) else { return }
    let https = CentralHTTPS(
      host: Enrolling.host(of: central), ca: settings.ca, certificate: (settings.certificate, settings.key), version: version)
    let url = central + GatewayAddress.evidencePath(answer.id)
    answering = Task {
      var status: Int?
      var problem: String?
      do throws(DeliveryError) {
        switch answer {
        case .pack(_, let file, let bytes): status = try await https.put(file: file, bytes: bytes, to: url).status
        case .nothing(_, let answer): status = try await https.post((try? answer.bytes()) ?? Data(), to: url).status
        }
      } catch { problem = error.reason }
      for text in self.evidence.finish(answer, status: status, problem: problem, at: self.clock()) { self.remark("uplink: \(text)") }
    }
  }
}
