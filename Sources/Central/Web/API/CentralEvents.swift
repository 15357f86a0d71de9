import Foundation
import ServiceLifecycle
import WebDesk

/// How far a reader has come in what boxes sent and in what people did here.
struct CentralPlace: Sendable, Equatable {
  /// The last event: when it was received, in microseconds since 1970, by which gateway it was sent, and its id there.
  var received: Int64
  var gateway: String
  var uid: String
  /// The last row of the audit log.
  var work: Int64

  init(received: Int64, gateway: String, uid: String, work: Int64) {
    (self.received, self.gateway, self.uid, self.work) = (received, gateway, uid, work)
  }

  /// Programs are to send it as it is.
  var text: String { "\(received)~\(gateway)~\(uid)~\(work)" }

  init?(_ text: String) {
    let parts = text.split(separator: "~", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, let received = Int64(parts[0]), let work = Int64(parts[3]), (0...Int64(1 << 53)).contains(received), work >= 0,
      parts[1].isEmpty || parts[1].isID, parts[2].isEmpty || parts[2].isID
    else { return nil }
    self.init(received: received, gateway: parts[1], uid: parts[2], work: work)
  }
}

/// Tells everybody who has a page open what changed at the properties of their tenant. It looks for news once a second while somebody
/// listens.
actor CentralEvents: Service {
  private static let interval = Duration.seconds(1)
  private static let beat = Duration.seconds(15)
  private static let coverageInterval = Duration.seconds(5)
  static let mostListeners = 256
  /// Of one tenant, so that none keeps the others out.
  static let mostOfTenant = 64
  /// Events that wait for one slow reader. With more, the connection ends, and the browser comes back for what it missed.
  private static let buffer = 512
  /// How often a reader who comes back is given a batch of what it missed.
  private static let rounds = 20

  enum Message: Sendable {
    case event(ServerEvent)
    case beat
  }

  private struct Listener {
    let tenant: String
    let continuation: AsyncStream<Message>.Continuation
  }

  private let reader: PostgresPool
  private var listeners: [Int: Listener] = [:]
  private var number = 0
  private var places: [String: CentralPlace] = [:]
  private var coverage: [String: String] = [:]
  private var nextBeat = ContinuousClock.now
  private var nextCoverage = ContinuousClock.now

  init(reader: PostgresPool) { self.reader = reader }

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while true {
        try await Task.sleep(for: Self.interval)
        await self.look()
      }
    }
    for listener in listeners.values { listener.continuation.finish() }
    listeners = [:]
  }

  /// - Parameter last: what the reader had last; nil to begin with what happens now.
  /// - Returns: nil if there are too many readers.
  func listen(of tenant: String, after last: CentralPlace?) async throws -> (missed: [ServerEvent], news: AsyncStream<Message>)? {
    guard listeners.count < Self.mostListeners, listeners.values.count(where: { $0.tenant == tenant }) < Self.mostOfTenant else {
      return nil
    }
    number += 1
    let (stream, continuation) = AsyncStream.makeStream(of: Message.self, bufferingPolicy: .bufferingOldest(Self.buffer))
    let mine = number
    continuation.onTermination = { _ in Task { await self.leave(mine) } }
    listeners[mine] = Listener(tenant: tenant, continuation: continuation)
    do {
      if places[tenant] == nil {
        // Nobody listened: what happened since is no news.
        let present = try await reader.transaction(tenant: tenant) { try CentralNews.place($0) }
        if places[tenant] == nil { places[tenant] = present }
      }
      var missed: [ServerEvent] = []
      if let last, let present = places[tenant] {
        var place = last
        for _ in 0..<Self.rounds {
          let (from, to) = (place, present)
          let found = try await reader.transaction(tenant: tenant) { try CentralNews.events(after: from, upTo: to, $0) }
          missed += found.events
          place = found.place
          if !found.hasMore { break }
        }
      }
      missed.append(try await reader.transaction(tenant: tenant) { try CentralNews.coverage($0) })
      return (missed, stream)
    } catch {
      leave(mine)
      throw error
    }
  }

  private func leave(_ number: Int) {
    guard let left = listeners.removeValue(forKey: number) else { return }
    left.continuation.finish()
    guard !listeners.values.contains(where: { $0.tenant == left.tenant }) else { return }
    places[left.tenant] = nil
    coverage[left.tenant] = nil
  }

  /// One look at what is new. While the database is not there, nothing is lost: the places stay.
  func look() async {
    guard !listeners.isEmpty else { return }
    let now = ContinuousClock.now
    if now >= nextBeat {
      nextBeat = now + Self.beat
      for listener in listeners.values { listener.continuation.yield(.beat) }
    }
    let isTimeForCoverage = now >= nextCoverage
    if isTimeForCoverage { nextCoverage = now + Self.coverageInterval }
    for (tenant, place) in places {
      if let found = try? await reader.transaction(tenant: tenant, { try CentralNews.events(after: place, upTo: nil, $0) }) {
        if places[tenant] == place { places[tenant] = found.place }
        for event in found.events { send(event, to: tenant) }
      }
      guard isTimeForCoverage, let event = try? await reader.transaction(tenant: tenant, { try CentralNews.coverage($0) }) else { continue }
      let text = String(decoding: event.data, as: UTF8.self)
      if let former = coverage.updateValue(text, forKey: tenant), former != text { send(event, to: tenant) }
    }
  }

  private func send(_ event: ServerEvent, to tenant: String) {
    for (number, listener) in listeners where listener.tenant == tenant {
      if case .dropped = listener.continuation.yield(.event(event)) { leave(number) }
    }
  }
}

