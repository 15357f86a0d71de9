import Crypto
import Detection
import Foundation
import GRDB
import Hummingbird
import Store
import SwiftASN1
import Testing
import WebDesk
import X509

@testable import Serve

/// The sentence that says whether all is well; and the parts of the page that need no request.
@Suite struct DeskAnswerTests {
  private func answer(_ desk: DeskHarness) async throws -> (state: String, sentence: String) {
    let answer = try await desk.database.perform { try $0.answer() }
    return (answer.state.rawValue, answer.sentence)
  }

  @Test func theAnswerIsOneSentence() async throws {
    let desk = try DeskHarness()
    var said = try await answer(desk)
    #expect(said.state == "not-watching" && said.sentence == "Nobody is watching: the watch has not run yet.")
    try desk.watch()
    said = try await answer(desk)
    #expect(said.state == "clear" && said.sentence.hasPrefix("No undeclared camera. No network had traffic in the last hour"))
    try desk.addDevice("b0:c5:54:00:00:01", name: "printer")
    said = try await answer(desk)
    #expect(said.sentence == "No undeclared camera. 1 network watched in the last hour; 1 device sent something within a day.")
    try desk.watch(rooms: [("Room 1", true), ("Room 2", true)])
    said = try await answer(desk)
    #expect(said.state == "clear" && said.sentence == "No undeclared camera. 2 of 2 rooms watched in the last hour.")
    try desk.watch(rooms: [("Room 1", true), ("Room 2", true), ("Room 3", false)])
    said = try await answer(desk)
    #expect(said.state == "blind")
    #expect(
      said.sentence == "No undeclared camera. 2 of 3 rooms watched in the last hour; 1 is blind: Room 3 has sent nothing yet.")
    try desk.addCase(room: "Room 1")
    said = try await answer(desk)
    #expect(said.state == "cameras" && said.sentence.hasPrefix("1 undeclared camera. 2 of 3 rooms"))
    desk.clock.now = desk.clock.now + .seconds(3600)
    said = try await answer(desk)
    #expect(
      said.state == "not-watching"
        && said.sentence == "Nobody is watching: the last sign of life of the watch came 1 h ago. 1 undeclared camera.")
  }

  @Test func theFirstScreenShowsCasesAndBlindRooms() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    try desk.watch(rooms: [("Room 305", true), ("Room 306", false)])
    let id = try desk.addCase(reason: "streams video by RTSP")
    let body = try await desk.ask(.get, "/", as: boss).body
    #expect(body.contains("id=\"answer\" data-state=\"cameras\"") && body.contains("data-case=\"\(id)\""))
    for action in ["ours", "send", "evidence", "dismiss"] { #expect(body.contains("data-action=\"\(action)\"")) }
    #expect(body.contains("streams video by RTSP") && body.contains("data-room=\"Room 306\"") && body.contains("Hotel Aurora"))
    #expect(try await desk.ask(.get, "/cases/\(id)/evidence", as: boss).body.contains("lenscap evidence \(id) -o"))
  }

  @Test func floors() {
    #expect(
      Pages.floor(of: "Room 305") == 3 && Pages.floor(of: "1204") == 12 && Pages.floor(of: "Lobby") == nil
        && Pages.floor(of: "Room 7") == nil)
  }

  @Test func trafficIsAPicture() async throws {
    let desk = try DeskHarness()
    let boss = try await desk.person("boss", .manager)
    try desk.watch()
    let id = try desk.addCase()
    #expect(try await !desk.ask(.get, "/", as: boss).body.contains("<svg"), "nothing was counted yet")
    let slot: Int64 = 300_000_000_000
    let last = desk.clock.now.nanoseconds / slot * slot
    try await desk.rawLog().write { db in
      for (before, up, down) in [(2000, 9_000_000, 1), (2, 750_000, 37_500), (0, 7_500_000, 0)] as [(Int64, Int, Int)] {
        try db.execute(
          sql: "INSERT INTO traffic VALUES ('mac:b0:c5:54:25:5b:0e', ?, ?, ?)", arguments: [last - before * slot, up, down])
      }
    }
    let first = try await desk.ask(.get, "/", as: boss).body
    #expect(first.contains("role=\"img\" aria-label=\"Traffic over time\"") && first.contains("<path class=\"up\""))
    #expect(first.contains("Upwards what it sends, at most 200.0 kbit/s; downwards what it receives, at most 1.0 kbit/s."))
    #expect(first.contains("in steps of 5 min"))
    // All of it: a week in fewer, wider bars.
    let one = try await desk.ask(.get, "/cases/\(id)", as: boss).body
    #expect(one.contains("in steps of 1 h 45 min") && !one.contains("at most 200.0 kbit/s"))
  }

  // MARK: The certificate

  @Test func theBoxMakesItsOwnCertificate() throws {
    let databases = try Databases()
    let clock = DeskHarness.Moment()
    let source = DeskCertificate.Source.own(folder: databases.folder, names: ["desk.example", "192.0.2.1", "::1"])
    let first = try DeskCertificate(source, clock: { clock.now })
    func read() throws -> (certificate: Certificate, key: String) {
      (
        try Certificate(pemEncoded: String(contentsOfFile: databases.folder + "/dashboard.pem", encoding: .utf8)),
        try String(contentsOfFile: databases.folder + "/dashboard.key", encoding: .utf8)
      )
    }
    let made = try read()
    let names = try #require(try made.certificate.extensions.subjectAlternativeNames)
    #expect(names.contains(.dnsName("desk.example")) && names.count == 3)
    let mode = try FileManager.default.attributesOfItem(atPath: databases.folder + "/dashboard.key")[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(first.fingerprint.split(separator: ":").count == 32)
    #expect(try DeskCertificate(source, clock: { clock.now }).fingerprint == first.fingerprint)
    clock.now = clock.now + .seconds(366 * 86_400)
    #expect(try !first.refresh())
    clock.now = clock.now + .seconds(10 * 86_400)
    let former = first.fingerprint
    #expect(try first.refresh() && first.fingerprint != former)
    #expect(try read().key == made.key && Timestamp(read().certificate.notValidAfter) > clock.now + .seconds(390 * 86_400))
  }

  @Test func wrongCertificatesAreNamed() throws {
    let databases = try Databases()
    _ = try DeskCertificate(.own(folder: databases.folder, names: ["a.example"]), clock: { at(0) })
    let (good, key) = (databases.folder + "/dashboard.pem", databases.folder + "/dashboard.key")
    func problem(_ certificate: String, _ key: String) -> String? {
      do { _ = try DeskCertificate(.given(certificate: certificate, key: key), clock: { at(0) }) } catch { return "\(error)" }
      return nil
    }
    #expect(problem(good, key) == nil)
    #expect(problem("/nowhere.pem", key) == "/nowhere.pem: no such file")
    #expect(problem(good, good)?.contains("has no private key") == true)
    #expect(problem(key, key)?.contains("certificate") == true)
    let other = databases.folder + "/other.key"
    try P256.Signing.PrivateKey().pemRepresentation.write(toFile: other, atomically: true, encoding: .utf8)
    #expect(problem(good, other) == "\(other): is not the key of \(good)")
  }

  // MARK: Guessing

  @Test func throttle() {
    var throttle = SignInThrottle()
    for attempt in 0..<100_000 {
      throttle.failed(account: "a\(attempt % 50)", address: "192.0.2.\(attempt % 3)", at: at(0))
    }
    #expect(throttle.wait(account: "a1", address: "192.0.2.1", at: at(0)).map { (1...60).contains($0) } == true)
    #expect(throttle.wait(account: "a1", address: "198.51.100.1", at: at(0)) == nil)
    #expect(throttle.delay(account: "a1", at: at(0)) == .seconds(2) && throttle.delay(account: "new", at: at(0)) == .zero)
    #expect(throttle.wait(account: "a1", address: "192.0.2.1", at: at(61)) == nil)
    for attempt in 0..<10_100 { throttle.failed(account: "x", address: "2001:db8:\(attempt)::/64", at: at(0)) }
    #expect(throttle.wait(account: "a1", address: "198.51.100.1", at: at(0)) == nil)
  }
}
