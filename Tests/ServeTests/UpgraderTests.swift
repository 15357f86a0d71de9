import ChainMessages
import Detection
import Foundation
import Sinks
import Testing

@testable import Serve

/// What root does with a request of `serve`, which it believes nothing. `Tests/Live/check-upgrade` has the real apt and units.
@Suite final class UpgraderTests {
  /// A machine with lenscap 0.1.0, and a repository.
  private final class Machine: PackageManager {
    var version: String? = "0.1.0"
    var digest = ReleaseSample.sha256
    /// By what is installed: a name and version, or a file.
    var byName = [PackageChange(.install, "lenscap", version: "0.2.0"), PackageChange(.configure, "lenscap", version: "0.2.0")]
    var byFile = [PackageChange(.install, "lenscap", version: "0.2.0"), PackageChange(.configure, "lenscap", version: "0.2.0")]
    var network: UpgradeRefusal?
    var source: PackageSource?
    var deeds: [String] = []

    func mend() {}
    func installed() -> String? { version }
    func isHigher(_ version: String, than other: String) -> Bool { version.compare(other, options: .numeric) == .orderedDescending }
    func look(at source: PackageSource) throws(UpgradeRefusal) {
      self.source = source
      if let network { throw network }
    }
    func changes(installing package: String) -> [PackageChange] { package.contains("=") ? byName : byFile }
    func fetch(_ package: String) -> String {
      deeds.append("fetch \(package)")
      return "/archives/lenscap.deb"
    }
    func sha256(of file: String) -> String { digest }
    func install(_ file: String) {
      deeds.append("install \(file)")
      version = "0.2.0"
    }
    func clean() {}
  }

  private let folder: String
  private let machine = Machine()
  private let release = ReleaseSample()
  private var places = Upgrader.Places()

