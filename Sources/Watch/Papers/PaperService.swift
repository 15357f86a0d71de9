import Detection
import ServiceLifecycle
import Services
import Store

/// Has papers made, one after the other, and keeps their folder. Recording goes on meanwhile: papers are made by another process.
struct PaperService: Service {
  /// Time between two looks where no command comes.
  private static let interval = Duration.seconds(60)

  let recorder: Recorder
  /// Nil where it could not be started.
  let maker: PaperMaker?
  let folder: String
  /// What `watch` writes of all packets; nil for nothing.
  let recording: String?
  let wakeup: Wakeup

  func run() async throws {
    await withGracefulShutdownHandler {
      while !Task.isShuttingDownGracefully, !Task.isCancelled {
        // None is being made here: an earlier run began it, or the database failed when it was ready.
        await recorder.failInterruptedPapers()
        while !Task.isShuttingDownGracefully, let paper = await recorder.beginPaper() {
          await recorder.finish(paper, await make(paper))
        }
        if let files = await recorder.papersToKeep() { PaperFolder.sweep(folder, keeping: files) }
        await wakeup.wait(atMost: Self.interval)
      }
    } onGracefulShutdown: {
      maker?.end()
      wakeup.wake()
    }
  }

  private func make(_ paper: StoredPaper) async -> PaperResult {
    guard let maker else { return .failed("the process that makes papers could not be started; the log of lenscap-watch says why") }
    if paper.hasMedia, recording == nil {
      return .failed("there is no media: the watch keeps packets without it, and records nothing (watch.write)")
    }
    let result = await maker.make(PaperJob(paper, recording: recording))
    if case .failed = result, Task.isShuttingDownGracefully { return .failed("the watch ended while it was being made; ask again") }
    return result
  }
}

extension Recorder {
  /// Nil if none waits, or the database fails.
  func beginPaper() -> StoredPaper? {
    var paper: StoredPaper?
    attempt { store throws(StoreError) in paper = try store.beginPaper() }
    return paper
  }

  func finish(_ paper: StoredPaper, _ result: PaperResult) {
    attempt { store throws(StoreError) in try store.finish(paper.id, result, at: self.options.clock()) }
    let what = "\(paper.paperKind.rawValue) \(paper.alert ?? paper.month ?? "")"
    switch result {
    case .ready(_, let sum, _): reporter.remark("paper for the page: \(what), asked for by \(paper.who.forPeople()), SHA-256 \(sum)")
    case .failed(let problem): reporter.remark("paper for the page: \(what) was not made: \(problem.forPeople(limit: 300))")
    }
    nudgeServe()
  }

  func failInterruptedPapers() { attempt { store throws(StoreError) in try store.failInterruptedPapers(at: self.options.clock()) } }

  /// The files of the folder that stay; nil while that is not known.
  func papersToKeep() -> Set<String>? {
    var files: Set<String>?
    attempt { store throws(StoreError) in files = try store.enforcePapers(at: self.options.clock()) }
    return files
  }
}
