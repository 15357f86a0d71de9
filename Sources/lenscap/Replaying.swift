import CLinux
import Capture
import Detection
import Documents

/// How networks are replayed; each on any thread.
struct Replaying: Sendable {
  let configuration: EngineConfiguration
  let headersOnly: Bool
  let selection: SelectionOptions
  let utc: Bool
  /// Threads for each.
  let jobs: Int
  let showsProgress: Bool

  /// Once, whatever the number of networks.
  private static let startIsOver: Void = lenscap_give_back_program()

  /// Replays captures as one recording.
  func result(of paths: [String]) -> Result<ReplayReport, UsageError> {
    Result { () throws(UsageError) in try report(on: paths) }
  }

  private func report(on paths: [String]) throws(UsageError) -> ReplayReport {
    let engine = Engine(configuration, headersOnly: headersOnly)
    let sequence = CaptureSequence(paths: paths, interfaces: engine.interfaces, jobs: jobs)
    let selection = try selection.selection(startingAt: sequence.start, utc: utc)
    var progress = Progress()
    _ = Self.startIsOver
    if jobs > 1 { engine.useSecondThread() }
    do throws(PacketFilterError) {
      try sequence.run(
        progress: { if showsProgress { progress.show(Self.progressText(sequence, $0)) } },
        { (frame: borrowing Frame) throws(PacketFilterError) in
          if try selection.admits(frame) { engine.ingest(frame) }
        })
    } catch {
      progress.clear()
      engine.suspend()
      throw UsageError(message: "\(error)")
    }
    progress.clear()
    engine.finish()
    return ReplayReport(engine: engine, files: sequence.files)
  }

  private static func progressText(_ sequence: CaptureSequence, _ index: Int) -> String {
    let packets = sequence.files.reduce(0) { $0 + $1.packets }
    let place = sequence.files.count > 1 ? "file \(index + 1) of \(sequence.files.count), " : ""
    return "reading \(place)\(packets) packets so far: \(sequence.files[index].path)"
  }
}
