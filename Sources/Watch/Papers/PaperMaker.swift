import Foundation
import Services
import Store

/// The process that makes papers, as `watch` holds it: a program without capabilities, started before `watch` forbids itself to start any.
/// It waits for jobs, starts a program for each, and ends when `watch` does.
public final class PaperMaker: Sendable {
  /// How much longer than a paper may take its answer is waited for.
  private static let grace = Duration.seconds(30)

  private let socket: MessageSocket
  private let process: pid_t

  /// Starts the process.
  ///
  /// - Parameters:
  ///   - program: its path.
  ///   - arguments: its name and what follows. Its standard input is the socket.
  ///   - environment: all that it gets.
  public init(program: String, arguments: [String], environment: [String]) throws(SystemError) {
    let (own, other) = try MessageSocket.pair()
    defer { close(other.descriptor) }
    let child: pid_t
    do throws(SystemError) {
      child = try unsafe ChildProcess.spawn(program, arguments: arguments, environment: environment) { actions in
        unsafe posix_spawn_file_actions_adddup2(&actions, other.descriptor, STDIN_FILENO)
        unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
      }
    } catch {
      close(own.descriptor)
      throw error
    }
    (socket, process) = (own, child)
  }

  deinit {
    close(socket.descriptor)
    // It ends by itself when the socket does, within a moment.
    for _ in 0..<100 where waitpid(process, nil, WNOHANG) == 0 { usleep(20_000) }
  }

  /// What programs for papers get of this one's environment: nothing of the service manager, and no secrets.
  public static var environment: [String] {
    let names: Set<String> = ["PATH", "HOME", "LANG", "TZ", "TMPDIR"]
    return ProcessInfo.processInfo.environment.filter { names.contains($0.key) || $0.key.hasPrefix("LENSCAP_") }
      .sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  }

  /// Makes one paper, on a thread of its own: it takes seconds.
  public func make(_ job: PaperJob) async -> PaperResult {
    await withCheckedContinuation { continuation in
      let thread = Thread {
        let answer = self.socket.send(job) ? self.socket.receive(PaperAnswer.self, within: PaperLimits.time + Self.grace) : nil
        // Whatever comes later would be taken for the answer about the next one.
        if answer == nil { self.end() }
        continuation.resume(returning: answer?.result ?? .failed("the process that makes papers has ended; restart the watch"))
      }
      thread.name = "lenscap-papers"
      thread.start()
    }
  }

  /// Ends what is being made.
  public func end() { socket.end() }
}
