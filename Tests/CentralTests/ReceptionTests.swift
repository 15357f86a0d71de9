import ChainMessages
import Foundation
import Testing

@testable import Central

/// What becomes of messages: stored once, in order, under the tenant of the registry, and acknowledged.
@Suite struct ReceptionTests {
  private struct Fixture {
    let address: String
    let gateway: Registry.Gateway
    let connection: PostgresConnection
    var reception = Reception()

    init() throws {
      address = try Servers.shared.get().migrated()
      gateway = try enrolled(tenant: "alpha", site: "paris", address)
      connection = try PostgresConnection(address, role: CentralRole.ingest)
    }

    mutating func store(_ messages: BrokerMessage...) throws -> Reception.Outcome { try reception.store(messages, connection) }

    func stored() throws -> [Int64] { try connection.run("SELECT seq FROM event ORDER BY seq").rows.map { try $0.integer("seq") } }

    func text(_ statement: String) throws -> String? { try connection.run(statement).first?.textIfAny("it") }

    var acknowledged: ChainTopic? {
      try? GatewayAddress(tenant: gateway.tenant, site: gateway.site, gateway: gateway.id).topic(.acknowledgement)
    }

    func acknowledgement(_ outcome: Reception.Outcome) -> AckMessage? { acknowledged.flatMap { outcome.acknowledgements[$0] } }
  }

  @Test func eventsAreStoredOnceAndAcknowledgedTogether() throws {
    var it = try Fixture()
    let first = try it.store(eventMessage(it.gateway, 3, prev: 0), eventMessage(it.gateway, 7, prev: 3))
    #expect(first.stored == 2)
    #expect(first.acknowledgements.count == 1)
    #expect(it.acknowledgement(first) == AckMessage(epoch: "e1", seq: 7))
    // The broker and the box may each send again what was stored.
    let second = try it.store(
      eventMessage(it.gateway, 3, prev: 0), eventMessage(it.gateway, 7, prev: 3), eventMessage(it.gateway, 8, prev: 7))
    #expect((second.stored, second.duplicates) == (1, 2))
    #expect(try it.stored() == [3, 7, 8])
  }

  @Test func nothingBehindAHoleIsStoredUntilItIsFilled() throws {
    var it = try Fixture()
    _ = try it.store(eventMessage(it.gateway, 1, prev: 0))
    let hole = try it.store(eventMessage(it.gateway, 3, prev: 2), eventMessage(it.gateway, 4, prev: 3))
    #expect((hole.stored, hole.holes) == (0, 2))
    #expect(it.acknowledgement(hole) == AckMessage(epoch: "e1", seq: 1))
    let filled = try it.store(eventMessage(it.gateway, 2, prev: 1), eventMessage(it.gateway, 3, prev: 2))
    #expect(filled.stored == 2)
    #expect(try it.stored() == [1, 2, 3])
  }

  @Test func anEpochThatBeginsInTheMiddleIsAskedForFromItsBeginning() throws {
    var it = try Fixture()
    let outcome = try it.store(eventMessage(it.gateway, epoch: "e2", 9, prev: 8))
    #expect(it.acknowledgement(outcome) == AckMessage(epoch: "e2", seq: 0))
    #expect(try it.stored().isEmpty)
  }

  @Test func whatABoxHasNoLongerIsWrittenDownAsMissing() throws {
    var it = try Fixture()
    let begin = ContinuousClock.now
    let late = eventMessage(it.gateway, 9, prev: 8)
    for second in 0..<3 {
      let outcome = try it.reception.store([late], it.connection, at: begin + .seconds(second))
      #expect((outcome.stored, outcome.holes) == (0, 1))
    }
    let outcome = try it.reception.store([late], it.connection, at: begin + .seconds(61))
    #expect((outcome.stored, outcome.lost) == (1, 1))
    #expect(try it.text("SELECT missing_after AS it FROM event") == "0")
  }

