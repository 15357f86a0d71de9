import ChainMessages
import Crypto
import Foundation
import HTTPTypes
import SwiftASN1
import Testing
import X509

@testable import Central

@Suite struct EnrolmentTests {
  private func request(_ key: P256.Signing.PrivateKey = .init()) throws -> String {
    try CertificateSigningRequest(
      version: .v1, subject: DistinguishedName { CommonName("whatever it says") }, privateKey: .init(key), attributes: .init()
    ).serializeAsPEM().pemString
  }

  private func code(_ harness: CentralHarness, count: Int = 1, seconds: Int = 3600) throws -> String {
    try PostgresConnection(harness.address, role: CentralRole.registry).transaction {
      try Registry.addCode(tenant: "alpha", site: "paris", count: count, seconds: seconds, by: "test", $0).code
    }
  }

  private func enrol(_ harness: CentralHarness, _ code: String, _ request: String) async throws -> CentralHarness.Answer {
    let body = String(decoding: try JSONEncoder().encode(["code": code, "request": request]), as: UTF8.self)
    return try await harness.ask(.post, "/gateway/1/enrol", body: body)
  }

  @Test func aCodeGivesOneCertificateForClients() async throws {
    let harness = try CentralHarness()
    let code = try code(harness)
    let answer = try await enrol(harness, code.lowercased().replacing("-", with: " "), try request())
    #expect(answer.status == 200)
    let given = try JSONDecoder().decode(Enrolment.self, from: Data(answer.body.utf8))
    #expect((given.tenant, given.site) == ("alpha", "paris"))
    #expect(given.central == "https://central.example")
    let certificate = try X509.Certificate(pemEncoded: given.certificate)
    #expect(GatewayName(der: try certificate.serializeAsPEM().derBytes)?.gateway == given.gateway)
    #expect(GatewayName(der: try certificate.serializeAsPEM().derBytes)?.tenant == "alpha")
    #expect(try certificate.extensions.extendedKeyUsage?.contains(.clientAuth) == true)
    #expect(try certificate.extensions.extendedKeyUsage?.contains(.serverAuth) == false)
    #expect(certificate.notValidAfter.timeIntervalSinceNow < 90 * 86_400 + 60)
    let authority = try X509.Certificate(pemEncoded: given.ca)
    #expect(authority.publicKey.isValidSignature(certificate.signature, for: certificate))
    // Another box finds the code used.
    #expect(try await enrol(harness, code, try request()).status == 403)
  }

  @Test func aBoxThatLostTheAnswerAsksAgain() async throws {
    let harness = try CentralHarness()
    let (code, request) = (try code(harness), try request())
    let first = try JSONDecoder().decode(Enrolment.self, from: Data(try await enrol(harness, code, request).body.utf8))
    let second = try JSONDecoder().decode(Enrolment.self, from: Data(try await enrol(harness, code, request).body.utf8))
    #expect(first.gateway == second.gateway)
    try PostgresConnection(harness.address, role: CentralRole.registry).transaction { try Registry.revoke(first.gateway, by: "test", $0) }
    #expect(try await enrol(harness, code, request).status == 403)
  }

  @Test func aSitesCodeCounts() async throws {
    let harness = try CentralHarness()
    let code = try code(harness, count: 2)
    var statuses: [Int] = []
    for _ in 0..<3 { statuses.append(try await enrol(harness, code, try request()).status) }
    #expect(statuses == [200, 200, 403])
  }

  @Test func whatIsWrongUsesUpNoCode() async throws {
    let harness = try CentralHarness()
    let code = try code(harness)
    // A request whose signature is another key's.
    var foreign = Array(try request())
    let place = foreign.count - 60
    foreign[place] = foreign[place] == "A" ? "B" : "A"
    for wrong in ["", "no request", String(foreign), String(repeating: "x", count: 20_000)] {
      #expect([400, 413].contains(try await enrol(harness, code, wrong).status))
    }
    #expect(try await harness.ask(.post, "/gateway/1/enrol", body: "{").status == 400)
    #expect(try await enrol(harness, "", try request()).status == 400)
    #expect(try await enrol(harness, "AAAAA-AAAAA-AAAAA-AAAAA", try request()).status == 403)
    #expect(try await enrol(harness, code, try request()).status == 200)
  }

  @Test func anOldCodeIsRefused() async throws {
    let harness = try CentralHarness()
    #expect(try await enrol(harness, try code(harness, seconds: -1), try request()).status == 403)
  }

  @Test func renewalNeedsACertificate() async throws {
    let harness = try CentralHarness()
    #expect(try await harness.ask(.post, "/gateway/1/renew", body: "{}").status == 401)
    #expect(try await harness.ask(.post, "/gateway/1/renew", as: "alpha", body: "{}").status == 401)
  }

  @Test func theAuthorityStaysTheSame() throws {
    let harness = try CentralHarness()
    let again = try CertificateAuthority(folder: harness.authority.folder)
    #expect(again.pem.trimmingCharacters(in: .newlines) == harness.authority.pem.trimmingCharacters(in: .newlines))
    let mode = try FileManager.default.attributesOfItem(atPath: harness.authority.folder + "/ca.key")[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let first = try again.own("central", .server(names: ["a.example"]))
    let pem = try PrivateFile.read(first.certificate)
    #expect(try PrivateFile.read(try again.own("central", .server(names: ["a.example"])).certificate) == pem)
    #expect(try PrivateFile.read(try again.own("central", .server(names: ["b.example"])).certificate) != pem)
  }

  /// openssl is the judge: mosquitto reads the list with it.
  @Test func theListOfRevokedCertificatesIsOne() throws {
    let harness = try CentralHarness()
    let folder = harness.authority.folder
    for serials in [[], ["00ff10", "8000000000000000000000000000000000000001"]] {
      try PrivateFile.write(
        try harness.authority.revocationList(serials.map { ($0, Date()) }), to: folder + "/crl.pem", mode: 0o644)
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/openssl")
      process.arguments = ["crl", "-in", folder + "/crl.pem", "-CAfile", folder + "/ca.pem", "-noout", "-text"]
      let (output, errors) = (Pipe(), Pipe())
      process.standardOutput = output
      process.standardError = errors
      try process.run()
      let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      let verdict = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      #expect(verdict.contains("verify OK"))
      #expect(text.contains("No Revoked Certificates") == serials.isEmpty)
      #expect(serials.isEmpty || text.contains("Serial Number: FF10") && text.contains("8000000000000000000000000000000000000001"))
    }
  }
}
