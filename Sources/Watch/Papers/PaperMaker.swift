import CLinux
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
  public init(program: String, arguments named: [String], environment: [String]) throws(SystemError) {
    let (own, other) = try MessageSocket.pair()
    defer { close(other.descriptor) }
    var attributes = posix_spawnattr_t()
    var actions = posix_spawn_file_actions_t()
    posix_spawnattr_init(&attributes)
    posix_spawn_file_actions_init(&actions)
    defer {
      posix_spawnattr_destroy(&attributes)
      posix_spawn_file_actions_destroy(&actions)
    }
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    // Ctrl-C is for the watch, which then ends this one.
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    posix_spawn_file_actions_adddup2(&actions, other.descriptor, STDIN_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addclosefrom_np(&actions, 3)
    var arguments = named.map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, program, &actions, &attributes, &arguments, &variables)
    guard code == 0 else {
      close(own.descriptor)
      throw .number(code)
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
