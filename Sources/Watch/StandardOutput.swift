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
  private let onStall: @Sendable (Int, _ isFailing: Bool) -> Void
  /// What failed, and that it works again (nil), for `run` to pass on in order.
  private let troubles: AsyncStream<Int32?>
  private let onTrouble = Mutex<(@Sendable (Int32?) async -> Void)?>(nil)
  private let delivery = Mutex<(@Sendable ([String]) async -> Void)?>(nil)

  /// - Parameters:
  ///   - onClose: called once when the reader has gone.
  ///   - onStall: called at the end with the number of reports that a stalled reader did not take, or that could not be written.
  public init(
    descriptor: Int32 = STDOUT_FILENO, onClose: @escaping @Sendable () -> Void,
    onStall: @escaping @Sendable (Int, _ isFailing: Bool) -> Void = { _, _ in }
  ) {
    (items, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.limit))
    let (troubles, reporter) = AsyncStream<Int32?>.makeStream()
    self.troubles = troubles
    writer = PipeWriter(descriptor: descriptor, troubles: reporter)
    self.onClose = onClose
    self.onStall = onStall
  }

  /// Sets the callback for written alerts.
  ///
  /// - Parameter body: called with their ids.
  func onDelivery(_ body: @escaping @Sendable ([String]) async -> Void) { delivery.withLock { $0 = body } }

  /// Sets the callback for output that cannot be written, to a full disk for example.
  ///
  /// - Parameter body: called once with the cause, and with nil when it can be written again.
  func onTrouble(_ body: @escaping @Sendable (Int32?) async -> Void) { onTrouble.withLock { $0 = body } }

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
    let complaints = Task {
      for await trouble in troubles { if let tell = onTrouble.withLock({ $0 }) { await tell(trouble) } }
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
      case .stalled: onStall(waiting.load(ordering: .relaxed), await writer.isFailing)
      }
      break
    }
    await confirm(&delivered)
    reader.cancel()
    complaints.cancel()
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
  private let troubles: AsyncStream<Int32?>.Continuation
  private var isGone = false
  /// It works again only once it has worked for this long: else a disk that is always about to be full would be reported all the time.
  private static let recovery = Duration.seconds(1)
  private var lastFailure: ContinuousClock.Instant?
  private var hasWritten = false

  init(descriptor: Int32, troubles: AsyncStream<Int32?>.Continuation) {
    self.descriptor = descriptor
    self.troubles = troubles
    // A reader that goes, and a limit to the size of files, are errors of writing.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  /// Limits writing to this time from now on.
  nonisolated func end(within patience: Duration) { deadline.withLock { $0 = .now + patience } }

  func hasReader() -> Bool {
    if !isGone { _ = poll(for: 0, wait: 0) }
    if let failure = lastFailure, hasWritten, .now - failure >= Self.recovery {
      lastFailure = nil
      troubles.yield(nil)
    }
    return !isGone
  }

  /// True while nothing can be written, except that the reader does not read.
  var isFailing: Bool { lastFailure != nil && !hasWritten }

  private func fail(_ cause: Int32) {
    if lastFailure == nil { troubles.yield(cause) }
    (lastFailure, hasWritten) = (.now, false)
  }

  func write(_ text: String) -> Outcome {
    var rest = Array(text.utf8)[...]
    if rest.last != UInt8(ascii: "\n") { rest.append(UInt8(ascii: "\n")) }
    while !rest.isEmpty {
      guard !isGone else { return .closed }
      // A reader that takes everything at once has no deadline.
      guard poll(for: Int16(POLLOUT), wait: Self.wait) else {
        if isOverdue { return .stalled }
        continue
      }
      let written = unsafe rest.prefix(Self.piece).withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written > 0 {
        rest = rest.dropFirst(written)
        hasWritten = true
      } else {
        switch errno {
        case EINTR, EAGAIN: break
        case EPIPE, EBADF: isGone = true
        case let cause:  // such as a file on a full disk, until there is room
          fail(cause)
          if isOverdue { return .stalled }
          _ = Glibc.poll(nil, 0, Self.wait)
        }
      }
    }
    return .written
  }

  private var isOverdue: Bool { deadline.withLock { $0 }.map { ContinuousClock.now > $0 } ?? false }

  /// - Returns: true if the descriptor is ready.
  private func poll(for events: Int16, wait: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: events, revents: 0)
    guard unsafe Glibc.poll(&entry, 1, wait) > 0 else { return false }
    if entry.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 { isGone = true }
    return !isGone && entry.revents & events != 0
  }
}
