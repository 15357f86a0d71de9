import Detection
import Glibc
import ServiceLifecycle
import Services
import Synchronization

/// Writes reports to standard output independently: a reader that stalls or goes away does not stall capture or recording.
public final class StandardOutput: Service, Sendable {
  /// Reports that may wait for a slow reader; further ones stay in the database until there is room.
  static let limit = 10_000
  /// Alerts that are confirmed together.
  private static let batch = 64
  /// Longest time that a stalled reader may delay the end of the program.
  static let patience = Duration.seconds(5)

  struct Item: Sendable {
    let text: String
    /// Id of the stored alert in the report.
    let alert: String?
  }

  private let items: AsyncStream<Item>
  private let continuation: AsyncStream<Item>.Continuation
  private let writer: PipeWriter
  private let waiting = Atomic<Int>(0)
  private let closed = Atomic<Bool>(false)
  private let onClose: @Sendable () -> Void
  private let onStall: @Sendable (Int) -> Void
  private let delivery = Mutex<(@Sendable ([String]) async -> Void)?>(nil)

  /// - Parameters:
  ///   - onClose: called once when the reader has gone.
  ///   - onStall: called at the end with the number of reports that a stalled reader did not take.
  public init(
    descriptor: Int32 = STDOUT_FILENO, onClose: @escaping @Sendable () -> Void, onStall: @escaping @Sendable (Int) -> Void = { _ in }
  ) {
    (items, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.limit))
    writer = PipeWriter(descriptor: descriptor)
    self.onClose = onClose
    self.onStall = onStall
  }

  /// Sets the callback for written alerts.
  ///
  /// - Parameter body: called with their ids.
  func onDelivery(_ body: @escaping @Sendable ([String]) async -> Void) { delivery.withLock { $0 = body } }

  /// True if the reader has gone away.
  public var isClosed: Bool { closed.load(ordering: .relaxed) }
  var isEmpty: Bool { waiting.load(ordering: .relaxed) == 0 }

  /// - Returns: false if there is no room or no reader.
  func write(_ text: String, alert: String? = nil) -> Bool {
    guard !isClosed else { return false }
    waiting.add(1, ordering: .relaxed)
    if case .enqueued = continuation.yield(Item(text: text, alert: alert)) { return true }
    waiting.subtract(1, ordering: .relaxed)
    return false
  }

  /// Accepts no more reports; `run` ends once all are written.
  func finish() {
    writer.end(within: Self.patience)
    continuation.finish()
  }

  public func run() async throws {
    let reader = Task {
      while !Task.isCancelled, await writer.hasReader() { try? await Task.sleep(for: .milliseconds(250)) }
      if !Task.isCancelled { close() }
    }
    var delivered: [String] = []
    for await item in items where !isClosed {
      switch await writer.write(item.text) {
      case .written:
        if let alert = item.alert { delivered.append(alert) }
        // Each confirmation is a write to a disk: one for all that were written in a row.
        if waiting.load(ordering: .relaxed) <= 1 || delivered.count >= Self.batch { await confirm(&delivered) }
        waiting.subtract(1, ordering: .relaxed)
        continue
      case .closed: close()
      case .stalled: onStall(waiting.load(ordering: .relaxed))
      }
      break
    }
    await confirm(&delivered)
    reader.cancel()
    try await gracefulShutdown()
  }

  private func confirm(_ alerts: inout [String]) async {
    guard !alerts.isEmpty, let deliver = delivery.withLock({ $0 }) else { return }
    let written = alerts
    alerts = []
    await deliver(written)
  }

  private func close() {
    if !closed.exchange(true, ordering: .relaxed) { onClose() }
  }
}

/// Does the blocking calls: writes as much as fits into a pipe, and checks that it still has a reader.
private actor PipeWriter {
  enum Outcome {
    case written
    /// The reader has gone.
    case closed
    /// The reader did not take all until the end.
    case stalled
  }

  /// Milliseconds of one wait.
  private static let wait: Int32 = 200
  /// Bytes that poll(2) promises to fit when a pipe is writable: PIPE_BUF.
  private static let piece = 4096

  private let descriptor: Int32
  private let executor = QueueExecutor(label: "lenscap.output")
  private let deadline = Mutex<ContinuousClock.Instant?>(nil)
  private var isGone = false

  init(descriptor: Int32) {
    self.descriptor = descriptor
    signal(SIGPIPE, SIG_IGN)
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Limits writing to this time from now on.
  nonisolated func end(within patience: Duration) { deadline.withLock { $0 = .now + patience } }

  func hasReader() -> Bool {
    if !isGone { _ = poll(for: 0, wait: 0) }
    return !isGone
  }

  func write(_ text: String) -> Outcome {
    var rest = Array(text.utf8)[...]
    if rest.last != UInt8(ascii: "\n") { rest.append(UInt8(ascii: "\n")) }
    while !rest.isEmpty {
      guard !isGone else { return .closed }
      // A reader that takes everything at once has no deadline.
      guard poll(for: Int16(POLLOUT), wait: Self.wait) else {
        if let deadline = deadline.withLock({ $0 }), ContinuousClock.now > deadline { return .stalled }
        continue
      }
      let written = rest.prefix(Self.piece).withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written > 0 {
        rest = rest.dropFirst(written)
      } else {
        switch errno {
        case EINTR, EAGAIN: break
        case ENOSPC, EDQUOT: _ = Glibc.poll(nil, 0, Self.wait)  // a file, until there is room
        default: isGone = true
        }
      }
    }
    return .written
  }

  /// - Returns: true if the descriptor is ready.
  private func poll(for events: Int16, wait: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: events, revents: 0)
    guard Glibc.poll(&entry, 1, wait) > 0 else { return false }
    if entry.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 { isGone = true }
    return !isGone && entry.revents & events != 0
  }
}
