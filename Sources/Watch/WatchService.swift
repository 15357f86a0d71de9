import Capture
import Detection
import Documents
import ServiceLifecycle
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
  private let isStored: Bool
  private let hasRooms: Bool

  /// Opens the database.
  ///
  /// - Parameters:
  ///   - writer: recording of all frames.
  ///   - remark: writes one line to standard error.
  /// - Throws: if the database's folder does not exist, or its file belongs to another program or a later version.
  public init(
    engine: Engine, source: any FrameSource, writer: CaptureWriter?, options: RecorderOptions, format: any ReportFormat,
    remark: @escaping @Sendable (String) -> Void
  ) throws(StoreError) {
    self.engine = engine
    self.source = source
    self.writer = writer
    isStored = options.path != nil
    hasRooms = !options.rooms.isEmpty
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
    let capture = captureThread(begun)
    let (output, recorder) = (output, recorder)
    output.onDelivery { await recorder.delivered($0) }
    closing.stop = { capture.stop() }
    let services: [any Service] = [output, recorder, capture]
    var configuration = ServiceGroupConfiguration(
      services: services.map {
        .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup, failureTerminationBehavior: .gracefullyShutdownGroup)
      }, logger: Silence.logger)
    configuration.gracefulShutdownSignals = [.sigterm, .sigint]
    let group = ServiceGroup(configuration: configuration)
    let reportedCamera = try Bridge.wait {
      try await group.run()
      await recorder.close()
      return await recorder.reportedCamera
    }
    return (capture.result, reportedCamera)
  }

  private func captureThread(_ begun: @escaping @Sendable () -> Void) -> CaptureThread {
    let recorder = recorder
    return CaptureThread(
      engine: engine, source: source, writer: writer, channel: channel, isContinued: isStored, hasRooms: hasRooms, begun: begun
    ) { time in
      Bridge.wait { await recorder.begin(at: time) }
    } atEnd: { outcome in
      let coverage = CoverageDocument(
        outcome.coverage, droppedByKernel: outcome.statistics.droppedByKernel, droppedByInterface: outcome.statistics.droppedByInterface)
      Bridge.wait { await recorder.setCoverage(coverage) }
    }
  }
}