  @Test func aBoxThatDoesNotNameTheEventBeforeIsBelieved() throws {
    var it = try Fixture()
    let plain = #"{"epoch":"old","seq":5,"uid":"old-5","data":{"id":"A-1","kind":"camera"},"unknown":{"key":[1]}}"#
    #expect(try it.store(message(it.gateway, "event", plain)).stored == 1)
  }

  @Test func theTenantIsTheRegistrysAndNotTheTopics() throws {
    var it = try Fixture()
    let other = Registry.Gateway(id: it.gateway.id, tenant: "beta", site: "paris", isRevoked: false)
    let elsewhere = Registry.Gateway(id: it.gateway.id, tenant: "alpha", site: "rome", isRevoked: false)
    let stranger = Registry.Gateway(id: "gw-0000000000000000", tenant: "alpha", site: "paris", isRevoked: false)
    let outcome = try it.store(eventMessage(other, 1, prev: 0), eventMessage(elsewhere, 1, prev: 0), eventMessage(stranger, 1, prev: 0))
    #expect(outcome.stored == 0)
    #expect(outcome.refused == [it.gateway.id: .elsewhere, stranger.id: .unknown])
    #expect(outcome.acknowledgements.isEmpty)
  }

  @Test func aRevokedGatewayIsRefused() throws {
    var it = try Fixture()
    let gateway = it.gateway
    try PostgresConnection(it.address, role: CentralRole.registry).transaction { try Registry.revoke(gateway.id, by: "test", $0) }
    let outcome = try it.store(eventMessage(gateway, 1, prev: 0), message(gateway, "health", #"{"status":"online","epoch":"e1"}"#))
    #expect(outcome.refused == [gateway.id: .revoked])
    #expect(outcome.acknowledgements.isEmpty)
  }

  static let unreadable = [
    "", "{", "[]", "null", "{}", #"{"epoch":"e1","seq":0,"prev":0,"uid":"u","data":{}}"#,
    #"{"epoch":"e1","seq":-1,"uid":"u","data":{}}"#, #"{"epoch":"e1","seq":2,"prev":2,"uid":"u","data":{}}"#,
    #"{"epoch":"e1","seq":99999999999999999999,"uid":"u","data":{}}"#, #"{"epoch":"e 1","seq":1,"uid":"u","data":{}}"#,
    #"{"epoch":"e1","seq":1,"uid":"","data":{}}"#, #"{"epoch":"e1","seq":1,"uid":"u"}"#, #"{"epoch":"e1","seq":1.5,"uid":"u","data":{}}"#,
    #"{"epoch":"e1","seq":1,"uid":"u","data":[]}"#,
  ]

  @Test(arguments: unreadable) func whatCannotBeReadIsRefused(payload: String) throws {
    var it = try Fixture()
    let outcome = try it.store(message(it.gateway, "event", payload), eventMessage(it.gateway, 1, prev: 0))
    #expect(outcome.stored == 1)
    #expect(outcome.refused == (payload.isEmpty ? [:] : [it.gateway.id: .unreadable]))
  }

  /// PostgreSQL's text and JSON cannot hold some of what JSON can say; one such message must hold up neither its box nor others.
  @Test(arguments: [#""note":"\u0000""#, #""note":"\ud800""#, #""note":\#(String(repeating: "[", count: 7000))"#])
  func whatTheDatabaseRefusesHoldsUpNothing(key: String) throws {
    var it = try Fixture()
    let second = try enrolled(tenant: "beta", site: "rome", it.address)
    let closed = key + (key.hasSuffix("[") ? String(repeating: "]", count: 7000) : "")
    let outcome = try it.store(
      eventMessage(it.gateway, 1, prev: 0), eventMessage(it.gateway, 2, prev: 1, extra: "," + closed),
      eventMessage(it.gateway, 3, prev: 2, alert: "A-2"), eventMessage(second, 1, prev: 0))
    // Whether the message is refused when it is read or by the database, its box is not asked for more than once again.
    #expect(outcome.stored >= 2)
    #expect(try it.text("SELECT count(*) AS it FROM event WHERE tenant = 'beta'") == "1")
  }

  @Test func anEventThatTheDatabaseRefusesKeepsItsPlace() throws {
    var it = try Fixture()
    let outcome = try it.store(
      eventMessage(it.gateway, 1, prev: 0), eventMessage(it.gateway, 2, prev: 1, extra: #","note":"\u0000""#),
      eventMessage(it.gateway, 3, prev: 2))
    #expect(outcome.stored == 3)
    #expect(it.acknowledgement(outcome)?.seq == 3)
    #expect(try it.text("SELECT seq::text AS it FROM event WHERE refused IS NOT NULL AND data IS NULL") == "2")
  }

  @Test func clocksOfBoxesDoNoHarm() throws {
    var it = try Fixture()
    let times = ["1970-01-01T00:00:00Z", "2026-11-25T08:15:30.5+14:00", "9999-12-31T23:59:59Z", "yesterday", "2026-02-31T00:00:00Z", ""]
    for (number, time) in times.enumerated() {
      let document =
        #"{"epoch":"e1","seq":\#(number + 1),"prev":\#(number),"uid":"u","data":{"id":"A-1","kind":"camera","time":"\#(time)"}}"#
      #expect(try it.store(message(it.gateway, "event", document)).stored == 1)
    }
    #expect(try it.text("SELECT count(*) AS it FROM event WHERE received BETWEEN now() - interval '1 minute' AND now()") == "6")
    #expect(try it.text("SELECT count(*) AS it FROM event WHERE time IS NULL") == "3")
    #expect(try it.text("SELECT rfc3339(time) AS it FROM event WHERE seq = 2") == "2026-11-24T18:15:30.500000Z")
  }

  @Test func aWillSaysThatABoxIsGone() throws {
    var it = try Fixture()
    _ = try it.store(
      message(it.gateway, "health", #"{"epoch":"e1","status":"online","time":"2026-11-24T08:15:30Z","version":"1.2.3","pending":4}"#))
    #expect(try it.text("SELECT is_online AS it FROM gateway_state") == "t")
    let heard = try it.text("SELECT heard AS it FROM gateway_state")
    #expect(heard != nil)
    let gone = try it.store(message(it.gateway, "health", #"{"epoch":"e1","status":"offline"}"#))
    #expect(gone.acknowledgements.isEmpty)
    #expect(try it.text("SELECT is_online || ' ' || version || ' ' || pending AS it FROM gateway_state") == "false 1.2.3 4")
    #expect(try it.text("SELECT heard AS it FROM gateway_state") == heard)
  }

  @Test func aBoxThatComesBackLearnsWhatThereIs() throws {
    var it = try Fixture()
    _ = try it.store(eventMessage(it.gateway, 1, prev: 0))
    let known = try it.store(message(it.gateway, "health", #"{"epoch":"e1","status":"online"}"#, isRetained: true))
    #expect(it.acknowledgement(known) == AckMessage(epoch: "e1", seq: 1))
    let replaced = try it.store(message(it.gateway, "health", #"{"epoch":"e2","status":"online"}"#))
    #expect(it.acknowledgement(replaced) == AckMessage(epoch: "e2", seq: 0))
  }

  @Test(arguments: [true, false]) func acknowledgedCasesStaySoUntilTheyAreOpenedAgain(together: Bool) throws {
    var it = try Fixture()
    let steps = [
      ("raised", "new"), ("acknowledged", "acknowledged"), ("changed", "acknowledged"), ("silent", "acknowledged"), ("reopened", "new"),
      ("dismissed", "dismissed"), ("back", "new"), ("nonsense", "new"),
    ]
    var batch: [BrokerMessage] = []
    for (number, step) in steps.enumerated() {
      batch.append(eventMessage(it.gateway, number + 1, prev: number, event: step.0))
      if together, number < 3 { continue }
      _ = try it.reception.store(batch, it.connection)
      batch = []
      #expect(try it.text("SELECT status AS it FROM alert") == step.1, "after \(step.0)")
    }
  }

  @Test func whatIsThePropertysOwnIsTakenBackToo() throws {
    var it = try Fixture()
    _ = try it.store(eventMessage(it.gateway, 1, prev: 0))
    _ = try it.store(eventMessage(it.gateway, 2, prev: 1, event: "declared", device: nil, extra: #","withdrawn":true"#))
    #expect(try it.text("SELECT status || ' ' || (data IS NULL) AS it FROM alert") == "declared true")
    #expect(try it.text("SELECT count(*) AS it FROM device") == "0")
  }

  @Test func epochsOfAGatewayAreBounded() throws {
    var it = try Fixture()
    for number in 0..<(Reception.epochLimit + 10) { _ = try it.store(eventMessage(it.gateway, epoch: "e\(number)", 1, prev: 0)) }
    #expect(try it.text("SELECT count(*) AS it FROM place") == "\(Reception.epochLimit)")
  }

  @Test func whatWasNoCameraIsTakenBack() throws {
    var it = try Fixture()
    _ = try it.store(
      eventMessage(it.gateway, 1, prev: 0), eventMessage(it.gateway, 2, prev: 1, alert: "A-2", device: "aa:bb:cc:00:00:02"))
    #expect(try it.text("SELECT count(*) AS it FROM device") == "2")
    _ = try it.store(eventMessage(it.gateway, 3, prev: 2, event: "cleared"))
    #expect(try it.text("SELECT string_agg(id, ' ') AS it FROM device") == "aa:bb:cc:00:00:02")
    #expect(try it.text("SELECT status || ' ' || coalesce(device, 'none') AS it FROM alert WHERE id = 'A-1'") == "cleared none")
    for table in ["event", "alert", "device"] {
      #expect(try it.text("SELECT count(*) AS it FROM \(table) WHERE data::text LIKE '%00:00:01%'") == "0", "\(table)")
    }
    #expect(try it.stored() == [1, 2, 3])
  }

  /// That a device went silent is an alert of its own, which says as much of it.
  @Test func whatFollowsIsTakenBackToo() throws {
    var it = try Fixture()
    _ = try it.store(
      eventMessage(it.gateway, 1, prev: 0),
      eventMessage(it.gateway, 2, prev: 1, alert: "A-2", event: "silent", extra: #","follows":"A-1""#),
      eventMessage(it.gateway, 3, prev: 2, alert: "A-3", device: "aa:bb:cc:00:00:03"))
    _ = try it.store(eventMessage(it.gateway, 4, prev: 3, event: "dismissed"))
    #expect(
      try it.text("SELECT string_agg(id || ' ' || status, ', ' ORDER BY id) AS it FROM alert") == "A-1 dismissed, A-2 dismissed, A-3 new")
    #expect(try it.text("SELECT string_agg(id, ' ') AS it FROM device") == "aa:bb:cc:00:00:03")
    for table in ["event", "alert", "device"] {
      #expect(try it.text("SELECT count(*) AS it FROM \(table) WHERE data::text LIKE '%00:00:01%'") == "0", "\(table)")
    }
  }

  @Test func aPlaceMovesOnlyToTheNext() throws {
    var place = Place()
    #expect(place.take(5, prev: 0) == .stored)
    #expect(place.take(5, prev: 0) == .duplicate)
    #expect(place.take(4, prev: 0) == .duplicate)
    #expect(place.take(8, prev: 6) == .hole)
    #expect(place.seq == 5)
    #expect(place.take(8, prev: 6, isLost: true) == .stored)
    #expect(place.take(9, prev: nil) == .stored)
  }
}
