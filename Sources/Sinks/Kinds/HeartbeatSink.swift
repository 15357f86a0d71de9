import ConfigurationFiles
import Detection

/// Fetches an address every few minutes while all is well, so that somebody else notices when this box falls silent.
///
/// It sends a GET without any text. A status of 2xx confirms it. It takes events and sends nothing about them, except that a test fetches the
/// address once, to try it. Limits: ten seconds for the connection, thirty for the whole (`HTTPClient`). Source: RFC 9110; which addresses
/// there are is the service's matter (docs/connect-http.md).
actor HeartbeatSink: Sink {
  /// A state that is older says nothing about the box: `update` is called every minute.
  static let stateLifetime = Duration.seconds(180)
  /// At most so long until the next look, after a fetch that failed and while nothing is fetched.
  static let retryInterval = Duration.seconds(30)

  private let address: WebAddress
  private let failAddress: WebAddress?
  private let every: Duration
  private let client: HTTPClient
  private let clock = ContinuousClock()
  private var state: (value: BoxState, time: ContinuousClock.Instant)?
  private var wake: CheckedContinuation<Void, Never>?

  /// Uses `url`, `every`, `caFile`, and `template["fail"]`, an address that is fetched instead while not all is well.
  /// - Throws: for an address that is none, and for no time.
  init(_ settings: SinkSettings, version: String) throws(SinkConfigurationError) {
    address = try WebAddress(settings.url)
    if let text = settings.template["fail"] { failAddress = try WebAddress(text, key: "template") } else { failAddress = nil }
    guard settings.every > .zero else { throw SinkConfigurationError("every", "is no time: expected one such as 5m") }
    every = settings.every
    client = HTTPClient(label: "lenscap.heartbeat", caFile: settings.caFile, version: version)
  }

  func deliver(_ parcel: Parcel) async throws(DeliveryError) {
    if parcel.events.contains(where: { $0.kind == .test }) { try await fetch(address) }
  }

  /// The first fetch comes with the first state, so that a restart leaves no gap.
  func update(_ state: BoxState) async {
    let isFirst = self.state == nil
    self.state = (state, clock.now)
    if isFirst {
      wake?.resume()
      wake = nil
    }
  }

  func run(_ inbox: Inbox) async {
    await waitForState()
    while !Task.isCancelled {
      var pause = min(every, Self.retryInterval)
      if let due = isWell ? address : failAddress {
        do throws(DeliveryError) {
          try await fetch(due)
          pause = every
        } catch {}
      }
      try? await Task.sleep(for: pause, clock: clock)
    }
  }

  private func waitForState() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if state != nil || Task.isCancelled { continuation.resume() } else { wake = continuation }
      }
    } onCancel: {
      Task { await self.stopWaiting() }
    }
  }

  private func stopWaiting() {
    wake?.resume()
    wake = nil
  }

  private var isWell: Bool {
    guard let state, clock.now - state.time < Self.stateLifetime else { return false }
    return state.value.isWatching && state.value.isDelivering
  }

  private func fetch(_ address: WebAddress) async throws(DeliveryError) {
    let response = try await client.send(HTTPRequest(method: "GET", url: address.text, host: address.host))
    try response.checkStatus(host: address.host)
  }
}
