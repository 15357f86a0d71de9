import ConfigurationFiles
import Detection
import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Services
import Sinks
import Store
import Synchronization
import WebDesk

@testable import Serve

/// The whole page without a network: requests go through every middleware and route, to databases of their own.
final class DeskHarness: Sendable {
  struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let body: String

    var json: JSONValue? { try? JSONValue(Data(body.utf8)) }
    var items: [JSONValue] { json?["items"]?.array ?? [] }
  }

  /// A browser with its cookies.
  final class Browser: Sendable {
    let cookies = Mutex<[String: String]>([:])

    var secret: String? {
      get { cookies.withLock { $0.values.first } }
      set { cookies.withLock { $0 = newValue.map { ["__Host-lenscap": $0] } ?? [:] } }
    }

    var formToken: String { secret.map(OneTimeSecret.formToken) ?? "" }
  }

  static let host = "desk.example"
  static let password = "correct horse battery"

  let databases: Databases
  let database: DeskDatabase
  /// Methods and paths, as `GET /api/1/alerts/{id}`.
  let routes: [String]
  let clock = Moment()
  private let responder: RouterResponder<DeskContext>

  init(twoPeople: Bool = false, databases: Databases? = nil, _ change: (inout DashboardSettings) -> Void = { _ in }) throws {
    self.databases = try databases ?? Databases()
    var settings = Settings()
    settings.property.name = "Hotel Aurora"
    settings.property.timeZone = "Europe/Lisbon"
    settings.serve.publicURL = "https://\(Self.host)"
    var dashboard = DashboardSettings()
    dashboard.twoPeople = twoPeople
    change(&dashboard)
    settings.dashboard = dashboard
    let moment = clock
    let options = ServeOptions(
      settings: settings, watchDatabase: self.databases.log.path, serveDatabase: self.databases.own.path,
      listen: ListenAddress("127.0.0.1:0")!, version: "1", makeSink: { _ in throw CancellationError() }, remark: { _ in },
      clock: { moment.now })
    let desk = try Desk(dashboard, options, store: self.databases.own) {}
    database = DeskDatabase(store: self.databases.own, watchDatabase: self.databases.log.path, clock: { moment.now })
    let router = desk.router(database, EventHub(database: database), nil)
    routes = router.routes.map { "\($0.method.rawValue) \($0.path)" }
    responder = router.buildResponder()
  }

  /// A clock that stands until it is set.
  final class Moment: Sendable {
    private let time = Mutex(at(10_000))
    var now: Timestamp {
      get { time.withLock { $0 } }
      set { time.withLock { $0 = newValue } }
    }
  }

  func ask(
    _ method: HTTPRequest.Method, _ path: String, as browser: Browser? = nil, host: String = DeskHarness.host,
    from peer: String = "192.0.2.7",
    headers: HTTPFields = [:], body: String = "", saysLength: Bool = true
  ) async throws -> Answer {
    var fields = headers
    if let secret = browser?.secret { fields[.cookie] = "__Host-lenscap=\(secret)" }
    if !body.isEmpty, saysLength { fields[.contentLength] = "\(body.utf8.count)" }
    let head = HTTPRequest(method: method, scheme: "https", authority: host, path: path, headerFields: fields)
    var context = DeskContext(source: .init(channel: EmbeddedChannel(), logger: Logger(label: "test")))
    context.peer = IPAddress(peer)
    context.local = IPAddress("192.0.2.1")
    let request = Request(head: head, body: .init(buffer: ByteBuffer(string: body)))
    let response = try await responder.respond(to: request, context: context)
    let collected = Collected()
    try await response.body.write(Writer(collected: collected))
    if let browser, let cookie = response.headers[.setCookie] {
      let pair = cookie.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      browser.secret = pair.count == 2 && !pair[1].isEmpty ? String(pair[1]) : nil
    }
    return Answer(status: response.status.code, headers: response.headers, body: collected.text.withLock { $0 })
  }

  func form(_ path: String, as browser: Browser, _ fields: [String: String], token: String? = nil, from peer: String = "192.0.2.7")
    async throws -> Answer
  {
    var fields = fields
    fields["csrf"] = token ?? browser.formToken
    let body = fields.map { "\($0.key)=\(Pages.queryEscaped($0.value))" }.joined(separator: "&")
    return try await ask(
      .post, path, as: browser, from: peer, headers: [.contentType: "application/x-www-form-urlencoded"], body: body)
  }

  /// Does something through the API.
  func act(
    _ action: String, on id: String, as browser: Browser, _ fields: [String: String] = [:], version: String? = nil
  ) async throws -> Answer {
    var headers: HTTPFields = [.contentType: "application/json", .formToken: browser.formToken]
    headers[.ifMatch] = version.map { "\"\($0)\"" }
    let body = JSONValue.object(fields.mapValues { .string($0) }).text
    return try await ask(.post, "/api/1/alerts/\(id)/\(action)", as: browser, headers: headers, body: body)
  }

  /// Invites a person, who chooses a password.
  func person(_ name: String, _ role: DeskRole) async throws -> Browser {
    let secret = try databases.own.invite(name, role: role, by: "test", at: clock.now)
    let browser = Browser()
    _ = try await ask(.get, "/invite/\(secret)", as: browser)
    let answer = try await form("/invite/\(secret)", as: browser, ["password": Self.password])
    guard answer.status == 303 else { throw Failure(answer: answer) }
    return browser
  }

  struct Failure: Error { let answer: Answer }

  private final class Collected: Sendable {
    let text = Mutex("")
  }

  private struct Writer: ResponseBodyWriter {
    let collected: Collected
    mutating func write(_ buffer: ByteBuffer) async throws { collected.text.withLock { $0 += String(buffer: buffer) } }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
  }
}

