import ChainMessages
import ConfigurationFiles
import Detection
import Documents
import Foundation
import Releases
import ServiceLifecycle
import Services
import Sinks
import Store

/// The connection of this box to central: what the event log has goes up, acknowledgements and what central asks for come down.
///
///     event log ─▶ UplinkFilter ─▶ UplinkQueue ─▶ MQTTConnection ─▶ broker ─▶ central
///                                      ▲ down/ack, after central's COMMIT ◀───────┘
public actor Uplink: Service {
  static let interval = Duration.milliseconds(250)
  /// Waits between two attempts to connect double from the first to the last; a random part keeps boxes apart.
  static let firstWait = Duration.seconds(1)
  static let longestWait = Duration.seconds(300)
  private static let logInterval = Duration.seconds(10)
  private static let namesInterval = Duration.seconds(60)
  private static let namesLimit = 20_000
  static let stateInterval = Duration.seconds(600)
  /// While central has something to acknowledge, it is asked so often what it has.
  static let askInterval = Duration.seconds(60)
  /// Others learn of it when central acknowledged nothing for so long.
  static let alarmAfter = Duration.seconds(3600)
  private static let problemLimit = 300

  private let executor = QueueExecutor(label: "lenscap.uplink")
  public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  let settings: UplinkSettings
  let store: ServeStore
  let watch: WatchDatabase
  let version: String
  let clock: @Sendable () -> Timestamp
  let remark: @Sendable (String) -> Void
  private let deliverer: Deliverer?
  let downloads: Downloads
  let evidence: EvidenceRequests
  private(set) var identity: GatewayIdentity
  var queue: UplinkQueue?
  private var connection: MQTTConnection?
  private var isConnecting = false
  private var attempts = 0
  private var nextAttempt = Timestamp.distantPast
  private var nextLook = Timestamp.distantPast
  private var nextNames = Timestamp.distantPast
  var nextHealth = Timestamp.distantPast
  var nextState = Timestamp.distantPast
  private var lastState: Data?
  private var lastTurn = Timestamp.distantPast
  private var troubles: Set<String> = []
  private var renewing: Task<Void, Never>?
  var answering: Task<Void, Never>?
  var nextEvidence = Timestamp.distantPast
  private var nextRenewal = Timestamp.distantPast
  var fetching: Task<Void, Never>?

  init(_ settings: UplinkSettings, _ options: ServeOptions, store: ServeStore, deliverer: Deliverer?) throws {
    self.settings = settings
    self.store = store
    self.deliverer = deliverer
    (version, clock, remark) = (options.version, options.clock, options.remark)
    watch = WatchDatabase(path: options.watchDatabase)
    identity = try GatewayIdentity(settings)
    let releaseKey = try? settings.releaseKey.map { try ReleaseKey(file: $0) }
    let upgrades = Upgrades(
      releaseKey: settings.releaseKey, store: store, folder: Upgrades.folder(database: options.serveDatabase))
    downloads = Downloads(accept: settings.accept, releaseKey: releaseKey ?? nil, store: store, upgrades: upgrades)
    evidence = EvidenceRequests(isAllowed: settings.givesEvidence, store: store, watchDatabase: options.watchDatabase)
  }

  public func run() async throws {
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      turn(at: clock())
      await cancelWhenGracefulShutdown { try? await Task.sleep(for: Self.interval) }
    }
    end()
  }

  func turn(at now: Timestamp) {
    // The clock was set back.
    if now < lastTurn {
      (nextAttempt, nextLook, nextNames, nextHealth, nextState) = (now, now, now, now, now)
      nextRenewal = now
    }
    lastTurn = now
    attempt { () throws(StoreError) in
      try self.look(at: now)
      try self.attendEvidence(at: now)
    }
    guard let queue else { return }
    if connection != nil {
      send(queue.next(at: now, jitter: .random(in: 0...1)))
      tellHealth(at: now)
      tellState(at: now)
    } else if !isConnecting, now >= nextAttempt {
      connect(queue)
    }
    alarm(queue, at: now)
    renew(at: now)
    fetch()
    attempt { () throws(StoreError) in try queue.store(in: self.store, self.watch.store, at: now) }
  }

  // MARK: The log

  private func look(at now: Timestamp) throws(StoreError) {
    if watch.openIfNeeded() { nextLook = .distantPast }
    guard let log = watch.store else { return }
    if queue == nil { queue = UplinkQueue(try store.uplink(), log: try log.logID()) }
    guard let queue else { return }
    if now >= nextLook {
      nextLook = now + Self.logInterval
      watch.refresh(at: now)
      for text in try downloads.follow(log) + downloads.followUpgrade(at: now) { remark("uplink: \(text)") }
      if queue.follow(log: try log.logID(), last: try log.lastLogNumber()) { hasNewEpoch() }
    }
    if now >= nextNames {
      nextNames = now + Self.namesInterval
      queue.filter.names = OthersNames(try log.namesOfOthers(limit: Self.namesLimit))
    }
    try queue.read(log, store, at: now)
  }

  private func hasNewEpoch() {
    remark("uplink: the event log is another, or an older copy came back: everything in it goes to central")
    // The last will has the former epoch.
    connection?.close()
  }

  // MARK: The connection

  private func connect(_ queue: UplinkQueue) {
    do { identity = try GatewayIdentity(settings) } catch {
      return wait("\(error)")
    }
    isConnecting = true
    queue.set(.connecting, problem: queue.row.problem)
    let address = identity.address
    let broker = MQTTBroker(
      host: settings.host, port: settings.port, usesTLS: settings.usesTLS, caFile: settings.ca,
      certificate: settings.usesTLS ? (settings.certificate, settings.key) : nil, session: address.gateway,
      receiveLimit: ChainLimits.configuration)
    let will = message(.health, health(.offline, at: nil))
    Task {
      do throws(DeliveryError) {
        let connection = try await MQTTConnection.open(broker, will: will, subscriptions: [ChainTopic.filter(down: address)])
        self.opened(connection)
        for await message in connection.messages { self.received(message) }
        self.lost(connection)
      } catch {
        self.isConnecting = false
        self.wait(error.reason)
      }
    }
  }

  private func opened(_ connection: MQTTConnection) {
    let now = clock()
    self.connection = connection
    (isConnecting, attempts) = (false, 0)
    queue?.connected(at: now)
    queue?.set(.online, problem: nil)
    (nextHealth, nextState, lastState) = (now, now, nil)
    remark("uplink: connected to \(settings.host)")
    turn(at: now)
  }

  private func lost(_ connection: MQTTConnection) {
    guard self.connection === connection else { return }
    self.connection = nil
    queue?.disconnected()
    wait("the connection to \(settings.host) was lost")
  }

  private func wait(_ problem: String) {
    let longest = min(Self.firstWait * (1 << min(attempts, 16)), Self.longestWait)
    attempts += 1
    nextAttempt = clock() + longest * Double.random(in: 0.5...1)
    let problem = String(problem.forPeople(limit: Self.problemLimit))
    if queue?.row.problem != problem { remark("uplink: \(problem)") }
    queue?.set(.offline, problem: problem)
  }

  func send(_ events: [EventMessage<JSONValue>]) {
    let messages = events.compactMap { event -> MQTTMessage? in
      var event = event
      do throws(ChainError) {
        if let bytes = try? event.bytes() { return message(.event, bytes) }
        // Somebody made it so long on purpose: the verdict must not be lost for that.
        for key in ["evidence", "changes"] { event.data[key] = [] }
        event.data["subject"]?["class_reasons"] = []
        return message(.event, try event.bytes())
      } catch {
        remark("uplink: event \(event.uid) cannot be sent: \(error)")
        return nil
      }
    }
    publish(messages)
  }

  func publish(_ messages: [MQTTMessage?]) {
    let messages = messages.compactMap { $0 }
    if !messages.isEmpty { connection?.publish(messages) }
  }

  func message(_ channel: ChainTopic.Channel, _ bytes: Data?) -> MQTTMessage? {
    bytes.map { MQTTMessage(topic: identity.address.topic(channel).description, payload: $0, isRetained: channel.isRetained) }
  }

  // MARK: Health and state

  func health(_ status: HealthMessage.Status, at now: Timestamp?) -> Data? {
    guard let queue else { return nil }
    return try? HealthMessage(
      epoch: queue.row.epoch, status: status, time: now?.rfc3339, version: version, pending: queue.pending(watch.store),
      ackedSeq: queue.row.acked
    ).bytes()
  }

  private func tellHealth(at now: Timestamp) {
    guard now >= nextHealth else { return }
    nextHealth = now + (queue?.waitingSince == nil ? Self.stateInterval : Self.askInterval)
    publish([message(.health, health(.online, at: now))])
  }

  private func tellState(at now: Timestamp) {
    guard let queue, now >= nextState || downloads.hasChanged else { return }
    nextState = now + Self.stateInterval
    downloads.hasChanged = false
    attempt { () throws(StoreError) in
      let bytes = try UplinkState.message(
        of: self.watch, self.downloads, self.identity, epoch: queue.row.epoch, version: self.version, at: now)
      self.publish([self.message(.state, bytes)])
    }
  }

  // MARK: What comes down

  func received(_ message: MQTTMessage) {
    guard let topic = try? ChainTopic(message.topic), topic.address == identity.address else { return }
    let now = clock()
    do throws(ChainError) {
      switch topic.channel {
      case .acknowledgement: acknowledge(try AckMessage(bytes: message.payload), at: now)
      case .configuration:
        let remarks = downloads.take(try ConfigMessage<JSONValue>(bytes: message.payload), at: now)
        for text in remarks { remark("uplink: \(text)") }
      case .command: take(try CommandMessage(bytes: message.payload), at: now)
      case .event, .state, .health: break
      }
    } catch {
      remark("uplink: a message of central is refused: \(error)")
    }
  }

  private func acknowledge(_ ack: AckMessage, at now: Timestamp) {
    guard let queue, let log = watch.store else { return }
    attempt { () throws(StoreError) in
      switch queue.acknowledge(ack, last: try log.lastLogNumber(), at: now) {
      case .ignored: break
      case .newEpoch: self.hasNewEpoch()
      case .moved, .sendsAgain:
        if queue.row.isAlarmed, queue.waitingSince.map({ now < $0 + Self.alarmAfter }) ?? true { self.endAlarm(queue, at: now) }
        try queue.read(log, self.store, at: now)
        self.send(queue.next(at: now, jitter: .random(in: 0...1)))
      }
      try queue.store(in: self.store, log, at: now)
    }
  }

  // MARK: Trouble

  private func alarm(_ queue: UplinkQueue, at now: Timestamp) {
    guard !queue.row.isAlarmed, let since = queue.waitingSince, now >= since + Self.alarmAfter else { return }
    queue.setAlarmed(true)
    let reason = queue.row.problem ?? "it is connected"
    let text = "central acknowledged nothing for \(duration(now.seconds(since: since))), and events wait: \(reason)"
    Task { [deliverer] in await deliverer?.tell(.uplinkSilent, text, at: now) }
  }

  private func endAlarm(_ queue: UplinkQueue, at now: Timestamp) {
    queue.setAlarmed(false)
    Task { [deliverer] in await deliverer?.tell(.uplinkBack, "central acknowledges events again", at: now) }
  }

  func say(_ text: String) { remark("uplink: \(text)") }

  /// Runs work on the databases, and says once what is wrong with them.
  private func attempt(_ body: () throws(StoreError) -> Void) {
    do { try body() } catch {
      if troubles.insert("\(error)").inserted { remark("uplink: \(error)") }
      return
    }
  }

  // MARK: The certificate

  private func renew(at now: Timestamp) {
    guard renewing == nil, now >= nextRenewal, now >= identity.renewal, identity.central != nil else { return }
    nextRenewal = now + .seconds(Int64.random(in: 3600...7200))
    let (settings, identity, version) = (settings, identity, version)
    renewing = Task {
      do {
        try await Enrolling.renew(settings, identity, version: version, at: now)
        self.hasRenewed(nil)
      } catch { self.hasRenewed("\(error)") }
    }
  }

  private func hasRenewed(_ problem: String?) {
    renewing = nil
    if let problem { return remark("uplink: the certificate could not be renewed, and is tried again within two hours: \(problem)") }
    remark("uplink: the certificate was renewed")
    connection?.close()
  }

  // MARK: The end

  /// The last will says that the box is gone.
  private func end() {
    renewing?.cancel()
    fetching?.cancel()
    answering?.cancel()
    let now = clock()
    connection?.close()
    connection = nil
    queue?.disconnected()
    queue?.set(.offline, problem: nil)
    attempt { () throws(StoreError) in try self.queue?.store(in: self.store, self.watch.store, at: now, isEnd: true) }
  }
}
