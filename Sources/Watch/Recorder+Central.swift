import Detection
import Store

/// What central gave for use, beside the configuration: rooms and signatures.
extension Recorder {
  /// A watch that goes on for so long has started.
  static let lifeInterval = Duration.seconds(60)

  struct Central {
    var rules: [Site.Rule] = []
    /// Nil for the installed ones.
    var signatures: SignatureSet?
    /// The release that they are of; its number is 0 for the installed ones.
    var release: StoredRelease?
  }

  /// Configuration and central together.
  var configuration: EngineConfiguration {
    EngineConfiguration(
      signatures: signaturesInForce, declared: options.declared.joined(with: decisions.declared), lan: options.lan, site: siteInForce)
  }

  /// What the configuration lets central give, for whoever checks it.
  var centralOptions: (CentralOptions, now: Timestamp) { (options.central, options.clock()) }

  var signaturesInForce: SignatureSet { central.signatures ?? options.signatures }
  var siteInForce: Site { options.central.takes.contains(.rooms) ? options.site.joined(with: central.rules) : options.site }

  /// Loads what an earlier run took, as far as the configuration still allows it.
  ///
  /// A release with which the watch cannot start gives way to the one before it.
  ///
  /// - Parameter isStart: true if a crash from here on counts against the release.
  /// - Returns: true if the engine has to know.
  @discardableResult
  func loadCentral(_ store: PropertyStore, isStart: Bool) throws(StoreError) -> Bool {
    let had = !central.rules.isEmpty || central.signatures != nil
    var loaded = Central()
    if options.central.takes.contains(.rooms), let list = try store.centralsRooms() {
      do { loaded.rules = try CentralOptions.rules(list) } catch {
        report(HealthEvent(.configurationRefused, at: now, text: "central's rooms are not used: \(CentralOptions.words(for: error))"))
      }
    }
    if options.central.takes.contains(.signatures) {
      var next = try store.signatureRelease()
      while let release = next {
        guard release.number > 0 else {
          loaded.release = release
          break
        }
        do {
          if release.fails { throw CommandRefusal("the watch did not start with it") }
          if isStart { try store.noteStart(of: release) }
          loaded.signatures = try options.central.signatures(release.signed, release.signature, archive: release.archive, isNew: false).1
          loaded.release = release
          break
        } catch let error as StoreError {
          throw error
        } catch {
          // Without the key nothing is known of it, and nothing is left for ever.
          guard options.central.key != nil else {
            report(HealthEvent(.configurationRefused, at: now, text: "signatures of central are not used: \(options.central.keyProblem)"))
            break
          }
          let reason = CentralOptions.words(for: error)
          next = try store.leave(release, because: reason, at: now)
          let instead = next.map { $0.number == 0 ? "the installed ones" : "release \($0.number)" } ?? "the installed ones"
          report(
            HealthEvent(
              .configurationRefused, at: now,
              text: "signatures of central, release \(release.number), are not used, but \(instead): \(reason)"))
        }
      }
    }
    central = loaded
    if isStart { timers.set(.life, at: now + Self.lifeInterval) }
    return had || !loaded.rules.isEmpty || loaded.signatures != nil
  }

  /// Puts what was applied in force. Of a command that was read twice, something newer may have been applied meanwhile.
  func use(_ prepared: PreparedCommand, in store: PropertyStore) throws(StoreError) {
    let text: String
    switch prepared {
    case .refused: return
    case .rooms(let rules, let id):
      guard try store.centralsRooms()?.id == id else { return }
      central.rules = rules
      text = "central's rooms are in force"
    case .release(let release, let signatures):
      // One that was in force already.
      guard central.release?.id != release.id, try store.signatureRelease()?.id == release.id else { return }
      central.signatures = signatures
      central.release = release
      text =
        release.number == 0
        ? "the installed signatures are in force again" : "signatures of central, release \(release.number), are in force"
      try store.noteStart(of: release)
      timers.set(.life, at: now + Self.lifeInterval)
    }
    channel.send(.reconfigure(configuration))
    sendDecisions()
    try store.setRooms(siteInForce.rooms)
    try store.setSignatures(signaturesInForce.signatures)
    report(HealthEvent(.configurationReloaded, at: now, text: text, isRemark: true))
  }
}
