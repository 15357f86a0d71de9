import ChainMessages
import ConfigurationFiles
import Detection
import Documents
import Foundation
import Releases
import Services
import Sinks

/// What root's `lenscap upgrade` does: takes the request that `serve` wrote, and installs what the operator of the chain signed.
///
/// It believes nothing of `serve`, which talks to the network: the configuration and the keys are root's, and the signature decides. Somebody
/// who took `serve` over can make it look, and no more.
public struct Upgrader {
  /// Where things are; other places in tests.
  public struct Places: Sendable {
    public var configuration = Configuration.standardPath
    public var request = UpgradeFiles.request
    public var state = UpgradeFiles.state

    public init() {}

    /// Beside the configuration: the public half of the GPG key of the repository, armoured or not.
    var repositoryKeys: [String] {
      let folder = (configuration as NSString).deletingLastPathComponent
      return ["asc", "gpg"].map { "\(folder)/repository.\($0)" }
    }
    var result: String { state + "/" + UpgradeFiles.resultName }
    var order: String { state + "/order.json" }
    var apt: String { state + "/apt" }
  }

  private let places: Places
  private let packages: any PackageManager
  private let clock: () -> Timestamp

  public init(_ places: Places, clock: @escaping () -> Timestamp) {
    self.init(places, packages: Apt(folder: places.apt), clock: clock)
  }

  init(_ places: Places, packages: any PackageManager, clock: @escaping () -> Timestamp) {
    (self.places, self.packages, self.clock) = (places, packages, clock)
  }

  /// Takes the request, installs, and writes what came of it.
  ///
  /// - Returns: nil if there is no request.
  /// - Throws: what is wrong before it is known which request it is.
  public func run() throws(UpgradeRefusal) -> UpgradeResult? {
    let lock = try lock()
    defer { close(lock) }
    guard unsafe access(places.request, F_OK) == 0 || errno != ENOENT else { return nil }
    let (settings, request): (UplinkSettings, UpgradeRequest)
    do throws(UpgradeRefusal) {
      // Without a word of the configuration, not a byte of the request is looked at.
      settings = try uplink()
      request = try self.request()
    } catch {
      remove()
      throw error
    }
    remove()
    let result: UpgradeResult
    do throws(UpgradeRefusal) {
      result = self.result(of: request, .applied, try install(request, settings))
    } catch {
      result = self.result(of: request, error.mayPass ? .failed : .refused, error.reason)
    }
    try write(result, to: places.result)
    return result
  }

  /// Says what `run` would do, and changes nothing but the lists of apt.
  ///
  /// - Returns: nil if there is no request.
  public func check() throws(UpgradeRefusal) -> String? {
    let lock = try lock()
    defer { close(lock) }
    let settings = try uplink()
    guard unsafe access(places.request, F_OK) == 0 || errno != ENOENT else { return nil }
    let order = try order(of: try request(), settings)
    guard let installed = try step(order) else { return "lenscap \(order.version) is installed already" }
    let source = try source(order, settings)
    try packages.look(at: source)
    try Self.judge(try packages.changes(installing: "lenscap=\(order.version)"), order)
    return
      "would upgrade lenscap \(installed) to \(order.version) (release \(order.number), sha256 \(order.sha256)) from \(source.address); "
      + "nothing else would be installed or removed"
  }

  /// What came of the last request; nil for none.
  public func last() -> UpgradeResult? {
    (try? RegularFile(places.result).bytes(upTo: UpgradeFiles.limit)).flatMap {
      try? JSONDecoder().decode(UpgradeResult.self, from: Data($0))
    }
  }

  // MARK: What is asked

  private func uplink() throws(UpgradeRefusal) -> UplinkSettings {
    try TrustedFile.check(places.configuration)
    let settings: UplinkSettings?
    do { settings = try Configuration.read(places.configuration).settings.uplink } catch { throw UpgradeRefusal("\(error)") }
    guard let settings, settings.accept.contains(.software) else {
      throw UpgradeRefusal("\(places.configuration): uplink.accept does not name software")
    }
    return settings
  }

  private func request() throws(UpgradeRefusal) -> UpgradeRequest {
    let bytes: [UInt8]
    do throws(SystemError) {
      let file = try RegularFile(places.request)
      // Another name of it could be a file that `serve` may not read.
      guard file.names == 1 else { throw SystemError(reason: "it has several names") }
      bytes = try file.bytes(upTo: UpgradeFiles.limit)
    } catch { throw UpgradeRefusal("\(places.request): \(error.reason)") }
    return try UpgradeRequest(bytes: bytes)
  }

  private func remove() {
    if unsafe unlink(places.request) != 0, errno == EISDIR { unsafe rmdir(places.request) }
  }

  private func order(of request: UpgradeRequest, _ settings: UplinkSettings) throws(UpgradeRefusal) -> UpgradeOrder {
    guard let path = settings.releaseKey else { throw UpgradeRefusal("\(places.configuration): there is no uplink.release_key") }
    let bytes = try TrustedFile.bytes(path)
    let key: ReleaseKey
    do { key = try ReleaseKey(pem: String(decoding: bytes, as: UTF8.self)) } catch {
      throw UpgradeRefusal("\(path): it is no Ed25519 key in PEM")
    }
    return try UpgradeOrder(request.message, signedBy: key)
  }