/// What happened, in a transaction of a tenant.
enum CentralNews {
  private static let batch = 500

  /// Where whoever begins now begins.
  static func place(_ connection: PostgresConnection) throws -> CentralPlace {
    let last = try connection.run(
      """
      SELECT (extract(epoch FROM received) * 1000000)::bigint AS received, gateway, uid FROM event
      ORDER BY received DESC, gateway DESC, uid DESC LIMIT 1
      """
    ).first
    let work = try connection.run("SELECT coalesce(max(number), 0) AS work FROM audit").first?.integer("work") ?? 0
    guard let last else { return CentralPlace(received: 0, gateway: "", uid: "", work: work) }
    return CentralPlace(received: try last.integer("received"), gateway: try last.text("gateway"), uid: try last.text("uid"), work: work)
  }

  /// What happened after a place: first what boxes sent, then what people did here.
  ///
  /// - Parameter end: nil for up to now.
  static func events(
    after last: CentralPlace, upTo end: CentralPlace?, _ connection: PostgresConnection
  ) throws -> (events: [ServerEvent], place: CentralPlace, hasMore: Bool) {
    var place = last
    var events: [ServerEvent] = []
    let whole: PostgresValue = nil
    let sent = try connection.run(
      """
      SELECT (extract(epoch FROM received) * 1000000)::bigint AS received, gateway, uid, event, alert,
        (as_object(data) || jsonb_build_object('type', 'alert', 'id', coalesce(alert, data ->> 'id'), 'event', event, 'tenant', tenant,
          'site', site, 'gateway', gateway, 'received', rfc3339(received)))::text AS item
      FROM event WHERE (received, gateway, uid) > (timestamptz 'epoch' + $1::bigint * interval '1 microsecond', $2, $3)
        AND ($4::bigint IS NULL OR (received, gateway, uid) <= (timestamptz 'epoch' + $4::bigint * interval '1 microsecond', $5, $6))
      ORDER BY received, gateway, uid LIMIT \(batch)
      """,
      [PostgresValue(place.received), PostgresValue(place.gateway), PostgresValue(place.uid)]
        + (end.map { [PostgresValue($0.received), PostgresValue($0.gateway), PostgresValue($0.uid)] } ?? [whole, whole, whole]))
    for row in sent.rows {
      (place.received, place.gateway, place.uid) = (try row.integer("received"), try row.text("gateway"), try row.text("uid"))
      let isByPerson = ["acknowledged", "dismissed", "declared", "reopened"].contains(try row.textIfAny("event") ?? "")
      events.append(ServerEvent(isByPerson ? .case : .alert, id: place.text, data: Data(try row.text("item").utf8)))
    }
    // Of two who write at once, the later number may be committed first.
    let done = try connection.run(
      """
      SELECT number, gateway, alert FROM audit WHERE number > $1 AND ($2::bigint IS NULL OR number <= $2) AND alert IS NOT NULL
        AND time < clock_timestamp() - interval '1 second' ORDER BY number LIMIT \(batch)
      """, [PostgresValue(place.work), PostgresValue(end?.work)])
    for row in done.rows {
      place.work = try row.integer("number")
      guard let found = try CentralList.alert(try row.text("alert"), gateway: try row.textIfAny("gateway"), connection) else { continue }
      events.append(ServerEvent(.case, id: place.text, data: Data(found.item.utf8)))
    }
    return (events, place, max(sent.count, done.count) == batch)
  }

  /// How many properties there are, and of which kinds.
  static func coverage(_ connection: PostgresConnection) throws -> ServerEvent {
    let figures = try CentralFigures(connection)
    let text =
      #"{"type":"watch-state","properties":\#(figures.properties),"blind":\#(figures.blind),"with_cases":\#(figures.withCases),"#
      + #""open_cases":\#(figures.cases)}"#
    return ServerEvent(.coverage, id: nil, data: Data(text.utf8))
  }
}

/// Over all properties of a tenant.
struct CentralFigures: Sendable, Equatable {
  let properties: Int64
  let blind: Int64
  /// Where a case is open.
  let withCases: Int64
  let cases: Int64

  init(_ connection: PostgresConnection) throws {
    let row = try connection.run(
      """
      SELECT count(*) AS properties, count(*) FILTER (WHERE status = 'blind') AS blind,
        count(*) FILTER (WHERE (item -> 'open_alerts')::integer > 0) AS with_cases,
        coalesce(sum((item -> 'open_alerts')::integer), 0) AS cases
      FROM (\(CentralList.properties.table)) AS list
      """
    ).first
    properties = try row?.integer("properties") ?? 0
    blind = try row?.integer("blind") ?? 0
    withCases = try row?.integer("with_cases") ?? 0
    cases = try row?.integer("cases") ?? 0
  }
}
