import Foundation
import ServiceLifecycleTestKit
import Synchronization
import Testing

@testable import Watch

@Suite struct StandardOutputTests {
  /// Runs an output to its end, as the service group does.
  private func run(_ output: StandardOutput, _ body: @Sendable () async throws -> Void) async throws {
    try await testGracefulShutdown { trigger in
      async let running: Void = output.run()
      try await body()
      output.finish()
      trigger.triggerGracefulShutdown()
      try await running
    }
  }

  @Test func everythingArrivesInOrderAndIsConfirmed() async throws {
    let pipe = TestPipe()
    let output = StandardOutput(descriptor: pipe.writer, onClose: {})
    let confirmed = Mutex<[String]>([])
    output.onDelivery { ids in confirmed.withLock { $0 += ids } }
    let reading = pipe.reading()
    try await run(output) {
      for number in 0..<2000 { #expect(output.write("line \(number)", alert: "\(number)")) }
    }
    close(pipe.writer)
    let lines = await reading.value.split(separator: "\n")
    #expect(lines.map(String.init) == (0..<2000).map { "line \($0)" })
    #expect(confirmed.withLock { $0 } == (0..<2000).map { "\($0)" })
  }

  /// A pipe holds 64 KiB: the rest waits, and a caller never does.
  @Test func aReaderThatStallsLosesNothing() async throws {
    let pipe = TestPipe()
    let output = StandardOutput(descriptor: pipe.writer, onClose: {})
    let line = String(repeating: "x", count: 999)
    let reading = Mutex<Task<String, Never>?>(nil)
    try await run(output) {
      for _ in 0..<500 { #expect(output.write(line)) }
      try await Task.sleep(for: .milliseconds(300))
      #expect(!output.isClosed)
      reading.withLock { $0 = pipe.reading() }
    }
    close(pipe.writer)
    let text = await reading.withLock { $0 }?.value
    #expect(text?.utf8.count == 500_000)
  }

  /// A file on a full disk: the reports wait until there is room, and both are said once.
  @Test(.timeLimit(.minutes(1))) func outputThatCannotBeWrittenIsReported() async throws {
    let pipe = TestPipe()
    let descriptor = open("/dev/full", O_WRONLY)
    let output = StandardOutput(descriptor: descriptor, onClose: { Issue.record("it is not closed") })
    let troubles = Mutex<[Int32?]>([])
    output.onTrouble { trouble in troubles.withLock { $0.append(trouble) } }
    let reading = pipe.reading()
    try await run(output) {
      #expect(output.write("one") && output.write("two"))
      while troubles.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(20)) }
      // There is room again.
      dup2(pipe.writer, descriptor)
      while troubles.withLock({ $0.count }) < 2 { try await Task.sleep(for: .milliseconds(20)) }
    }
    close(pipe.writer)
    close(descriptor)
    #expect(await reading.value == "one\ntwo\n")
    #expect(troubles.withLock { $0 } == [ENOSPC, nil])
  }

  /// The program ends all the same, and says how many reports are missing.
  @Test(.timeLimit(.minutes(1))) func outputThatIsNeverWrittenDoesNotHoldUpTheEnd() async throws {
    let descriptor = open("/dev/full", O_WRONLY)
    let missing = Mutex<[String]>([])
    let output = StandardOutput(
      descriptor: descriptor, onClose: {}, onStall: { count, isFailing in missing.withLock { $0.append("\(count) \(isFailing)") } })
    try await run(output) { #expect(output.write("one") && output.write("two")) }
    close(descriptor)
    #expect(missing.withLock { $0 } == ["2 true"])
  }

  @Test func tooManyReportsAreRefused() {
    let pipe = TestPipe()
    let output = StandardOutput(descriptor: pipe.writer, onClose: {})
    // Nobody takes them: it does not run.
    for _ in 0..<StandardOutput.limit { _ = output.write("x") }
    #expect(!output.write("one too many"))
  }

  /// Without anything to write: the reader's end is noticed by looking.
  @Test(.timeLimit(.minutes(1))) func aReaderThatGoesIsNoticed() async throws {
    let pipe = TestPipe()
    let gone = Atomic<Int>(0)
    let output = StandardOutput(descriptor: pipe.writer, onClose: { gone.add(1, ordering: .relaxed) })
    try await run(output) {
      close(pipe.reader)
      while gone.load(ordering: .relaxed) == 0 { try await Task.sleep(for: .milliseconds(20)) }
      #expect(!output.write("to nobody"))
    }
    close(pipe.writer)
    #expect(gone.load(ordering: .relaxed) == 1)
  }
}
