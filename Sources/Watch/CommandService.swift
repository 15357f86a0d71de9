import Detection
import ServiceLifecycle
import Services
import Store

/// Reads what people decided in `lenscap serve`, and passes it to the recorder. On a queue of its own: whatever happens to a file that another
/// user writes, recording goes on.
actor CommandService: Service {
  /// Time between two looks, where no nudge comes.
  private static let interval = Duration.seconds(2)
  /// A lock that is held this long is trouble.
  private static let lockPatience = 30
  /// Commands that are applied in an hour; the rest wait. Each leaves a row in the history, which must not push older evidence out.
  static let hourlyLimit = 1000

  private let executor = QueueExecutor(label: "lenscap.commands")
  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  private let path: String
  private let recorder: Recorder
  private let receiver: Nudge.Receiver?
  private var locked = 0
  private var applied = 0
  private var hour = ContinuousClock.now

  /// - Parameters:
  ///   - path: the database of `serve`.
  ///   - receiver: hears of new commands; nil to look only at times.
  init(path: String, recorder: Recorder, receiver: Nudge.Receiver?) {
    self.path = path
    self.recorder = recorder
    self.receiver = receiver
  }

  func run() async throws {
    let receiver = receiver
    await withTaskGroup { group in
      group.addTask {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
          await self.look()
          await cancelWhenGracefulShutdown { try? await Task.sleep(for: Self.interval) }
        }
      }
      if let receiver {
        group.addTask { await cancelWhenGracefulShutdown { for await _ in receiver.nudges { await self.look() } } }
      }
    }
  }

  /// Applies what is new.
  func look() async {
    var trouble: StoreError?
    do throws(StoreError) {
      try await applyNew()
      locked = 0
    } catch .busy {
      locked += 1
      if locked >= Self.lockPatience { trouble = .busy }
    } catch {
      trouble = error
    }
    await recorder.reportCommands(trouble)
  }

  private func applyNew() async throws(StoreError) {
    guard let file = try CommandFile.open(path) else { return }
    // What central has had for a week need not be kept for it.
    if let log = await recorder.logForUplink() { await recorder.setReleased(try file.released(of: log)) }
    guard var number = await recorder.appliedCommands(of: file.list, last: file.last) else { return }
    while number < file.last, mayApply {
      let commands = try file.commands(after: number)
      let prepared = try await prepare(commands, file)
      guard let last = commands.last?.number, last > number, await recorder.apply(commands, prepared, of: file.list) else { return }
      applied += commands.count
      number = last
    }
  }

  /// Checks what central gives for use. Compiling signatures takes a moment, in which recording goes on.
  private func prepare(_ commands: [OperatorCommand], _ file: CommandFile) async throws(StoreError) -> [Int64: PreparedCommand] {
    guard commands.contains(where: { $0.origin == OperatorCommand.central }) else { return [:] }
    let (options, now) = await recorder.centralOptions
    var prepared: [Int64: PreparedCommand] = [:]
    for command in commands {
      guard let number = command.number else { continue }
      prepared[number] = PreparedCommand(command, options, at: now) { try file.archive(of: $0, limit: $1) }
    }
    return prepared
  }

  private var mayApply: Bool {
    if ContinuousClock.now - hour >= .seconds(3600) { (hour, applied) = (.now, 0) }
    return applied < Self.hourlyLimit
  }
}
