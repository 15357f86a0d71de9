import CLinux
import Glibc

/// Runs a program to its end: in a process group of its own, without a shell, with no files but its three standard ones.
///
/// `run` waits: for a thread that gets no SIGPIPE. What the program prints on standard output is dropped unless somebody wants it.
public struct ChildProcess: Sendable {
  public enum Ending: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)
    case late
    case cancelled
  }

  public struct Outcome: Sendable, Equatable {
    public let ending: Ending
    /// The first `errorLimit` bytes of what it wrote to standard error.
    public let errors: [UInt8]
    /// The first `outputLimit` bytes of what it wrote to standard output.
    public let output: [UInt8]
  }

  /// Bytes of standard error that are kept unless somebody wants more.
  public static let errorLimit = 200
  /// How long a program may take to end after SIGTERM.
  static let farewell = Duration.seconds(2)
  /// How often the program's end and a cancellation are looked for, in milliseconds.
  static let pollInterval: Int32 = 20

  /// The program's path, and its arguments.
  public let command: [String]
  public let environment: [String]
  /// Bytes of standard error that are kept.
  private let errorLimit: Int
  /// Bytes of standard output that are kept.
  private let outputLimit: Int

  public init(command: [String], environment: [String], errorLimit: Int = ChildProcess.errorLimit, outputLimit: Int = 0) {
    (self.command, self.environment, self.errorLimit, self.outputLimit) = (command, environment, errorLimit, outputLimit)
  }

  /// - Throws: why the program cannot be started.
  public func run(input: [UInt8], limit: Duration, isCancelled: () -> Bool) throws(SystemError) -> Outcome {
    var pipes = try Pipes()
    defer { pipes.close() }
    let child = try start(pipes)
    pipes.closeChildEnds()

    let clock = ContinuousClock()
    var end = clock.now + limit
    var ending: Ending?
    var rest = input[...]
    var errors: [UInt8] = []
    var output: [UInt8] = []
    while !Self.hasEnded(child) {
      if isCancelled(), ending != .cancelled {
        ending = .cancelled
        kill(-child, SIGKILL)
      } else if clock.now >= end {
        kill(-child, ending == nil ? SIGTERM : SIGKILL)
        if ending == nil { ending = .late }
        end = clock.now + Self.farewell
      }
      pipes.wait(Self.pollInterval, isWriting: !rest.isEmpty)
      rest = pipes.write(rest)
      pipes.read(&output, limit: outputLimit, &errors, limit: errorLimit)
    }
    pipes.read(&output, limit: outputLimit, &errors, limit: errorLimit)
    // What it left behind. Its number is not given to another group before it is fetched.
    kill(-child, SIGKILL)
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return Outcome(
      ending: ending ?? (signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)), errors: errors, output: output)
  }

  private static func hasEnded(_ child: pid_t) -> Bool {
    var information = unsafe siginfo_t()
    unsafe information.si_signo = 0
    let status = unsafe waitid(P_PID, id_t(child), &information, WEXITED | WNOHANG | WNOWAIT)
    return unsafe status < 0 && errno != EINTR || information.si_signo == SIGCHLD
  }

  private func start(_ pipes: Pipes) throws(SystemError) -> pid_t {
    try unsafe Self.spawn(command[0], arguments: command, environment: environment) { actions in
      unsafe posix_spawn_file_actions_adddup2(&actions, pipes.input.reading, 0)
      unsafe posix_spawn_file_actions_adddup2(&actions, pipes.output.writing, 1)
      unsafe posix_spawn_file_actions_adddup2(&actions, pipes.errors.writing, 2)
    }
  }

  /// Starts a program in a process group of its own, so that Ctrl-C is not for it, with no files but its three standard ones.
  ///
  /// - Parameters:
  ///   - arguments: its name, and what follows.
  ///   - files: adds what its standard files are, where they are not this program's.
  /// - Throws: why it cannot be started.
  public static func spawn(
    _ program: String, arguments named: [String], environment: [String], files: (inout posix_spawn_file_actions_t) -> Void
  ) throws(SystemError) -> pid_t {
    var attributes = posix_spawnattr_t()
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawnattr_init(&attributes)
    unsafe posix_spawn_file_actions_init(&actions)
    defer {
      unsafe posix_spawnattr_destroy(&attributes)
      unsafe posix_spawn_file_actions_destroy(&actions)
    }
    // No signal is blocked or ignored, though this thread blocks them and this program ignores some.
    var none = sigset_t()
    var all = sigset_t()
    unsafe sigemptyset(&none)
    unsafe sigfillset(&all)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &all)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    unsafe files(&actions)
    unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3)

    var arguments = unsafe named.map { unsafe strdup($0) } + [nil]
    var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
    defer {
      for place in unsafe arguments.indices { unsafe free(arguments[place]) }
      for place in unsafe variables.indices { unsafe free(variables[place]) }
    }
    var child: pid_t = 0
    let code = unsafe posix_spawn(&child, program, &actions, &attributes, &arguments, &variables)
    guard code == 0 else { throw .number(code) }
    return child
  }
}