extension DeskHarness {
  /// A case about a camera in a room, as the watch would store it.
  @discardableResult
  func addCase(
    _ id: String = "c0ffee0000000001", mac: String = "b0:c5:54:25:5b:0e", room: String = "Room 305", name: String = "cam",
    reason: String = "streams",
    isPersonal: Bool = false, time: Timestamp? = nil
  ) throws -> String {
    let time = time ?? clock.now - .seconds(60)
    let alert = StoredAlert(
      id: id, kind: "unknown-camera", severity: "high", time: time, device: "mac:\(mac)", verdict: "camera",
      summary: "undeclared camera: \(name)", document: "{}")
    try databases.log.record([AlertRecord(alert)], at: time)
    try addDevice(mac, room: room, name: name, reason: reason, alert: id, role: "camera", verdict: "camera", time: time)
    return id
  }

  func addDevice(
    _ mac: String, room: String? = nil, name: String, reason: String? = nil, alert: String? = nil, role: String = "other",
    verdict: String = "none",
    deviceClass: String = "embedded", time: Timestamp? = nil
  ) throws {
    let time = (time ?? clock.now).nanoseconds
    let queue = try rawLog()
    try queue.write { db in
      try db.execute(
        sql: """
          INSERT INTO device (id, segment, mac, addresses, hostname, vendor, model, room, role, verdict, confidence, is_declared, first_seen,
            last_seen, packets_sent, bytes_sent, bytes_received, alert, alert_time, alert_verdict, alert_streams, class)
          VALUES (?, 0, ?, '10.0.0.9', ?, ?, ?, ?, ?, ?, 0.9, 0, ?, ?, 10, 1000, 100, ?, ?, ?, 0, ?)
          """,
        arguments: [
          "mac:\(mac)", mac, name, "Acme", name, room, role, verdict, time, time, alert, alert.map { _ in time },
          alert.map { _ in "camera" }, deviceClass,
        ])
      if let reason {
        try db.execute(
          sql: """
            INSERT INTO evidence (device, signature, says, facet, strength, field, value, reason, count, first_seen, packet)
            VALUES (?, 'test', 'camera', 'name', 'strong', 'dns.query', 'x', ?, 1, ?, 1)
            """, arguments: ["mac:\(mac)", reason, time])
      }
    }
  }

  /// The watch runs, and these rooms were watched or not.
  func watch(rooms: [(name: String, isWatched: Bool)] = []) throws {
    let now = clock.now
    try databases.log.write(SignOfLife(time: now, packets: 100, dropped: 0), lastPacket: now)
    try databases.log.setRooms(rooms.map(\.name))
    let hour = Timestamp(nanoseconds: now.nanoseconds / 3_600_000_000_000 * 3_600_000_000_000)
    try databases.log.save(
      rooms.map { RoomHour(room: $0.name, hour: hour, reason: $0.isWatched ? nil : .quiet, lastFrame: $0.isWatched ? now : nil) })
  }
}

extension DeskHarness {
  /// The watch's database, to write what only the watch writes.
  func rawLog() throws -> DatabaseQueue { try DatabaseQueue(path: databases.log.path) }
}
