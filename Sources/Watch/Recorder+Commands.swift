import Detection
import Documents
import Services
import Store

/// What comes from `lenscap serve`, and from a configuration that was read again.
extension Recorder {
  /// Least time between two reports about commands that were refused.
  private static let refusalInterval = Duration.seconds(60)
  /// The same about their file, which somebody may damage and mend over and over.
  private static let troubleInterval = Duration.seconds(3600)

  /// Commands that were refused since the last report.
  struct Refusals {
    var count: UInt64 = 0
    var first = ""
    var next = Timestamp.distantPast
    /// The file of the commands cannot be read, and that was reported.
    var isTroubled = false
    var nextTrouble = Timestamp.distantPast
  }

  // MARK: Commands

  /// The number of the last command of a list that was applied; nil while the database fails.
  func appliedCommands(of list: String, last: Int64) -> Int64? {
    var number: Int64?
    attempt { store throws(StoreError) in number = try store.appliedCommands(of: list, last: last) }
    return number
  }

  /// Applies commands in order.
  ///
  /// - Parameter prepared: by their number, those of central that had to be checked.
  /// - Returns: false if the database fails; the rest must be tried again.
  func apply(_ commands: [OperatorCommand], _ prepared: [Int64: PreparedCommand] = [:], of list: String) -> Bool {
    guard !commands.isEmpty else { return true }
    let isApplied = attempt { store throws(StoreError) in
      for command in commands {
        let checked = command.number.flatMap { prepared[$0] }
        let refusal = try store.apply(
          command, of: list, at: self.options.clock(), takes: self.options.central.takes,
          givesEvidence: self.options.central.givesEvidence, prepared: checked?.part)
        guard let refusal else {
          if let checked { try self.use(checked, in: store) }
          continue
        }
        self.refusals.count += 1
        if self.refusals.count == 1 { self.refusals.first = "number \(command.number ?? 0): \(refusal.reason)" }
      }
      try self.passOnDecisions(of: store)
    }
    nudgeServe()
    paperWakeup.wake()
    return isApplied
  }

  /// Reports commands that were refused, and the file of the commands where it cannot be read.
  ///
  /// - Parameter trouble: nil if the file could be read, or does not exist.
  func reportCommands(_ trouble: StoreError?) {
    let clock = options.clock()
    if trouble == nil { refusals.isTroubled = false }
    if let trouble, !refusals.isTroubled, clock >= refusals.nextTrouble {
      refusals.isTroubled = true
      refusals.nextTrouble = clock + Self.troubleInterval
      let text = "decisions made in `serve` cannot be read: \(options.serveDatabase ?? "") \(Self.words(for: trouble))"
      report(HealthEvent(.commandsUnreadable, at: now, text: text))
    }
    guard refusals.count > 0, clock >= refusals.next else { return }
    let text = "\(plural(Int(clamping: refusals.count), "command") ?? "") of `serve` not applied; \(refusals.first)"
    report(HealthEvent(.commandRefused, at: now, count: refusals.count, text: text))
    refusals.count = 0
    refusals.next = clock + Self.refusalInterval
  }

  /// Without SQLite's messages, which may quote what stands in the file.
  private static func words(for trouble: StoreError) -> String {
    switch trouble {
    case .cannotOpen: "may not be read"
    case .damaged: "is damaged"
    case .foreign: "is no database of `serve`"
    case .busy: "stays locked"
    default: "gives an error"
    }
  }

  // MARK: The uplink

  /// The id of the log, where the configuration has an uplink.
  func logForUplink() -> String? {
    guard options.retention.released != nil else { return nil }
    return (try? store?.logID()) ?? nil
  }

  /// - Parameter number: entries of the event log up to this may be deleted when they are old.
  func setReleased(_ number: Int64) {
    if options.retention.released != nil { options.retention.released = number }
  }

  // MARK: Configuration

  /// Goes on with another configuration.
  func reconfigure(_ reloaded: Reloaded) {
    let configuration = reloaded.configuration
    (options.signatures, options.site, options.lan) = (configuration.signatures, configuration.site, configuration.lan)
    options.retention = reloaded.retention
    options.central = reloaded.central
    // Releases are compiled with the installed signatures, which may be others now.
    if store == nil { central = Central() }
    attempt { store throws(StoreError) in try self.loadCentral(store, isStart: false) }
    // The engine compares what is declared with what was: that change follows as a command of its own.
    channel.send(.reconfigure(self.configuration))
    options.declared = configuration.declared
    sendDecisions()
    attempt { store throws(StoreError) in
      try store.setRooms(self.siteInForce.rooms)
      try store.setSignatures(self.signaturesInForce.signatures)
    }
    let text = (["the configuration was read again and is in force"] + reloaded.remarks).joined(separator: "; ")
    report(HealthEvent(.configurationReloaded, at: now, text: text, isRemark: true))
  }

  /// Keeps the present configuration, because another is wrong.
  func refuse(_ problem: any Error) {
    let first = "\(problem)".split(whereSeparator: \.isNewline).first ?? "it cannot be read"
    report(HealthEvent(.configurationRefused, at: now, text: "the configuration is wrong, and the old one stays in force: \(first)"))
  }
}
