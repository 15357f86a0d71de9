import Foundation
import Services
import Testing

/// A program that was started. Not by `Process` of Foundation: that learns of an end by a socket, and waits for as long as any program that
/// another test started in the same moment has it open.
private struct Child {
  private let number: pid_t

  init(_ command: [String], files: (inout posix_spawn_file_actions_t) -> Void) throws {
    let environment = ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
    number = try ChildProcess.spawn(command[0], arguments: command, environment: environment, files: files)
  }

  var isRunning: Bool { kill(number, 0) == 0 }

  /// Sends a signal and waits for the end. It kills a program that has not ended after ten seconds.
  func stop(_ signal: Int32) {
    kill(number, signal)
    let clock = ContinuousClock()
    let end = clock.now + .seconds(10)
    while waitpid(number, nil, WNOHANG) == 0 {
      if clock.now > end { kill(number, SIGKILL) }
      usleep(5_000)
    }
  }
}

/// A program that runs until it is stopped, and prints lines.
final class Program {
  private let output = Pipe()
  private let input = Pipe()
  private var child: Child?
  private var buffer: [UInt8] = []

  init(_ program: String, _ arguments: [String]) throws {
    child = try Child([program] + arguments) { [input, output] actions in
      posix_spawn_file_actions_adddup2(&actions, input.fileHandleForReading.fileDescriptor, 0)
      posix_spawn_file_actions_adddup2(&actions, output.fileHandleForWriting.fileDescriptor, 1)
      posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    }
    try input.fileHandleForReading.close()
    try output.fileHandleForWriting.close()
  }

  deinit { stop() }

  /// Ends it, and waits until it ended.
  func stop() {
    child?.stop(SIGKILL)
    child = nil
  }

  /// The next line of output without its end; nil at the end, and where none came in ten seconds.
  func line() -> String? {
    while true {
      if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: buffer[..<end], as: UTF8.self)
        buffer.removeFirst(end + 1)
        return line
      }
      var waiting = pollfd(fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, 10_000) == 1 else { return nil }
      let data = output.fileHandleForReading.availableData
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
  private var child: Child?

  init(_ command: [String], log: String) {
    self.command = command
    self.log = log
  }

  deinit { stop(SIGKILL) }

  /// Starts it and waits until it listens on the port of 127.0.0.1.
  func start(port: Int?) async throws {
    let child = try Child(command) { [log] actions in
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
      posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
      posix_spawn_file_actions_adddup2(&actions, 1, 2)
    }
    self.child = child
    if let port {
      let isUp = await eventually { Self.listens(port) || !child.isRunning }
      #expect(isUp && Self.listens(port), "\((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
    }
  }

  /// Sends a signal and waits for the end.
  func stop(_ signal: Int32) {
    child?.stop(signal)
    child = nil
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