/// The three pipes to a program. They are closed in programs that others start meanwhile.
private struct Pipes {
  struct Ends {
    var reading: Int32
    var writing: Int32
  }

  private(set) var input: Ends
  private(set) var output: Ends
  private(set) var errors: Ends

  init() throws(SystemError) {
    var numbers: [Int32] = []
    for _ in 0..<3 {
      var pair: [Int32] = [-1, -1]
      guard unsafe lenscap_pipe(&pair) == 0 else {
        let code = errno
        for number in numbers { Glibc.close(number) }
        throw .number(code)
      }
      numbers += pair
    }
    input = Ends(reading: numbers[0], writing: numbers[1])
    output = Ends(reading: numbers[2], writing: numbers[3])
    errors = Ends(reading: numbers[4], writing: numbers[5])
    // Only this program's ends: the other one gets what every program expects.
    for own in [input.writing, output.reading, errors.reading] { _ = fcntl(own, F_SETFL, O_NONBLOCK) }
  }

  mutating func closeChildEnds() {
    Self.close(&input.reading)
    Self.close(&output.writing)
    Self.close(&errors.writing)
  }

  mutating func close() {
    closeChildEnds()
    Self.close(&input.writing)
    Self.close(&output.reading)
    Self.close(&errors.reading)
  }

  private static func close(_ descriptor: inout Int32) {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  func wait(_ milliseconds: Int32, isWriting: Bool) {
    var waiting = [output.reading, errors.reading].filter { $0 >= 0 }.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    if isWriting, input.writing >= 0 { waiting.append(pollfd(fd: input.writing, events: Int16(POLLOUT), revents: 0)) }
    unsafe poll(&waiting, nfds_t(waiting.count), milliseconds)
  }

  /// Returns what is left to write; standard input ends when all is written, or when nobody reads it any more.
  mutating func write(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard input.writing >= 0 else { return [] }
    var rest = bytes
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(input.writing, $0.baseAddress, $0.count) }
      if count < 0, errno == EAGAIN { return rest }
      guard count > 0 else { break }
      rest = rest.dropFirst(count)
    }
    Self.close(&input.writing)
    return []
  }

  /// Reads what is there, keeping the first bytes of each.
  mutating func read(_ output: inout [UInt8], limit: Int, _ errors: inout [UInt8], limit errorLimit: Int) {
    Self.read(&self.output.reading, into: &output, limit: limit)
    Self.read(&self.errors.reading, into: &errors, limit: errorLimit)
  }

  private static func read(_ descriptor: inout Int32, into kept: inout [UInt8], limit: Int) {
    var buffer = [UInt8](repeating: 0, count: 4096)
    // A program that prints without end does not keep this loop.
    for _ in 0..<64 where descriptor >= 0 {
      let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EAGAIN { return }
      guard count > 0 else { return close(&descriptor) }
      kept += buffer[..<min(count, max(0, limit - kept.count))]
    }
  }
}
