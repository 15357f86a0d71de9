import Foundation
import ServiceLifecycleTestKit
import Services
import Store
import Testing

@testable import Detection
@testable import Watch

/// A service manager that listens, on a socket of the file system or of the abstract namespace.
private final class Listener: Sendable {
  let name: String
  private let descriptor: Int32

  init(isAbstract: Bool) throws {
    let text = isAbstract ? "lenscap-\(UUID().uuidString)" : NSTemporaryDirectory() + "\(UUID().uuidString.prefix(8)).sock"
    name = isAbstract ? "@" + text : text
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = isAbstract ? [0] + Array(text.utf8) : Array(text.utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t(2 + bytes.count)
    let bound = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
    }
    try #require(bound == 0)
  }

  deinit {
    close(descriptor)
    if name.hasPrefix("/") { unlink(name) }
  }

  /// The next message; nil if none waits.
  func next(waiting: Bool = true) -> String? {
    var buffer = [UInt8](repeating: 0, count: 2048)
    let count = recv(descriptor, &buffer, buffer.count, waiting ? 0 : Int32(MSG_DONTWAIT))
    return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
  }
}

@Suite struct ServiceManagerTests {
  @Test(arguments: [false, true])
  func theManagerIsTold(isAbstract: Bool) throws {
    let listener = try Listener(isAbstract: isAbstract)
    let manager = ServiceManager(socket: listener.name, watchdogMicroseconds: "30000000")
    manager.ready(status: "watching eth1\nREADY=0")
    #expect(listener.next() == "READY=1\nSTATUS=watching eth1 READY=0")
    manager.reloading()
    #expect(listener.next()?.wholeMatch(of: /RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]+/) != nil)
    manager.stopping()
    #expect(listener.next() == "STOPPING=1")
    manager.keepAlive()
    #expect(listener.next() == "WATCHDOG=1")
    #expect(manager.watchdogInterval == .seconds(15))
  }

  @Test func withoutAManagerNothingHappens() {
    for name in [nil, "", "relative", "@", "/" + String(repeating: "x", count: 108)] as [String?] {
      let manager = ServiceManager(socket: name, watchdogMicroseconds: "1000")
      manager.stopping()
      #expect(manager.watchdogInterval == nil)
    }
    #expect(ServiceManager(socket: "/x", watchdogMicroseconds: "1000", watchdogProcess: "1").watchdogInterval == nil)
    #expect(ServiceManager(socket: "/x", watchdogMicroseconds: "0").watchdogInterval == nil)
  }

  /// Only while the capture thread turns and the recorder answers; whoever is stuck is killed by the manager.
  @Test(.timeLimit(.minutes(1))) func theWatchdogIsFedOnlyByAWatchThatWorks() async throws {
    let listener = try Listener(isAbstract: true)
    let manager = ServiceManager(socket: listener.name, watchdogMicroseconds: "20000")
    let channel = EngineChannel()
    let options = RecorderOptions(path: nil, signatures: SignatureSet([]), defaultSensorName: "test", clock: { .zero })
    let recorder = try Recorder(
      options, channel: channel, reporter: Reporter(format: PlainFormat(), output: StandardOutput(onClose: {}), remark: { _ in }))
    try await testGracefulShutdown { trigger in
      async let pulse: Void = Pulse(recorder: recorder, channel: channel, manager: manager).run()
      let turning = Task {
        while !Task.isCancelled {
          channel.turned()
          try? await Task.sleep(for: .milliseconds(1))
        }
      }
      var fed = 0
      while fed < 5 {
        if listener.next(waiting: false) == "WATCHDOG=1" { fed += 1 }
        try await Task.sleep(for: .milliseconds(1))
      }
      turning.cancel()
      await turning.value
      // What was sent before, and one more for the last turn, also where the machine is busy.
      try await Task.sleep(for: .seconds(1))
      while listener.next(waiting: false) != nil {}
      try await Task.sleep(for: .milliseconds(100))
      #expect(listener.next(waiting: false) == nil)
      trigger.triggerGracefulShutdown()
      try await pulse
    }
    #expect(listener.next(waiting: false) == "STOPPING=1")
  }
}
