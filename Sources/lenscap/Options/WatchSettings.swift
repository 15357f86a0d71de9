import ConfigurationFiles
import Detection
import Releases
import SignatureFiles
import Store
import Watch
import YAMLReading

/// What `watch` does: its options, beyond them the configuration, beyond that the defaults.
struct WatchSettings: Sendable {
  /// Where they come from. It can be loaded again while the watch runs.
  struct Source: Sendable {
    /// The configuration that `--config` names.
    var config: String?
    var options: WatchOverrides

    /// Reads the configuration, and all files that it or the options name.
    func load() throws(ConfigurationError) -> WatchSettings {
      let configuration = try Configuration.find(config)
      var settings = configuration.settings
      settings.apply(options)
      if let problem = settings.contradiction(prefix: "--") {
        throw ConfigurationError(.contradiction, [FileProblem(file: "lenscap", message: problem.message)])
      }
      try settings.loadLists()
      return WatchSettings(file: configuration.file, settings: settings, signatures: try settings.watch.loadSignatures())
    }
  }

  /// The configuration's file; nil if there is none.
  let file: String?
  /// The lists are in it.
  let settings: Settings
  let engine: EngineConfiguration
  let retention: Retention

  /// What central may give, with the key of its releases.
  let central: CentralOptions

  private init(file: String?, settings: Settings, signatures: SignatureSet) {
    (self.file, self.settings) = (file, settings)
    var (declared, site) = (DeclaredDevices(), Site())
    if case .here(let known) = settings.known { declared = known }
    if case .here(let rooms) = settings.rooms { site = rooms }
    engine = EngineConfiguration(signatures: signatures, declared: declared, lan: settings.watch.lan, site: site)
    retention = Retention(settings.retention, hasUplink: settings.uplink != nil)
    central = CentralOptions(settings)
  }

  /// Keys that differ from an earlier state and that take effect only when the watch starts again.
  func changesThatNeedARestart(since old: WatchSettings) -> [String] {
    let (a, b) = (settings.watch, old.settings.watch)
    let changes: [(String, Bool)] = [
      ("interfaces", settings.interfaces != old.settings.interfaces), ("database", a.database != b.database),
      ("filter", a.filter != b.filter),
      ("format", a.format != b.format), ("write", a.write != b.write), ("snap-length", a.snapLength != b.snapLength),
      ("buffer", a.buffer != b.buffer), ("monitor", a.monitor != b.monitor), ("user", a.user != b.user),
      ("no-promiscuous-mode", a.noPromiscuousMode != b.noPromiscuousMode), ("utc", a.utc != b.utc), ("digest", a.digest != b.digest),
      ("sensor-name", a.sensorName != b.sensorName), ("headers-only", a.headersOnly != b.headersOnly),
      ("evidence", a.evidence != b.evidence),
      ("property.time_zone", settings.property.timeZone != old.settings.property.timeZone),
      ("serve.database", settings.serve.database != old.settings.serve.database),
    ]
    return changes.filter(\.1).map(\.0)
  }
}

extension WatchKeys {
  /// Signatures of the folder that is named, or that is found.
  func loadSignatures() throws(ConfigurationError) -> SignatureSet {
    do {
      return try SignatureFiles.loadSignatures(SignatureFolder.find(signatures))
    } catch {
      throw ConfigurationError(.wrong, error.problems)
    }
  }
}

extension CentralOptions {
  fileprivate init(_ settings: Settings) {
    self.init()
    guard let uplink = settings.uplink else { return }
    givesEvidence = uplink.givesEvidence
    takes = Set(uplink.accept.compactMap { CentralPart(rawValue: $0.rawValue) })
    if let path = uplink.releaseKey {
      do throws(ReleaseProblem) { key = try ReleaseKey(file: path) } catch { keyProblem = "uplink.release_key: \(path): \(error)" }
    }
    compile = { [watch = settings.watch] archive, isNew in
      let overlay = SignatureOverlay(archive.files.map { ($0.name, $0.bytes) })
      let folder = try SignatureFolder.find(watch.signatures)
      if isNew { try overlay.check(over: folder) }
      return try overlay.load(over: folder)
    }
  }
}

extension Retention {
  /// - Parameter hasUplink: true to keep the event log until central has had it.
  init(_ settings: RetentionSettings, hasUplink: Bool = false) {
    self.init()
    released = hasUplink ? 0 : nil
    devices = settings.devices ?? devices
    alerts = settings.alerts ?? alerts
    guests = settings.guests ?? guests
    rooms = settings.rooms
    size = settings.size.map { $0 << 20 } ?? size
  }
}