  init() throws {
    let temporary = FileManager.default.temporaryDirectory.path
    folder = temporary + "/upgrade-\(UUID().uuidString)"
    for part in ["", "/serve", "/uplink"] {
      try FileManager.default.createDirectory(
        atPath: folder + part, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    }
    places.configuration = folder + "/lenscap.yaml"
    places.request = folder + "/serve/upgrade-request.json"
    places.state = folder + "/state"
    try configure()
    try write("release.pem", release.pem)
    try write("repository.asc", "a key of GPG")
    try write("uplink/gateway.json", #"{"gateway":"gw-1","tenant":"t","site":"s","central":"https://central.example:8443"}"#)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws {
    try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
    try #require(chmod(folder + "/" + name, mode) == 0)
  }

  private func configure(accept: String = "[software]", more: String = "release_key: release.pem") throws {
    try write(
      "lenscap.yaml",
      "uplink: {url: \"mqtts://b.example\", certificate: uplink/gateway.pem, key: uplink/gateway.key, accept: \(accept), \(more)}\n")
  }

  private func ask(_ message: ConfigMessage<JSONValue>, attempt: Int = 1) throws {
    let text = try #require(UpgradeRequest(attempt: attempt, message: message).text)
    try text.write(toFile: places.request, atomically: true, encoding: .utf8)
  }

  private func run() throws -> UpgradeResult? { try Upgrader(places, packages: machine, clock: { at(0) }).run() }

  /// The request is refused, nothing is fetched or installed, and it is gone.
  private func expectRefusal(_ reason: String, _ comment: String = "", fetches: Bool = false) {
    let text: String
    do {
      let result = try run()
      text = result?.text ?? "no request"
      #expect(result?.outcome == .refused, "\(comment)\(text)")
    } catch { text = "\(error)" }
    #expect(text.contains(reason), "\(comment)\(text)")
    #expect(!machine.deeds.contains { $0.hasPrefix("install") } && (fetches || machine.deeds.isEmpty), "\(comment)\(machine.deeds)")
    #expect(access(places.request, F_OK) != 0, "\(comment)the request is still there")
  }

  @Test func whatIsSignedIsInstalled() throws {
    #expect(try run() == nil, "no request")
    try ask(try release.order())
    let result = try #require(try run())
    #expect(result.outcome == .applied && result.id == "s-1" && result.attempt == 1 && result.text == "lenscap 0.1.0 became 0.2.0")
    #expect(machine.deeds == ["fetch lenscap=0.2.0", "install /archives/lenscap.deb"])
    #expect(machine.source?.address == "https://central.example:8443/debian" && machine.source?.isArmoured == true)
    #expect(machine.source?.key == Array("a key of GPG".utf8) && machine.source?.authorities == nil)
    #expect(access(places.request, F_OK) != 0)
    let stored = try JSONDecoder().decode(UpgradeResult.self, from: Data(contentsOf: URL(filePath: places.state + "/result.json")))
    #expect(stored == result)
    #expect(try FileManager.default.attributesOfItem(atPath: places.state + "/result.json")[.posixPermissions] as? Int == 0o644)
    // Again, after a power cut before the result was read.
    try ask(try release.order(), attempt: 2)
    #expect(try run()?.outcome == .applied && machine.deeds.count == 2)
  }

  @Test func checkingChangesNothing() throws {
    let upgrader = Upgrader(places, packages: machine, clock: { at(0) })
    #expect(try upgrader.check() == nil)
    try ask(try release.order())
    let text = try #require(try upgrader.check())
    #expect(text.hasPrefix("would upgrade lenscap 0.1.0 to 0.2.0 (release 7, sha256 \(ReleaseSample.sha256)) from https://central.example"))
    #expect(machine.deeds.isEmpty && access(places.request, F_OK) == 0)
    try ask(try ReleaseSample().order())
    #expect(throws: UpgradeRefusal.self) { try upgrader.check() }
    #expect(access(places.request, F_OK) == 0)
  }

  @Test func aPathIsAtCentral() throws {
    try ask(try release.order(ReleaseSample.data(repository: "/debian")))
    #expect(try run()?.outcome == .applied)
    #expect(machine.source?.address == "https://central.example:8443/debian")
  }

  @Test(arguments: ["http://central.example", "https://c.example/x y", "https://c.example\\n[trusted=yes]"])
  func centralsAddressIsChecked(address: String) throws {
    try write("uplink/gateway.json", #"{"gateway":"gw-1","tenant":"t","site":"s","central":"\#(address)"}"#)
    try ask(try release.order(ReleaseSample.data(repository: "/debian")))
    expectRefusal("nobody knows the address of central")
  }

  @Test func serveCannotOrder() throws {
    let message = try release.order()
    var changed = message
    changed.data["sha256"] = .string(String(repeating: "cd", count: 32))
    for wrong in [try ReleaseSample().order(), changed, ConfigMessage(id: "s-1", kind: "software", data: message.data)] {
      try ask(wrong)
      expectRefusal("signature", "\(wrong): ")
    }
    try ask(try release.order(kind: "signatures"))
    expectRefusal("no order of software")
  }

  @Test func aWrongOrderIsRefused() throws {
    for (data, reason) in wrongOrders {
      try ask(try release.order(data))
      expectRefusal(reason, "\(data): ")
    }
  }

  @Test func withoutAWordOfTheConfigurationNothingIsRead() throws {
    for accept in ["[]", "[declared, rooms, signatures]"] {
      try configure(accept: accept)
      try ask(try release.order())
      expectRefusal("uplink.accept does not name software", accept)
    }
    try configure(more: "ca: ca.pem")
    try ask(try release.order())
    expectRefusal("there is no uplink.release_key")
  }

  @Test func whatOthersMayChangeIsNotTrusted() throws {
    for name in ["lenscap.yaml", "release.pem", "repository.asc"] {
      try #require(chmod(folder + "/" + name, 0o666) == 0)
      try ask(try release.order())
      expectRefusal("may be changed by others", name)
      try #require(chmod(folder + "/" + name, 0o644) == 0)
    }
    try configure(more: "release_key: uplink/release.pem")
    try write("uplink/release.pem", release.pem)
    try #require(chmod(folder + "/uplink", 0o775) == 0)
    try ask(try release.order())
    expectRefusal("may be changed by others")
    guard geteuid() == 0 else { return }
    // As `lenscap enroll` leaves the folder: `serve` renews its certificate there.
    try #require(chmod(folder + "/uplink", 0o700) == 0 && chown(folder + "/uplink", 65_534, 65_534) == 0)
    try ask(try release.order())
    expectRefusal("belongs to another user")
  }

  @Test func theRequestIsAFileOfItsOwn() throws {
    let secret = folder + "/shadow"
    try write("shadow", "root:secret")
    try FileManager.default.createSymbolicLink(atPath: places.request, withDestinationPath: secret)
    expectRefusal("upgrade-request.json: ", "a link: ")
    #expect(access(secret, F_OK) == 0, "the link goes, not what it led to")
    try #require(link(secret, places.request) == 0)
    expectRefusal("several names")
    try #require(mkfifo(places.request, 0o600) == 0)
    expectRefusal("no regular file")
    try FileManager.default.createDirectory(atPath: places.request, withIntermediateDirectories: false)
    expectRefusal("no regular file")
    for text in ["", "{}", "[]", "\u{0}", #"{"attempt":1,"message":{"id":"../x","kind":"software","data":{}}}"#] {
      try text.write(toFile: places.request, atomically: true, encoding: .utf8)
      expectRefusal("the request is no order", text)
    }
    try String(repeating: " ", count: UpgradeFiles.limit + 1).write(toFile: places.request, atomically: true, encoding: .utf8)
    expectRefusal("more than")
  }

  @Test func numbersAndVersionsRise() throws {
    try ask(try release.order())
    #expect(try run()?.outcome == .applied)
    machine.deeds = []
    for number in [6, 7] as [Int64] {
      try ask(try release.order("s-2", ReleaseSample.data(number: number, version: "0.3.0")))
      expectRefusal("no later one than 7")
    }
    try ask(try release.order("s-3", ReleaseSample.data(number: 8, version: "0.1.5")))
    expectRefusal("version 0.1.5 is not higher than 0.2.0")
    machine.version = nil
    try ask(try release.order("s-4", ReleaseSample.data(number: 9, version: "0.3.0")))
    expectRefusal("not installed")
  }

  @Test func theFileIsTheSignedOne() throws {
    machine.digest = String(repeating: "cd", count: 32)
    try ask(try release.order())
    expectRefusal("not the signed one", fetches: true)
  }

  @Test func nothingElseIsInstalledOrRemoved() throws {
    let own = machine.byName
    let others: [([PackageChange], String)] = [
      (own + [PackageChange(.install, "netcat", version: "1")], "it would also install netcat"),
      (own + [PackageChange(.remove, "unattended-upgrades")], "it would also remove unattended-upgrades"),
      (own + [PackageChange(.configure, "bash", version: "5")], "it would also configure bash"),
      ([PackageChange(.remove, "lenscap")], "it would also remove lenscap"), ([], "would not install"),
      ([PackageChange(.install, "lenscap", version: "0.3.0")], "would not install"),
    ]
    for (changes, reason) in others {
      machine.byName = changes
      try ask(try release.order())
      expectRefusal(reason)
    }
    machine.byName = own
    for (changes, reason) in others {
      machine.byFile = changes
      try ask(try release.order())
      expectRefusal(reason, "the file: ", fetches: true)
    }
  }

  @Test func whatMayPassIsNoRefusal() throws {
    machine.network = UpgradeRefusal("apt-get: no network", mayPass: true)
    try ask(try release.order())
    #expect(try run()?.outcome == .failed)
    machine.network = nil
    try ask(try release.order(), attempt: 2)
    #expect(try run()?.outcome == .applied, "an attempt that failed uses up no number")
  }

  @Test func onlyCertificatesAreTakenFromWhatServeMayChange() throws {
    let certificate = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
    try configure(more: "release_key: release.pem, ca: uplink/ca.pem")
    try write("uplink/ca.pem", certificate + "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n")
    try ask(try release.order())
    #expect(try run()?.outcome == .applied && machine.source?.authorities == certificate)
    machine.version = "0.1.0"
    try FileManager.default.removeItem(atPath: folder + "/uplink/ca.pem")
    try FileManager.default.createSymbolicLink(atPath: folder + "/uplink/ca.pem", withDestinationPath: folder + "/release.pem")
    machine.deeds = []
    try ask(try release.order())
    expectRefusal("uplink/ca.pem: ")
  }

  @Test func whatAptSaysIsRead() {
    let output = """
      NOTE: This is only a simulation!
      Reading package lists...
      The following packages will be upgraded:
        lenscap
      Remv netcat [1.2]
      Inst lenscap [0.1.0] (0.2.0 Lenscap:stable [amd64])
      Inst libx (1.0-3 Debian:12 [amd64])
      Conf lenscap (0.2.0 Lenscap:stable [amd64])
      """
    #expect(
      Apt.changes(output) == [
        PackageChange(.remove, "netcat"), PackageChange(.install, "lenscap", version: "0.2.0"),
        PackageChange(.install, "libx", version: "1.0-3"), PackageChange(.configure, "lenscap", version: "0.2.0"),
      ])
  }
}
