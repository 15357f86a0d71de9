import Capture
import Detection
import Documents
import ServiceLifecycle
import Services
import Store
import UnixSignals

/// A watch: captures, detects, records and reports until a signal, the end of its input or the loss of its reader.
///
///     capture thread ── EngineUpdate ──▶ recorder (SQLite) ── Report ──▶ standard output
///                    ◀─ EngineCommand ─
///
/// The caller must look up `Privileges` first, open sources and files, give up the privileges, and then call `run`.
public struct WatchService {
  private let engine: Engine
  private let source: any FrameSource
  private let writer: CaptureWriter?
  private let channel = EngineChannel()
  private let output: StandardOutput
  private let closing: Closing
  private let recorder: Recorder
  private let options: RecorderOptions
  private let manager: ServiceManager
  /// Packets of suspected devices; nil where none are kept.
  public var ring: EvidenceRing?
  /// The process that makes papers for the page; nil where none runs.
  public var papers: PaperMaker?
  /// The file that gets all packets; nil for none.
  public var recording: String?

  /// Opens the database.
  ///
  /// - Parameters:
  ///   - writer: recording of all frames.
  ///   - manager: the service manager to report to.
  ///   - remark: writes one line to standard error.
  /// - Throws: if the database's folder does not exist, or its file belongs to another program or a later version.
  public init(
    engine: Engine, source: any FrameSource, writer: CaptureWriter?, options: RecorderOptions, format: any ReportFormat,
    manager: ServiceManager = ServiceManager(), remark: @escaping @Sendable (String) -> Void
  ) throws(StoreError) {
    self.engine = engine
    self.source = source
    self.writer = writer
    self.options = options
    self.manager = manager
    let closing = Closing(isFatal: writer == nil && options.path == nil, remark: remark)
    self.closing = closing
    output = StandardOutput(onClose: closing.readerHasGone, onStall: closing.readerHasStalled)
    recorder = try Recorder(options, channel: channel, reporter: Reporter(format: format, output: output, remark: remark))
  }

  /// Runs to the end. The calling thread waits.
  ///
  /// - Parameter begun: called once before the first frame, when signals end the run in good order.
  /// - Returns: how the capture ended, and whether an undeclared camera was reported.
  public func run(begun: @escaping @Sendable () -> Void) throws -> (outcome: CaptureOutcome?, reportedCamera: Bool) {
    let status = "watching \(source.summary)"
    let (output, recorder, manager) = (output, recorder, manager)
    let capture = captureThread {
      begun()
      manager.ready(status: status)
    }
    output.onDelivery { await recorder.delivered($0) }
    output.onTrouble { await recorder.reportOutput(failure: $0) }
    closing.stop = { capture.stop() }
    // Reads the commands of `serve` only where they can be applied.
    let commands: CommandService? = options.path.flatMap { database in
      options.serveDatabase.map { serve in
        let receiver = try? Nudge.Receiver(at: Nudge.paths(Nudge.watchSocket, beside: database))
        return CommandService(path: serve, recorder: recorder, receiver: receiver)
      }
    }
    let (papers, recording, keeper) = (papers, recording, ring?.keeper)
    let reportedCamera = try Bridge.wait { [channel, options] in
      if let keeper { await recorder.use(keeper) }
      // Before the service manager hears that the watch is ready, and may send the signal.
      let hangups = await UnixSignalsSequence(trapping: .sighup)
      var services: [any Service] = [output, recorder, capture, Pulse(recorder: recorder, channel: channel, manager: manager)]
      services.append(ReloadService(options.reload, at: hangups, recorder: recorder, manager: manager, status: status))
      if let commands { services.append(commands) }
      if let path = options.path {
        let folder = PaperFolder.path(besideDatabase: path)
        services.append(PaperService(recorder: recorder, maker: papers, folder: folder, recording: recording, wakeup: recorder.paperWakeup))
      }
      var configuration = ServiceGroupConfiguration(
        services: services.map {
          .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup, failureTerminationBehavior: .gracefullyShutdownGroup)
        }, logger: Silence.logger)
      configuration.gracefulShutdownSignals = [.sigterm, .sigint]
      try await ServiceGroup(configuration: configuration).run()
      await recorder.close()
      return await recorder.reportedCamera
    }
    return (capture.result, reportedCamera)
  }

  private func captureThread(_ begun: @escaping @Sendable () -> Void) -> CaptureThread {
    let recorder = recorder
    return CaptureThread(
      engine: engine, source: source, writer: writer, ring: ring, channel: channel, isContinued: options.path != nil,
      hasRooms: !options.site.rooms.isEmpty, begun: begun
    ) { time in
      Bridge.wait { await recorder.begin(at: time) }
    } atEnd: { outcome in
      let coverage = CoverageDocument(
        outcome.coverage, droppedByKernel: outcome.statistics.droppedByKernel, droppedByInterface: outcome.statistics.droppedByInterface)
      Bridge.wait { await recorder.setCoverage(coverage) }
    }
  }
}
