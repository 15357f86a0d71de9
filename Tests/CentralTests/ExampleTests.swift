import Foundation
import Testing

@testable import Central

/// The examples of the package are what the program itself writes and reads.
@Suite struct ExampleTests {
  private func example(_ name: String) throws -> String {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../packaging/central-examples").standardized
    return try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  @Test func theBrokersFilesAreThoseThatTheCommandWrites() throws {
    #expect(try example("acl") == MosquittoFiles.accessList(central: "lenscap-central"))
    let written = MosquittoFiles.configuration(
      folder: "/etc/mosquitto/lenscap", revocationList: "/var/lib/lenscap-central/crl.pem", port: 8883)
    #expect(try example("mosquitto.conf") == written)
  }

  @Test func theConfigurationIsOne() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../packaging/central-examples/central.yaml")
    let settings = try CentralSettings(file: path.standardized.path)
    #expect(settings.url == "https://central.chain.example:8443")
    #expect(settings.broker.usesTLS)
    #expect(settings.keepDays == 400)
  }

  @Test(arguments: [
    "listen: nowhere", "listen: 1.2.3.4:99999", "url: http://central.example", "keep_days: 0", "broker: {port: 0}", "broker: {tls: maybe}",
    "brokr: {}", "key: /x", "[]", "broker: 5",
    "repository: debian",
  ])
  func whatIsWrongIsSaidWithItsPlace(text: String) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "central-\(UUID().uuidString).yaml").path
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: file) }
    let error = #expect(throws: CentralSettingsError.self) { try CentralSettings(file: file) }
    #expect(error?.description.hasPrefix("\(file):1:") == true)
  }
}
