import Foundation
import Testing

/// A program that runs until it is stopped, and prints lines.
final class Program: @unchecked Sendable {
  private let process = Process()
  private let pipe = Pipe()
  private let input = Pipe()
  private let ended = DispatchSemaphore(value: 0)
  private var buffer: [UInt8] = []

  init(_ program: String, _ arguments: [String]) throws {
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    process.standardInput = input
    process.terminationHandler = { [ended] _ in ended.signal() }
    try process.run()
  }

  deinit { kill(process.processIdentifier, SIGKILL) }

  /// Ends it, and waits until it ended. It inherits from the threads of the shared pool that other signals are blocked.
  func stop() {
    kill(process.processIdentifier, SIGKILL)
    ended.wait()
    ended.signal()
  }

  /// The next line of output without its end; nil at the end, and where none came in ten seconds.
  func line() -> String? {
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: buffer[..<end], as: UTF8.self)
        buffer.removeFirst(end + 1)
        return line
      }
      var waiting = pollfd(fd: pipe.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, 10_000) == 1 else { return nil }
      let data = pipe.fileHandleForReading.availableData
      guard !data.isEmpty else { return nil }
      buffer += data
    }
  }

  /// The first line with this text.
  func line(with text: String) -> String? {
    while let line = line() {
      if line.contains(text) { return line }
    }
    return nil
  }
}

/// A real server that a test starts, kills and brings back. What it prints goes to a file.
final class Daemon {
  private let command: [String]
  private let log: String
  private var process: pid_t?

  init(_ command: [String], log: String) {
    self.command = command
    self.log = log
  }

  deinit { stop(SIGKILL) }

  /// Starts it and waits until it listens on the port of 127.0.0.1.
  func start(port: Int?) async throws {
    // Not by `Process`: it hands the blocked signals of its thread down.
    var attributes = posix_spawnattr_t()
    var actions = posix_spawn_file_actions_t()
    posix_spawnattr_init(&attributes)
    posix_spawn_file_actions_init(&actions)
    defer {
      posix_spawnattr_destroy(&attributes)
      posix_spawn_file_actions_destroy(&actions)
    }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var arguments = command.map { strdup($0) } + [nil]
    defer { for text in arguments { free(text) } }
    var process: pid_t = 0
    try #require(posix_spawn(&process, command[0], &actions, &attributes, &arguments, environ) == 0)
    self.process = process
    if let port {
      let isUp = await eventually { Self.listens(port) || kill(process, 0) != 0 }
      #expect(isUp && Self.listens(port), "\((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
    }
  }

  /// Sends a signal and waits for the end.
  func stop(_ signal: Int32) {
    guard let process else { return }
    kill(process, signal)
    waitpid(process, nil, 0)
    self.process = nil
  }

  static func listens(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    return TestServer.withLoopback(port) { connect(descriptor, $0, $1) } == 0
  }
}

/// A certificate authority of one's own, and a certificate that it signed, by default of `localhost` and 127.0.0.1.
struct Authority {
  let folder: URL

  /// - Parameter folder: where `ca.pem`, `certificate.pem` and `key.pem` come; nil for a folder of its own. Every user may read them, since
  ///   servers give up root first.
  init(in folder: URL? = nil, names: String = "DNS:localhost,IP:127.0.0.1") throws {
    self.folder = folder ?? FileManager.default.temporaryDirectory.appendingPathComponent("lenscap-ca-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    let commands = """
      cd '\(self.folder.path)' && exec 2>/dev/null
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=test-ca \
        -addext basicConstraints=critical,CA:TRUE &&
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out request.pem -subj /CN=localhost &&
      printf 'subjectAltName=\(names)' > names &&
      openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out certificate.pem -days 2 -extfile names &&
      chmod 644 ca.pem certificate.pem key.pem
      """
    try #require(run("/bin/sh", "-c", commands).status == 0)
  }

  var file: String { folder.appendingPathComponent("ca.pem").path }
  var certificate: String { folder.appendingPathComponent("certificate.pem").path }
  var key: String { folder.appendingPathComponent("key.pem").path }

  func remove() { try? FileManager.default.removeItem(at: folder) }
}