  /// - Returns: the version that is installed; nil if it is the ordered one.
  /// - Throws: for an order that is no step forward.
  private func step(_ order: UpgradeOrder) throws(UpgradeRefusal) -> String? {
    if let former = formerOrder(), former != order {
      guard order.number > former.number else {
        throw UpgradeRefusal("release \(order.number) is no later one than \(former.number), which was ordered before")
      }
    }
    guard let installed = try packages.installed() else { throw UpgradeRefusal("the package lenscap is not installed") }
    if installed == order.version { return nil }
    guard try packages.isHigher(order.version, than: installed) else {
      throw UpgradeRefusal("version \(order.version) is not higher than \(installed), which is installed")
    }
    return installed
  }

  private func formerOrder() -> UpgradeOrder? {
    (try? RegularFile(places.order).bytes(upTo: UpgradeFiles.limit)).flatMap {
      try? JSONDecoder().decode(UpgradeOrder.self, from: Data($0))
    }
  }

  // MARK: What is done

  private func install(_ request: UpgradeRequest, _ settings: UplinkSettings) throws(UpgradeRefusal) -> String {
    let order = try order(of: request, settings)
    try packages.mend()
    guard let installed = try step(order) else {
      try write(order, to: places.order)
      return "lenscap \(order.version) is installed"
    }
    try packages.look(at: try source(order, settings))
    try Self.judge(try packages.changes(installing: "lenscap=\(order.version)"), order)
    let file = try packages.fetch("lenscap=\(order.version)")
    let sha256 = try packages.sha256(of: file)
    guard sha256 == order.sha256 else {
      throw UpgradeRefusal("the package in the repository has the sha256 \(sha256), not the signed one")
    }
    // What is in the file decides, whatever the list of the repository said of it.
    try Self.judge(try packages.changes(installing: file), order)
    try write(order, to: places.order)
    try packages.install(file)
    guard try packages.installed() == order.version else {
      throw UpgradeRefusal("after apt, lenscap is \(try packages.installed() ?? "not installed")", mayPass: true)
    }
    packages.clean()
    return "lenscap \(installed) became \(order.version)"
  }

  /// Nothing but the one package, in the ordered version.
  static func judge(_ changes: [PackageChange], _ order: UpgradeOrder) throws(UpgradeRefusal) {
    let others = changes.filter { $0.name != UpgradeOrder.package || $0.action == .remove }
    guard others.isEmpty else {
      let names = others.map { "\($0.action.rawValue) \($0.name)" }.sorted().prefix(8).joined(separator: ", ")
      throw UpgradeRefusal("it would also \(names)")
    }
    guard changes.contains(PackageChange(.install, UpgradeOrder.package, version: order.version)),
      changes.allSatisfy({ $0.version == order.version })
    else { throw UpgradeRefusal("apt would not install lenscap \(order.version)") }
  }

  private func source(_ order: UpgradeOrder, _ settings: UplinkSettings) throws(UpgradeRefusal) -> PackageSource {
    guard let path = places.repositoryKeys.first(where: { unsafe access($0, F_OK) == 0 }) else {
      throw UpgradeRefusal("\(places.repositoryKeys[0]): there is no key of the repository")
    }
    let key = try TrustedFile.bytes(path)
    return PackageSource(
      address: try order.address(central: GatewayFiles.central(beside: settings.certificate)), key: key,
      isArmoured: path.hasSuffix(".asc"),
      authorities: try settings.ca.map { path throws(UpgradeRefusal) in try GatewayFiles.authorities(path) })
  }

  private func result(of request: UpgradeRequest, _ outcome: UpgradeResult.Outcome, _ text: String) -> UpgradeResult {
    UpgradeResult(
      id: request.message.id, attempt: request.attempt, outcome: outcome, text: String(text.forPeople(limit: 500)), time: clock().rfc3339)
  }

  // MARK: Files

  /// The folder is made, and nobody else works in it.
  private func lock() throws(UpgradeRefusal) -> Int32 {
    if unsafe mkdir(places.state, 0o755) != 0, errno != EEXIST {
      throw UpgradeRefusal(unsafe "\(places.state): \(String(cString: strerror(errno)))")
    }
    try TrustedFile.check(places.state)
    let path = places.state + "/lock"
    let file = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw UpgradeRefusal(unsafe "\(path): \(String(cString: strerror(errno)))") }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      close(file)
      throw UpgradeRefusal("another `lenscap upgrade` runs", mayPass: true)
    }
    return file
  }

  private func write(_ value: some Encodable, to path: String) throws(UpgradeRefusal) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      let draft = path + ".new"
      try (try encoder.encode(value) + Data("\n".utf8)).write(to: URL(filePath: draft))
      guard unsafe chmod(draft, 0o644) == 0, unsafe rename(draft, path) == 0 else { throw SystemError.number(errno) }
    } catch { throw UpgradeRefusal("\(path): it cannot be written", mayPass: true) }
  }
}
